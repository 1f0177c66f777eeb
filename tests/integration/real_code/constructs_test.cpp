// SPDX-License-Identifier: MIT
// The constructs that real tasks are written with, one test a family. What reaches the broker is in task_test.cpp.
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unknwn.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.System.Threading.h>

using namespace winrt;
using namespace std::chrono_literals;
using namespace Windows::ApplicationModel::Background;
using namespace Windows::Foundation;
using namespace Windows::Foundation::Collections;

namespace app {

struct Colour {
    uint8_t red;
};

// Apps add their own types to the overload set.
hstring to_hstring(Colour const& colour)
{
    return hstring{L"#"} + winrt::to_hstring(colour.red);
}

struct Listener : implements<Listener, IStringable> {
    hstring ToString() const { return L"listener"; }

    void on_progress(BackgroundTaskRegistration const&, BackgroundTaskProgressEventArgs const&) { ++calls; }
    fire_and_forget on_event(IInspectable const&, IInspectable const&)
    {
        auto const lifetime = get_strong();
        co_await resume_background();
        promise.set_value(++calls);
    }

    std::atomic<int> calls{0};
    std::promise<int> promise;
};

IAsyncAction wait_a_moment()
{
    co_await 1ms;
}

IAsyncOperation<int> answer()
{
    co_await resume_background();
    co_return 42;
}

IAsyncOperation<hstring> never()
{
    auto const token = co_await get_cancellation_token();
    token.enable_propagation();
    while (true)
        co_await resume_after(1ms);
}

IAsyncOperation<bool> there_and_back()
{
    apartment_context const here;
    co_await resume_background();
    co_await here;
    co_return true;
}

IAsyncOperationWithProgress<int, uint32_t> counted()
{
    auto const progress = co_await get_progress_token();
    for (uint32_t step = 1; step <= 3; ++step)
        progress(step);
    co_return 3;
}

} // namespace app

TEST(RealCode, StringsJoinCompareAndConvert)
{
    hstring const name{L"task"};
    std::wstring const wide{L"task"};
    EXPECT_TRUE(name == wide && name == L"task" && name == std::wstring_view{wide});
    EXPECT_EQ(name + L"-1", L"task-1");
    EXPECT_EQ(L"my " + name, L"my task");
    EXPECT_STREQ(name.c_str(), L"task");
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(std::wstring(name.begin(), name.end()), wide);
    EXPECT_EQ(to_hstring(uint32_t{7}), L"7");
    EXPECT_EQ(to_hstring(1.5), L"1.5");
    EXPECT_EQ(to_hstring(std::string_view{"\xc3\xa4"}), L"\u00e4");
    EXPECT_EQ(to_hstring("text"), L"text");
    EXPECT_EQ(to_string(hstring{L"\u00e4"}), "\xc3\xa4");
    EXPECT_EQ(to_hstring(app::Colour{255}), L"#255");
    std::map<hstring, int> counts;
    ++counts[name];
    EXPECT_EQ(counts.at(L"task"), 1);
}

TEST(RealCode, GuidsCompareAndPrintInBracesAndLowerCase)
{
    guid const id{0x0351550e, 0x3e64, 0x4572, {0xa9, 0x3a, 0x84, 0x07, 0x5a, 0x37, 0xc9, 0x17}};
    EXPECT_EQ(to_hstring(id), L"{0351550e-3e64-4572-a93a-84075a37c917}");
    EXPECT_NE(id, guid{});
    EXPECT_EQ(guid_of<IBackgroundTask>(),
              (guid{0x7d13d534, 0xfd12, 0x43ce, {0x8c, 0x22, 0xea, 0x1f, 0xf1, 0x3c, 0x06, 0xdf}}));
}

TEST(RealCode, ValuesAreBoxedAndUnboxed)
{
    auto const text = box_value(L"hello");
    EXPECT_EQ(unbox_value<hstring>(text), L"hello");
    EXPECT_EQ(unbox_value<hstring>(box_value(hstring{std::wstring{L"wide"}})), L"wide");
    auto const number = box_value(5);
    EXPECT_EQ(unbox_value_or<int>(number, 1), 5);
    EXPECT_EQ(unbox_value_or<int>(text, 1), 1);
    EXPECT_EQ(unbox_value_or<hstring>(nullptr, L"none"), L"none");
    EXPECT_EQ(number.as<int>(), 5);
    EXPECT_TRUE(box_value(true).as<bool>());
    std::optional<int> const found = number.try_as<int>();
    EXPECT_EQ(found.value_or(0), 5);
    EXPECT_FALSE(text.try_as<int>().has_value());
    IReference<uint32_t> const reference{9u};
    std::optional<uint32_t> const value = reference;
    EXPECT_EQ(*value, 9u);
    IReference<uint32_t> const none{std::optional<uint32_t>{}};
    EXPECT_FALSE(none);
}

TEST(RealCode, CollectionsAreWalkedLookedUpAndMade)
{
    auto const map = single_threaded_map<hstring, IInspectable>();
    EXPECT_FALSE(map.Insert(L"a", box_value(1)));
    EXPECT_TRUE(map.Insert(L"a", box_value(2)));
    EXPECT_TRUE(map.HasKey(L"a"));
    EXPECT_FALSE(map.TryLookup(L"b"));
    EXPECT_EQ(unbox_value<int>(map.TryLookup(L"a")), 2);
    for (auto const& [key, value] : map)
        EXPECT_EQ(key + to_hstring(unbox_value<int>(value)), L"a2");
    EXPECT_TRUE(map.TryRemove(L"a"));
    EXPECT_FALSE(map.TryRemove(L"a"));
    EXPECT_EQ(map.GetView().Size(), 0u);

    auto const vector = single_threaded_vector<hstring>({L"x", L"y"});
    vector.Append(L"z");
    hstring all;
    for (auto const& item : vector.GetView())
        all = all + item;
    EXPECT_EQ(all, L"xyz");
    EXPECT_EQ(vector.GetAt(1), L"y");
    EXPECT_EQ(vector.Size(), 3u);
    uint32_t index = 0;
    EXPECT_TRUE(vector.IndexOf(L"z", index));
    EXPECT_EQ(index, 2u);
    EXPECT_THROW(vector.GetAt(3), hresult_out_of_bounds);

    IVector<IInspectable> const mixed = single_threaded_vector<IInspectable>({box_value(1), box_value(L"two")});
    EXPECT_EQ(unbox_value<int>(mixed.GetAt(0)), 1);

    // Anything that can be walked goes where an IIterable is wanted.
    auto const size = [](param::iterable<hstring> const& items) {
        IIterable<hstring> const walked = reinterpret_cast<IIterable<hstring> const&>(items);
        return std::distance(begin(walked), end(walked));
    };
    EXPECT_EQ(size(std::vector<hstring>{L"1", L"2"}), 2);
    EXPECT_EQ(size({L"1", L"2", L"3"}), 3);

    ValueSet values{nullptr};
    IPropertySet settings{nullptr};
    EXPECT_FALSE(values || settings);
}

TEST(RealCode, ObjectsAreHeldStronglyAndWeakly)
{
    auto listener = make_self<app::Listener>();
    com_ptr<app::Listener> const same = listener;
    IStringable const stringable = *listener;
    EXPECT_EQ(stringable.ToString(), L"listener");
    EXPECT_EQ(get_self<app::Listener>(stringable), same.get());
    EXPECT_TRUE(stringable.try_as<IInspectable>());
    EXPECT_FALSE(stringable.try_as<IClosable>());
    EXPECT_THROW(stringable.as<IClosable>(), hresult_no_interface);
    weak_ref<IStringable> const weak = stringable;
    EXPECT_TRUE(weak.get());
    EXPECT_TRUE(listener->get_weak().get());
    BackgroundTaskDeferral deferral{nullptr};
    EXPECT_FALSE(deferral);
}

TEST(RealCode, DelegatesComeFromLambdasFunctionsAndMethods)
{
    auto listener = make_self<app::Listener>();
    BackgroundTaskProgressEventHandler const by_pointer{listener.get(), &app::Listener::on_progress};
    BackgroundTaskProgressEventHandler const by_weak{listener->get_weak(), &app::Listener::on_progress};
    BackgroundTaskProgressEventHandler const by_strong{listener->get_strong(), &app::Listener::on_progress};
    by_pointer(nullptr, nullptr);
    by_weak(nullptr, nullptr);
    by_strong(nullptr, nullptr);
    EXPECT_EQ(listener->calls, 3);

    event<EventHandler<IInspectable>> raised;
    auto const token = raised.add({listener.get(), &app::Listener::on_event});
    auto done = listener->promise.get_future();
    raised(nullptr, nullptr);
    EXPECT_EQ(done.get(), 4);
    raised.remove(token);
    EXPECT_FALSE(raised);
}

TEST(RealCode, CoroutinesAwaitReturnReportAndAreCancelled)
{
    app::wait_a_moment().get();
    EXPECT_EQ(app::answer().get(), 42);
    auto const never = app::never();
    never.Cancel();
    EXPECT_THROW(never.get(), hresult_canceled);
    EXPECT_EQ(never.Status(), AsyncStatus::Canceled);
    auto const counted = app::counted();
    EXPECT_EQ(counted.get(), 3);
    when_all(app::wait_a_moment(), app::wait_a_moment()).get();
    EXPECT_EQ(when_any(app::answer(), app::answer()).get(), 42);
}

TEST(RealCode, TimesAreChronoTypes)
{
    DateTime const now = winrt::clock::now();
    TimeSpan const quarter = std::chrono::minutes{15};
    EXPECT_EQ((now + quarter - now), 15min);
    EXPECT_EQ(quarter.count(), 15 * 60 * 10'000'000LL);
    EXPECT_GT(winrt::clock::to_time_t(now), 1'700'000'000);
}

TEST(RealCode, FailuresAreTypesWithCodesAndMessages)
{
    try {
        throw hresult_error(hresult{int32_t(0x80070032u)}, L"no such trigger on Linux");
    } catch (hresult_error const& error) {
        EXPECT_EQ(error.code(), int32_t(0x80070032u));
        EXPECT_EQ(error.message(), L"no such trigger on Linux");
    }
    EXPECT_THROW(check_hresult(int32_t(0x80070005u)), hresult_access_denied);
    EXPECT_THROW(throw hresult_canceled(), hresult_error);
    EXPECT_THROW(throw hresult_not_implemented(), hresult_error);
    EXPECT_THROW(check_hresult(int32_t(0x80040154u)), hresult_class_not_registered);
}

TEST(RealCode, LocksAndAssertionsAreThere)
{
    slim_mutex mutex;
    {
        slim_lock_guard const guard{mutex};
        EXPECT_FALSE(mutex.try_lock());
    }
    slim_shared_lock_guard const shared{mutex};
    WINRT_ASSERT(true);
    init_apartment();
    EXPECT_TRUE(app::there_and_back().get());
}
