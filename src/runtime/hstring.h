// SPDX-License-Identifier: MIT
//
// HSTRING as Windows lays it out: a 24-byte header that points at the text, followed, for strings on the heap, by the
// reference count and the text. Code that knows the layout (the winrt/ headers, headers of Microsoft's own tool, C by
// hand) makes and frees such strings itself with malloc and free, so nothing here may keep a record of them.
//
//   string on the heap      | flags 0 | length | 0 | 0 | text ---> |count| t e x t \0 |
//   string by reference     | flags 1 | length | 0 | 0 | text ---> the caller's text
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace latchkey::runtime {

inline constexpr uint32_t kReferenceFlag = 1;

// A buffer that was preallocated and not yet promoted carries this instead of flags.
inline constexpr uint32_t kPreallocatedMark = 0x4C4B5052;

// 4 GiB of text with its header must still fit a 32-bit length and a positive difference.
inline constexpr uint32_t kMaxStringLength = 0x3FFFFFF0;

struct StringHeader {
    uint32_t flags;
    uint32_t length; // in wchar_t, without the terminator
    uint32_t reserved1;
    uint32_t reserved2;
    wchar_t const* text; // always terminated
};

struct SharedString {
    StringHeader header;
    std::atomic<int32_t> references;
    wchar_t text[1];
};

static_assert(sizeof(StringHeader) == 24);
static_assert(offsetof(SharedString, references) == 24);
static_assert(offsetof(SharedString, text) == 28);

// The text of an HSTRING; null is the empty string. Valid as long as the string.
std::wstring_view view_of(void* string) noexcept;

// A new string of this length with its terminator written; null when there is no memory. length is not 0.
SharedString* allocate_string(uint32_t length) noexcept;

} // namespace latchkey::runtime
