// SPDX-License-Identifier: MIT
// Windows' time on <chrono>: TimeSpan is a duration of 100 ns units, DateTime a point of winrt::clock, which counts
// from 1601-01-01 00:00 UTC.
#pragma once

#include "winrt/base/identity.h"
#include "winrt/base/meta.h"

namespace winrt {
struct clock;
}

namespace winrt::Windows::Foundation {
using TimeSpan = std::chrono::duration<int64_t, std::ratio<1, 10'000'000>>;
using DateTime = std::chrono::time_point<clock, TimeSpan>;
} // namespace winrt::Windows::Foundation

namespace winrt {
/// The unit of Windows' FILETIME, as a number.
struct file_time {
    uint64_t value{};

    file_time() noexcept = default;
    constexpr explicit file_time(uint64_t ticks) noexcept : value(ticks) {}
#if defined(_FILETIME_)
    constexpr file_time(FILETIME const& time) noexcept
        : value(time.dwLowDateTime | (static_cast<uint64_t>(time.dwHighDateTime) << 32))
    {}
    operator FILETIME() const noexcept
    {
        return {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
    }
#endif
    friend constexpr bool operator==(file_time left, file_time right) noexcept
    {
        return left.value == right.value;
    }
};

struct clock {
    using rep = int64_t;
    using period = Windows::Foundation::TimeSpan::period;
    using duration = Windows::Foundation::TimeSpan;
    using time_point = Windows::Foundation::DateTime;

    static constexpr bool is_steady = false;

    static time_point now() noexcept { return from_sys(std::chrono::system_clock::now()); }

    static time_t to_time_t(time_point const& time) noexcept
    {
        return static_cast<time_t>(
            std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch() - epoch).count());
    }
    static time_point from_time_t(time_t time) noexcept { return time_point(epoch + std::chrono::seconds(time)); }

    static file_time to_file_time(time_point const& time) noexcept
    {
        return file_time(static_cast<uint64_t>(time.time_since_epoch().count()));
    }
    static time_point from_file_time(file_time const& time) noexcept
    {
        return time_point(duration(static_cast<int64_t>(time.value)));
    }
#if defined(_FILETIME_)
    static FILETIME to_FILETIME(time_point const& time) noexcept
    {
        return to_file_time(time);
    }
    static time_point from_FILETIME(FILETIME const& time) noexcept
    {
        return from_file_time(file_time(time));
    }
#endif

    static std::chrono::time_point<std::chrono::system_clock, duration> to_sys(time_point const& time) noexcept
    {
        return std::chrono::time_point<std::chrono::system_clock, duration>(time.time_since_epoch() - epoch);
    }
    template <typename Duration>
    static time_point from_sys(std::chrono::time_point<std::chrono::system_clock, Duration> const& time) noexcept
    {
        return time_point(epoch + std::chrono::duration_cast<duration>(time.time_since_epoch()));
    }

private:
    // From 1601 to 1970: 369 years, 89 of them leap years.
    static constexpr duration epoch = std::chrono::seconds(int64_t{369 * 365 + 89} * 86400);
};
} // namespace winrt

namespace winrt::impl {
template <>
struct abi<Windows::Foundation::TimeSpan> {
    using type = int64_t;
};
template <>
struct abi<Windows::Foundation::DateTime> {
    using type = int64_t;
};
template <>
struct category<Windows::Foundation::TimeSpan> {
    using type = struct_category<int64_t>;
};
template <>
struct category<Windows::Foundation::DateTime> {
    using type = struct_category<int64_t>;
};
template <>
inline constexpr auto& name_v<Windows::Foundation::TimeSpan> = L"Windows.Foundation.TimeSpan";
template <>
inline constexpr auto& name_v<Windows::Foundation::DateTime> = L"Windows.Foundation.DateTime";

template <>
struct category<event_token> {
    using type = struct_category<int64_t>;
};
template <>
inline constexpr auto& name_v<event_token> = L"Windows.Foundation.EventRegistrationToken";
template <>
struct category<hresult> {
    using type = struct_category<int32_t>;
};
template <>
inline constexpr auto& name_v<hresult> = L"Windows.Foundation.HResult";
} // namespace winrt::impl
