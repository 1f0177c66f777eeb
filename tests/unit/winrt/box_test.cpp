// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.h"

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace std::chrono_literals;

TEST(Box, GivesBackWhatWasPutIn)
{
    EXPECT_EQ(unbox_value<int32_t>(box_value(5)), 5);
    EXPECT_EQ(unbox_value<bool>(box_value(true)), true);
    EXPECT_EQ(unbox_value<double>(box_value(0.5)), 0.5);
    EXPECT_EQ(unbox_value<hstring>(box_value(L"text")), L"text");
    EXPECT_EQ(unbox_value<hstring>(box_value(std::wstring(L"wide"))), L"wide");
    EXPECT_EQ(unbox_value<hstring>(box_value("utf8")), L"utf8");
    EXPECT_EQ(unbox_value<guid>(box_value(guid(1, 2, 3, {}))), guid(1, 2, 3, {}));
    EXPECT_EQ(unbox_value<TimeSpan>(box_value(TimeSpan(5s))), 5s);
    EXPECT_EQ(unbox_value<TimeSpan>(box_value(5s)), 5s);
    EXPECT_EQ(unbox_value<Point>(box_value(Point(1, 2))), Point(1, 2));
    auto const now = clock::now();
    EXPECT_EQ(unbox_value<DateTime>(box_value(now)), now);
}

TEST(Box, HoldsArrays)
{
    auto const numbers = unbox_value<com_array<int32_t>>(box_value(std::vector<int32_t>{1, 2, 3}));
    ASSERT_EQ(numbers.size(), 3u);
    EXPECT_EQ(numbers[2], 3);
    auto const texts = box_value(com_array<hstring>{L"a", L"b"});
    EXPECT_EQ(texts.as<IPropertyValue>().Type(), PropertyType::StringArray);
    EXPECT_EQ(unbox_value<com_array<hstring>>(texts)[1], L"b");
    EXPECT_THROW(unbox_value<com_array<int32_t>>(texts), hresult_no_interface);
    EXPECT_THROW(unbox_value<com_array<int32_t>>(nullptr), hresult_no_interface);
}

TEST(Box, OfAnObjectIsTheObject)
{
    IInspectable const object = box_value(1);
    EXPECT_TRUE(box_value(object) == object);
    EXPECT_TRUE(unbox_value<IReference<int32_t>>(object) == object);
}

TEST(Box, RefusesAnotherTypeByName)
{
    try {
        (void)unbox_value<hstring>(box_value(5));
        FAIL() << "nothing was thrown";
    } catch (hresult_no_interface const& error) {
        EXPECT_EQ(error.message(), L"this object is not a box of a String");
    }
    EXPECT_THROW(unbox_value<int32_t>(nullptr), hresult_no_interface);
    EXPECT_EQ(unbox_value_or<int32_t>(box_value(L"text"), 7), 7);
    EXPECT_EQ(unbox_value_or<int32_t>(nullptr, 7), 7);
    EXPECT_EQ(unbox_value_or<hstring>(nullptr, L"default"), L"default");
    EXPECT_EQ(unbox_value_or<int32_t>(box_value(5), 7), 5);
}

TEST(Box, IsTakenApartByAs)
{
    IInspectable const box = box_value(true);
    EXPECT_EQ(box.as<bool>(), true);
    std::optional<bool> const value = box.try_as<bool>();
    EXPECT_EQ(value, true);
    EXPECT_EQ(box.try_as<int>(), std::nullopt);
    EXPECT_EQ(box.try_as<int>().value_or(3), 3);
    EXPECT_EQ(IInspectable().try_as<int>(), std::nullopt);
    EXPECT_EQ(box_value(L"t").as<hstring>(), L"t");
}

TEST(Box, OfAnEnumIsReadAsTheEnumAndFromItsNumber)
{
    EXPECT_EQ(unbox_value<AsyncStatus>(box_value(AsyncStatus::Error)), AsyncStatus::Error);
    EXPECT_EQ(unbox_value<AsyncStatus>(box_value(3)), AsyncStatus::Error);
    EXPECT_EQ(box_value(AsyncStatus::Error).as<IPropertyValue>().Type(), PropertyType::OtherType);
}

TEST(Reference, ConvertsFromAndToOptional)
{
    IReference<int32_t> const five = 5;
    EXPECT_EQ(five.Value(), 5);
    std::optional<int32_t> const value = five;
    EXPECT_EQ(value, 5);
    IReference<int32_t> const none = std::optional<int32_t>();
    EXPECT_EQ(none, nullptr);
    std::optional<int32_t> const nothing = none;
    EXPECT_EQ(nothing, std::nullopt);
    IReference<int32_t> const null = nullptr;
    EXPECT_EQ(null, nullptr);
    IReference<TimeSpan> const span = 5s;
    EXPECT_EQ(span.Value(), 5s);
    IReference<hstring> const text = L"text";
    EXPECT_EQ(text.Value(), L"text");
}

TEST(PropertyValue, ConvertsNumbersThatFitAndRefusesOthers)
{
    auto const small = box_value(200).as<IPropertyValue>();
    EXPECT_EQ(small.Type(), PropertyType::Int32);
    EXPECT_TRUE(small.IsNumericScalar());
    EXPECT_EQ(small.GetUInt8(), 200);
    EXPECT_EQ(small.GetInt64(), 200);
    EXPECT_EQ(small.GetDouble(), 200.0);
    auto const large = box_value(int64_t{1} << 40).as<IPropertyValue>();
    EXPECT_THROW(large.GetInt32(), hresult_error);
    EXPECT_THROW(box_value(-1).as<IPropertyValue>().GetUInt32(), hresult_error);
    EXPECT_THROW(box_value(uint64_t(-1)).as<IPropertyValue>().GetInt64(), hresult_error);
    EXPECT_EQ(box_value(2.9).as<IPropertyValue>().GetInt32(), 2);
    EXPECT_THROW(box_value(3e10).as<IPropertyValue>().GetInt32(), hresult_error);
    EXPECT_THROW(box_value(std::numeric_limits<double>::quiet_NaN()).as<IPropertyValue>().GetInt32(), hresult_error);
}

TEST(PropertyValue, RefusesWhatIsNoNumber)
{
    auto const text = box_value(L"5").as<IPropertyValue>();
    EXPECT_EQ(text.Type(), PropertyType::String);
    EXPECT_FALSE(text.IsNumericScalar());
    EXPECT_EQ(text.GetString(), L"5");
    try {
        (void)text.GetInt32();
        FAIL() << "nothing was thrown";
    } catch (hresult_error const& error) {
        EXPECT_EQ(error.code(), static_cast<int32_t>(0x80028CA0));
    }
    com_array<int32_t> numbers;
    EXPECT_THROW(text.GetInt32Array(numbers), hresult_error);
    EXPECT_FALSE(box_value(true).as<IPropertyValue>().IsNumericScalar());
}

TEST(Box, IsTakenOutIntoAVariableOfItsType)
{
    IInspectable const box = box_value(5);
    int32_t number = 1;
    EXPECT_TRUE(box.try_as(number));
    EXPECT_EQ(number, 5);
    bool flag = true;
    EXPECT_FALSE(box.try_as(flag));
    EXPECT_FALSE(flag) << "emptied";
    hstring text = L"old";
    EXPECT_FALSE(IInspectable().try_as(text));
    EXPECT_EQ(text, L"");
    box.as(number);
    EXPECT_THROW(box.as(text), hresult_no_interface);
}
