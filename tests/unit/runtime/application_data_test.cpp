// SPDX-License-Identifier: MIT
// Windows.Storage.ApplicationData, with the broker's own settings behind a peer that says who the caller is.
#include "broker/settings.h"
#include "support/pretend_broker.h"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>

namespace {

namespace fs = std::filesystem;
using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;
using namespace winrt::Windows::Storage;
using latchkey::ipc::Dictionary;
using latchkey::ipc::Message;
using latchkey::testing::PretendBroker;

constexpr char kFamily[] = "Contoso.Mail_8wekyb3d8bbwe";

template <typename F>
hresult failure_of(F&& call)
{
    try {
        call();
    } catch (hresult_error const& error) {
        return error.code();
    }
    return hresult(0);
}

hresult code(uint32_t value)
{
    return static_cast<int32_t>(value);
}

class Data : public testing::Test {
protected:
    using Answer = latchkey::ipc::Answer<Message>;

    struct Package {
        PretendBroker& broker = PretendBroker::of_process();
        std::unique_ptr<latchkey::broker::Settings> settings;
        std::string data = broker.root() + "/state/data/" + kFamily;

        Answer answer(std::string const& member, Message& call)
        {
            if (!settings)
                settings = std::make_unique<latchkey::broker::Settings>(broker.root() + "/state/settings",
                                                                        [](std::string const&) {});
            if (member == "WhoAmI") return PretendBroker::reply(call, broker.identity());
            if (latchkey::broker::is_settings_method(member))
                return latchkey::broker::answer_settings(*settings, kFamily, call);
            if (member == "SignalDataChanged")
                broker.signal([](latchkey::ipc::Bus& bus) {
                    return bus.signal("/org/latchkey/Broker1", "org.latchkey.Broker1", "DataChanged");
                });
            return PretendBroker::reply(call);
        }
    };
    static Package& package()
    {
        static Package made;
        return made;
    }
    void SetUp() override
    {
        Package& here = package();
        here.broker.answers([&](std::string const& member, Message& call) { return here.answer(member, call); });
        ApplicationData::Current().ClearAsync().get();
    }
    void TearDown() override { package().broker.answers({}); }
    static ApplicationDataContainer local() { return ApplicationData::Current().LocalSettings(); }
    static IPropertySet values() { return local().Values(); }
};

TEST_F(Data, SettingsKeepEveryBaseType)
{
    IPropertySet const settings = values();
    auto const keeps = [&](auto const& value) {
        settings.Insert(L"value", box_value(value));
        return unbox_value<std::remove_cvref_t<decltype(value)>>(settings.Lookup(L"value")) == value;
    };
    EXPECT_TRUE(keeps(uint8_t{200}));
    EXPECT_TRUE(keeps(int16_t{-300}));
    EXPECT_TRUE(keeps(uint16_t{60000}));
    EXPECT_TRUE(keeps(int32_t{-70000}));
    EXPECT_TRUE(keeps(uint32_t{4'000'000'000}));
    EXPECT_TRUE(keeps(int64_t{-5'000'000'000}));
    EXPECT_TRUE(keeps(uint64_t{1} << 63));
    EXPECT_TRUE(keeps(0.1f));
    EXPECT_TRUE(keeps(0.1));
    EXPECT_TRUE(keeps(u'ß'));
    EXPECT_TRUE(keeps(true));
    EXPECT_TRUE(keeps(hstring{L"Grüße \U0001F600"}));
    EXPECT_TRUE(keeps(hstring{L"a\0b", 3}));
    EXPECT_TRUE(keeps(hstring{}));
    EXPECT_TRUE(keeps(guid{"11111111-2222-3333-4444-555555555555"}));
    EXPECT_TRUE(keeps(clock::now()));
    EXPECT_TRUE(keeps(TimeSpan{std::chrono::minutes{5}}));
    EXPECT_TRUE(keeps(Point{1, 2}));
    EXPECT_TRUE(keeps(Size{3, 4}));
    EXPECT_TRUE(keeps(Rect{1, 2, 3, 4}));
    EXPECT_EQ(settings.Size(), 1u);
}

TEST_F(Data, SettingsKeepArrays)
{
    IPropertySet const settings = values();
    settings.Insert(L"numbers", PropertyValue::CreateInt32Array({1, -2, 3}));
    settings.Insert(L"flags", PropertyValue::CreateBooleanArray({true, false, true}));
    settings.Insert(L"texts", PropertyValue::CreateStringArray({L"one", L"", L"drei"}));
    com_array<int32_t> numbers;
    settings.Lookup(L"numbers").as<IPropertyValue>().GetInt32Array(numbers);
    EXPECT_THAT(std::vector<int32_t>(numbers.begin(), numbers.end()), testing::ElementsAre(1, -2, 3));
    com_array<bool> flags;
    settings.Lookup(L"flags").as<IPropertyValue>().GetBooleanArray(flags);
    EXPECT_THAT(std::vector<bool>(flags.begin(), flags.end()), testing::ElementsAre(true, false, true));
    com_array<hstring> texts;
    settings.Lookup(L"texts").as<IPropertyValue>().GetStringArray(texts);
    EXPECT_THAT(std::vector<hstring>(texts.begin(), texts.end()), testing::ElementsAre(L"one", L"", L"drei"));
}

TEST_F(Data, SettingsAreAMap)
{
    IPropertySet const settings = values();
    EXPECT_EQ(settings.Lookup(L"missing"), nullptr);
    EXPECT_FALSE(settings.HasKey(L"ReportCount"));
    EXPECT_FALSE(settings.Insert(L"ReportCount", box_value(1)));
    EXPECT_TRUE(settings.Insert(L"reportCount", box_value(2)));
    EXPECT_TRUE(settings.HasKey(L"REPORTCOUNT"));
    settings.Insert(L"other", box_value(L"text"));
    EXPECT_EQ(settings.Size(), 2u);

    auto const view = settings.GetView();
    std::vector<hstring> keys;
    for (auto const& [key, value] : settings) {
        keys.push_back(key);
        settings.Remove(key);
    }
    EXPECT_THAT(keys, testing::UnorderedElementsAre(L"ReportCount", L"other"));
    EXPECT_EQ(settings.Size(), 0u);
    EXPECT_EQ(view.Size(), 2u);
    settings.Remove(L"not there");
    settings.Insert(L"gone", box_value(1));
    settings.Insert(L"gone", nullptr);
    EXPECT_FALSE(settings.HasKey(L"gone"));
    settings.Insert(L"a", box_value(1));
    settings.Clear();
    EXPECT_EQ(settings.Size(), 0u);
}

TEST_F(Data, SettingsTellWhatTheyWereTold)
{
    IPropertySet const settings = values();
    std::vector<std::pair<CollectionChange, hstring>> changes;
    settings.MapChanged([&](auto const&, IMapChangedEventArgs<hstring> const& args) {
        changes.emplace_back(args.CollectionChange(), args.Key());
    });
    settings.Insert(L"k", box_value(1));
    settings.Insert(L"k", box_value(2));
    settings.Remove(L"k");
    settings.Remove(L"k");
    settings.Clear();
    using enum CollectionChange;
    EXPECT_THAT(changes,
                testing::ElementsAre(std::pair(ItemInserted, hstring{L"k"}), std::pair(ItemChanged, hstring{L"k"}),
                                     std::pair(ItemRemoved, hstring{L"k"}), std::pair(Reset, hstring{})));
}

TEST_F(Data, ACompositeIsOneValue)
{
    ApplicationDataCompositeValue composite;
    composite.Insert(L"title", box_value(L"Ada"));
    composite.Insert(L"pages", box_value(12));
    values().Insert(L"book", composite);
    composite.Insert(L"pages", box_value(13)); // a copy was kept
    auto const read = values().Lookup(L"book").as<ApplicationDataCompositeValue>();
    EXPECT_EQ(get_class_name(read), L"Windows.Storage.ApplicationDataCompositeValue");
    EXPECT_EQ(unbox_value<int32_t>(read.Lookup(L"pages")), 12);
    EXPECT_EQ(unbox_value<hstring>(read.Lookup(L"title")), L"Ada");
    EXPECT_EQ(read.Size(), 2u);
}

TEST_F(Data, WhatIsNoSettingIsRefusedWithWindowsErrors)
{
    IPropertySet const settings = values();
    auto const insert = [&](hstring const& key, IInspectable const& value) {
        return failure_of([&] { settings.Insert(key, value); });
    };
    EXPECT_EQ(insert(L"k", ValueSet{}), code(0x8007065E));
    EXPECT_EQ(insert(L"k", Uri{L"http://localhost/"}), code(0x8007065E));
    EXPECT_EQ(insert(L"", box_value(1)), code(0x80070057));
    EXPECT_EQ(insert(hstring{L"a\0b", 3}, box_value(1)), code(0x80070057));
    EXPECT_EQ(insert(hstring{std::wstring(256, L'k')}, box_value(1)), code(0x80073DC9));
    EXPECT_EQ(insert(L"k", box_value(hstring{std::wstring(8193, L'v')})), code(0x80073DC8));
    EXPECT_EQ(insert(L"k", box_value(hstring{std::wstring(8192, L'v')})), code(0));
    ApplicationDataCompositeValue composite;
    EXPECT_EQ(failure_of([&] { composite.Insert(L"inner", ApplicationDataCompositeValue{}); }), code(0x8007065E));
    for (int i = 0; i < 9; ++i)
        composite.Insert(to_hstring(i), box_value(hstring{std::wstring(8000, L'v')}));
    EXPECT_EQ(insert(L"c", composite), code(0x80073DC7));
}

TEST_F(Data, ContainersHoldSettingsAndContainers)
{
    using enum ApplicationDataCreateDisposition;
    EXPECT_EQ(failure_of([] { local().CreateContainer(L"window", Existing); }), code(0x80070002));
    ApplicationDataContainer const window = local().CreateContainer(L"window", Always);
    window.Values().Insert(L"width", box_value(640));
    window.CreateContainer(L"inner", Always).Values().Insert(L"deep", box_value(true));
    EXPECT_EQ(window.Name(), L"window");
    EXPECT_EQ(window.Locality(), ApplicationDataLocality::Local);
    EXPECT_EQ(unbox_value<int32_t>(local().CreateContainer(L"Window", Existing).Values().Lookup(L"width")), 640);
    EXPECT_TRUE(unbox_value<bool>(
        local().Containers().Lookup(L"window").Containers().Lookup(L"inner").Values().Lookup(L"deep")));
    EXPECT_EQ(values().Size(), 0u);
    EXPECT_EQ(failure_of([] { local().CreateContainer(L"a\\b", Always); }), code(0x80070057));
    EXPECT_EQ(failure_of([] { local().CreateContainer(L"", Always); }), code(0x80070057));
    EXPECT_EQ(failure_of([] { local().CreateContainer(hstring{std::wstring(256, L'n')}, Always); }), code(0x80073DCA));
    local().DeleteContainer(L"window");
    EXPECT_EQ(local().Containers().Size(), 0u);
    EXPECT_EQ(failure_of([&] { window.Values().Insert(L"k", box_value(1)); }), code(0x80070002));
    local().DeleteContainer(L"window");

    ApplicationDataContainer const roaming = ApplicationData::Current().RoamingSettings();
    roaming.Values().Insert(L"k", box_value(1));
    roaming.CreateContainer(L"inner", Always).Values().Insert(L"k", box_value(2));
    EXPECT_EQ(roaming.Containers().Lookup(L"inner").Locality(), ApplicationDataLocality::Roaming);
    EXPECT_FALSE(values().HasKey(L"k"));
}

TEST_F(Data, TheVersionChangesWhenTheHandlerAndItsDeferralsAreDone)
{
    auto const data = ApplicationData::Current();
    data.SetVersionAsync(0, nullptr).get();
    SetVersionDeferral kept{nullptr};
    uint32_t seen = 99;
    std::promise<void> handled;
    auto const change = data.SetVersionAsync(3, [&](SetVersionRequest const& request) {
        kept = request.GetDeferral();
        EXPECT_EQ(request.DesiredVersion(), 3u);
        seen = request.CurrentVersion();
        handled.set_value();
    });
    handled.get_future().wait();
    EXPECT_EQ(change.wait_for(std::chrono::milliseconds(20)), AsyncStatus::Started);
    EXPECT_EQ(data.Version(), 0u);
    kept.Complete();
    change.get();
    EXPECT_EQ(seen, 0u);
    EXPECT_EQ(data.Version(), 3u);
    EXPECT_EQ(failure_of([&] { kept.Complete(); }), code(0x8000000E));
}

TEST_F(Data, FoldersAreThereAndAreClearedByLocality)
{
    auto const data = ApplicationData::Current();
    fs::path const state = to_string(data.LocalFolder().Path());
    EXPECT_EQ(state, fs::path(package().data) / "LocalState");
    EXPECT_EQ(data.TemporaryFolder().Name(), L"TemporaryState");
    EXPECT_TRUE(data.LocalFolder().IsOfType(StorageItemTypes::Folder));
    EXPECT_LE(clock::now() - data.LocalFolder().DateCreated(), std::chrono::minutes{5});
    fs::create_directories(state / "deep/deeper");
    std::ofstream(state / "deep/deeper/file") << "text";
    fs::path const temporary = to_string(data.TemporaryFolder().Path());
    std::ofstream(temporary / "file") << "text";
    values().Insert(L"k", box_value(1));

    data.ClearAsync(ApplicationDataLocality::Temporary).get();
    EXPECT_TRUE(fs::is_empty(temporary));
    EXPECT_TRUE(fs::exists(state / "deep/deeper/file"));
    EXPECT_TRUE(values().HasKey(L"k"));
    data.ClearAsync(ApplicationDataLocality::Local).get();
    EXPECT_TRUE(fs::is_empty(state));
    EXPECT_FALSE(values().HasKey(L"k"));
    EXPECT_EQ(StorageFolder::GetFolderFromPathAsync(to_hstring(state.string())).get().Path(),
              to_hstring(state.string()));
    EXPECT_EQ(failure_of([] { StorageFolder::GetFolderFromPathAsync(L"/no/such/folder").get(); }), code(0x80070002));
}

TEST_F(Data, TwoProcessesShareTheSettingsAndASignalReachesTheOther)
{
    std::mutex lock;
    std::condition_variable changed;
    bool signalled = false;
    auto const data = ApplicationData::Current();
    event_token const token = data.DataChanged([&](ApplicationData const& sender, IInspectable const&) {
        std::lock_guard const guard(lock);
        signalled = sender == ApplicationData::Current();
        changed.notify_all();
    });
    values().Insert(L"from", box_value(L"parent"));
    pid_t const child = fork();
    if (child == 0) {
        alarm(10);
        bool const read = unbox_value<hstring>(values().Lookup(L"from")) == L"parent";
        values().Insert(L"from", box_value(L"child"));
        ApplicationData::Current().SignalDataChanged();
        _exit(read ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(unbox_value<hstring>(values().Lookup(L"from")), L"child");
    std::unique_lock guard(lock);
    EXPECT_TRUE(changed.wait_for(guard, std::chrono::seconds(5), [&] { return signalled; }));
    data.DataChanged(token);
}

// A composite that another process reads is the old one or the new one, whoever is killed when.
TEST_F(Data, ACompositeIsNeverHalfWritten)
{
    auto const pair_of = [](int number) {
        ApplicationDataCompositeValue composite;
        for (wchar_t const* key : {L"a", L"b", L"c"})
            composite.Insert(key, box_value(number));
        return composite;
    };
    values().Insert(L"pair", pair_of(0));
    int start[2];
    ASSERT_EQ(pipe(start), 0);
    pid_t const child = fork();
    if (child == 0) {
        alarm(10);
        for (int number = 1;; ++number) {
            values().Insert(L"pair", pair_of(number));
            if (number == 1) [[maybe_unused]]
                auto const told = write(start[1], "", 1);
        }
    }
    char byte = 0;
    ASSERT_EQ(read(start[0], &byte, 1), 1);
    for (int i = 0; i < 200; ++i) {
        auto const read = values().Lookup(L"pair").as<ApplicationDataCompositeValue>();
        int32_t const number = unbox_value<int32_t>(read.Lookup(L"a"));
        ASSERT_EQ(unbox_value<int32_t>(read.Lookup(L"b")), number);
        ASSERT_EQ(unbox_value<int32_t>(read.Lookup(L"c")), number);
        if (i == 100) kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    close(start[0]);
    close(start[1]);
}

} // namespace
