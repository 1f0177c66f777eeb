// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.Collections.h"
#include "winrt/Windows.Foundation.h"

#include <thread>

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;

namespace {
std::wstring all_of(param::iterable<hstring> const& values)
{
    std::wstring result;
    IIterable<hstring> const& iterable = values;
    for (hstring const& value : iterable) {
        result += value;
    }
    return result;
}
int sum_of(param::map_view<hstring, int32_t> const& values)
{
    int sum = 0;
    IMapView<hstring, int32_t> const& map = values;
    for (auto const& [key, value] : map) {
        sum += value;
    }
    return sum;
}
uint32_t size_of(param::vector_view<int32_t> const& values)
{
    return static_cast<IVectorView<int32_t> const&>(values).Size();
}
IVector<int32_t> kept(param::vector<int32_t> const& values)
{
    return values;
}
int pairs_of(param::iterable<IKeyValuePair<hstring, int32_t>> const& values)
{
    int sum = 0;
    IIterable<IKeyValuePair<hstring, int32_t>> const& pairs = values;
    for (auto const& pair : pairs) {
        sum += pair.Value();
    }
    return sum;
}

// A class of an author with its own container.
struct Numbers : implements<Numbers, IVector<int32_t>, IIterable<int32_t>>, vector_base<Numbers, int32_t> {
    std::vector<int32_t>& get_container() { return m_values; }
    std::vector<int32_t> const& get_container() const { return m_values; }

private:
    std::vector<int32_t> m_values;
};

struct Names : implements<Names, IVectorView<hstring>, IIterable<hstring>>, vector_view_base<Names, hstring> {
    auto& get_container() const noexcept { return m_names; }

private:
    std::vector<hstring> m_names{L"a", L"b"};
};
} // namespace

TEST(Vector, IsWalkedByRangeFor)
{
    IVector<hstring> const vector = single_threaded_vector<hstring>({L"a", L"b", L"c"});
    std::wstring text;
    for (hstring const& value : vector) {
        text += value;
    }
    for (hstring const& value : vector.GetView()) {
        text += value;
    }
    for (hstring const& value : vector.as<IIterable<hstring>>()) {
        text += value;
    }
    for (auto const& value : single_threaded_vector<hstring>()) {
        text += value + L"!";
    }
    EXPECT_EQ(text, L"abcabcabc");
    EXPECT_EQ(std::distance(begin(vector), end(vector)), 3);
}

TEST(Vector, ChangesAsAskedAndRefusesIndexesBeyondItsEnd)
{
    auto const vector = single_threaded_vector<int32_t>();
    vector.Append(1);
    vector.InsertAt(0, 0);
    vector.InsertAt(2, 9);
    vector.SetAt(2, 2);
    EXPECT_EQ(vector.Size(), 3u);
    EXPECT_EQ(vector.GetAt(2), 2);
    uint32_t index = 9;
    EXPECT_TRUE(vector.IndexOf(2, index));
    EXPECT_EQ(index, 2u);
    EXPECT_FALSE(vector.IndexOf(7, index));
    vector.RemoveAt(0);
    vector.RemoveAtEnd();
    EXPECT_EQ(vector.GetAt(0), 1);
    EXPECT_THROW(vector.GetAt(1), hresult_out_of_bounds);
    EXPECT_THROW(vector.InsertAt(2, 1), hresult_out_of_bounds);
    EXPECT_THROW(vector.SetAt(1, 1), hresult_out_of_bounds);
    EXPECT_THROW(vector.RemoveAt(1), hresult_out_of_bounds);
    vector.Clear();
    EXPECT_THROW(vector.RemoveAtEnd(), hresult_out_of_bounds);
    vector.ReplaceAll({4, 5, 6});
    std::array<int32_t, 5> many{};
    EXPECT_EQ(vector.GetMany(1, many), 2u);
    EXPECT_EQ(many[0], 5);
    EXPECT_EQ(many[1], 6);
    EXPECT_EQ(vector.GetMany(3, many), 0u);
    EXPECT_THROW(vector.GetMany(4, many), hresult_out_of_bounds);
}

TEST(Vector, OfBooleansAndOfObjectsWorksToo)
{
    auto const flags = single_threaded_vector<bool>({true, false});
    flags.SetAt(1, true);
    flags.Append(false);
    EXPECT_TRUE(flags.GetAt(1));
    auto const objects = single_threaded_vector<IInspectable>();
    objects.Append(box_value(1));
    objects.Append(nullptr);
    EXPECT_EQ(objects.GetAt(1), nullptr);
    uint32_t index = 0;
    EXPECT_TRUE(objects.IndexOf(nullptr, index));
    EXPECT_EQ(index, 1u);
}

TEST(Vector, IteratorsNoticeAChange)
{
    auto const vector = single_threaded_vector<int32_t>({1, 2});
    auto const iterator = vector.First();
    EXPECT_EQ(iterator.Current(), 1);
    vector.Append(3);
    EXPECT_THROW(iterator.Current(), hresult_changed_state);
    EXPECT_THROW(iterator.MoveNext(), hresult_changed_state);
    EXPECT_THROW(iterator.HasCurrent(), hresult_changed_state);
}

TEST(Vector, ViewsShowWhatChanges)
{
    auto const vector = single_threaded_vector<int32_t>({1, 2});
    auto const view = vector.GetView();
    EXPECT_EQ(view.Size(), 2u);
    vector.Append(3);
    EXPECT_EQ(view.GetAt(2), 3);
    EXPECT_EQ(std::vector<int32_t>(begin(view), end(view)), (std::vector<int32_t>{1, 2, 3}));
    EXPECT_EQ(vector.as<IVectorView<int32_t>>(), view) << "the vector itself, as in C++/WinRT";
    EXPECT_EQ(single_threaded_observable_vector<int32_t>({4}).GetView().GetAt(0), 4);
    // A vector of one's own need not be a view to give one.
    auto const own = make<Numbers>();
    auto const other = own.GetView();
    own.Append(9);
    EXPECT_EQ(other.GetAt(0), 9);
    EXPECT_EQ(other.First().Current(), 9);
}

TEST(Vector, IteratorsStopAtTheEnd)
{
    auto const iterator = single_threaded_vector<int32_t>({1, 2, 3}).First();
    EXPECT_TRUE(iterator.MoveNext());
    std::array<int32_t, 8> many{};
    EXPECT_EQ(iterator.GetMany(many), 2u);
    EXPECT_EQ(many[1], 3);
    EXPECT_FALSE(iterator.HasCurrent());
    EXPECT_FALSE(iterator.MoveNext());
    EXPECT_THROW(iterator.Current(), hresult_out_of_bounds);
}

TEST(Vector, TellsObserversOfEachChange)
{
    auto const vector = single_threaded_observable_vector<int32_t>();
    std::vector<std::pair<CollectionChange, uint32_t>> seen;
    auto const token = vector.VectorChanged([&](IObservableVector<int32_t> const& sender, auto const& change) {
        EXPECT_TRUE(sender == vector);
        seen.emplace_back(change.CollectionChange(), change.Index());
    });
    vector.Append(1);
    vector.SetAt(0, 2);
    vector.RemoveAt(0);
    vector.Clear();
    vector.VectorChanged(token);
    vector.Append(5);
    std::vector<std::pair<CollectionChange, uint32_t>> const expected{{CollectionChange::ItemInserted, 0},
                                                                      {CollectionChange::ItemChanged, 0},
                                                                      {CollectionChange::ItemRemoved, 0},
                                                                      {CollectionChange::Reset, 0}};
    EXPECT_EQ(seen, expected);
}

TEST(Map, LooksUpInsertsAndRemoves)
{
    auto const map = single_threaded_map<hstring, int32_t>();
    EXPECT_FALSE(map.Insert(L"one", 1));
    EXPECT_TRUE(map.Insert(L"one", 11));
    EXPECT_EQ(map.Lookup(L"one"), 11);
    EXPECT_TRUE(map.HasKey(L"one"));
    EXPECT_FALSE(map.HasKey(L"two"));
    EXPECT_THROW(map.Lookup(L"two"), hresult_out_of_bounds);
    EXPECT_THROW(map.Remove(L"two"), hresult_out_of_bounds);
    map.Remove(L"one");
    EXPECT_EQ(map.Size(), 0u);
    map.Insert(L"x", 1);
    map.Clear();
    EXPECT_EQ(map.Size(), 0u);
}

TEST(Map, TriesWithoutExceptions)
{
    auto const numbers = single_threaded_map<hstring, int32_t>(std::map<hstring, int32_t>{{L"one", 1}});
    EXPECT_EQ(numbers.TryLookup(L"one"), 1);
    EXPECT_EQ(numbers.TryLookup(L"two"), std::nullopt);
    EXPECT_EQ(numbers.GetView().TryLookup(L"one"), 1);
    EXPECT_FALSE(numbers.TryRemove(L"two"));
    EXPECT_TRUE(numbers.TryRemove(L"one"));
    auto const objects = single_threaded_map<hstring, IInspectable>();
    EXPECT_EQ(objects.TryLookup(L"none"), nullptr);
}

TEST(Map, IsWalkedWithStructuredBindings)
{
    auto const map = single_threaded_map<hstring, int32_t>(std::map<hstring, int32_t>{{L"a", 1}, {L"b", 2}});
    std::wstring text;
    for (auto [key, value] : map) {
        text += key + to_hstring(value);
    }
    for (auto const& pair : map.GetView()) {
        text += pair.Key();
    }
    EXPECT_EQ(text, L"a1b2ab");
}

TEST(Map, WorksWithGuidKeysAndUnorderedContainers)
{
    auto const by_guid = single_threaded_map<guid, hstring>();
    by_guid.Insert(guid(1, 2, 3, {}), L"first");
    EXPECT_EQ(by_guid.Lookup(guid(1, 2, 3, {})), L"first");
    auto const unordered = single_threaded_unordered_map<hstring, int32_t>();
    unordered.Insert(L"k", 4);
    EXPECT_EQ(unordered.Lookup(L"k"), 4);
}

TEST(Map, IteratorsNoticeAChange)
{
    auto const map = single_threaded_map<hstring, int32_t>(std::map<hstring, int32_t>{{L"a", 1}});
    auto const iterator = map.First();
    auto const pair = iterator.Current();
    map.Insert(L"b", 2);
    EXPECT_THROW(iterator.Current(), hresult_changed_state);
    EXPECT_EQ(pair.Value(), 1) << "a pair is a copy";
}

TEST(Map, ViewsShowWhatChanges)
{
    auto const map = single_threaded_map<hstring, int32_t>();
    auto const view = map.GetView();
    map.Insert(L"b", 2);
    EXPECT_EQ(view.Lookup(L"b"), 2);
    EXPECT_TRUE(view.HasKey(L"b"));
    EXPECT_EQ(view.Size(), 1u);
    EXPECT_EQ((map.as<IMapView<hstring, int32_t>>()), view);
}

TEST(Map, TellsObserversOfEachChange)
{
    auto const map = single_threaded_observable_map<hstring, int32_t>();
    std::wstring seen;
    map.MapChanged([&](IObservableMap<hstring, int32_t> const& sender, IMapChangedEventArgs<hstring> const& change) {
        EXPECT_TRUE(sender == map);
        seen += to_hstring(static_cast<int32_t>(change.CollectionChange())) + change.Key() + L" ";
    });
    map.Insert(L"a", 1);
    map.Insert(L"a", 2);
    map.Remove(L"a");
    map.Clear();
    EXPECT_EQ(seen, L"1a 3a 2a 0 ");
}

// A handler that looks at the collection would deadlock if it were called under the lock.
TEST(Map, LockedFormsMayBeUsedFromTheirOwnHandlersAndFromSeveralThreads)
{
    auto const map = multi_threaded_observable_map<int32_t, int32_t>();
    std::atomic<int> seen = 0;
    map.MapChanged([&](IObservableMap<int32_t, int32_t> const& sender, auto&&) {
        if (sender.Size() > 0) ++seen;
    });
    auto const fill = [&map](int32_t from) {
        for (int32_t key = from; key < from + 200; ++key) {
            map.Insert(key, key);
        }
    };
    std::thread other(fill, 1000);
    fill(0);
    other.join();
    EXPECT_EQ(map.Size(), 400u);
    EXPECT_EQ(seen, 400);
}

TEST(CollectionParameter, TakesCollectionsContainersAndBracedLists)
{
    auto const vector = single_threaded_vector<hstring>({L"v"});
    std::vector<hstring> const lvalue{L"x", L"y"};
    EXPECT_EQ(all_of(vector), L"v");
    EXPECT_EQ(all_of(vector.GetView()), L"v");
    EXPECT_EQ(all_of(lvalue), L"xy");
    EXPECT_EQ(all_of(std::vector<hstring>{L"z"}), L"z");
    EXPECT_EQ(all_of({L"p", L"q"}), L"pq");
    EXPECT_EQ(sum_of({{L"a", 1}, {L"b", 2}}), 3);
    EXPECT_EQ(sum_of(std::map<hstring, int32_t>{{L"a", 4}}), 4);
    std::unordered_map<hstring, int32_t> const unordered{{L"a", 5}};
    EXPECT_EQ(sum_of(unordered), 5);
    EXPECT_EQ(size_of({1, 2, 3}), 3u);
    EXPECT_EQ(pairs_of({{L"a", 1}, {L"b", 2}}), 3);
    EXPECT_EQ(pairs_of(std::map<hstring, int32_t>{{L"a", 4}}), 4);
    EXPECT_EQ(pairs_of(single_threaded_map<hstring, int32_t>(std::map<hstring, int32_t>{{L"a", 4}})), 4);
}

TEST(CollectionParameter, MayBeKeptByWhoeverReceivesIt)
{
    IVector<int32_t> vector = kept({1, 2});
    vector.Append(3);
    EXPECT_EQ(vector.Size(), 3u);
    EXPECT_EQ(get_abi(kept(vector)), get_abi(vector));
    EXPECT_EQ(kept(nullptr), nullptr);
}

TEST(CollectionBase, MakesACollectionOfAnAuthorsClass)
{
    IVectorView<hstring> const names = make<Names>();
    EXPECT_EQ(all_of(names), L"ab");
    EXPECT_EQ(names.GetAt(1), L"b");
}
