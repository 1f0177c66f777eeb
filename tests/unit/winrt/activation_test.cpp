// SPDX-License-Identifier: MIT
// The library's own classes, used as an application uses them.
#include "winrt/Windows.Foundation.Collections.h"
#include "winrt/Windows.Foundation.h"

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;

TEST(Activation, AFactoryIsKeptUntilTheCacheIsCleared)
{
    auto const first = get_activation_factory<ValueSet>();
    EXPECT_EQ(get_abi(first), get_abi(get_activation_factory<ValueSet>()));
    clear_factory_cache();
    EXPECT_TRUE(get_activation_factory<ValueSet>());
    EXPECT_TRUE(try_get_activation_factory<ValueSet>());
    EXPECT_TRUE(get_activation_factory(L"Windows.Foundation.Collections.ValueSet"));
}

TEST(Activation, TheFailureOfATryIsToldToWhoAsks)
{
    hresult_error failure;
    EXPECT_TRUE(try_get_activation_factory<ValueSet>(failure));
    EXPECT_EQ(failure.code(), 0);
}

TEST(Activation, APropertySetIsMadeFilledAndWalked)
{
    ValueSet set;
    set.Insert(L"count", box_value(3));
    set.Insert(L"name", box_value(L"task"));
    EXPECT_EQ(set.Size(), 2u);
    EXPECT_EQ(unbox_value<int32_t>(set.Lookup(L"count")), 3);
    EXPECT_EQ(set.TryLookup(L"none"), nullptr);
    EXPECT_EQ(set.TryLookup(L"name").as<hstring>(), L"task");
    int seen = 0;
    for (auto const& [key, value] : set) {
        EXPECT_TRUE(set.HasKey(key));
        EXPECT_TRUE(value);
        ++seen;
    }
    EXPECT_EQ(seen, 2);
    IMap<hstring, IInspectable> const map = set;
    EXPECT_TRUE(map.TryRemove(L"name"));
    EXPECT_EQ(set.Size(), 1u);
    EXPECT_EQ(get_class_name(set), L"Windows.Foundation.Collections.ValueSet");
}

TEST(Activation, ANullReferenceOfAClassActivatesNothing)
{
    ValueSet const none{nullptr};
    EXPECT_FALSE(none);
    EXPECT_EQ(none, nullptr);
}

TEST(Capture, TakesWhatAFunctionGives)
{
    auto const give = [](int, guid const& id, void** result) -> int32_t { return box_value(5).as(id, result); };
    EXPECT_EQ(capture<IReference<int32_t>>(give, 1).Value(), 5);
    EXPECT_THROW(capture<IStringable>(give, 1), hresult_no_interface);
    EXPECT_FALSE(try_capture<IStringable>(give, 1));
    EXPECT_TRUE(try_capture<IReference<int32_t>>(give, 1));
    com_ptr<IReference<int32_t>> held;
    EXPECT_TRUE(held.try_capture(give, 1));
}
