// SPDX-License-Identifier: MIT
#include "compat/object.h"
#include "compat/windows_api.h"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

namespace latchkey::compat {

// Not in the unnamed namespace: others implement them too, and a compiler that saw all implementations would call its
// own without looking.
struct ErrorInfo : Unknown {
    virtual int32_t GetGUID(LatchkeyGuid* guid) noexcept = 0;
    virtual int32_t GetSource(wchar_t** source) noexcept = 0;
    virtual int32_t GetDescription(wchar_t** description) noexcept = 0;
    virtual int32_t GetHelpFile(wchar_t** file) noexcept = 0;
    virtual int32_t GetHelpContext(uint32_t* context) noexcept = 0;

protected:
    ~ErrorInfo() = default;
};

struct RestrictedErrorInfo : Unknown {
    virtual int32_t GetErrorDetails(wchar_t** description, int32_t* error, wchar_t** restricted,
                                    wchar_t** capability) noexcept = 0;
    virtual int32_t GetReference(wchar_t** reference) noexcept = 0;

protected:
    ~RestrictedErrorInfo() = default;
};

namespace {

constexpr LatchkeyGuid kErrorInfoIid{0x1CF2B120, 0x547D, 0x101B, {0x8E, 0x65, 0x08, 0x00, 0x2B, 0x2B, 0xD1, 0x19}};
constexpr LatchkeyGuid kRestrictedIid{0x82BA7092, 0x4C88, 0x427D, {0xA7, 0xBC, 0x16, 0xDD, 0x93, 0xFE, 0xB6, 0x7E}};

// A failure and its text as Windows hands it around.
class Failure final : public ErrorInfo, public RestrictedErrorInfo {
public:
    // Takes the text over.
    Failure(int32_t error, void* text) : m_error(error), m_text(text) {}
    ~Failure() { WindowsDeleteString(m_text); }
    Failure(Failure const&) = delete;
    Failure& operator=(Failure const&) = delete;

    int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept override
    {
        if (iid == kUnknownIid || iid == kErrorInfoIid)
            *object = static_cast<ErrorInfo*>(this);
        else if (iid == kRestrictedIid)
            *object = static_cast<RestrictedErrorInfo*>(this);
        else
            *object = nullptr;
        if (*object) m_references.add();
        return *object ? kOk : kNoInterface;
    }
    uint32_t AddRef() noexcept override { return m_references.add(); }
    uint32_t Release() noexcept override
    {
        uint32_t const left = m_references.remove();
        if (left == 0) delete this;
        return left;
    }

    int32_t GetGUID(LatchkeyGuid* guid) noexcept override
    {
        *guid = {};
        return kOk;
    }
    int32_t GetSource(wchar_t** source) noexcept override { return none(source); }
    int32_t GetDescription(wchar_t** description) noexcept override
    {
        *description = text();
        if (!*description) *description = system_text();
        return kOk;
    }
    int32_t GetHelpFile(wchar_t** file) noexcept override { return none(file); }
    int32_t GetHelpContext(uint32_t* context) noexcept override
    {
        *context = 0;
        return kOk;
    }

    int32_t GetErrorDetails(wchar_t** description, int32_t* error, wchar_t** restricted,
                            wchar_t** capability) noexcept override
    {
        *description = system_text();
        *error = m_error;
        *restricted = text();
        *capability = nullptr;
        return kOk;
    }
    int32_t GetReference(wchar_t** reference) noexcept override { return none(reference); }

private:
    static int32_t none(wchar_t** text)
    {
        *text = nullptr;
        return kOk;
    }
    static wchar_t* copy(void* string)
    {
        uint32_t length = 0;
        wchar_t const* text = WindowsGetStringRawBuffer(string, &length);
        return length ? SysAllocStringLen(text, length) : nullptr;
    }
    wchar_t* text() const { return copy(m_text); }
    wchar_t* system_text() const
    {
        wchar_t* allocated = nullptr;
        uint32_t const length = FormatMessageW(0x1100, nullptr, static_cast<uint32_t>(m_error), 0,
                                               static_cast<wchar_t*>(static_cast<void*>(&allocated)), 0, nullptr);
        wchar_t* const text = length ? SysAllocStringLen(allocated, length) : nullptr;
        std::free(allocated);
        return text;
    }

    ReferenceCount m_references;
    int32_t m_error;
    void* m_text;
};

// The object that SetErrorInfo left, and the failure that it describes when it can say so.
struct Left {
    ErrorInfo* info = nullptr;
    int32_t error = 0;

    void replace(ErrorInfo* new_info, int32_t new_error)
    {
        error = new_error;
        if (ErrorInfo* const old = std::exchange(info, new_info)) old->Release();
    }
    ~Left() { replace(nullptr, 0); }
};

thread_local Left t_left;

// Tells the runtime too, so that headers which ask it for the text get it. Returns the failure described, or 0.
int32_t tell_runtime(ErrorInfo* info)
{
    void* found = nullptr;
    if (info->QueryInterface(kRestrictedIid, &found) < 0 || !found) return 0;
    auto* restricted = static_cast<RestrictedErrorInfo*>(found);
    wchar_t* description = nullptr;
    wchar_t* text = nullptr;
    wchar_t* capability = nullptr;
    int32_t error = 0;
    void* message = nullptr;
    if (restricted->GetErrorDetails(&description, &error, &text, &capability) >= 0 && error < 0) {
        wchar_t* const best = text && SysStringLen(text) ? text : description;
        WindowsCreateString(best, SysStringLen(best), &message);
        LatchkeySetErrorText(error, message);
    }
    WindowsDeleteString(message);
    SysFreeString(description);
    SysFreeString(text);
    SysFreeString(capability);
    restricted->Release();
    return error;
}

} // namespace

} // namespace latchkey::compat

using namespace latchkey::compat;

int32_t GetErrorInfo(uint32_t, void** info) noexcept
{
    if (!info) return kPointer;
    *info = nullptr;
    int32_t error = 0;
    void* message = nullptr;
    bool const remembered = LatchkeyTakeLastError(&error, &message) != 0;
    ErrorInfo* const left = std::exchange(t_left.info, nullptr);
    // The runtime knows of every failure; an object that was left is of use while it is about the last one.
    if (left && (!remembered || t_left.error == error || t_left.error == 0)) {
        WindowsDeleteString(message);
        *info = left;
        return kOk;
    }
    if (left) left->Release();
    if (!remembered) return 1;
    *info = static_cast<ErrorInfo*>(new (std::nothrow) Failure{error, message});
    if (!*info) WindowsDeleteString(message);
    return *info ? kOk : kOutOfMemory;
}

int32_t SetErrorInfo(uint32_t, void* info) noexcept
{
    auto* given = static_cast<ErrorInfo*>(info);
    if (!given) {
        t_left.replace(nullptr, 0);
        LatchkeySetErrorText(0, nullptr);
        return kOk;
    }
    given->AddRef();
    t_left.replace(given, tell_runtime(given));
    return kOk;
}

int32_t GetRestrictedErrorInfo(void** info) noexcept
{
    if (!info) return kPointer;
    *info = nullptr;
    void* found = nullptr;
    if (int32_t const result = GetErrorInfo(0, &found); result != kOk) return result;
    auto* error = static_cast<ErrorInfo*>(found);
    int32_t const result = error->QueryInterface(kRestrictedIid, info);
    error->Release();
    return result < 0 ? 1 : kOk;
}

int32_t SetRestrictedErrorInfo(void* info) noexcept
{
    if (!info) return SetErrorInfo(0, nullptr);
    void* error = nullptr;
    if (int32_t const result = static_cast<Unknown*>(info)->QueryInterface(kErrorInfoIid, &error); result < 0)
        return result;
    int32_t const result = SetErrorInfo(0, error);
    static_cast<Unknown*>(error)->Release();
    return result;
}

int32_t RoOriginateLanguageException(int32_t error, void* message, void*) noexcept
{
    if (error >= 0) return 0;
    t_left.replace(nullptr, 0);
    LatchkeySetErrorText(error, message);
    return 1;
}

int32_t RoTransformError(int32_t old_error, int32_t new_error, void* message) noexcept
{
    if (new_error >= 0 || old_error == new_error) return 0;
    int32_t remembered_error = 0;
    void* remembered = nullptr;
    LatchkeyTakeLastError(&remembered_error, &remembered);
    t_left.replace(nullptr, 0);
    LatchkeySetErrorText(new_error, message ? message : remembered_error == old_error ? remembered : nullptr);
    WindowsDeleteString(remembered);
    return 1;
}

int32_t RoCaptureErrorContext(int32_t) noexcept
{
    return kOk;
}

void RoFailFastWithErrorContext(int32_t error) noexcept
{
    void* text = nullptr;
    LatchkeyTakeErrorText(error, &text);
    uint32_t length = 0;
    wchar_t const* wide = WindowsGetStringRawBuffer(text, &length);
    char message[1024];
    size_t const bytes = LatchkeyStringToUtf8(wide, length, message, sizeof message);
    std::fprintf(stderr, "latchkey: the program ends, a failure was not handled: 0x%08X %.*s\n",
                 static_cast<unsigned>(error), static_cast<int>(bytes < sizeof message ? bytes : sizeof message),
                 message);
    std::abort();
}

LATCHKEY_COMPAT_ALIAS(GetErrorInfo)
LATCHKEY_COMPAT_ALIAS(SetErrorInfo)
LATCHKEY_COMPAT_ALIAS(GetRestrictedErrorInfo)
LATCHKEY_COMPAT_ALIAS(SetRestrictedErrorInfo)
LATCHKEY_COMPAT_ALIAS(RoOriginateLanguageException)
LATCHKEY_COMPAT_ALIAS(RoTransformError)
LATCHKEY_COMPAT_ALIAS(RoCaptureErrorContext)
LATCHKEY_COMPAT_ALIAS(RoFailFastWithErrorContext)
