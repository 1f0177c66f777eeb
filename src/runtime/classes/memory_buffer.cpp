// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <memory>
#include <new>

#include <Foundation/MemoryBuffer.g.h>

// Interfaces of the ABI have no destructor: it would be a slot.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

// What gives the address of a buffer's bytes: a COM interface that metadata cannot describe.
namespace winrt::impl {

struct IMemoryBufferByteAccess;
template <>
inline constexpr guid guid_v<IMemoryBufferByteAccess>{
    0x5B0D3235, 0x4DBA, 0x4D44, {0x86, 0x5E, 0x8F, 0x1D, 0x0E, 0x4F, 0xD0, 0x4D}};
template <>
struct abi<IMemoryBufferByteAccess> {
    struct WINRT_IMPL_ABI_DECL type : unknown_abi {
        virtual int32_t WINRT_CALL GetBuffer(uint8_t** bytes, uint32_t* capacity) noexcept = 0;
    };
};
struct IMemoryBufferByteAccess : Windows::Foundation::IUnknown {
    IMemoryBufferByteAccess(std::nullptr_t = nullptr) noexcept {}
    IMemoryBufferByteAccess(void* object, take_ownership_from_abi_t) noexcept
        : IUnknown(object, take_ownership_from_abi)
    {}
};
template <typename D>
struct produce<D, IMemoryBufferByteAccess> : produce_base<D, IMemoryBufferByteAccess> {
    int32_t WINRT_CALL GetBuffer(uint8_t** bytes, uint32_t* capacity) noexcept final
    {
        return this->shim().GetBuffer(bytes, capacity);
    }
};

} // namespace winrt::impl

namespace winrt::Windows::Foundation::implementation {

// Bytes that live as long as somebody holds them; closing a reference only ends that reference's view.
struct Bytes {
    explicit Bytes(uint32_t size) : data(new (std::nothrow) uint8_t[size]()), capacity(size)
    {
        if (!data) throw std::bad_alloc();
    }
    std::unique_ptr<uint8_t[]> data;
    uint32_t capacity;
};

struct BufferReference
    : implements<BufferReference, IMemoryBufferReference, IClosable, cloaked<impl::IMemoryBufferByteAccess>> {
    explicit BufferReference(std::shared_ptr<Bytes> bytes) : m_bytes(std::move(bytes)) {}

    uint32_t Capacity() const
    {
        slim_lock_guard const guard(m_lock);
        return m_bytes ? m_bytes->capacity : 0;
    }
    event_token Closed(TypedEventHandler<IMemoryBufferReference, Windows::Foundation::IInspectable> const& handler)
    {
        return m_closed.add(handler);
    }
    void Closed(event_token const& token) { m_closed.remove(token); }
    void Close()
    {
        {
            slim_lock_guard const guard(m_lock);
            if (!m_bytes) return;
            m_bytes = nullptr;
        }
        m_closed(*this, nullptr);
    }

    int32_t GetBuffer(uint8_t** bytes, uint32_t* capacity) const noexcept
    {
        slim_lock_guard const guard(m_lock);
        *bytes = m_bytes ? m_bytes->data.get() : nullptr;
        *capacity = m_bytes ? m_bytes->capacity : 0;
        return m_bytes ? 0 : static_cast<int32_t>(0x80000013);
    }

private:
    mutable slim_mutex m_lock;
    std::shared_ptr<Bytes> m_bytes;
    event<TypedEventHandler<IMemoryBufferReference, Windows::Foundation::IInspectable>> m_closed;
};

struct MemoryBuffer : MemoryBufferT<MemoryBuffer> {
    explicit MemoryBuffer(uint32_t capacity) : m_bytes(std::make_shared<Bytes>(capacity)) {}

    IMemoryBufferReference CreateReference() const
    {
        slim_lock_guard const guard(m_lock);
        if (!m_bytes) throw hresult_error(static_cast<int32_t>(0x80000013), L"the memory buffer is closed");
        return make<BufferReference>(m_bytes);
    }
    void Close()
    {
        slim_lock_guard const guard(m_lock);
        m_bytes = nullptr;
    }

private:
    mutable slim_mutex m_lock;
    std::shared_ptr<Bytes> m_bytes;
};

} // namespace winrt::Windows::Foundation::implementation

namespace winrt::Windows::Foundation::factory_implementation {

struct MemoryBuffer : MemoryBufferT<MemoryBuffer, implementation::MemoryBuffer> {};

} // namespace winrt::Windows::Foundation::factory_implementation

LATCHKEY_FACTORY(memory_buffer_factory, winrt::Windows::Foundation::factory_implementation::MemoryBuffer)
