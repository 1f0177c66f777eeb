// SPDX-License-Identifier: MIT
#include "declarations.h"

#include <string>

#include <gtest/gtest.h>

// Slots as such headers know them: no destructor, which would be a slot. Not in the
// unnamed namespace, where a compiler would know that nobody implements them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
struct unknown_abi {
    virtual int32_t __stdcall QueryInterface(guid const& id, void** object) noexcept = 0;
    virtual uint32_t __stdcall AddRef() noexcept = 0;
    virtual uint32_t __stdcall Release() noexcept = 0;
};
struct error_info : unknown_abi {
    virtual int32_t __stdcall GetGUID(guid* value) noexcept = 0;
    virtual int32_t __stdcall GetSource(bstr* value) noexcept = 0;
    virtual int32_t __stdcall GetDescription(bstr* value) noexcept = 0;
    virtual int32_t __stdcall GetHelpFile(bstr* value) noexcept = 0;
    virtual int32_t __stdcall GetHelpContext(uint32_t* value) noexcept = 0;
};
struct restricted_error_info : unknown_abi {
    virtual int32_t __stdcall GetErrorDetails(bstr* fallback, int32_t* error, bstr* message, bstr* sid) noexcept = 0;
    virtual int32_t __stdcall GetReference(bstr* reference) noexcept = 0;
};
struct agile_reference : unknown_abi {
    virtual int32_t __stdcall Resolve(guid const& id, void** object) noexcept = 0;
};
struct context_callback : unknown_abi {
    virtual int32_t __stdcall ContextCallback(int32_t(__stdcall* callback)(void*), void* args, guid const& iid,
                                              int method, void* reserved) noexcept = 0;
};

#pragma GCC diagnostic pop

namespace {

constexpr guid kUnknown{0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr guid kRestricted{0x82BA7092, 0x4C88, 0x427D, {0xA7, 0xBC, 0x16, 0xDD, 0x93, 0xFE, 0xB6, 0x7E}};
constexpr guid kMarshal{0x00000003, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr guid kAgileReference{0xC03F6A43, 0x65A4, 0x9818, {0x98, 0x7E, 0xE0, 0xB8, 0x10, 0xD2, 0xA6, 0xF2}};
constexpr guid kContextCallback{0x000001DA, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

struct Text {
    void* handle = nullptr;
    Text() = default;
    explicit Text(std::wstring const& text)
    {
        WindowsCreateString(text.c_str(), static_cast<uint32_t>(text.size()), &handle);
    }
    ~Text() { WindowsDeleteString(handle); }
    Text(Text const&) = delete;
    Text& operator=(Text const&) = delete;
    std::wstring str() const { return WindowsGetStringRawBuffer(handle, nullptr); }
};

std::wstring taken(bstr text)
{
    std::wstring const result = text ? std::wstring(text, SysStringLen(text)) : L"(none)";
    SysFreeString(text);
    return result;
}

struct Details {
    int32_t error = 0;
    std::wstring fallback, message;
};

Details details(error_info* info)
{
    void* found = nullptr;
    EXPECT_EQ(info->QueryInterface(kRestricted, &found), 0);
    auto* restricted = static_cast<restricted_error_info*>(found);
    bstr fallback = nullptr, message = nullptr, sid = nullptr, reference = nullptr;
    Details result;
    EXPECT_EQ(restricted->GetErrorDetails(&fallback, &result.error, &message, &sid), 0);
    EXPECT_EQ(restricted->GetReference(&reference), 0);
    result.fallback = taken(fallback);
    result.message = taken(message);
    restricted->Release();
    return result;
}

error_info* current()
{
    void* info = nullptr;
    GetErrorInfo(0, &info);
    return static_cast<error_info*>(info);
}

TEST(CompatErrors, AnOriginatedErrorIsFoundAsAnObjectOnce)
{
    EXPECT_EQ(RoOriginateLanguageException(hresult(0x80070005), Text{L"not yours"}.handle, nullptr), 1);
    error_info* info = current();
    ASSERT_NE(info, nullptr);
    Details const found = details(info);
    EXPECT_EQ(found.error, hresult(0x80070005));
    EXPECT_EQ(found.message, L"not yours");
    EXPECT_EQ(found.fallback, L"Access is denied");
    bstr description = nullptr;
    EXPECT_EQ(info->GetDescription(&description), 0);
    EXPECT_EQ(taken(description), L"not yours");
    info->Release();
    EXPECT_EQ(current(), nullptr);
}

TEST(CompatErrors, WithoutATextThereIsStillAnObject)
{
    RoOriginateLanguageException(hresult(0x80070005), nullptr, nullptr);
    error_info* info = current();
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(details(info).message, L"(none)");
    info->Release();
}

TEST(CompatErrors, ATextOfOurHeadersReachesAHostWithMicrosofts)
{
    LatchkeySetErrorText(hresult(0x80004005), Text{L"from our side"}.handle);
    error_info* info = current();
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(details(info).message, L"from our side");
    info->Release();
}

TEST(CompatErrors, AnObjectOfMicrosoftsHeadersReachesAHostWithOurs)
{
    RoOriginateLanguageException(hresult(0x80004005), Text{L"from their side"}.handle, nullptr);
    error_info* info = current(); // hresult_error keeps it
    LatchkeySetErrorText(hresult(0x80070057), Text{L"something in between"}.handle);
    EXPECT_EQ(SetErrorInfo(0, info), 0); // to_abi gives it back
    info->Release();
    Text text;
    LatchkeyTakeErrorText(hresult(0x80004005), &text.handle);
    EXPECT_EQ(text.str(), L"from their side");
    SetErrorInfo(0, nullptr);
}

TEST(CompatErrors, ALaterFailureReplacesTheObject)
{
    RoOriginateLanguageException(hresult(0x80004005), Text{L"first"}.handle, nullptr);
    error_info* first = current();
    SetErrorInfo(0, first);
    first->Release();
    LatchkeySetErrorText(hresult(0x80070057), Text{L"second"}.handle);
    error_info* info = current();
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(details(info).message, L"second");
    info->Release();
}

TEST(CompatErrors, ATransformedErrorKeepsItsText)
{
    RoOriginateLanguageException(hresult(0x80004005), Text{L"why"}.handle, nullptr);
    EXPECT_EQ(RoTransformError(hresult(0x80004005), hresult(0x80070057), nullptr), 1);
    Text text;
    LatchkeyTakeErrorText(hresult(0x80070057), &text.handle);
    EXPECT_EQ(text.str(), L"why");
}

TEST(CompatErrors, FailFastSaysWhyAndAborts)
{
    EXPECT_DEATH(
        {
            LatchkeySetErrorText(hresult(0x80004005), Text{L"beyond repair"}.handle);
            RoFailFastWithErrorContext(hresult(0x80004005));
        },
        "0x80004005 beyond repair");
}

TEST(CompatApartment, IsTheOneThatAllThreadsShare)
{
    EXPECT_GE(CoInitializeEx(nullptr, 0), 0);
    CoUninitialize();
    int32_t type = 0, qualifier = 0;
    EXPECT_EQ(CoGetApartmentType(&type, &qualifier), 0);
    EXPECT_EQ(type, 1);
    void* cookie = nullptr;
    EXPECT_EQ(CoIncrementMTAUsage(&cookie), 0);
    EXPECT_NE(cookie, nullptr);
    void* none = &none;
    EXPECT_EQ(CoGetCallContext(kUnknown, &none), hresult(0x80010117));
    EXPECT_EQ(CoCreateInstance(kUnknown, nullptr, 1, kUnknown, &none), hresult(0x80040154));
    EXPECT_EQ(none, nullptr);
}

TEST(CompatApartment, ItsContextCallsAtOnce)
{
    void* found = nullptr;
    ASSERT_EQ(CoGetObjectContext(kContextCallback, &found), 0);
    int called = 0;
    auto* context = static_cast<context_callback*>(found);
    EXPECT_EQ(context->ContextCallback(
                  [](void* argument) {
                      ++*static_cast<int*>(argument);
                      return 7;
                  },
                  &called, kUnknown, 5, nullptr),
              7);
    EXPECT_EQ(called, 1);
    context->Release();
}

TEST(CompatApartment, AnAgileReferenceIsTheObject)
{
    RoOriginateLanguageException(hresult(0x80004005), nullptr, nullptr);
    error_info* object = current();
    void* found = nullptr;
    ASSERT_EQ(RoGetAgileReference(0, kRestricted, object, &found), 0);
    object->Release();
    auto* reference = static_cast<agile_reference*>(found);
    void* itself = nullptr;
    EXPECT_EQ(reference->QueryInterface(kAgileReference, &itself), 0);
    reference->Release();
    void* resolved = nullptr;
    EXPECT_EQ(reference->Resolve(kRestricted, &resolved), 0);
    static_cast<unknown_abi*>(resolved)->Release();
    reference->Release();
    EXPECT_EQ(RoGetAgileReference(0, kUnknown, nullptr, &found), hresult(0x80070057));
}

TEST(CompatApartment, TheMarshalerKeepsObjectsInTheProcess)
{
    void* found = nullptr;
    ASSERT_EQ(CoCreateFreeThreadedMarshaler(nullptr, &found), 0);
    auto* marshaler = static_cast<unknown_abi*>(found);
    void* marshal = nullptr;
    EXPECT_EQ(marshaler->QueryInterface(kMarshal, &marshal), 0);
    static_cast<unknown_abi*>(marshal)->Release();
    marshaler->Release();
}

} // namespace
