// SPDX-License-Identifier: MIT
#include "pch.h"

#include <cstdio>
#include <iterator>
#include <numeric>

#include <winrt/Probe.h>
using namespace winrt;
using namespace Windows::Foundation;
using namespace Windows::Foundation::Collections;
using namespace std::chrono_literals;

// Uses the component of this folder, which is written as authors write theirs for Windows, across the library's
// boundary: app FOLDER-OF-THE-COMPONENT
static int fails = 0;

static void check(bool holds, char const* what, int line)
{
    if (holds) return;
    ++fails;
    std::fprintf(stderr, "app.cpp:%d: %s does not hold\n", line, what);
}
#define CHECK(...) check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __LINE__)

template <typename Failure, typename F>
static bool fails_with(F&& work)
{
    try {
        work();
    } catch (Failure const&) {
        return true;
    } catch (...) {
    }
    return false;
}
#define THROWS(work, FAILURE) check(fails_with<FAILURE>([&] { work; }), #work " throws " #FAILURE, __LINE__)

struct MyShape : implements<MyShape, Probe::IShape, IStringable> {
    double Area() { return 9; }
    hstring Name() { return L"mine"; }
    void Name(hstring const&) {}
    hstring ToString() { return L"my shape"; }
};
IAsyncAction flow(Probe::Sensor s)
{
    co_await s.StartAsync();
    auto r = co_await s.ReadAsync();
    CHECK(r.Unit == L"K" && r.Value == 3.5 && r.Shade == Probe::Colour::Blue);
    auto op = s.MeasureAsync(5);
    std::vector<double> seen;
    op.Progress([&](auto const& sender, double p) {
        CHECK(sender);
        seen.push_back(p);
    });
    CHECK(co_await op == 5);
    CHECK(seen.size() >= 4);
    auto op2 = s.MeasureAsync(1000000);
    co_await 10ms;
    op2.Cancel();
    try {
        co_await op2;
        CHECK(false);
    } catch (hresult_canceled const&) {
    }
    try {
        co_await s.FlushAsync();
        CHECK(false);
    } catch (hresult_access_denied const& e) {
        CHECK(e.message() == L"no flush");
    }
    auto t = co_await when_any(s.ReadAsync(), s.ReadAsync());
    CHECK(t.Unit == L"K");
    co_await when_all(s.StartAsync(), s.StartAsync(), s.ReadAsync());
}
static void constructors_and_statics()
{
    Probe::Sensor s;
    CHECK(s.Name() == L"none");
    Probe::Sensor named{L"alpha"};
    CHECK(named.Name() == L"alpha");
    Probe::Sensor rated(L"beta", 9);
    CHECK(rated.Rate() == 9 && rated.Name() == L"beta");
    CHECK(Probe::Sensor::Count() == 3);
    int last = 0;
    {
        auto rev = Probe::Sensor::CountChanged(auto_revoke, [&](auto&&, int n) { last = n; });
        auto c = Probe::Sensor::Create(L"gamma");
        CHECK(last == 4);
    }
    last = 0;
    Probe::Sensor::Create(L"delta");
    CHECK(last == 0);
    auto tok = Probe::Sensor::CountChanged([&](IInspectable const&, int32_t n) { last = n; });
    Probe::Sensor::Create(L"delta");
    CHECK(last == 4);
    Probe::Sensor::CountChanged(tok);
}

static void events()
{
    Probe::Sensor s;
    hstring heard;
    Probe::Sensor::ReadingChanged_revoker rr =
        s.ReadingChanged(auto_revoke, [&](IInspectable const& sender, Probe::Reading const& r) {
            CHECK(sender == s);
            heard = r.Unit;
        });
    s.Last({2, L"F", Probe::Colour::Red});
    CHECK(heard == L"F");
    CHECK((s.Last() == Probe::Reading{2, L"F", Probe::Colour::Red}));
    rr.revoke();
    s.Last({2, L"G", Probe::Colour::Red});
    CHECK(heard == L"F");
    CHECK(!rr);
    auto ren = s.Renamed(auto_revoke, [&](Probe::INamedShape const&, hstring const& n) { heard = n; });
    s.Name(L"omega");
    CHECK(heard == L"omega");
    CHECK(s.FullName() == L"full omega");
    s.Name(L"none");
}

static void deferrals_and_coroutines()
{
    Probe::Sensor s;
    hstring heard;
    std::optional<Deferral> def;
    auto ch = s.Changed([&](Probe::Sensor const&, Probe::ChangedArgs const& a) {
        def = a.GetDeferral();
        heard = a.What();
    });
    s.StartAsync().get();
    CHECK(heard == L"started");
    CHECK(def);
    if (def) def->Complete();
    s.Changed(ch);
    flow(s).get();
}

static void references()
{
    Probe::Sensor s;
    CHECK(!s.Limit());
    s.Limit(3.5);
    CHECK(s.Limit().Value() == 3.5);
    CHECK(s.Limit() && *std::optional<double>(s.Limit()) == 3.5);
    s.Limit(nullptr);
    CHECK(!s.Limit());
    s.Limit(std::optional<double>{4.0});
    CHECK(unbox_value<double>(s.Limit()) == 4.0);
    s.Limit(std::nullopt);
    CHECK(!s.Limit());
    s.Shade(Probe::Colour::Blue);
    CHECK(s.Shade().Value() == Probe::Colour::Blue);
}

static void arrays()
{
    Probe::Sensor s;
    s.Write({1, 2, 3});
    auto d = s.Dump();
    CHECK(d.size() == 3 && d[2] == 3);
    std::vector<uint8_t> vec{9, 8};
    s.Write(vec);
    CHECK(s.Dump().size() == 2);
    std::array<uint8_t, 4> arr{};
    s.Fill(arr);
    CHECK(arr[3] == 7);
    s.Fill(vec);
    CHECK(vec[0] == 7);
    uint8_t raw[3];
    s.Fill(raw);
    CHECK(raw[1] == 7);
    com_array<hstring> names;
    int32_t n{};
    s.Receive(names, n);
    CHECK(n == 2 && names.size() == 2 && names[1] == L"b");
    for (auto const& x : s.Names())
        CHECK(!x.empty());
    Probe::Reading r;
    Probe::Sensor so{nullptr};
    IInspectable oo;
    s.Out(r, so, oo);
    CHECK(so == s && unbox_value<hstring>(oo) == L"out" && r.Unit == L"C");
    CHECK(s.Scale(2) == 20);
    CHECK(s.Scale(2.0) == 2);
    CHECK(s.Scale(2.0, L"ab") == 4);
}

static void collections()
{
    Probe::Sensor s;
    s.Tags().Append(L"t");
    s.Tags().InsertAt(0, L"s");
    CHECK(s.Tags().Size() == 2 && s.Tags().GetAt(0) == L"s");
    s.SetAll({L"1", L"2", L"3"});
    CHECK(s.Tags().Size() == 3);
    s.SetAll(std::vector<hstring>{L"1"});
    CHECK(s.Tags().Size() == 1);
    s.SetAll(s.Names().size() ? single_threaded_vector<hstring>({L"p", L"q"}) : nullptr);
    CHECK(s.Tags().Size() == 2);
    s.SetView({1, 2, 3});
    s.SetView(std::vector{1, 2});
    s.SetView(s.History());
    s.SetMap(std::map<hstring, int32_t>{{L"a", 1}});
    s.SetMap(single_threaded_map<hstring, int32_t>());
    s.SetMapView(std::unordered_map<hstring, int32_t>{{L"a", 1}});
    s.SetMapView(single_threaded_map<hstring, int32_t>().GetView());
    s.SetPairs(std::map<hstring, int32_t>{{L"a", 1}});
    s.SetPairs({{L"x", 1}, {L"y", 2}});
    s.Options().Insert(L"k", box_value(5));
    CHECK(s.Options().TryLookup(L"k").as<int>() == 5);
    CHECK(!s.Options().TryLookup(L"zz"));
    CHECK(s.Options().HasKey(L"k"));
    for (auto&& [k, v] : s.Options())
        CHECK(k == L"k" && unbox_value_or<int>(v, 0) == 5);
    CollectionChange cc{};
    auto lr = s.Log().VectorChanged(auto_revoke,
                                    [&](auto&&, IVectorChangedEventArgs const& a) { cc = a.CollectionChange(); });
    s.Log().Append(L"x");
    CHECK(cc == CollectionChange::ItemInserted);
    int32_t sum = 0;
    for (auto v : s.History())
        sum += v;
    CHECK(sum == 6);
    auto h = s.History();
    CHECK(std::accumulate(begin(h), end(h), 0) == 6);
    CHECK(std::find(begin(h), end(h), 2) != end(h));
    std::vector<int32_t> copy(h.Size());
    h.GetMany(0, copy);
    CHECK(copy[2] == 3);
}

static void values_and_failures()
{
    Probe::Sensor s;
    CHECK(s.Id() == guid(L"11223344-0001-0002-0304-05060708090a"));
    CHECK(to_hstring(s.Id()) == L"{11223344-0001-0002-0304-05060708090a}");
    auto now = clock::now();
    s.When(now);
    CHECK(s.When() == now);
    s.Period(5s);
    CHECK(s.Period() == 5s);
    CHECK(s.Period() == std::chrono::minutes(0) + 5s);
    s.Address(Uri{L"http://a.b/c?d=e"});
    CHECK(s.Address().Host() == L"a.b");
    s.Letter(u'ä');
    CHECK(s.Letter() == u'ä');
    s.Big(~0ull);
    CHECK(s.Big() == ~0ull);
    s.Small(1.5f);
    CHECK(s.Small() == 1.5f);
    s.Rights(Probe::Access::Read | Probe::Access::Write);
    CHECK((s.Rights() & Probe::Access::Write) == Probe::Access::Write);
    CHECK(s.Code() == 5);
    CHECK(s.TryFilter([](int32_t v) { return v > 3; }, 4));
    CHECK(!s.TryFilter([](int32_t) { return false; }, 4));
    THROWS(s.Fail(E_INVALIDARG, L"bad"), hresult_invalid_argument);
    try {
        s.Fail(0x80004005, L"bad thing");
    } catch (hresult_error const& e) {
        CHECK(e.code() == E_FAIL && e.message() == L"bad thing");
    }
    THROWS(s.Fail(0x80070002, L"x"), hresult_error);
    THROWS(s.Fail(0x8007000e, L"x"), std::bad_alloc);
    s.Tag(box_value(L"tag"));
    CHECK(s.Tag().as<hstring>() == L"tag");
    CHECK(unbox_value<hstring>(s.Tag()) == L"tag");
    s.Tag(make<MyShape>());
    CHECK(s.Tag().as<Probe::IShape>().Area() == 9);
    CHECK(!s.Tag().try_as<IClosable>());
    s.Tag(nullptr);
    s.Close();
    CHECK(!s.Enabled());
    IStringable str = s;
    CHECK(str.ToString() == L"Sensor none");
    CHECK(get_class_name(s) == L"Probe.Sensor");
    CHECK(to_hstring(str) == L"Sensor none");
    Probe::IShape shape = s;
    CHECK(shape.Area() == 2.5);
    CHECK(shape.as<Probe::Sensor>() == s);
    CHECK(get_interfaces(s).size() == 5);
    weak_ref<Probe::Sensor> w = s;
    CHECK(w.get() == s);
    auto w2 = make_weak(shape);
    CHECK(w2.get() == shape);
    agile_ref<Probe::Sensor> ag{s};
    CHECK(ag.get() == s);
    auto ag2 = make_agile(shape);
    CHECK(ag2.get().Area() == 2.5);
    std::hash<Probe::Sensor> hs;
    CHECK(hs(s) == hs(shape.as<Probe::Sensor>()));
    std::unordered_map<Probe::Sensor, int> um;
    um[s] = 1;
    std::map<guid, int> gm;
    gm[s.Id()] = 2;
    THROWS((s.as<IMap<hstring, hstring>>()), hresult_no_interface);
}

static void static_classes()
{
    hstring heard;
    CHECK(Probe::Tools::Add(2, 3) == 5);
    CHECK(Probe::Tools::Version() == L"1.0");
    {
        auto said = Probe::Tools::Said(auto_revoke, [&](auto&&, hstring const& t) { heard = t; });
        Probe::Tools::Say(L"hi");
        CHECK(heard == L"hi");
    }
    Probe::Tools::Say(L"ho");
    CHECK(heard == L"hi");
    THROWS(get_activation_factory<Probe::Tools>().ActivateInstance(), hresult_not_implemented);
    CHECK((get_activation_factory<Probe::Tools, Probe::IToolsStatics>() ==
           get_activation_factory<Probe::Tools, Probe::IToolsStatics>()));
    CHECK(get_activation_factory(L"Probe.Sensor").ActivateInstance<Probe::IShape>().Area() == 2.5);
    THROWS(get_activation_factory(L"Probe.Nothing"), hresult_class_not_registered);
    THROWS(get_activation_factory(L"Nothing.At.All"), hresult_class_not_registered);
    CHECK(!try_get_activation_factory(L"Probe.Nothing"));
}

static void classes_that_extend_others()
{
    Probe::Animal a{L"cat"};
    CHECK(a.Speak() == L"cat says ...");
    CHECK(get_class_name(a) == L"Probe.Animal");
    Probe::Dog dog;
    CHECK(dog.Speak() == L"dog says woof");
    CHECK(dog.Name() == L"dog");
    dog.Fetch();
    CHECK(get_class_name(dog) == L"Probe.Dog");
    Probe::Puppy p;
    CHECK(p.Age() == 1);
    p.Fetch();
    CHECK(p.Speak() == L"dog says yip 42");
    CHECK(p.Name() == L"dog");
    Probe::Animal pa = p;
    CHECK(pa.Speak() == L"dog says yip 42");
    CHECK(pa == p);
    CHECK(get_class_name(pa) == L"Probe.Puppy");
    CHECK(pa.as<Probe::Puppy>().Age() == 1);
    CHECK(!a.try_as<Probe::Dog>());
    CHECK(p.as<Probe::IDogOverrides>().Legs() == 4);
    weak_ref<Probe::Animal> wp = pa;
    p = nullptr;
    CHECK(wp.get());
    pa = nullptr;
    CHECK(!wp.get());
}

int main(int count, char** arguments)
{
    if (count != 2 || LatchkeyAddProbeFolder(arguments[1]) != 0) return 2;
    init_apartment();
    constructors_and_statics();
    events();
    deferrals_and_coroutines();
    references();
    arrays();
    collections();
    values_and_failures();
    static_classes();
    classes_that_extend_others();
    CHECK(Probe::Sensor::Count() == 0);
    clear_factory_cache();
    return fails != 0;
}
