// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.h"

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;

namespace {
int free_calls = 0;
void free_function(IInspectable const&, int32_t value)
{
    free_calls += value;
}

struct Listener {
    int sum = 0;
    void heard(IInspectable const&, int32_t value) { sum += value; }
};

struct Page : implements<Page, IStringable> {
    int* sum;
    explicit Page(int* total) : sum(total) {}
    hstring ToString() { return {}; }
    void heard(IInspectable const&, int32_t value) { *sum += value; }
    fire_and_forget later(IInspectable const&, int32_t value)
    {
        auto const lifetime = get_strong();
        *sum += value;
        co_return;
    }
    EventHandler<int32_t> own() { return {this, &Page::heard}; }
    EventHandler<int32_t> coroutine() { return {get_weak(), &Page::later}; }
};
} // namespace

TEST(Delegate, IsMadeOfALambda)
{
    int sum = 0;
    EventHandler<int32_t> const handler = [&sum](IInspectable const&, int32_t value) { sum += value; };
    handler(nullptr, 3);
    EventHandler<int32_t> const generic([&sum](auto&&...) { ++sum; });
    generic(nullptr, 3);
    EXPECT_EQ(sum, 4);
}

TEST(Delegate, IsMadeOfAFunction)
{
    free_calls = 0;
    EventHandler<int32_t> const handler = free_function;
    handler(nullptr, 2);
    EventHandler<int32_t> const pointer = &free_function;
    pointer(nullptr, 2);
    EXPECT_EQ(free_calls, 4);
}

TEST(Delegate, IsMadeOfAnObjectAndItsMember)
{
    Listener listener;
    EventHandler<int32_t> const handler{&listener, &Listener::heard};
    handler(nullptr, 5);
    EXPECT_EQ(listener.sum, 5);
    int sum = 0;
    auto const page = make_self<Page>(&sum);
    page->own()(nullptr, 1);
    page->coroutine()(nullptr, 1);
    EXPECT_EQ(sum, 2);
}

TEST(Delegate, KeepsACountedObjectAlive)
{
    int sum = 0;
    EventHandler<int32_t> handler{make_self<Page>(&sum), &Page::heard};
    auto shared = std::make_shared<Listener>();
    EventHandler<int32_t> const of_shared{shared, &Listener::heard};
    std::weak_ptr<Listener> const watch = shared;
    shared.reset();
    handler(nullptr, 1);
    of_shared(nullptr, 1);
    EXPECT_EQ(sum, 1);
    EXPECT_FALSE(watch.expired());
}

TEST(Delegate, DoesNothingWhenItsWeaklyHeldObjectIsGone)
{
    int sum = 0;
    auto page = make_self<Page>(&sum);
    EventHandler<int32_t> const handler{page->get_weak(), &Page::heard};
    auto listener = std::make_shared<Listener>();
    EventHandler<int32_t> const of_shared{std::weak_ptr<Listener>(listener), &Listener::heard};
    handler(nullptr, 1);
    of_shared(nullptr, 1);
    EXPECT_EQ(listener->sum, 1);
    page = nullptr;
    listener.reset();
    handler(nullptr, 1);
    of_shared(nullptr, 1);
    EXPECT_EQ(sum, 1);
}

TEST(Delegate, LetsGoOfItsHandlerWithItsLastReference)
{
    auto captured = std::make_shared<int>(0);
    std::weak_ptr<int> const watch = captured;
    {
        EventHandler<int32_t> const handler = [captured = std::move(captured)](auto&&, auto&&) {};
        EventHandler<int32_t> const copy = handler;
        EXPECT_FALSE(watch.expired());
    }
    EXPECT_TRUE(watch.expired());
}

TEST(Delegate, AHandlersExceptionReachesTheCaller)
{
    EventHandler<int32_t> const handler = [](auto&&, auto&&) { throw hresult_out_of_bounds(L"too far"); };
    try {
        handler(nullptr, 0);
        FAIL() << "nothing was thrown";
    } catch (hresult_out_of_bounds const& error) {
        EXPECT_EQ(error.message(), L"too far");
    }
}

TEST(Delegate, OfCppOnlyPassesAnyArguments)
{
    std::string seen;
    winrt::delegate<std::string, int> const own = [&seen](std::string const& text, int count) {
        for (int index = 0; index < count; ++index) {
            seen += text;
        }
    };
    own("ab", 2);
    EXPECT_EQ(seen, "abab");
    EXPECT_FALSE(winrt::delegate<>());
}

TEST(Delegate, OfAWeakReferenceAndALambdaIsCalledWhileTheObjectLives)
{
    int sum = 0;
    auto page = make_self<Page>(&sum);
    EventHandler<int32_t> const handler{page->get_weak(), [&sum](auto&&, int32_t value) mutable { sum += value; }};
    handler(nullptr, 2);
    page = nullptr;
    handler(nullptr, 4);
    EXPECT_EQ(sum, 2);
    auto shared = std::make_shared<int>(5);
    EventHandler<int32_t> const other{std::weak_ptr<int>(shared), [&sum](auto&&, int32_t value) { sum += value; }};
    other(nullptr, 8);
    shared = nullptr;
    other(nullptr, 16);
    EXPECT_EQ(sum, 10);
}

TEST(Delegate, OfOneModuleGivesAValue)
{
    winrt::delegate<int(int, hstring)> const measure = [](int factor, hstring const& text) {
        return factor * static_cast<int>(text.size());
    };
    EXPECT_EQ(measure(3, L"abcd"), 12);
    winrt::delegate<bool()> none;
    EXPECT_FALSE(none);
    none = [] { return true; };
    EXPECT_TRUE(none());
    winrt::delegate<std::wstring(IInspectable)> const failing = [](auto&&) -> std::wstring { throw 5; };
    EXPECT_THROW(failing(nullptr), int);
}
