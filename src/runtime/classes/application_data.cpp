// SPDX-License-Identifier: MIT
#include "runtime/classes/application_data.h"

#include "latchkey/runtime.h"
#include "runtime/broker.h"
#include "runtime/classes/factories.h"

#include <filesystem>
#include <mutex>

#include <Storage/ApplicationData.g.h>
#include <Storage/SetVersionDeferral.g.h>
#include <Storage/SetVersionRequest.g.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.System.h>

namespace winrt::Windows::Storage::implementation {

using latchkey::runtime::ask_broker;
using latchkey::runtime::ask_broker_for;
using Windows::Foundation::IAsyncAction;
using Windows::Foundation::TypedEventHandler;

namespace {

// Goes on when the handler has returned and its deferrals are complete.
class VersionChange {
public:
    void begin()
    {
        slim_lock_guard const guard(m_lock);
        ++m_open;
    }
    void end()
    {
        std::coroutine_handle<> waiting;
        {
            slim_lock_guard const guard(m_lock);
            if (--m_open == 0) waiting = std::exchange(m_waiting, nullptr);
        }
        if (waiting) waiting.resume();
    }

    // False: it has ended already.
    bool resume_later(std::coroutine_handle<> waiting)
    {
        slim_lock_guard const guard(m_lock);
        if (m_open == 0) return false;
        m_waiting = waiting;
        return true;
    }

private:
    slim_mutex m_lock;
    uint32_t m_open = 1; // the handler itself
    std::coroutine_handle<> m_waiting;
};

// A plain pointer: g++ 12 destroys the members of an awaiter that is made in braces twice.
struct VersionChangeEnd {
    VersionChange* change;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting) const { return change->resume_later(waiting); }
    void await_resume() const noexcept {}
};

struct SetVersionDeferral : SetVersionDeferralT<SetVersionDeferral> {
    explicit SetVersionDeferral(std::shared_ptr<VersionChange> change) : m_change(std::move(change)) {}
    void Complete()
    {
        auto const change = std::exchange(m_change, nullptr);
        if (!change) throw hresult_illegal_method_call(L"the deferral was completed before");
        change->end();
    }

private:
    std::shared_ptr<VersionChange> m_change;
};

struct SetVersionRequest : SetVersionRequestT<SetVersionRequest> {
    SetVersionRequest(uint32_t current, uint32_t desired, std::shared_ptr<VersionChange> change)
        : m_current(current), m_desired(desired), m_change(std::move(change))
    {}
    uint32_t CurrentVersion() const { return m_current; }
    uint32_t DesiredVersion() const { return m_desired; }
    Storage::SetVersionDeferral GetDeferral() const
    {
        m_change->begin();
        return make<SetVersionDeferral>(m_change);
    }

private:
    uint32_t m_current;
    uint32_t m_desired;
    std::shared_ptr<VersionChange> m_change;
};

struct Place {
    ApplicationDataLocality locality;
    char const* folder;
    char const* settings; // null: it has none
};
constexpr Place kPlaces[] = {
    {ApplicationDataLocality::Local, "LocalState", ""},
    {ApplicationDataLocality::Roaming, "RoamingState", "\\Roaming"},
    {ApplicationDataLocality::Temporary, "TemporaryState", nullptr},
    {ApplicationDataLocality::LocalCache, "LocalCache", nullptr},
};

} // namespace

struct ApplicationData : ApplicationDataT<ApplicationData> {
    using Container = Storage::ApplicationDataContainer;
    using Folder = Storage::StorageFolder;
    using Handler = TypedEventHandler<Storage::ApplicationData, Windows::Foundation::IInspectable>;

    explicit ApplicationData(std::string folder) : m_folder(std::move(folder)) {}

    static uint32_t Version() { return ask_broker_for<uint32_t>(L"ApplicationData.Version", "SettingsVersion"); }
    static IAsyncAction SetVersionAsync(uint32_t desired, ApplicationDataSetVersionHandler const handler)
    {
        co_await resume_background();
        if (handler) {
            auto const change = std::make_shared<VersionChange>();
            handler(make<SetVersionRequest>(Version(), desired, change));
            change->end();
            co_await VersionChangeEnd{change.get()};
        }
        ask_broker(L"ApplicationData.SetVersionAsync", "SettingsSetVersion", {{desired}});
    }

    IAsyncAction ClearAsync()
    {
        auto const folder = m_folder;
        co_await resume_background();
        for (Place const& place : kPlaces)
            clear(place, folder);
    }
    IAsyncAction ClearAsync(ApplicationDataLocality locality)
    {
        auto const folder = m_folder;
        co_await resume_background();
        clear(place_of(locality), folder);
    }

    static Container LocalSettings()
    {
        return latchkey::runtime::make_container("", {}, ApplicationDataLocality::Local);
    }
    static Container RoamingSettings()
    {
        return latchkey::runtime::make_container("\\Roaming", {}, ApplicationDataLocality::Roaming);
    }
    Folder LocalFolder() const { return folder_of(ApplicationDataLocality::Local); }
    Folder RoamingFolder() const { return folder_of(ApplicationDataLocality::Roaming); }
    Folder TemporaryFolder() const { return folder_of(ApplicationDataLocality::Temporary); }
    Folder LocalCacheFolder() const { return folder_of(ApplicationDataLocality::LocalCache); }
    static Folder SharedLocalFolder() { return nullptr; } // for apps that several users share; none is configured
    static Folder GetPublisherCacheFolder(hstring const&) { no_publisher_cache(); }
    static IAsyncAction ClearPublisherCacheFolderAsync(hstring const&) { no_publisher_cache(); }
    static uint64_t RoamingStorageQuota() { return 0; } // nothing leaves this machine

    event_token DataChanged(Handler const& handler)
    {
        event_token const token = m_changed.add(handler);
        latchkey::runtime::stay_connected_to_broker();
        return token;
    }
    void DataChanged(event_token const& token) noexcept { m_changed.remove(token); }
    static void SignalDataChanged() { ask_broker(L"ApplicationData.SignalDataChanged", "SignalDataChanged"); }
    void data_changed() { m_changed(*this, nullptr); }
    void Close() const noexcept {} // the package's data is not this object's to end

    static com_ptr<ApplicationData> current(bool make_it)
    {
        // Never destroyed: signals come in until the process is gone.
        static auto* const lock = new std::mutex;
        static auto* const made = new com_ptr<ApplicationData>;
        std::lock_guard const guard(*lock);
        if (*made || !make_it) return *made;
        auto const& identity = latchkey::runtime::need_package_identity(L"ApplicationData.Current");
        *made = make_self<ApplicationData>(identity.get<std::string>("data"));
        return *made;
    }
    static Storage::ApplicationData Current() { return *current(true); }
    static Windows::Foundation::IAsyncOperation<Storage::ApplicationData> GetForUserAsync(Windows::System::User const&)
    {
        throw hresult_not_implemented(L"ApplicationData.GetForUserAsync: a broker serves one user");
    }

private:
    static Place const& place_of(ApplicationDataLocality locality)
    {
        for (Place const& place : kPlaces)
            if (place.locality == locality) return place;
        throw hresult_invalid_argument(L"ApplicationData.ClearAsync: there is no data of this locality");
    }
    Folder folder_of(ApplicationDataLocality locality) const
    {
        std::string const path = m_folder + "/" + place_of(locality).folder;
        std::error_code failure;
        std::filesystem::create_directories(path, failure);
        if (failure) throw hresult_error(LatchkeyErrorFromErrno(failure.value()), to_hstring("make " + path));
        return latchkey::runtime::make_folder(path);
    }
    // Settings first: they go as one, files one after the other.
    static void clear(Place const& place, std::string const& folder)
    {
        if (place.settings != nullptr)
            ask_broker(L"ApplicationData.ClearAsync", "SettingsClear", {{std::string{place.settings}}});
        std::error_code failure;
        for (std::filesystem::directory_iterator entry{folder + "/" + place.folder, failure}, end; entry != end;) {
            std::filesystem::path const path = entry->path();
            entry.increment(failure);
            std::filesystem::remove_all(path, failure);
            if (failure)
                throw hresult_error(LatchkeyErrorFromErrno(failure.value()),
                                    to_hstring("ApplicationData.ClearAsync: remove " + path.string()));
        }
    }
    [[noreturn]] static void no_publisher_cache()
    {
        throw hresult_not_implemented(L"ApplicationData: packages of a publisher share no folder here");
    }

    std::string const m_folder;
    event<Handler> m_changed;
};

} // namespace winrt::Windows::Storage::implementation

namespace winrt::Windows::Storage::factory_implementation {

struct ApplicationData : ApplicationDataT<ApplicationData, implementation::ApplicationData> {};

} // namespace winrt::Windows::Storage::factory_implementation

LATCHKEY_FACTORY(application_data_factory, winrt::Windows::Storage::factory_implementation::ApplicationData)

void latchkey::runtime::application_data_changed()
{
    if (auto const data = winrt::Windows::Storage::implementation::ApplicationData::current(false))
        data->data_changed();
}
