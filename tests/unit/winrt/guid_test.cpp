// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.Collections.h"
#include "winrt/Windows.Foundation.h"

#include <fstream>
#include <map>
#include <unordered_set>

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;

namespace {
template <typename... T>
std::map<std::string, std::string> computed_iids()
{
    std::map<std::string, std::string> result;
    ((result[to_string(hstring(impl::name_of<T>()))] = to_string(to_hstring(guid_of<T>())).substr(1, 36)), ...);
    return result;
}
} // namespace

TEST(Guid, ParsesAtCompileTimeWithBracesOrWithout)
{
    constexpr guid plain("00112233-4455-6677-8899-aabbccddeeff");
    constexpr guid braced(std::wstring_view(L"{00112233-4455-6677-8899-AABBCCDDEEFF}"));
    static_assert(plain == braced);
    static_assert(plain.Data1 == 0x00112233 && plain.Data4[7] == 0xFF);
    EXPECT_EQ(to_hstring(plain), L"{00112233-4455-6677-8899-aabbccddeeff}");
}

TEST(Guid, RefusesTextThatIsNoGuid)
{
    EXPECT_THROW(guid("00112233-4455-6677-8899-aabbccddeef"), std::invalid_argument);
    EXPECT_THROW(guid("00112233-4455-6677-8899-aabbccddeefg"), std::invalid_argument);
    EXPECT_THROW(guid("00112233x4455-6677-8899-aabbccddeeff"), std::invalid_argument);
    EXPECT_THROW(guid(""), std::invalid_argument);
}

TEST(Guid, OrdersAndHashesByValue)
{
    guid const low("00000000-0000-0000-0000-000000000001");
    guid const high("00000000-0000-0000-0000-000000000002");
    EXPECT_TRUE(low < high);
    EXPECT_FALSE(high < low);
    EXPECT_NE(low, high);
    EXPECT_EQ(std::unordered_set<guid>({low, high, low}).size(), 2u);
    EXPECT_EQ(guid{}, guid("00000000-0000-0000-0000-000000000000"));
}

TEST(ParameterizedIid, EqualsEveryPublishedConstant)
{
    auto const computed = computed_iids<
        IVector<hstring>, IVector<IInspectable>, IVectorView<hstring>, IVectorView<IInspectable>, IIterable<hstring>,
        IIterable<IInspectable>, IIterator<hstring>, IIterator<IInspectable>, IMapView<hstring, IVectorView<hstring>>,
        IMap<hstring, IInspectable>, IReference<int32_t>, IAsyncOperation<bool>, IAsyncOperation<IInspectable>,
        AsyncOperationCompletedHandler<bool>, AsyncOperationCompletedHandler<IInspectable>, EventHandler<IInspectable>,
        TypedEventHandler<IInspectable, IInspectable>, TypedEventHandler<IMemoryBufferReference, IInspectable>>();

    std::ifstream file(LATCHKEY_TEST_DATA "/winrt/parameterized_iids.txt");
    size_t compared = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        auto const found = computed.find(line.substr(37));
        ASSERT_NE(found, computed.end()) << line;
        EXPECT_EQ(found->second, line.substr(0, 36)) << line;
        ++compared;
    }
    EXPECT_EQ(compared, computed.size());
}

TEST(ParameterizedIid, IsComputedWhileCompiling)
{
    static_assert(impl::guid_v<IVector<hstring>> == guid("98b9acc1-4b56-532e-ac73-03d5291cca90"));
}
