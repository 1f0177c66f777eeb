// SPDX-License-Identifier: MIT
#include "ipc/dictionary_bytes.h"
#include "latchkey/runtime.h"
#include "runtime/broker.h"
#include "runtime/classes/boxed_value.h"
#include "runtime/classes/factories.h"
#include "runtime/hresult.h"

#include <ApplicationModel/Background/ApplicationTrigger.g.h>
#include <ApplicationModel/Background/ApplicationTriggerDetails.g.h>
#include <winrt/Windows.Foundation.h>

namespace winrt::Windows::ApplicationModel::Background::implementation {

using Windows::Foundation::Collections::ValueSet;

struct ApplicationTrigger : ApplicationTriggerT<ApplicationTrigger> {
    using Result = Windows::Foundation::IAsyncOperation<ApplicationTriggerResult>;

    static Result RequestAsync() { return request({}); }
    static Result RequestAsync(ValueSet const& arguments)
    {
        // Now: the set may change after this returns.
        return request(arguments ? latchkey::runtime::arguments_of(kMember, arguments) : latchkey::ipc::Dictionary{});
    }

private:
    static constexpr std::wstring_view kMember = L"ApplicationTrigger.RequestAsync";

    static Result request(latchkey::ipc::Dictionary arguments)
    {
        co_await resume_background();
        co_return static_cast<ApplicationTriggerResult>(latchkey::runtime::ask_broker_for<int32_t>(
            kMember, "RequestApplicationTrigger", {{std::move(arguments)}}, latchkey::runtime::Repeat::No));
    }
};

struct ApplicationTriggerDetails : ApplicationTriggerDetailsT<ApplicationTriggerDetails> {
    explicit ApplicationTriggerDetails(ValueSet const& arguments) : m_arguments(arguments) {}
    ValueSet Arguments() const { return m_arguments; }

private:
    ValueSet m_arguments;
};

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace winrt::Windows::ApplicationModel::Background::factory_implementation {

struct ApplicationTrigger : ApplicationTriggerT<ApplicationTrigger, implementation::ApplicationTrigger> {};

} // namespace winrt::Windows::ApplicationModel::Background::factory_implementation

LATCHKEY_FACTORY(application_trigger_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::ApplicationTrigger)

int32_t LatchkeyMakeTriggerDetails(char const* kind, void const* detail, size_t bytes, void** details) noexcept
{
    using namespace winrt::Windows::ApplicationModel::Background;
    using winrt::Windows::Foundation::Collections::ValueSet;
    namespace runtime = latchkey::runtime;
    *details = nullptr;
    if (kind == nullptr || (detail == nullptr && bytes != 0)) return runtime::kPointer;
    return runtime::guarded([&] {
        // Other kinds have no details yet, as triggers without payload never have.
        if (std::string_view{kind} != "ApplicationTrigger") return runtime::kOk;
        ValueSet const arguments;
        if (bytes != 0) {
            auto const entries = latchkey::ipc::dictionary_from({static_cast<char const*>(detail), bytes});
            if (!entries) return runtime::kInvalidArgument;
            runtime::fill(arguments, *entries, [] { return ValueSet{}; });
        }
        *details = winrt::detach_abi(winrt::make<implementation::ApplicationTriggerDetails>(arguments));
        return runtime::kOk;
    });
}
