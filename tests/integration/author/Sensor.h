// SPDX-License-Identifier: MIT
#pragma once
#include "ChangedArgs.g.h"
#include "Sensor.g.h"
#include "pch.h"
namespace winrt::Probe::implementation {
struct ChangedArgs : ChangedArgsT<ChangedArgs>, deferrable_event_args<ChangedArgs> {
    ChangedArgs(hstring what) : m_what(std::move(what)) {}
    hstring What() const { return m_what; }
    hstring m_what;
};
struct Sensor : SensorT<Sensor> {
    Sensor() { ++s_count; }
    Sensor(hstring const& name) : m_name(name) { ++s_count; }
    Sensor(std::wstring_view name, int32_t rate) : m_name(name), m_rate(rate) { ++s_count; }
    ~Sensor() { --s_count; }

    static int32_t Count() noexcept { return s_count; }
    static Probe::Sensor Create(hstring const& name);
    static event_token CountChanged(Windows::Foundation::EventHandler<int32_t> const& handler)
    {
        return s_countChanged.add(handler);
    }
    static void CountChanged(event_token const& token) noexcept { s_countChanged.remove(token); }

    double Area() { return 2.5; }
    hstring Name() { return m_name; }
    void Name(hstring const& v)
    {
        m_name = v;
        m_renamed(*this, v);
    }
    hstring FullName() { return L"full " + m_name; }
    event_token Renamed(Windows::Foundation::TypedEventHandler<Probe::INamedShape, hstring> const& h)
    {
        return m_renamed.add(h);
    }
    void Renamed(event_token t) { m_renamed.remove(t); }
    void Close() { m_closed = true; }
    hstring ToString() { return L"Sensor " + m_name; }
    int32_t Rate() const { return m_rate; }
    void Rate(int32_t r) { m_rate = r; }
    bool Enabled() { return !m_closed; }
    event_token ReadingChanged(Probe::ReadingHandler const& h) { return m_reading.add(h); }
    void ReadingChanged(event_token const& t) noexcept { m_reading.remove(t); }
    event_token Changed(Windows::Foundation::TypedEventHandler<Probe::Sensor, Probe::ChangedArgs> const& h)
    {
        return m_changed.add(h);
    }
    void Changed(event_token const& t) noexcept { m_changed.remove(t); }
    Probe::Reading Last() { return m_last; }
    void Last(Probe::Reading const& r)
    {
        m_last = r;
        m_reading(*this, r);
    }
    Windows::Foundation::IReference<double> Limit() { return m_limit; }
    void Limit(Windows::Foundation::IReference<double> const& v) { m_limit = v; }
    Windows::Foundation::IReference<Probe::Colour> Shade() { return m_shade; }
    void Shade(Windows::Foundation::IReference<Probe::Colour> const& v) { m_shade = v; }
    Windows::Foundation::IAsyncAction StartAsync();
    Windows::Foundation::IAsyncOperation<Probe::Reading> ReadAsync();
    Windows::Foundation::IAsyncOperationWithProgress<int32_t, double> MeasureAsync(int32_t steps);
    Windows::Foundation::IAsyncActionWithProgress<winrt::hresult> FlushAsync();
    void Write(array_view<uint8_t const> data) { m_data.assign(data.begin(), data.end()); }
    void Fill(array_view<uint8_t> data)
    {
        for (auto& b : data)
            b = 7;
    }
    com_array<uint8_t> Dump() { return com_array<uint8_t>(m_data.begin(), m_data.end()); }
    void Receive(com_array<hstring>& names, int32_t& count)
    {
        names = com_array<hstring>{L"a", L"b"};
        count = 2;
    }
    com_array<hstring> Names() { return {L"x", L"y", L"z"}; }
    void Out(Probe::Reading& r, Probe::Sensor& s, Windows::Foundation::IInspectable& o)
    {
        r = m_last;
        s = *this;
        o = box_value(L"out");
    }
    double Scale(int32_t by) { return by * 10.0; }
    double Scale(double by) { return by; }
    double Scale(double by, hstring const& unit) { return by + unit.size(); }
    Windows::Foundation::Collections::IVector<hstring> Tags() { return m_tags; }
    Windows::Foundation::Collections::IVectorView<int32_t> History() { return m_history.GetView(); }
    Windows::Foundation::Collections::IMap<hstring, Windows::Foundation::IInspectable> Options() { return m_options; }
    Windows::Foundation::Collections::IObservableVector<hstring> Log() { return m_log; }
    void SetAll(Windows::Foundation::Collections::IIterable<hstring> const& values)
    {
        m_tags.Clear();
        for (auto&& v : values)
            m_tags.Append(v);
    }
    void SetView(Windows::Foundation::Collections::IVectorView<int32_t> const& values)
    {
        m_sum = 0;
        for (auto v : values)
            m_sum += v;
    }
    void SetMap(Windows::Foundation::Collections::IMap<hstring, int32_t> const& values)
    {
        m_sum = 0;
        for (auto&& [k, v] : values)
            m_sum += v;
    }
    void SetMapView(Windows::Foundation::Collections::IMapView<hstring, int32_t> values)
    {
        m_sum = 0;
        for (auto const& kv : values)
            m_sum += kv.Value();
    }
    void SetPairs(Windows::Foundation::Collections::IIterable<
                  Windows::Foundation::Collections::IKeyValuePair<hstring, int32_t>> const& values)
    {
        m_sum = 0;
        for (auto const& [k, v] : values)
            m_sum += v;
    }
    winrt::guid Id() { return {0x11223344, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}; }
    Windows::Foundation::DateTime When() { return m_when; }
    void When(Windows::Foundation::DateTime const& w) { m_when = w; }
    Windows::Foundation::TimeSpan Period() { return m_period; }
    void Period(Windows::Foundation::TimeSpan w) { m_period = w; }
    Windows::Foundation::Uri Address() { return m_uri; }
    void Address(Windows::Foundation::Uri const& u) { m_uri = u; }
    char16_t Letter() { return m_letter; }
    void Letter(char16_t c) { m_letter = c; }
    uint64_t Big() { return m_big; }
    void Big(uint64_t v) { m_big = v; }
    float Small() { return m_small; }
    void Small(float v) { m_small = v; }
    Probe::Access Rights() { return m_rights; }
    void Rights(Probe::Access r) { m_rights = r; }
    winrt::hresult Code() { return 5; }
    bool TryFilter(Probe::Filter const& f, int32_t v) { return f(v); }
    void Fail(int32_t code, hstring const& message) { throw hresult_error(code, message); }
    Windows::Foundation::IInspectable Tag() { return m_tag; }
    void Tag(Windows::Foundation::IInspectable const& t) { m_tag = t; }

    fire_and_forget Raise(hstring what)
    {
        auto strong = get_strong();
        auto args = make_self<ChangedArgs>(what);
        m_changed(*this, *args);
        co_await args->wait_for_deferrals();
        ++m_raised;
    }
    int m_sum = 0;
    std::atomic<int> m_raised = 0;
    static inline std::atomic<int32_t> s_count = 0;
    static inline event<Windows::Foundation::EventHandler<int32_t>> s_countChanged;

private:
    hstring m_name{L"none"};
    int32_t m_rate = 1;
    bool m_closed = false;
    Probe::Reading m_last{1.5, L"C", Probe::Colour::Green};
    Windows::Foundation::IReference<double> m_limit;
    Windows::Foundation::IReference<Probe::Colour> m_shade{nullptr};
    std::vector<uint8_t> m_data;
    Windows::Foundation::Collections::IVector<hstring> m_tags{single_threaded_vector<hstring>()};
    Windows::Foundation::Collections::IVector<int32_t> m_history = single_threaded_vector<int32_t>({1, 2, 3});
    Windows::Foundation::Collections::IMap<hstring, Windows::Foundation::IInspectable> m_options{
        single_threaded_map<hstring, Windows::Foundation::IInspectable>()};
    Windows::Foundation::Collections::IObservableVector<hstring> m_log{single_threaded_observable_vector<hstring>()};
    Windows::Foundation::DateTime m_when{};
    Windows::Foundation::TimeSpan m_period{};
    Windows::Foundation::Uri m_uri{nullptr};
    char16_t m_letter = u'x';
    uint64_t m_big = 0;
    float m_small = 0;
    Probe::Access m_rights{};
    Windows::Foundation::IInspectable m_tag;
    event<Windows::Foundation::TypedEventHandler<Probe::INamedShape, hstring>> m_renamed;
    event<Probe::ReadingHandler> m_reading;
    event<Windows::Foundation::TypedEventHandler<Probe::Sensor, Probe::ChangedArgs>> m_changed;
};
} // namespace winrt::Probe::implementation
namespace winrt::Probe::factory_implementation {
struct Sensor : SensorT<Sensor, implementation::Sensor> {};
} // namespace winrt::Probe::factory_implementation
