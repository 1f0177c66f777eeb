// SPDX-License-Identifier: MIT
#include "compat/object.h"
#include "compat/windows_api.h"

#include <new>

namespace latchkey::compat {

namespace {

constexpr int32_t kMultiThreaded = 1; // APTTYPE_MTA
constexpr int32_t kCallComplete = static_cast<int32_t>(0x80010117);
constexpr int32_t kClassNotRegistered = static_cast<int32_t>(0x80040154);
constexpr LatchkeyGuid kContextCallbackIid{0x000001DA, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr LatchkeyGuid kMarshalIid{0x00000003, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr LatchkeyGuid kFreeThreadedClass{0x0000033A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr LatchkeyGuid kAgileReferenceIid{0xC03F6A43, 0x65A4, 0x9818, {0x98, 0x7E, 0xE0, 0xB8, 0x10, 0xD2, 0xA6, 0xF2}};

// There is one context, every thread is in it, and calling into it is calling.
class Context final : public Unknown {
public:
    int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept override
    {
        bool const known = iid == kUnknownIid || iid == kContextCallbackIid;
        *object = known ? this : nullptr;
        return known ? kOk : kNoInterface;
    }
    uint32_t AddRef() noexcept override { return 1; }
    uint32_t Release() noexcept override { return 1; }
    virtual int32_t ContextCallback(int32_t (*callback)(void*), void* argument, LatchkeyGuid const*, int32_t,
                                    void*) noexcept
    {
        return callback(argument);
    }
};

Context s_context;

// IMarshal of an object that lives in one process: it names the class that Windows uses for such objects and refuses
// to write itself into a stream. An outer object keeps this one and forwards its own IMarshal to it.
class Marshaler final : public Unknown {
public:
    int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept override
    {
        bool const known = iid == kUnknownIid || iid == kMarshalIid;
        *object = known ? this : nullptr;
        if (known) m_references.add();
        return known ? kOk : kNoInterface;
    }
    uint32_t AddRef() noexcept override { return m_references.add(); }
    uint32_t Release() noexcept override
    {
        uint32_t const left = m_references.remove();
        if (left == 0) delete this;
        return left;
    }
    virtual int32_t GetUnmarshalClass(LatchkeyGuid const&, void*, uint32_t, void*, uint32_t,
                                      LatchkeyGuid* result) noexcept
    {
        *result = kFreeThreadedClass;
        return kOk;
    }
    virtual int32_t GetMarshalSizeMax(LatchkeyGuid const&, void*, uint32_t, void*, uint32_t, uint32_t* size) noexcept
    {
        *size = 0;
        return kNotImplemented;
    }
    virtual int32_t MarshalInterface(void*, LatchkeyGuid const&, void*, uint32_t, void*, uint32_t) noexcept
    {
        return kNotImplemented;
    }
    virtual int32_t UnmarshalInterface(void*, LatchkeyGuid const&, void** object) noexcept
    {
        *object = nullptr;
        return kNotImplemented;
    }
    virtual int32_t ReleaseMarshalData(void*) noexcept { return kOk; }
    virtual int32_t DisconnectObject(uint32_t) noexcept { return kOk; }

private:
    ReferenceCount m_references;
};

// Everything is agile, so the reference is the object.
class AgileReference final : public Unknown {
public:
    explicit AgileReference(Unknown* object) : m_object(object) { m_object->AddRef(); }
    ~AgileReference() { m_object->Release(); }
    AgileReference(AgileReference const&) = delete;
    AgileReference& operator=(AgileReference const&) = delete;

    int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept override
    {
        bool const known = iid == kUnknownIid || iid == kAgileReferenceIid;
        *object = known ? this : nullptr;
        if (known) m_references.add();
        return known ? kOk : kNoInterface;
    }
    uint32_t AddRef() noexcept override { return m_references.add(); }
    uint32_t Release() noexcept override
    {
        uint32_t const left = m_references.remove();
        if (left == 0) delete this;
        return left;
    }
    virtual int32_t Resolve(LatchkeyGuid const& iid, void** object) noexcept
    {
        return m_object->QueryInterface(iid, object);
    }

private:
    ReferenceCount m_references;
    Unknown* m_object;
};

} // namespace

} // namespace latchkey::compat

using namespace latchkey::compat;

int32_t CoInitializeEx(void*, uint32_t) noexcept
{
    return RoInitialize(1);
}

void CoUninitialize() noexcept
{
    RoUninitialize();
}

int32_t CoIncrementMTAUsage(void** cookie) noexcept
{
    *cookie = &s_context;
    return kOk;
}

int32_t CoDecrementMTAUsage(void*) noexcept
{
    return kOk;
}

int32_t CoGetApartmentType(int32_t* type, int32_t* qualifier) noexcept
{
    *type = kMultiThreaded;
    *qualifier = 0;
    return kOk;
}

int32_t CoGetObjectContext(LatchkeyGuid const& iid, void** context) noexcept
{
    return s_context.QueryInterface(iid, context);
}

int32_t CoGetCallContext(LatchkeyGuid const&, void** context) noexcept
{
    *context = nullptr;
    return kCallComplete;
}

int32_t CoCreateInstance(LatchkeyGuid const&, void*, uint32_t, LatchkeyGuid const&, void** object) noexcept
{
    *object = nullptr;
    return kClassNotRegistered;
}

int32_t CoCreateFreeThreadedMarshaler(void*, void** marshaler) noexcept
{
    *marshaler = new (std::nothrow) Marshaler;
    return *marshaler ? kOk : kOutOfMemory;
}

int32_t RoGetAgileReference(uint32_t, LatchkeyGuid const& iid, void* object, void** reference) noexcept
{
    *reference = nullptr;
    if (!object) return static_cast<int32_t>(0x80070057);
    void* wanted = nullptr;
    if (int32_t const result = static_cast<Unknown*>(object)->QueryInterface(iid, &wanted); result < 0) return result;
    *reference = new (std::nothrow) AgileReference{static_cast<Unknown*>(wanted)};
    static_cast<Unknown*>(wanted)->Release();
    return *reference ? kOk : kOutOfMemory;
}

LATCHKEY_COMPAT_ALIAS(CoInitializeEx)
LATCHKEY_COMPAT_ALIAS(CoUninitialize)
LATCHKEY_COMPAT_ALIAS(CoIncrementMTAUsage)
LATCHKEY_COMPAT_ALIAS(CoDecrementMTAUsage)
LATCHKEY_COMPAT_ALIAS(CoGetApartmentType)
LATCHKEY_COMPAT_ALIAS(CoGetObjectContext)
LATCHKEY_COMPAT_ALIAS(CoGetCallContext)
LATCHKEY_COMPAT_ALIAS(CoCreateInstance)
LATCHKEY_COMPAT_ALIAS(CoCreateFreeThreadedMarshaler)
LATCHKEY_COMPAT_ALIAS(RoGetAgileReference)
