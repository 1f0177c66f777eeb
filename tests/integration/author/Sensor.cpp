// SPDX-License-Identifier: MIT
#include "Sensor.h"

#include "Sensor.g.cpp"
#include "pch.h"
using namespace std::chrono_literals;
namespace winrt::Probe::implementation {
using namespace Windows::Foundation;
Probe::Sensor Sensor::Create(hstring const& name)
{
    auto s = winrt::make<Sensor>(name);
    s_countChanged(nullptr, s_count.load());
    return s;
}
IAsyncAction Sensor::StartAsync()
{
    auto lifetime = get_strong();
    co_await winrt::resume_background();
    co_await 5ms;
    Raise(L"started");
}
IAsyncOperation<Probe::Reading> Sensor::ReadAsync()
{
    auto lifetime = get_strong();
    co_await winrt::resume_after(1ms);
    co_return Probe::Reading{3.5, L"K", Probe::Colour::Blue};
}
IAsyncOperationWithProgress<int32_t, double> Sensor::MeasureAsync(int32_t steps)
{
    auto strong{get_strong()};
    auto cancellation{co_await winrt::get_cancellation_token()};
    auto progress{co_await winrt::get_progress_token()};
    int32_t i = 0;
    for (; i < steps; ++i) {
        if (cancellation()) break;
        co_await 1ms;
        progress(i / double(steps));
    }
    co_return i;
}
IAsyncActionWithProgress<winrt::hresult> Sensor::FlushAsync()
{
    auto progress = co_await get_progress_token();
    co_await resume_background();
    progress(winrt::hresult{7});
    throw hresult_access_denied(L"no flush");
}
} // namespace winrt::Probe::implementation
