// SPDX-License-Identifier: MIT
//
// HSTRINGs for tests, made and freed through the C surface.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <latchkey/runtime.h>

// Owns one HSTRING. put() is for out-parameters.
class Text {
public:
    Text() = default;
    explicit Text(std::wstring_view text)
    {
        WindowsCreateString(text.data(), static_cast<uint32_t>(text.size()), &m_string);
    }
    Text(Text const&) = delete;
    Text& operator=(Text const&) = delete;
    ~Text() { WindowsDeleteString(m_string); }

    void* get() const { return m_string; }
    void** put()
    {
        WindowsDeleteString(m_string);
        m_string = nullptr;
        return &m_string;
    }
    std::wstring str() const
    {
        uint32_t length = 0;
        wchar_t const* text = WindowsGetStringRawBuffer(m_string, &length);
        return {text, length};
    }
    std::string utf8() const
    {
        std::wstring const text = str();
        std::string out(LatchkeyStringToUtf8(text.data(), text.size(), nullptr, 0), '\0');
        LatchkeyStringToUtf8(text.data(), text.size(), out.data(), out.size());
        return out;
    }

private:
    void* m_string = nullptr;
};

inline int32_t hresult(uint32_t code)
{
    return static_cast<int32_t>(code);
}

inline std::string error_text(int32_t error)
{
    Text text;
    LatchkeyTakeErrorText(error, text.put());
    return text.utf8();
}
