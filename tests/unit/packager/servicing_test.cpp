// SPDX-License-Identifier: MIT
// Servicing with the real packager process; the broker around it is the test.
#include "ipc/broker_place.h"
#include "packages/files/package_writer.h"
#include "packages/record_file.h"
#include "packages/servicing.h"
#include "support/processes.h"
#include "support/temporary_folder.h"

#include <csignal>
#include <filesystem>
#include <optional>
#include <random>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::packages {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char const* kMail = "Contoso.Mail_h91ms92gdsmmt";
constexpr std::chrono::seconds kPatience{20};

std::string manifest(std::string_view version)
{
    return fmt::format(R"(<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="Contoso.Mail" Publisher="CN=Contoso" Version="{}"/>
  <Applications><Application Id="App" Executable="mail"/></Applications>
</Package>
)",
                       version);
}

std::string name_of(core::Event const& event)
{
    if (std::holds_alternative<core::event::ServicingStarted>(event)) return "ServicingStarted";
    if (std::holds_alternative<core::event::PackageRemoved>(event)) return "PackageRemoved";
    if (auto const* const configured = std::get_if<core::event::PackageConfigured>(&event))
        return "PackageConfigured " + configured->declaration->version;
    return "?";
}

// A broker that does nothing by itself.
class Around final : public ServicingSurroundings {
public:
    void happened(core::Event event) override { events.push_back(name_of(event)); }
    bool has_instances(std::string_view) const override { return instances; }
    void app_goes(std::string_view) override { events.emplace_back("app goes"); }
    bool has_app(std::string_view) const override { return app; }
    void package_changed(std::string_view family) override { events.push_back("changed " + std::string(family)); }
    void data_goes(std::string_view) override { events.emplace_back("data goes"); }

    std::vector<std::string> events;
    bool instances = false;
    bool app = false;
};

class Machine {
public:
    explicit Machine(std::string const& state)
        : packages(InstalledPackages::open(state).value()),
          servicing(loop, packages, around, ipc::find_program("latchkey-packager"))
    {}

    template <class Done>
    void run_until(Done done)
    {
        auto const end = loop.boot_time() + kPatience;
        while (!done() && loop.boot_time() < end) {
            (void)loop.turn(std::chrono::seconds(1));
            servicing.look_again(); // as the broker does when what happened is on disk
        }
        ASSERT_TRUE(done()) << "it did not come to that";
    }

    tl::expected<Installed, ServicingRefusal> install(std::string const& source, InstallOptions options = {})
    {
        std::optional<tl::expected<Installed, ServicingRefusal>> result;
        servicing.install(source, options, [&](auto answer) { result = std::move(answer); });
        EXPECT_FALSE(result) << "called back from inside the call";
        run_until([&] { return result.has_value(); });
        return result ? std::move(*result) : tl::unexpected(ServicingRefusal{"Hangs", 0, ""});
    }
    tl::expected<void, ServicingRefusal> remove(std::string const& family, Servicing::Data data)
    {
        std::optional<tl::expected<void, ServicingRefusal>> result;
        servicing.remove(family, data, [&](auto answer) { result = std::move(answer); });
        run_until([&] { return result.has_value(); });
        return result ? std::move(*result) : tl::unexpected(ServicingRefusal{"Hangs", 0, ""});
    }
    // Until the packager has deleted what lies about.
    void settle()
    {
        run_until([&] { return packages.leftovers().empty(); });
    }

    ipc::EventLoop loop = ipc::EventLoop::create().value();
    InstalledPackages packages;
    Around around;
    Servicing servicing;
};

class ServicingTest : public ::testing::Test {
protected:
    ServicingTest() { set_version("1.0.0.0"); }

    void set_version(std::string_view version)
    {
        m_root.put("Mail/AppxManifest.xml", manifest(version));
        m_root.put("Mail/version", version);
        fs::permissions(m_root.put("Mail/mail", "#!/bin/sh\n"), fs::perms::owner_all);
    }
    std::string mail() const { return m_root.path("Mail"); }
    std::string state() const { return m_root.path("state"); }

    test::TemporaryFolder m_root;
};

TEST_F(ServicingTest, RemovesNothingBeforeTheRulesHaveHeardOfIt)
{
    Machine machine(state());
    ASSERT_TRUE(machine.install(mail()));
    bool removed = false;
    machine.servicing.remove(kMail, Servicing::Data::Goes, [&](auto answer) { removed = answer.has_value(); });
    for (int turn = 0; turn < 5; ++turn)
        (void)machine.loop.turn(std::chrono::microseconds(0));
    EXPECT_FALSE(removed) << "told before it is on disk";
    EXPECT_TRUE(fs::exists(machine.packages.data_folder(kMail)));
    machine.run_until([&] { return removed; });
}

TEST_F(ServicingTest, InstallsAFolder)
{
    Machine machine(state());
    auto const installed = machine.install(mail());
    ASSERT_TRUE(installed) << installed.error().message;
    EXPECT_EQ(installed->previous, nullptr);
    EXPECT_EQ(installed->package->family(), kMail);
    EXPECT_EQ(installed->package->folder, state() + "/packages/Contoso.Mail_1.0.0.0_neutral__h91ms92gdsmmt");
    EXPECT_EQ(program_of_application(*installed->package, ""), installed->package->folder + "/mail");
    EXPECT_TRUE(fs::is_directory(machine.packages.data_folder(kMail) + "/LocalState"));
    EXPECT_THAT(machine.around.events,
                ElementsAre(std::string("changed ") + kMail, std::string("PackageConfigured 1.0.0.0")));
    EXPECT_NE(InstalledPackages::open(state()).value().find(kMail), nullptr);
}

TEST_F(ServicingTest, InstallsAPackageFileWithItsWarning)
{
    ASSERT_TRUE(pack_folder(mail(), m_root.path("Mail.appx")));
    Machine machine(state());
    auto const installed = machine.install(m_root.path("Mail.appx"));
    ASSERT_TRUE(installed) << installed.error().message;
    EXPECT_THAT(installed->warnings, ElementsAre(HasSubstr("not signed")));
}

TEST_F(ServicingTest, AnInstallationInPlaceRunsFromTheFolderItself)
{
    Machine machine(state());
    auto const installed = machine.install(mail(), {.in_place = true});
    ASSERT_TRUE(installed) << installed.error().message;
    EXPECT_EQ(installed->package->folder, mail());
    // The next turn of the edit-run loop.
    set_version("1.0.0.1");
    auto const again = machine.install(mail(), {.in_place = true});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->package->manifest.identity.version.revision, 1);
    EXPECT_TRUE(machine.remove(kMail, Servicing::Data::Goes));
    EXPECT_TRUE(fs::exists(mail() + "/mail"));
}

TEST_F(ServicingTest, AnUpdateWaitsForTheInstancesOfTheOldVersion)
{
    Machine machine(state());
    ASSERT_TRUE(machine.install(mail()));
    std::string const old = machine.packages.find(kMail)->folder;
    machine.around.events.clear();
    machine.around.instances = true;
    set_version("2.0.0.0");
    std::optional<tl::expected<Installed, ServicingRefusal>> result;
    machine.servicing.install(mail(), {}, [&](auto answer) { result = std::move(answer); });
    machine.run_until([&] { return !machine.around.events.empty(); });
    for (int turn = 0; turn < 5; ++turn) {
        machine.servicing.look_again();
        (void)machine.loop.turn(std::chrono::microseconds(0));
    }
    EXPECT_FALSE(result);
    EXPECT_THAT(machine.around.events, ElementsAre("ServicingStarted"));
    EXPECT_EQ(machine.packages.find(kMail)->folder, old);
    machine.around.instances = false;
    machine.servicing.look_again();
    machine.run_until([&] { return result.has_value(); });
    ASSERT_TRUE(*result) << result->error().message;
    EXPECT_EQ((*result)->previous->folder, old);
    EXPECT_THAT(machine.around.events,
                ElementsAre("ServicingStarted", std::string("changed ") + kMail, "PackageConfigured 2.0.0.0"));
    machine.settle();
    EXPECT_FALSE(fs::exists(old));
}

TEST_F(ServicingTest, AnOlderVersionIsRefusedAndNothingIsTouched)
{
    Machine machine(state());
    set_version("2.0.0.0");
    ASSERT_TRUE(machine.install(mail()));
    machine.around.events.clear();
    set_version("1.9.0.0");
    auto const refused = machine.install(mail());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().name, "Downgrade");
    EXPECT_EQ(refused.error().hresult, 0x80073D06U);
    EXPECT_THAT(refused.error().message,
                StartsWith("Contoso.Mail 2.0.0.0 is installed, which is newer than 1.9.0.0; to go back, remove it"));
    machine.settle();
    EXPECT_EQ(machine.packages.find(kMail)->manifest.identity.version.major, 2);
    EXPECT_EQ(m_root.content("state/packages/Contoso.Mail_2.0.0.0_neutral__h91ms92gdsmmt/version"), "2.0.0.0");
}

TEST_F(ServicingTest, TheSameVersionAgainReplacesTheFiles)
{
    Machine machine(state());
    ASSERT_TRUE(machine.install(mail()));
    m_root.put("Mail/version", "other");
    auto const again = machine.install(mail());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_THAT(again->package->folder, testing::EndsWith(".2"));
    machine.settle();
    EXPECT_EQ(m_root.content("state/packages/Contoso.Mail_1.0.0.0_neutral__h91ms92gdsmmt.2/version"), "other");
}

TEST_F(ServicingTest, AFolderWithAnAppStillRunningInItStaysUntilTheAppHasEnded)
{
    fs::copy_file("/bin/cat", mail() + "/mail", fs::copy_options::overwrite_existing);
    Machine machine(state());
    ASSERT_TRUE(machine.install(mail()));
    std::string const old = machine.packages.find(kMail)->folder;
    std::string const program = old + "/mail";
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    pid_t const app = ::fork();
    if (app == 0) {
        ::dup2(ends[0], 0);
        ::execl(program.c_str(), "mail", nullptr);
        ::_exit(127);
    }
    ::close(ready[1]);
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 0); // closed by exec
    set_version("2.0.0.0");
    ASSERT_TRUE(machine.install(mail()));
    EXPECT_TRUE(fs::exists(program));
    machine.servicing.app_ended();
    EXPECT_TRUE(fs::exists(program)); // another app ended
    ::close(ends[1]);
    ASSERT_EQ(::waitpid(app, nullptr, 0), app);
    machine.servicing.app_ended();
    machine.settle();
    EXPECT_FALSE(fs::exists(old));
    ::close(ends[0]);
    ::close(ready[0]);
}

TEST_F(ServicingTest, RemovesWithOrWithoutTheData)
{
    Machine machine(state());
    ASSERT_TRUE(machine.install(mail()));
    std::string const note = machine.packages.data_folder(kMail) + "/LocalState/note";
    m_root.put(std::string("state/data/") + kMail + "/LocalState/note", "1");
    m_root.put(std::string("state/settings/") + kMail + ".db", "1");
    machine.around.events.clear();
    ASSERT_TRUE(machine.remove(kMail, Servicing::Data::Stays));
    EXPECT_THAT(machine.around.events, ElementsAre("PackageRemoved", "app goes", std::string("changed ") + kMail));
    EXPECT_TRUE(fs::exists(note));
    EXPECT_THAT(fs::directory_iterator(state() + "/packages") == fs::directory_iterator(), true);

    ASSERT_TRUE(machine.install(mail()));
    EXPECT_TRUE(fs::exists(note));
    machine.around.events.clear();
    ASSERT_TRUE(machine.remove(kMail, Servicing::Data::Goes));
    EXPECT_THAT(machine.around.events,
                ElementsAre("PackageRemoved", "app goes", "data goes", std::string("changed ") + kMail));
    EXPECT_FALSE(fs::exists(machine.packages.data_folder(kMail)));
    EXPECT_FALSE(fs::exists(machine.packages.settings_file(kMail)));
    auto const refused = machine.remove(kMail, Servicing::Data::Goes);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().name, "NoSuchPackage");
}

TEST_F(ServicingTest, ARemovalWaitsForTheAppButAnUpdateDoesNot)
{
    Machine machine(state());
    ASSERT_TRUE(machine.install(mail()));
    machine.around.app = true;
    set_version("2.0.0.0");
    ASSERT_TRUE(machine.install(mail()));
    std::optional<tl::expected<void, ServicingRefusal>> result;
    machine.servicing.remove(kMail, Servicing::Data::Stays, [&](auto answer) { result = std::move(answer); });
    for (int turn = 0; turn < 5; ++turn) {
        (void)machine.loop.turn(std::chrono::microseconds(0));
        machine.servicing.look_again();
    }
    EXPECT_FALSE(result);
    machine.around.app = false;
    machine.servicing.look_again();
    machine.run_until([&] { return result.has_value(); });
    EXPECT_TRUE(*result);
}

TEST_F(ServicingTest, RefusalsSayWhatIsWrongWithWhat)
{
    Machine machine(state());
    auto refused = machine.install(m_root.path("nowhere"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().name, "InvalidPackage");
    EXPECT_THAT(refused.error().message, HasSubstr("nowhere: No such file"));
    m_root.put("text", "no zip");
    refused = machine.install(m_root.path("text"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().name, "InvalidPackage");
    refused = machine.install(m_root.path("text"), {.in_place = true});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("only a folder"));
    m_root.put("Mail/AppxManifest.xml", "<Package>\n<Identity/>\n</Package>");
    refused = machine.install(mail());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().name, "InvalidManifest");
    EXPECT_EQ(refused.error().hresult, kInvalidManifest);
    EXPECT_THAT(refused.error().message, HasSubstr("Mail/AppxManifest.xml:2: error: "));
    machine.settle();
    EXPECT_THAT(machine.packages.all(), IsEmpty());
    EXPECT_THAT(machine.around.events, IsEmpty());
}

TEST_F(ServicingTest, APackagerThatCannotBeStartedIsAnAnswer)
{
    auto loop = ipc::EventLoop::create().value();
    Packager packager(loop, m_root.path("nowhere"));
    std::optional<PackagerAnswer> answer;
    packager.ask({PackagerWork::Read, mail(), ""}, [&](PackagerAnswer got) { answer = std::move(got); });
    EXPECT_FALSE(answer);
    while (!answer)
        (void)loop.turn(kPatience);
    EXPECT_THAT(std::get<PackageFault>(*answer).message, HasSubstr("nowhere"));
}

TEST_F(ServicingTest, APackagerThatDiesOrLiesIsAnAnswer)
{
    auto loop = ipc::EventLoop::create().value();
    for (auto const& [script, expected] :
         {std::pair{"#!/bin/sh\nkill -SEGV $$\n", "was ended by SIGSEGV before it answered"},
          std::pair{"#!/bin/sh\nexit 7\n", "ended with status 7 before it answered"},
          std::pair{"#!/bin/sh\nprintf nonsense >&3\n", "answer is damaged"},
          std::pair{"#!/bin/sh\nexec 3>&-\nexec sleep 1000\n", "does not end"},
          std::pair{"#!/bin/sh\nexec cat /dev/zero >&3\n", "answer is too long"}}) {
        std::string const program = m_root.put("liar", script);
        fs::permissions(program, fs::perms::owner_all);
        Packager packager(loop, program);
        std::optional<PackagerAnswer> answer;
        packager.ask({PackagerWork::Read, mail(), ""}, [&](PackagerAnswer got) { answer = std::move(got); });
        while (!answer)
            (void)loop.turn(kPatience);
        ASSERT_TRUE(std::holds_alternative<PackageFault>(*answer)) << expected;
        EXPECT_THAT(std::get<PackageFault>(*answer).message, HasSubstr(expected));
    }
}

// What the packager may touch: the walls are its own, so a request that asks for more fails inside it.
TEST_F(ServicingTest, ThePackagerWritesNowhereButInItsFolder)
{
    auto loop = ipc::EventLoop::create().value();
    Packager packager(loop, ipc::find_program("latchkey-packager"));
    m_root.put("victim/file", "1");
    fs::create_directory(m_root.path("target"));
    fs::create_directory_symlink(m_root.path("victim"), m_root.path("target/lib"));
    m_root.put("Mail/lib/file", "2");
    std::optional<PackagerAnswer> answer;
    packager.ask({PackagerWork::Unpack, mail(), m_root.path("target")},
                 [&](PackagerAnswer got) { answer = std::move(got); });
    while (!answer)
        (void)loop.turn(kPatience);
    EXPECT_TRUE(std::holds_alternative<PackageFault>(*answer));
    EXPECT_EQ(m_root.content("victim/file"), "1");
}

TEST_F(ServicingTest, ARemovalThatWasInterruptedIsFinishedByTheNextStart)
{
    {
        Machine machine(state());
        ASSERT_TRUE(machine.install(mail()));
        ASSERT_TRUE(machine.packages.begin_removal(kMail, true));
    }
    Machine machine(state());
    machine.servicing.begin();
    machine.run_until([&] { return machine.packages.interrupted_removals().empty(); });
    EXPECT_FALSE(fs::exists(machine.packages.data_folder(kMail)));
    machine.settle();
    EXPECT_THAT(machine.around.events, testing::Contains("PackageRemoved"));
}

TEST_F(ServicingTest, ManyWaitingRequestsAreRefusedAtALimit)
{
    Machine machine(state());
    std::size_t answers = 0;
    std::set<std::string_view> refusals;
    for (std::size_t i = 0; i < kMaxServicingQueue + 1; ++i)
        machine.servicing.install(m_root.path("nowhere"), {}, [&](auto answer) {
            ++answers;
            refusals.insert(answer.error().name);
        });
    machine.run_until([&] { return answers == kMaxServicingQueue + 1; });
    EXPECT_TRUE(refusals.contains("Busy"));
}

// kill -9 of the broker at any moment of an update: the old package or the new one, whole.
TEST_F(ServicingTest, KilledAtAnyMomentThereIsTheOldVersionOrTheNewOne)
{
    constexpr int kRounds = 30;
    std::random_device device;
    unsigned const seed = device();
    std::mt19937 random(seed);
    SCOPED_TRACE(fmt::format("seed {}", seed));
    for (int i = 0; i < 20; ++i)
        m_root.put(fmt::format("Mail/data/{}", i), std::string(2'000, 'x'));
    std::chrono::nanoseconds once{};
    {
        Machine machine(state());
        auto const begin = std::chrono::steady_clock::now();
        ASSERT_TRUE(machine.install(mail()));
        once = std::chrono::steady_clock::now() - begin;
    }
    int version = 1;
    int updated = 0;
    for (int round = 0; round < kRounds; ++round) {
        set_version(fmt::format("{}.0.0.0", version + 1));
        pid_t const broker = ::fork();
        ASSERT_GE(broker, 0);
        if (broker == 0) {
            Machine machine(state());
            machine.servicing.begin();
            (void)machine.install(mail());
            ::_exit(0);
        }
        std::chrono::nanoseconds const moment(random() % once.count());
        (void)latchkey::test::ends_within(broker, moment);
        ::kill(broker, SIGKILL);
        ASSERT_EQ(::waitpid(broker, nullptr, 0), broker);

        Machine machine(state());
        ASSERT_THAT(machine.packages.damaged(), IsEmpty());
        auto const package = machine.packages.find(kMail);
        ASSERT_NE(package, nullptr);
        int const now = package->manifest.identity.version.major;
        ASSERT_TRUE(now == version || now == version + 1) << now << " after " << version;
        updated += now - version;
        version = now;
        std::string const below = fs::path(package->folder).lexically_relative(m_root.path());
        EXPECT_EQ(m_root.content(below + "/version"), fmt::format("{}.0.0.0", now));
        for (int i = 0; i < 20; ++i)
            EXPECT_EQ(m_root.content(fmt::format("{}/data/{}", below, i)).size(), 2'000U);
        machine.servicing.begin();
        machine.settle();
    }
    RecordProperty("updated", updated);
    (void)std::printf("killed %d times, %d of them after the update\n", kRounds, updated);
}

TEST_F(ServicingTest, APackageIsFoundByTheWordsThatPeopleUse)
{
    Machine machine(state());
    auto none = find_family(machine.packages, "Contoso.Mail");
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("latchkey install"));
    ASSERT_TRUE(machine.install(mail()));
    for (char const* const word :
         {kMail, "Contoso.Mail", "Contoso", "Contoso.Mail_1.0.0.0_neutral__h91ms92gdsmmt", "Contoso.Mail_h9"})
        EXPECT_EQ(find_family(machine.packages, word).value_or("none"), kMail) << word;
    EXPECT_THAT(find_family(machine.packages, "Contoso.Mial").error().message,
                HasSubstr("did you mean \"Contoso.Mail\"?"));
}

} // namespace
} // namespace latchkey::packages
