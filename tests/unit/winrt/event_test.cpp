// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.h"

#include <thread>

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;

namespace {
// A class with an event that is in metadata.
struct Buffer : implements<Buffer, IMemoryBufferReference, IClosable> {
    uint32_t Capacity() { return 7; }
    event_token Closed(TypedEventHandler<IMemoryBufferReference, IInspectable> const& handler)
    {
        return m_closed.add(handler);
    }
    void Closed(event_token token) { m_closed.remove(token); }
    void Close() { m_closed(*this, nullptr); }

private:
    event<TypedEventHandler<IMemoryBufferReference, IInspectable>> m_closed;
};
} // namespace

TEST(Event, CallsHandlersInTheOrderInWhichTheyWereAdded)
{
    event<EventHandler<int32_t>> source;
    EXPECT_FALSE(source);
    std::string order;
    source.add([&order](auto&&, int32_t) { order += 'a'; });
    auto const second = source.add([&order](auto&&, int32_t) { order += 'b'; });
    source.add([&order](auto&&, int32_t) { order += 'c'; });
    EXPECT_TRUE(source);
    source(nullptr, 0);
    source.remove(second);
    source(nullptr, 0);
    EXPECT_EQ(order, "abcac");
}

TEST(Event, GivesEachHandlerItsOwnToken)
{
    event<EventHandler<int32_t>> source;
    int calls = 0;
    EventHandler<int32_t> const handler = [&calls](auto&&, auto&&) { ++calls; };
    auto const first = source.add(handler);
    auto const second = source.add(handler);
    EXPECT_FALSE(first == second);
    EXPECT_TRUE(first);
    source.remove(first);
    source.remove(first);
    source.remove(event_token{});
    source(nullptr, 0);
    EXPECT_EQ(calls, 1);
}

TEST(Event, ForgetsEveryHandlerWhenCleared)
{
    event<EventHandler<int32_t>> source;
    auto captured = std::make_shared<int>();
    std::weak_ptr<int> const watch = captured;
    source.add([captured = std::move(captured)](auto&&, auto&&) {});
    source.clear();
    EXPECT_FALSE(source);
    EXPECT_TRUE(watch.expired());
    source(nullptr, 0);
}

TEST(Event, AHandlerMayRemoveItselfAndOthersWhileCalled)
{
    event<EventHandler<int32_t>> source;
    int calls = 0;
    event_token token;
    token = source.add([&](auto&&, auto&&) {
        ++calls;
        source.remove(token);
        source.clear();
    });
    source.add([&](auto&&, auto&&) { ++calls; });
    source(nullptr, 0);
    EXPECT_EQ(calls, 2) << "a call reaches the handlers of the moment it began";
    source(nullptr, 0);
    EXPECT_EQ(calls, 2);
}

TEST(Event, RemovesHandlersWhoseOwnerIsDisconnected)
{
    event<EventHandler<int32_t>> source;
    int disconnected = 0;
    int failing = 0;
    int last = 0;
    source.add([&](auto&&, auto&&) {
        ++disconnected;
        throw hresult_error(static_cast<int32_t>(0x80010108));
    });
    source.add([&](auto&&, auto&&) {
        ++failing;
        throw std::runtime_error("handler failed");
    });
    source.add([&](auto&&, auto&&) { ++last; });
    source(nullptr, 0);
    source(nullptr, 0);
    EXPECT_EQ(disconnected, 1);
    EXPECT_EQ(failing, 2);
    EXPECT_EQ(last, 2);
}

TEST(Event, IsAddedToAndRemovedFromThroughAnInterface)
{
    IMemoryBufferReference const buffer = make<Buffer>();
    int calls = 0;
    auto const token = buffer.Closed([&](IMemoryBufferReference const& sender, auto&&) {
        EXPECT_TRUE(sender == buffer);
        ++calls;
    });
    buffer.Close();
    buffer.Closed(token);
    buffer.Close();
    EXPECT_EQ(calls, 1);
}

TEST(EventRevoker, EndsTheRegistrationWhenItGoes)
{
    IMemoryBufferReference const buffer = make<Buffer>();
    int calls = 0;
    {
        IMemoryBufferReference::Closed_revoker const revoker =
            buffer.Closed(auto_revoke, [&](auto&&, auto&&) { ++calls; });
        EXPECT_TRUE(revoker);
        buffer.Close();
    }
    buffer.Close();
    EXPECT_EQ(calls, 1);
}

TEST(EventRevoker, MovesAndIsReplaced)
{
    IMemoryBufferReference const buffer = make<Buffer>();
    int first = 0;
    int second = 0;
    auto revoker = buffer.Closed(auto_revoke, [&](auto&&, auto&&) { ++first; });
    auto moved = std::move(revoker);
    EXPECT_FALSE(revoker);
    buffer.Close();
    moved = buffer.Closed(auto_revoke, [&](auto&&, auto&&) { ++second; });
    buffer.Close();
    moved.revoke();
    buffer.Close();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 1);
}

TEST(EventRevoker, DoesNotKeepTheSourceAlive)
{
    auto const self = make_self<Buffer>();
    weak_ref<Buffer> const watch = self->get_weak();
    IMemoryBufferReference::Closed_revoker revoker;
    {
        auto const other = make_self<Buffer>();
        IMemoryBufferReference const source = *other;
        revoker = source.Closed(auto_revoke, [](auto&&, auto&&) {});
    }
    revoker.revoke();
    EXPECT_TRUE(watch.get());
}

TEST(FactoryEventRevoker, EndsTheRegistrationAndKeepsTheFactory)
{
    using Revoker =
        impl::factory_event_revoker<IMemoryBufferReference, &impl::abi_t<IMemoryBufferReference>::remove_Closed>;
    auto const self = make_self<Buffer>();
    int calls = 0;
    {
        IMemoryBufferReference const factory = *self;
        Revoker const revoker(factory, factory.Closed([&](auto&&, auto&&) { ++calls; }));
        EXPECT_TRUE(revoker);
        self->Close();
    }
    self->Close();
    EXPECT_EQ(calls, 1);
}

TEST(Event, IsSafeFromSeveralThreadsAtOnce)
{
    event<EventHandler<int32_t>> source;
    std::atomic<int> calls = 0;
    std::thread adding([&] {
        for (int round = 0; round < 200; ++round) {
            auto const token = source.add([&calls](auto&&, auto&&) { ++calls; });
            source.remove(token);
        }
    });
    for (int round = 0; round < 200; ++round) {
        source(nullptr, round);
    }
    adding.join();
    EXPECT_FALSE(source);
}
