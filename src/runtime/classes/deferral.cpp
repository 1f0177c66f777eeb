// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <utility>

#include <Foundation/Deferral.g.h>

namespace winrt::Windows::Foundation::implementation {

struct Deferral : DeferralT<Deferral> {
    explicit Deferral(DeferralCompletedHandler const& handler) : m_handler(handler)
    {
        if (!handler) throw hresult_invalid_argument(L"a deferral needs a handler to call when it completes");
    }

    void Complete()
    {
        DeferralCompletedHandler const handler = take();
        if (!handler) throw hresult_illegal_method_call(L"the deferral was completed before");
        handler();
    }

    // Closing what is complete is no mistake: it is what a closing scope does.
    void Close()
    {
        if (DeferralCompletedHandler const handler = take()) handler();
    }

private:
    DeferralCompletedHandler take()
    {
        slim_lock_guard const guard(m_lock);
        return std::exchange(m_handler, nullptr);
    }

    slim_mutex m_lock;
    DeferralCompletedHandler m_handler;
};

} // namespace winrt::Windows::Foundation::implementation

namespace winrt::Windows::Foundation::factory_implementation {

struct Deferral : DeferralT<Deferral, implementation::Deferral> {};

} // namespace winrt::Windows::Foundation::factory_implementation

LATCHKEY_FACTORY(deferral_factory, winrt::Windows::Foundation::factory_implementation::Deferral)
