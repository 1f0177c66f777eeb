// SPDX-License-Identifier: MIT
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>

// The runtime's classes as any program meets them: through the projection, activated by name.
namespace {

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;
using testing::ElementsAre;

template <typename F>
hresult failure_of(F&& call)
{
    try {
        call();
    } catch (hresult_error const& error) {
        return error.code();
    }
    return 0;
}

hresult code(uint32_t value)
{
    return static_cast<int32_t>(value);
}

TEST(PropertyValue, HoldsEachOfTheScalars)
{
    auto const check = [](auto const& value, PropertyType type) {
        using T = std::decay_t<decltype(value)>;
        IInspectable box;
        if constexpr (std::is_same_v<T, int32_t>)
            box = PropertyValue::CreateInt32(value);
        else if constexpr (std::is_same_v<T, hstring>)
            box = PropertyValue::CreateString(value);
        else if constexpr (std::is_same_v<T, bool>)
            box = PropertyValue::CreateBoolean(value);
        else if constexpr (std::is_same_v<T, guid>)
            box = PropertyValue::CreateGuid(value);
        else if constexpr (std::is_same_v<T, double>)
            box = PropertyValue::CreateDouble(value);
        else if constexpr (std::is_same_v<T, Point>)
            box = PropertyValue::CreatePoint(value);
        EXPECT_EQ(box.as<IPropertyValue>().Type(), type);
        EXPECT_EQ(box.as<IReference<T>>().Value(), value);
    };
    check(int32_t{-7}, PropertyType::Int32);
    check(hstring{L"text"}, PropertyType::String);
    check(true, PropertyType::Boolean);
    check(guid{1, 2, 3, {4}}, PropertyType::Guid);
    check(2.5, PropertyType::Double);
    check(Point{1, 2}, PropertyType::Point);
    EXPECT_EQ(PropertyValue::CreateEmpty(), nullptr);
}

TEST(PropertyValue, HoldsArraysAndGivesCopies)
{
    std::vector<int32_t> const numbers{1, 2, 3};
    IInspectable const box = PropertyValue::CreateInt32Array(numbers);
    auto const value = box.as<IPropertyValue>();
    EXPECT_EQ(value.Type(), PropertyType::Int32Array);
    EXPECT_FALSE(value.IsNumericScalar());
    com_array<int32_t> copy;
    value.GetInt32Array(copy);
    EXPECT_THAT(copy, ElementsAre(1, 2, 3));
    EXPECT_THAT(box.as<IReferenceArray<int32_t>>().Value(), ElementsAre(1, 2, 3));
    com_array<hstring> wrong;
    EXPECT_EQ(failure_of([&] { value.GetStringArray(wrong); }), code(0x80028CA0));
    EXPECT_EQ(failure_of([&] { value.GetInt32(); }), code(0x80028CA0));
}

TEST(PropertyValue, HoldsArraysOfTextsAndObjects)
{
    std::vector<hstring> const texts{L"a", L"", L"c"};
    com_array<hstring> copy;
    PropertyValue::CreateStringArray(texts).as<IPropertyValue>().GetStringArray(copy);
    EXPECT_THAT(copy, ElementsAre(L"a", L"", L"c"));
    std::vector<IInspectable> const objects{box_value(1), nullptr};
    auto const value = PropertyValue::CreateInspectableArray(objects).as<IPropertyValue>();
    EXPECT_EQ(value.Type(), PropertyType::InspectableArray);
    com_array<IInspectable> same;
    value.GetInspectableArray(same);
    EXPECT_EQ(same[0], objects[0]);
    EXPECT_EQ(same[1], nullptr);
}

TEST(PropertySet, KeepsValuesByKeyInTheirOrder)
{
    PropertySet set;
    EXPECT_FALSE(set.Insert(L"b", box_value(2)));
    EXPECT_FALSE(set.Insert(L"a", box_value(L"one")));
    EXPECT_TRUE(set.Insert(L"b", box_value(3)));
    EXPECT_EQ(set.Size(), 2u);
    EXPECT_EQ(unbox_value<int32_t>(set.Lookup(L"b")), 3);
    std::vector<std::wstring> keys;
    for (auto const& [key, value] : set)
        keys.emplace_back(key);
    EXPECT_THAT(keys, ElementsAre(L"a", L"b"));
    set.Remove(L"a");
    EXPECT_FALSE(set.HasKey(L"a"));
    EXPECT_EQ(failure_of([&] { set.Lookup(L"a"); }), code(0x8000000B));
    EXPECT_EQ(failure_of([&] { set.Remove(L"a"); }), code(0x8000000B));
    EXPECT_EQ(set.TryLookup(L"a"), nullptr);
    set.Clear();
    EXPECT_EQ(set.Size(), 0u);
}

TEST(PropertySet, TellsWhatChanged)
{
    PropertySet set;
    std::vector<std::pair<CollectionChange, std::wstring>> changes;
    auto const token = set.MapChanged([&](auto const& sender, IMapChangedEventArgs<hstring> const& args) {
        EXPECT_EQ(sender.template as<IPropertySet>(), set.template as<IPropertySet>());
        changes.emplace_back(args.CollectionChange(),
                             std::wstring{args.CollectionChange() == CollectionChange::Reset ? hstring{} : args.Key()});
    });
    set.Insert(L"k", nullptr);
    set.Insert(L"k", box_value(1));
    set.Remove(L"k");
    set.Clear();
    set.MapChanged(token);
    set.Insert(L"unseen", nullptr);
    EXPECT_THAT(changes, ElementsAre(std::pair{CollectionChange::ItemInserted, std::wstring{L"k"}},
                                     std::pair{CollectionChange::ItemChanged, std::wstring{L"k"}},
                                     std::pair{CollectionChange::ItemRemoved, std::wstring{L"k"}},
                                     std::pair{CollectionChange::Reset, std::wstring{}}));
}

// Looks into the set when it goes.
struct Leaving : implements<Leaving, IStringable> {
    explicit Leaving(PropertySet const& set) : m_set(set) {}
    ~Leaving() { m_set.HasKey(L"any"); }
    hstring ToString() const { return {}; }

private:
    PropertySet m_set;
};

TEST(PropertySet, LetsGoOfItsValuesWithoutItsLock)
{
    PropertySet const set;
    set.Insert(L"one", make<Leaving>(set));
    set.Insert(L"one", box_value(1));
    set.Insert(L"two", make<Leaving>(set));
    set.Remove(L"two");
    set.Insert(L"three", make<Leaving>(set));
    set.Clear();
    EXPECT_EQ(set.Size(), 0u);
}

TEST(PropertySet, StopsAnIteratorWhenItChangesAndLeavesAViewAlone)
{
    PropertySet set;
    set.Insert(L"a", nullptr);
    auto const iterator = set.First();
    auto const view = set.GetView();
    EXPECT_TRUE(iterator.HasCurrent());
    set.Insert(L"b", nullptr);
    EXPECT_EQ(failure_of([&] { iterator.MoveNext(); }), code(0x8000000C));
    EXPECT_EQ(view.Size(), 1u);
}

TEST(ValueSet, TakesOnlyWhatCanTravel)
{
    ValueSet set;
    set.Insert(L"number", box_value(1));
    set.Insert(L"nothing", nullptr);
    set.Insert(L"set", ValueSet{});
    EXPECT_EQ(failure_of([&] { set.Insert(L"uri", Deferral{[] {}}); }), code(0x8007065E));
    EXPECT_EQ(set.Size(), 3u);
}

TEST(StringMap, KeepsTexts)
{
    StringMap map;
    map.Insert(L"k", L"v");
    EXPECT_EQ(map.Lookup(L"k"), L"v");
    EXPECT_EQ(get_class_name(map), L"Windows.Foundation.Collections.StringMap");
}

TEST(Deferral, CompletesOnceByCompleteOrByClose)
{
    int completed = 0;
    Deferral first{[&] { ++completed; }};
    first.Complete();
    first.Close();
    EXPECT_EQ(completed, 1);
    EXPECT_EQ(failure_of([&] { first.Complete(); }), code(0x8000000E));
    Deferral second{[&] { ++completed; }};
    second.Close();
    second.Close();
    EXPECT_EQ(completed, 2);
    EXPECT_EQ(failure_of([] { Deferral{DeferralCompletedHandler{nullptr}}; }), code(0x80070057));
}

TEST(GuidHelper, MakesDifferentOnesOfVersion4)
{
    guid const one = GuidHelper::CreateNewGuid();
    guid const two = GuidHelper::CreateNewGuid();
    EXPECT_FALSE(GuidHelper::Equals(one, two));
    EXPECT_TRUE(GuidHelper::Equals(one, one));
    EXPECT_EQ(one.Data3 >> 12, 4);
    EXPECT_EQ(one.Data4[0] >> 6, 2);
    EXPECT_TRUE(GuidHelper::Equals(GuidHelper::Empty(), guid{}));
}

} // namespace
