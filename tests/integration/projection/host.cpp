// SPDX-License-Identifier: MIT
// Uses the sample component through generated headers only, across the library's boundary: host LIBRARY.
#include <cstdio>
#include <cstdlib>
#include <unordered_set>

#include <winrt/Sample.Tools.h>
#include <winrt/Sample.h>

namespace {
using namespace winrt::Sample;

int failures = 0;

void check(bool holds, char const* what, int line)
{
    if (holds) return;
    std::fprintf(stderr, "host.cpp:%d: %s does not hold\n", line, what);
    ++failures;
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __LINE__)

void properties()
{
    Thing thing;
    CHECK(thing.Name() == L"nameless");
    thing.Count(3);
    CHECK(thing.Count() == 3);
    thing.Mode(Mode::Lowest);
    CHECK(thing.Mode() == Mode::Lowest);
    thing.Rights(Rights::Read | Rights::Write);
    CHECK((thing.Rights() & Rights::Write) == Rights::Write);
    CHECK(~Rights::None == Rights::All);
    Pair const pair{{L"first", 2}, true};
    thing.Pair(pair);
    CHECK(thing.Pair() == pair);
    CHECK(thing.Pair() != Pair{});
    winrt::guid const id{"5a3b1e00-1111-4222-8333-010203040506"};
    thing.Id(id);
    CHECK(thing.Id() == id);
    thing.register_(true);
    CHECK(thing.register_());
    CHECK(thing.Self() == thing);
    CHECK(thing.Quiet() == 7);
    std::unordered_set<Thing> set{thing, thing.Self()};
    CHECK(set.size() == 1);
}

void errors()
{
    Thing thing;
    try {
        thing.Count(-1);
        CHECK(false);
    } catch (winrt::hresult_invalid_argument const& error) {
        CHECK(error.message() == L"a count is not negative");
    }
    try {
        thing.Bag().Get(5);
        CHECK(false);
    } catch (winrt::hresult_out_of_bounds const&) {
    }
}

void events()
{
    Thing thing;
    int32_t last = 0;
    int calls = 0;
    auto const token = thing.Changed([&](Thing const& sender, int32_t value) {
        CHECK(sender == thing);
        last = value;
        ++calls;
    });
    thing.Count(5);
    CHECK(last == 5 && calls == 1);
    thing.Changed(token);
    thing.Count(6);
    CHECK(calls == 1);
    {
        auto const revoker = thing.Changed(winrt::auto_revoke, [&](auto const&, int32_t) { ++calls; });
        IThing::Changed_revoker const none;
        thing.Count(7);
        CHECK(calls == 2);
    }
    thing.Count(8);
    CHECK(calls == 2);

    int32_t born = 0;
    Thing::Born_revoker revoker = Thing::Born(winrt::auto_revoke, [&](Thing const&, int32_t number) { born = number; });
    Thing const another{L"another"};
    CHECK(born == 2 && Thing::Made() == 2);
    revoker.revoke();
    Thing const third{L"third"};
    CHECK(born == 2 && Thing::Made() == 3);
}

void arrays_and_results()
{
    Thing thing{L"x"};
    CHECK(thing.Sum({1, 2, 3}) == 6);
    std::vector<int32_t> const values{4, 5};
    CHECK(thing.Sum(values) == 9);
    CHECK(thing.Sum({}) == 0);
    std::array<winrt::hstring, 2> filled{L"old", L"old"};
    thing.Fill(filled);
    CHECK(filled[0] == L"0" && filled[1] == L"1");
    winrt::com_array<winrt::hstring> taken{L"old"};
    thing.Take(taken);
    CHECK(taken.size() == 2 && taken[1] == L"two");
    auto const numbers = thing.Numbers();
    CHECK(numbers.size() == 3 && numbers[2] == 3);
    winrt::hstring first;
    int32_t rest = 0;
    CHECK(thing.Split(L"two words", first, rest));
    CHECK(first == L"two" && rest == 5);
    CHECK(thing.Say(L"a") == L"a");
    CHECK(thing.Say(L"ab", 3) == L"ababab");
    CHECK(Thing::Join(L"a", std::wstring(L"b")) == L"ab");
    CHECK(Tools::Tool::Double(21) == 42);
}

void generics_and_interfaces()
{
    Thing thing{L"named"};
    auto bag = thing.Bag();
    bag.Put(L"one");
    bag.Put(L"two");
    bag.Map([](winrt::hstring const& text) { return text + L"!"; });
    CHECK(bag.Get(1) == L"two!");

    INamed const named = thing; // a class where one of its interfaces is wanted
    CHECK(named.Name() == L"named");
    CHECK(named.as<Thing>() == thing);
    CHECK(!thing.try_as<ITitled>());
    CHECK(winrt::get_class_name(thing) == L"Sample.Thing");
    static_assert(sizeof(Thing) == sizeof(void*) && sizeof(ITitled) == sizeof(void*));
    static_assert(sizeof(IBag<int>) == sizeof(void*));
}

struct Titled : winrt::implements<Titled, ITitled, INamed> {
    winrt::hstring Name() const { return L"plain"; }
    winrt::hstring Name(winrt::hstring const& prefix) const { return prefix + Name(); }
    winrt::hstring OldName() const { return {}; }
    winrt::hstring Title() const { return m_title; }
    void Title(winrt::hstring const& title) { m_title = title; }
    winrt::hstring m_title;
};

void overloads_of_two_interfaces()
{
    ITitled const titled = winrt::make<Titled>();
    CHECK(titled.Name() == L"plain");              // INamed's
    CHECK(titled.Name(L"very ") == L"very plain"); // its own
    titled.Title(L"Dr.");
    CHECK(titled.Title() == L"Dr.");
}

// A class of this program that extends one of the component's.
struct Circle : winrt::implements<Circle, IShapeOverrides, winrt::composing>, winrt::impl::require<Circle, IShape> {
    Circle()
    {
        winrt::impl::call_factory<Shape, IShapeFactory>(
            [&](IShapeFactory const& factory) { (void)factory.CreateInstance(*this, this->m_inner); });
    }
    winrt::hstring Kind() const { return L"circle"; }
};

void classes_that_extend()
{
    Shape const shape;
    CHECK(shape.Describe() == L"a shape");
    Square square;
    CHECK(square.Describe() == L"a shape"); // asks its base
    square.Side(2);
    CHECK(square.Describe() == L"a square"); // the base asks it
    Shape const base = square;
    CHECK(base == square && base.as<Square>().Side() == 2);
    CHECK(winrt::get_class_name(base) == L"Sample.Square");

    auto const circle = winrt::make_self<Circle>();
    CHECK(circle->Describe() == L"a circle");
    IShapeOverrides const overrides = *circle;
    CHECK(overrides.as<IShape>().Describe() == L"a circle");
}
} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    for (auto const name : {"Sample.Thing", "Sample.Shape", "Sample.Square", "Sample.Tools.Tool"})
        winrt::check_hresult(LatchkeyAddActivatableClass(name, argv[1]));
    try {
        properties();
        errors();
        events();
        arrays_and_results();
        generics_and_interfaces();
        overloads_of_two_interfaces();
        classes_that_extend();
        CHECK(Thing::Made() == 0);
    } catch (winrt::hresult_error const& error) {
        std::fprintf(stderr, "%s\n", winrt::to_string(error.message()).c_str());
        return 1;
    }
    return failures == 0 ? 0 : 1;
}
