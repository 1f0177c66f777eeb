// SPDX-License-Identifier: MIT
#include "Thing.h"

#include "Thing.g.cpp"

#include <numeric>
#include <vector>

namespace winrt::Sample::implementation {
namespace {
struct Strings : winrt::implements<Strings, Sample::IBag<winrt::hstring>> {
    void Put(winrt::hstring const& text) { m_strings.push_back(text); }
    winrt::hstring Get(uint32_t index) const
    {
        if (index >= m_strings.size()) throw winrt::hresult_out_of_bounds();
        return m_strings[index];
    }
    void Map(Sample::Transform<winrt::hstring> const& transform)
    {
        for (auto& text : m_strings)
            text = transform(text);
    }

private:
    std::vector<winrt::hstring> m_strings;
};
} // namespace

Thing::Thing() : Thing(winrt::hstring(L"nameless")) {}

Thing::Thing(winrt::hstring const& name) : m_name(name)
{
    ++s_made;
    s_born(*this, s_made);
}

Thing::~Thing()
{
    --s_made;
}

void Thing::Count(int32_t value)
{
    if (value < 0) throw winrt::hresult_invalid_argument(L"a count is not negative");
    m_count = value;
    m_changed(*this, value);
}

int32_t Thing::Sum(winrt::array_view<int32_t const> values) const
{
    return std::accumulate(values.begin(), values.end(), 0);
}

void Thing::Fill(winrt::array_view<winrt::hstring> values) const
{
    for (uint32_t index = 0; index < values.size(); ++index)
        values[index] = winrt::to_hstring(index);
}

void Thing::Take(winrt::com_array<winrt::hstring>& values) const
{
    values = winrt::com_array<winrt::hstring>{L"one", L"two"};
}

bool Thing::Split(winrt::hstring const& text, winrt::hstring& first, int32_t& rest) const
{
    std::wstring_view const all = text;
    auto const space = all.find(L' ');
    first = winrt::hstring(all.substr(0, space));
    rest = space == all.npos ? 0 : static_cast<int32_t>(all.size() - space - 1);
    return space != all.npos;
}

winrt::hstring Thing::Say(winrt::hstring const& text, int32_t times) const
{
    winrt::hstring all;
    while (times-- > 0)
        all = all + text;
    return all;
}

Sample::IBag<winrt::hstring> Thing::Bag() const
{
    return winrt::make<Strings>();
}
} // namespace winrt::Sample::implementation
