// SPDX-License-Identifier: MIT
#include "runtime/broker.h"
#include "runtime/classes/application_data.h"
#include "runtime/classes/boxed_value.h"
#include "runtime/classes/factories.h"
#include "runtime/classes/observable_map.h"

#include <Storage/ApplicationDataCompositeValue.g.h>
#include <Storage/ApplicationDataContainer.g.h>
#include <Storage/ApplicationDataContainerSettings.g.h>
#include <winrt/Windows.Foundation.h>

namespace winrt::Windows::Storage::implementation {

namespace ipc = latchkey::ipc;
using latchkey::runtime::ask_broker;
using latchkey::runtime::ask_broker_for;
using Windows::Foundation::IInspectable;
using namespace Windows::Foundation::Collections;

struct ApplicationDataCompositeValue : ApplicationDataCompositeValueT<ApplicationDataCompositeValue>,
                                       latchkey::runtime::ObservableMap<ApplicationDataCompositeValue, IInspectable> {
    using IInspectable = Windows::Foundation::IInspectable;

    static void accept(IInspectable const& value)
    {
        latchkey::runtime::value_of(L"ApplicationDataCompositeValue.Insert", value);
    }
};

namespace {

constexpr std::wstring_view kComposite = L"Windows.Storage.ApplicationDataCompositeValue";

IInspectable box(ipc::Value const& value)
{
    return latchkey::runtime::box_of(value, [] { return Storage::ApplicationDataCompositeValue{}; });
}

// A composite is written as one value, and read as one.
ipc::Value setting_of(std::wstring_view member, IInspectable const& boxed)
{
    if (get_class_name(boxed) == kComposite)
        return latchkey::runtime::arguments_of(member, boxed.as<latchkey::runtime::BoxedMap>());
    return latchkey::runtime::value_of(member, boxed);
}

} // namespace

struct ApplicationDataContainerSettings : ApplicationDataContainerSettingsT<ApplicationDataContainerSettings> {
    using Pair = IKeyValuePair<hstring, IInspectable>;
    using Changed = MapChangedEventHandler<hstring, IInspectable>;

    explicit ApplicationDataContainerSettings(std::string container) : m_container(std::move(container)) {}

    // Null for a key that is not there, as on Windows.
    IInspectable Lookup(hstring const& key) const
    {
        std::vector<ipc::Value> const found = look_up(L"ApplicationDataContainerSettings.Lookup", key);
        return found.empty() ? nullptr : box(found.front());
    }
    bool HasKey(hstring const& key) const { return !look_up(L"ApplicationDataContainerSettings.HasKey", key).empty(); }
    uint32_t Size() const { return static_cast<uint32_t>(read(L"ApplicationDataContainerSettings.Size").size()); }
    IMapView<hstring, IInspectable> GetView() const
    {
        return make<latchkey::runtime::MapView<IInspectable>>(values(L"ApplicationDataContainerSettings.GetView"));
    }
    IIterator<Pair> First() const
    {
        using latchkey::runtime::AlwaysUnchanged;
        return make<latchkey::runtime::PairIterator<IInspectable, AlwaysUnchanged>>(
            latchkey::runtime::pairs_of(values(L"ApplicationDataContainerSettings.First")), AlwaysUnchanged{});
    }
    // Null takes the setting away.
    bool Insert(hstring const& key, IInspectable const& value)
    {
        static constexpr std::wstring_view kMember = L"ApplicationDataContainerSettings.Insert";
        if (!value) return remove(kMember, key);
        bool const replaced = ask_broker_for<bool>(kMember, "SettingsInsert",
                                                   {{m_container},
                                                    {latchkey::runtime::key_of(kMember, key)},
                                                    {.value = setting_of(kMember, value), .as_variant = true}});
        changed(replaced ? CollectionChange::ItemChanged : CollectionChange::ItemInserted, key);
        return replaced;
    }
    void Remove(hstring const& key) { remove(L"ApplicationDataContainerSettings.Remove", key); }
    void Clear()
    {
        ask_broker(L"ApplicationDataContainerSettings.Clear", "SettingsRemove",
                   {{m_container}, {std::vector<std::string>{}}});
        changed(CollectionChange::Reset, {});
    }

    event_token MapChanged(Changed const& handler) { return m_changed.add(handler); }
    void MapChanged(event_token const& token) noexcept { m_changed.remove(token); }

private:
    std::vector<ipc::Value> look_up(std::wstring_view member, hstring const& key) const
    {
        return ask_broker_for<std::vector<ipc::Value>>(member, "SettingsLookup",
                                                       {{m_container}, {latchkey::runtime::key_of(member, key)}});
    }
    ipc::Dictionary read(std::wstring_view member) const
    {
        return ask_broker_for<ipc::Dictionary>(member, "SettingsRead", {{m_container}});
    }
    std::map<hstring, IInspectable> values(std::wstring_view member) const
    {
        std::map<hstring, IInspectable> boxed;
        ipc::Dictionary const settings = read(member);
        for (ipc::Dictionary::Entry const& entry : settings.entries())
            boxed.emplace(to_hstring(entry.key), box(entry.value));
        return boxed;
    }
    bool remove(std::wstring_view member, hstring const& key)
    {
        std::vector<std::string> keys{latchkey::runtime::key_of(member, key)};
        bool const removed =
            ask_broker_for<uint32_t>(member, "SettingsRemove", {{m_container}, {std::move(keys)}}) != 0;
        if (removed) changed(CollectionChange::ItemRemoved, key);
        return removed;
    }
    void changed(CollectionChange change, hstring const& key)
    {
        if (!m_changed) return;
        IObservableMap<hstring, IInspectable> const sender = *this;
        m_changed(sender, make<latchkey::runtime::MapChange>(change, key));
    }

    std::string const m_container;
    event<Changed> m_changed;
};

struct ApplicationDataContainer : ApplicationDataContainerT<ApplicationDataContainer> {
    using Container = Storage::ApplicationDataContainer;

    ApplicationDataContainer(std::string path, hstring const& name, ApplicationDataLocality locality)
        : m_path(std::move(path)),
          m_name(name),
          m_locality(locality),
          m_values(make<ApplicationDataContainerSettings>(m_path))
    {}

    hstring Name() const { return m_name; }
    ApplicationDataLocality Locality() const { return m_locality; }
    IPropertySet Values() const { return m_values; }
    IMapView<hstring, Container> Containers() const
    {
        std::map<hstring, Container> containers;
        for (std::string const& name : ask_broker_for<std::vector<std::string>>(L"ApplicationDataContainer.Containers",
                                                                                "SettingsContainers", {{m_path}}))
            containers.emplace(to_hstring(name), inner(name));
        return make<latchkey::runtime::MapView<Container>>(containers);
    }
    Container CreateContainer(hstring const& name, ApplicationDataCreateDisposition disposition) const
    {
        static constexpr std::wstring_view kMember = L"ApplicationDataContainer.CreateContainer";
        if (static_cast<uint32_t>(disposition) > 1)
            throw hresult_invalid_argument(hstring{kMember} + L": a disposition is Always or Existing");
        std::string const text = checked(kMember, name);
        ask_broker(kMember, "SettingsCreateContainer",
                   {{path_of(text)}, {disposition == ApplicationDataCreateDisposition::Existing}});
        return inner(text);
    }
    void DeleteContainer(hstring const& name) const
    {
        static constexpr std::wstring_view kMember = L"ApplicationDataContainer.DeleteContainer";
        ask_broker(kMember, "SettingsDeleteContainer", {{path_of(checked(kMember, name))}});
    }
    void Close() const noexcept {} // the settings are not this object's to end

private:
    static std::string checked(std::wstring_view member, hstring const& name)
    {
        std::string text = latchkey::runtime::key_of(member, name);
        if (text.empty() || text.find('\\') != std::string::npos)
            throw hresult_invalid_argument(hstring{member} + L": a container's name is not empty and has no \\ in it");
        return text;
    }
    std::string path_of(std::string const& name) const { return m_path.empty() ? name : m_path + "\\" + name; }
    Container inner(std::string const& name) const
    {
        return latchkey::runtime::make_container(path_of(name), to_hstring(name), m_locality);
    }

    std::string const m_path;
    hstring const m_name;
    ApplicationDataLocality const m_locality;
    IPropertySet const m_values;
};

} // namespace winrt::Windows::Storage::implementation

namespace winrt::Windows::Storage::factory_implementation {

struct ApplicationDataCompositeValue
    : ApplicationDataCompositeValueT<ApplicationDataCompositeValue, implementation::ApplicationDataCompositeValue> {};

} // namespace winrt::Windows::Storage::factory_implementation

LATCHKEY_FACTORY(application_data_composite_value_factory,
                 winrt::Windows::Storage::factory_implementation::ApplicationDataCompositeValue)

winrt::Windows::Storage::ApplicationDataContainer
latchkey::runtime::make_container(std::string path, winrt::hstring const& name,
                                  winrt::Windows::Storage::ApplicationDataLocality locality)
{
    return winrt::make<winrt::Windows::Storage::implementation::ApplicationDataContainer>(std::move(path), name,
                                                                                          locality);
}
