// SPDX-License-Identifier: MIT
#include "compat/windows_api.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <string_view>

#include <sys/random.h>

namespace {

constexpr uint32_t kInvalidParameter = 87;
constexpr uint32_t kInsufficientBuffer = 122;
constexpr uint32_t kNoUnicodeTranslation = 1113;
constexpr uint32_t kRefuseInvalid = 8;       // MB_ERR_INVALID_CHARS
constexpr uint32_t kRefuseInvalidWide = 128; // WC_ERR_INVALID_CHARS
constexpr uint32_t kAllocateBuffer = 0x100;
constexpr uint32_t kMessageFromSystem = 0x1000;
constexpr int32_t kClassString = static_cast<int32_t>(0x800401F3);
constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";
constexpr wchar_t kReplacement = 0xFFFD;

// A BSTR's length in bytes stands in the four bytes before its text; four more keep the text aligned.
constexpr size_t kBstrPrefix = 8;

// Owns an HSTRING.
struct String {
    void* handle = nullptr;
    ~String() { WindowsDeleteString(handle); }
    std::wstring_view view() const
    {
        uint32_t length = 0;
        wchar_t const* text = WindowsGetStringRawBuffer(handle, &length);
        return {text, length};
    }
};

bool is_utf8_page(uint32_t page)
{
    return page == 65001 || page == 0;
}

int32_t refuse(uint32_t error)
{
    SetLastError(error);
    return 0;
}

size_t occurrences(std::string_view text, std::string_view what)
{
    size_t count = 0;
    for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size()))
        ++count;
    return count;
}

int hex_digit(wchar_t c)
{
    if (c >= L'0' && c <= L'9') return c - L'0';
    wchar_t const lower = c | 0x20;
    return lower >= L'a' && lower <= L'f' ? lower - L'a' + 10 : -1;
}

} // namespace

int32_t MultiByteToWideChar(uint32_t page, uint32_t flags, char const* text, int32_t bytes, wchar_t* out,
                            int32_t capacity) noexcept
{
    if (!is_utf8_page(page) || !text || bytes == 0 || bytes < -1 || capacity < 0 || (capacity > 0 && !out))
        return refuse(kInvalidParameter);
    std::string_view const input{text, bytes < 0 ? std::strlen(text) + 1 : static_cast<size_t>(bytes)};
    String made;
    if (LatchkeyStringFromUtf8(input.data(), input.size(), &made.handle) < 0) return refuse(kInvalidParameter);
    std::wstring_view const wide = made.view();
    if ((flags & kRefuseInvalid) &&
        static_cast<size_t>(std::ranges::count(wide, kReplacement)) != occurrences(input, kReplacementUtf8))
        return refuse(kNoUnicodeTranslation);
    if (capacity == 0) return static_cast<int32_t>(wide.size());
    if (wide.size() > static_cast<size_t>(capacity)) return refuse(kInsufficientBuffer);
    std::ranges::copy(wide, out);
    return static_cast<int32_t>(wide.size());
}

int32_t WideCharToMultiByte(uint32_t page, uint32_t flags, wchar_t const* text, int32_t length, char* out,
                            int32_t capacity, char const* replacement, int32_t* replaced) noexcept
{
    // UTF-8 can write every character, so Windows takes no replacement for it either.
    if (!is_utf8_page(page) || !text || length == 0 || length < -1 || capacity < 0 || (capacity > 0 && !out) ||
        replacement || replaced)
        return refuse(kInvalidParameter);
    std::wstring_view const input{text, length < 0 ? std::wcslen(text) + 1 : static_cast<size_t>(length)};
    auto const unwritable = [](wchar_t c) {
        auto const value = static_cast<uint32_t>(c);
        return value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF);
    };
    if ((flags & kRefuseInvalidWide) && std::ranges::any_of(input, unwritable)) return refuse(kNoUnicodeTranslation);
    size_t const needed = LatchkeyStringToUtf8(input.data(), input.size(), nullptr, 0);
    if (needed > INT32_MAX) return refuse(kInvalidParameter);
    if (capacity == 0) return static_cast<int32_t>(needed);
    if (needed > static_cast<size_t>(capacity)) return refuse(kInsufficientBuffer);
    LatchkeyStringToUtf8(input.data(), input.size(), out, needed);
    return static_cast<int32_t>(needed);
}

uint32_t FormatMessageW(uint32_t flags, void const*, uint32_t code, uint32_t, wchar_t* buffer, uint32_t size,
                        va_list*) noexcept
{
    if (!(flags & kMessageFromSystem) || !buffer) return static_cast<uint32_t>(refuse(kInvalidParameter));
    // A Win32 code is described like the HRESULT made of it. What the thread remembers for the code is no answer to
    // this question, and taking it would lose it: it is put back.
    int32_t const error = static_cast<int32_t>(code > 0 && code <= 0xFFFF ? 0x80070000 | code : code);
    int32_t remembered_error = 0;
    String remembered, made;
    bool const had = LatchkeyTakeLastError(&remembered_error, &remembered.handle) != 0;
    int32_t const result = LatchkeyTakeErrorText(error, &made.handle);
    if (had) LatchkeySetErrorText(remembered_error, remembered.handle);
    std::wstring_view const text = made.view();
    if (result < 0 || text.empty()) return static_cast<uint32_t>(refuse(317)); // ERROR_MR_MID_NOT_FOUND
    wchar_t* out = buffer;
    if (flags & kAllocateBuffer) {
        out = static_cast<wchar_t*>(std::malloc((std::max<size_t>(text.size() + 1, size)) * sizeof(wchar_t)));
        if (!out) return static_cast<uint32_t>(refuse(14));
        std::memcpy(static_cast<void*>(buffer), &out, sizeof out); // buffer is really a wchar_t**
    } else if (size <= text.size()) {
        return static_cast<uint32_t>(refuse(kInsufficientBuffer));
    }
    *std::ranges::copy(text, out).out = L'\0';
    return static_cast<uint32_t>(text.size());
}

wchar_t* SysAllocStringLen(wchar_t const* text, uint32_t length) noexcept
{
    if (length > (UINT32_MAX - kBstrPrefix) / sizeof(wchar_t) - 1) return nullptr;
    uint32_t const bytes = static_cast<uint32_t>(length * sizeof(wchar_t));
    auto* memory = static_cast<char*>(std::calloc(1, kBstrPrefix + bytes + sizeof(wchar_t)));
    if (!memory) return nullptr;
    std::memcpy(memory + kBstrPrefix - sizeof bytes, &bytes, sizeof bytes);
    if (text && bytes > 0) std::memcpy(memory + kBstrPrefix, text, bytes);
    return static_cast<wchar_t*>(static_cast<void*>(memory + kBstrPrefix));
}

wchar_t* SysAllocString(wchar_t const* text) noexcept
{
    return text ? SysAllocStringLen(text, static_cast<uint32_t>(std::wcslen(text))) : nullptr;
}

void SysFreeString(wchar_t* text) noexcept
{
    if (text) std::free(static_cast<char*>(static_cast<void*>(text)) - kBstrPrefix);
}

uint32_t SysStringLen(wchar_t* text) noexcept
{
    uint32_t bytes = 0;
    if (text) std::memcpy(&bytes, static_cast<char*>(static_cast<void*>(text)) - sizeof bytes, sizeof bytes);
    return static_cast<uint32_t>(bytes / sizeof(wchar_t));
}

int32_t IIDFromString(wchar_t const* text, LatchkeyGuid* iid) noexcept
{
    if (!iid) return static_cast<int32_t>(0x80070057);
    *iid = {};
    std::wstring_view const input = text ? std::wstring_view{text, wcsnlen(text, 40)} : std::wstring_view{};
    constexpr std::wstring_view kForm = L"{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    if (input.size() != kForm.size()) return kClassString;
    unsigned char bytes[16] = {};
    size_t digit = 0;
    for (size_t i = 0; i < kForm.size(); ++i) {
        if (kForm[i] != L'x') {
            if (input[i] != kForm[i]) return kClassString;
            continue;
        }
        int const value = hex_digit(input[i]);
        if (value < 0) return kClassString;
        bytes[digit / 2] = static_cast<unsigned char>(bytes[digit / 2] << 4 | value);
        ++digit;
    }
    iid->data1 = uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
    iid->data2 = static_cast<uint16_t>(bytes[4] << 8 | bytes[5]);
    iid->data3 = static_cast<uint16_t>(bytes[6] << 8 | bytes[7]);
    std::copy(bytes + 8, bytes + 16, iid->data4);
    return 0;
}

int32_t CoCreateGuid(LatchkeyGuid* guid) noexcept
{
    if (!guid) return static_cast<int32_t>(0x80070057);
    if (getrandom(guid, sizeof *guid, 0) != sizeof *guid) return static_cast<int32_t>(0x8000FFFF);
    guid->data3 = static_cast<uint16_t>((guid->data3 & 0x0FFF) | 0x4000);
    guid->data4[0] = static_cast<uint8_t>((guid->data4[0] & 0x3F) | 0x80);
    return 0;
}

LATCHKEY_COMPAT_ALIAS(MultiByteToWideChar)
LATCHKEY_COMPAT_ALIAS(WideCharToMultiByte)
LATCHKEY_COMPAT_ALIAS(FormatMessageW)
LATCHKEY_COMPAT_ALIAS(SysAllocString)
LATCHKEY_COMPAT_ALIAS(SysAllocStringLen)
LATCHKEY_COMPAT_ALIAS(SysFreeString)
LATCHKEY_COMPAT_ALIAS(SysStringLen)
LATCHKEY_COMPAT_ALIAS(IIDFromString)
LATCHKEY_COMPAT_ALIAS(CoCreateGuid)
