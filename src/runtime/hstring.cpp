// SPDX-License-Identifier: MIT
#include "runtime/hstring.h"

#include "runtime/hresult.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <latchkey/runtime.h>

namespace latchkey::runtime {

namespace {

wchar_t* text_of(SharedString* string) noexcept
{
    return const_cast<wchar_t*>(string->header.text);
}

// header.text is where the text begins, so the object is found from it whichever member a caller handed out.
SharedString* shared(void* string) noexcept
{
    return static_cast<SharedString*>(string);
}

} // namespace

std::wstring_view view_of(void* string) noexcept
{
    auto const* header = static_cast<StringHeader const*>(string);
    return header ? std::wstring_view{header->text, header->length} : std::wstring_view{};
}

SharedString* allocate_string(uint32_t length) noexcept
{
    void* memory = std::malloc(sizeof(SharedString) + sizeof(wchar_t) * length);
    if (!memory) return nullptr;
    auto* string = static_cast<SharedString*>(memory);
    wchar_t* text = reinterpret_cast<wchar_t*>(static_cast<char*>(memory) + offsetof(SharedString, text));
    string->header = {.flags = 0, .length = length, .reserved1 = 0, .reserved2 = 0, .text = text};
    new (&string->references) std::atomic<int32_t>(1);
    text[length] = L'\0';
    return string;
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

int32_t WindowsCreateString(wchar_t const* text, uint32_t length, void** string) noexcept
{
    if (!string) return kInvalidArgument;
    *string = nullptr;
    if (length == 0) return kOk;
    if (!text) return kPointer;
    if (length > kMaxStringLength) return kInvalidSize;
    SharedString* made = allocate_string(length);
    if (!made) return kOutOfMemory;
    std::memcpy(text_of(made), text, sizeof(wchar_t) * length);
    *string = made;
    return kOk;
}

int32_t WindowsCreateStringReference(wchar_t const* text, uint32_t length, void* header, void** string) noexcept
{
    if (!string || !header) return kInvalidArgument;
    *string = nullptr;
    if (!text) return length == 0 ? kOk : kPointer;
    if (length > kMaxStringLength) return kInvalidSize;
    if (text[length] != L'\0') return kNotTerminated;
    if (length == 0) return kOk;
    *string = new (header)
        StringHeader{.flags = kReferenceFlag, .length = length, .reserved1 = 0, .reserved2 = 0, .text = text};
    return kOk;
}

int32_t WindowsDuplicateString(void* string, void** copy) noexcept
{
    if (!copy) return kInvalidArgument;
    *copy = nullptr;
    if (!string) return kOk;
    auto const* header = static_cast<StringHeader const*>(string);
    if (header->flags & kReferenceFlag) return WindowsCreateString(header->text, header->length, copy);
    shared(string)->references.fetch_add(1, std::memory_order_relaxed);
    *copy = string;
    return kOk;
}

int32_t WindowsDeleteString(void* string) noexcept
{
    if (!string || (static_cast<StringHeader const*>(string)->flags & kReferenceFlag)) return kOk;
    if (shared(string)->references.fetch_sub(1, std::memory_order_acq_rel) == 1) std::free(string);
    return kOk;
}

wchar_t const* WindowsGetStringRawBuffer(void* string, uint32_t* length) noexcept
{
    std::wstring_view const text = view_of(string);
    if (length) *length = static_cast<uint32_t>(text.size());
    return string ? text.data() : L"";
}

uint32_t WindowsGetStringLen(void* string) noexcept
{
    return static_cast<uint32_t>(view_of(string).size());
}

int32_t WindowsCompareStringOrdinal(void* left, void* right, int32_t* result) noexcept
{
    if (!result) return kInvalidArgument;
    int const order = view_of(left).compare(view_of(right));
    *result = order < 0 ? -1 : order > 0;
    return kOk;
}

int32_t WindowsConcatString(void* left, void* right, void** joined) noexcept
{
    if (!joined) return kInvalidArgument;
    *joined = nullptr;
    std::wstring_view const first = view_of(left);
    std::wstring_view const second = view_of(right);
    if (first.empty()) return WindowsDuplicateString(right, joined);
    if (second.empty()) return WindowsDuplicateString(left, joined);
    if (first.size() + second.size() > kMaxStringLength) return kInvalidSize;
    SharedString* made = allocate_string(static_cast<uint32_t>(first.size() + second.size()));
    if (!made) return kOutOfMemory;
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), text_of(made)));
    *joined = made;
    return kOk;
}

int32_t WindowsPreallocateStringBuffer(uint32_t length, wchar_t** text, void** buffer) noexcept
{
    if (!text || !buffer) return kInvalidArgument;
    *text = nullptr;
    *buffer = nullptr;
    if (length > kMaxStringLength) return kInvalidSize;
    SharedString* made = allocate_string(length);
    if (!made) return kOutOfMemory;
    std::fill_n(text_of(made), length, L'\0');
    made->header.flags = kPreallocatedMark;
    *text = text_of(made);
    *buffer = made;
    return kOk;
}

int32_t WindowsPromoteStringBuffer(void* buffer, void** string) noexcept
{
    if (!string) return kInvalidArgument;
    *string = nullptr;
    if (!buffer) return kOk;
    SharedString* made = shared(buffer);
    if (made->header.flags != kPreallocatedMark || made->header.text[made->header.length] != L'\0')
        return kInvalidArgument;
    if (made->header.length == 0) return WindowsDeleteStringBuffer(buffer);
    made->header.flags = 0;
    *string = made;
    return kOk;
}

int32_t WindowsDeleteStringBuffer(void* buffer) noexcept
{
    if (!buffer) return kOk;
    if (shared(buffer)->header.flags != kPreallocatedMark) return kInvalidArgument;
    std::free(buffer);
    return kOk;
}
