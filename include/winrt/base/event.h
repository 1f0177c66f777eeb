// SPDX-License-Identifier: MIT
// winrt::event: the handlers of an event of a class, called in the order in which they were added. Adding, removing and
// calling may happen at once from any threads, and from handlers; a call reaches the handlers of the moment it began.
#pragma once

#include "winrt/base/activation.h"
#include "winrt/base/delegate.h"

namespace winrt {
namespace impl {
// What a handler answers when whoever added it is gone.
inline bool is_disconnected(hresult code) noexcept
{
    return code == error_disconnected || code == error_server_unavailable || code == error_script_cannot_execute;
}
} // namespace impl

template <typename Delegate>
struct event {
    using delegate_type = Delegate;

    event() noexcept = default;
    event(event const&) = delete;
    event& operator=(event const&) = delete;

    explicit operator bool() const noexcept
    {
        slim_lock_guard const guard(m_lock);
        return m_handlers != nullptr;
    }

    event_token add(delegate_type const& handler)
    {
        auto changed = std::make_shared<handler_list>();
        handlers replaced; // let go after the lock: a handler's end may use this event
        slim_lock_guard const guard(m_lock);
        if (m_handlers) {
            changed->reserve(m_handlers->size() + 1);
            changed->assign(m_handlers->begin(), m_handlers->end());
        }
        event_token const token{++m_last_token};
        changed->push_back({token, handler});
        replaced = std::exchange(m_handlers, std::move(changed));
        return token;
    }

    void remove(event_token token)
    {
        handlers replaced;
        slim_lock_guard const guard(m_lock);
        if (!m_handlers) return;
        auto changed = std::make_shared<handler_list>();
        for (entry const& each : *m_handlers) {
            if (!(each.token == token)) changed->push_back(each);
        }
        if (changed->empty()) changed.reset();
        replaced = std::exchange(m_handlers, std::move(changed));
    }

    void clear()
    {
        handlers replaced;
        slim_lock_guard const guard(m_lock);
        replaced = std::exchange(m_handlers, nullptr);
    }

    /// Calls every handler. A handler's failure does not keep the others from being called; one that says that whoever
    /// added it is gone (RPC_E_DISCONNECTED and its kin) removes the handler.
    template <typename... Args>
    void operator()(Args const&... args)
    {
        handlers called;
        {
            slim_lock_guard const guard(m_lock);
            called = m_handlers;
        }
        if (!called) return;
        for (entry const& each : *called) {
            try {
                each.handler(args...);
            } catch (...) {
                if (impl::is_disconnected(to_hresult())) remove(each.token);
            }
        }
    }

private:
    struct entry {
        event_token token;
        delegate_type handler;
    };
    using handler_list = std::vector<entry>;
    using handlers = std::shared_ptr<handler_list const>;

    mutable slim_mutex m_lock;
    handlers m_handlers;
    int64_t m_last_token = 0;
};

namespace impl {
/// Ends the registration when it goes. Holds the source weakly: it does not keep it alive.
template <typename I, auto remove_slot>
struct event_revoker {
    event_revoker() noexcept = default;
    event_revoker(event_revoker const&) = delete;
    event_revoker& operator=(event_revoker const&) = delete;
    event_revoker(event_revoker&& other) noexcept
        : m_source(std::exchange(other.m_source, {})), m_token(std::exchange(other.m_token, {}))
    {}
    event_revoker& operator=(event_revoker&& other) noexcept
    {
        if (this != &other) {
            revoke();
            m_source = std::exchange(other.m_source, {});
            m_token = std::exchange(other.m_token, {});
        }
        return *this;
    }
    template <typename Source>
    event_revoker(Source const& source, event_token token) : m_source(source), m_token(token)
    {}
    ~event_revoker() noexcept { revoke(); }

    void revoke() noexcept
    {
        auto const source = std::exchange(m_source, {});
        event_token const token = std::exchange(m_token, {});
        if (!token) return;
        if (I const object = source.get()) (static_cast<abi_t<I>*>(get_abi(object))->*remove_slot)(token);
    }

    explicit operator bool() const noexcept { return static_cast<bool>(m_token); }

private:
    weak_ref<I> m_source;
    event_token m_token{};
};

/// The same for an event of a factory, which it keeps.
template <typename I, auto remove_slot>
struct factory_event_revoker {
    factory_event_revoker() noexcept = default;
    factory_event_revoker(factory_event_revoker const&) = delete;
    factory_event_revoker& operator=(factory_event_revoker const&) = delete;
    factory_event_revoker(factory_event_revoker&& other) noexcept
        : m_factory(std::exchange(other.m_factory, nullptr)), m_token(std::exchange(other.m_token, {}))
    {}
    factory_event_revoker& operator=(factory_event_revoker&& other) noexcept
    {
        if (this != &other) {
            revoke();
            m_factory = std::exchange(other.m_factory, nullptr);
            m_token = std::exchange(other.m_token, {});
        }
        return *this;
    }
    factory_event_revoker(I const& factory, event_token token) noexcept : m_factory(factory), m_token(token) {}
    ~factory_event_revoker() noexcept { revoke(); }

    void revoke() noexcept
    {
        I const factory = std::exchange(m_factory, nullptr);
        event_token const token = std::exchange(m_token, {});
        if (factory && token) (static_cast<abi_t<I>*>(get_abi(factory))->*remove_slot)(token);
    }

    explicit operator bool() const noexcept { return static_cast<bool>(m_token); }

private:
    I m_factory{nullptr};
    event_token m_token{};
};

template <typename D, typename Revoker, typename S>
Revoker make_event_revoker(S source, event_token token)
{
    return {static_cast<D const&>(*source), token};
}
} // namespace impl
} // namespace winrt
