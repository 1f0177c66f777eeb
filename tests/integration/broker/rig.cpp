// SPDX-License-Identifier: MIT
#include "rig.h"

#include "support/ordinary_user.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {

namespace {

[[maybe_unused]] testing::Environment* const kUser =
    testing::AddGlobalTestEnvironment(new OrdinaryUser({LATCHKEYD, LATCHKEY_TEST_MEMBER, LATCHKEY_HOST_TASKS}));

constexpr auto kPatience = std::chrono::seconds(20);
constexpr char kErrors[] = "org.latchkey.Error.";

ipc::Fd receive_descriptor(int socket)
{
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    int descriptor = -1;
    if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != nullptr) {
        std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
    }
    return ipc::Fd(descriptor);
}

} // namespace

Message Connection::method(std::string const& member) const
{
    return bus.method_call("", "/org/latchkey/Broker1", "org.latchkey.Broker1", member);
}

Outcome Connection::send(Message& message)
{
    auto answer = bus.call(message, kPatience);
    if (answer) return {std::move(*answer), {}, {}};
    std::string name = answer.error().name;
    if (name.starts_with(kErrors)) name.erase(0, sizeof kErrors - 1);
    return {std::nullopt, std::move(name), answer.error().message};
}

bool Connection::wait_for(std::function<bool()> const& holds)
{
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
        auto const left = end - std::chrono::steady_clock::now();
        if (left <= left.zero()) return false;
        if (!bus.process(std::chrono::duration_cast<std::chrono::microseconds>(left))) return false;
    }
    return true;
}

bool Connection::eventually(std::function<bool()> const& holds)
{
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end || !call("WhoAmI")) return false;
    }
    return true;
}

std::string Connection::must_register(Dictionary options)
{
    auto outcome = call("Register", options);
    EXPECT_TRUE(outcome) << outcome.error << ": " << outcome.text;
    return outcome ? outcome.message->read_string() : std::string();
}

std::vector<Dictionary> Connection::list(Dictionary options)
{
    auto outcome = call("List", options);
    EXPECT_TRUE(outcome) << outcome.error << ": " << outcome.text;
    return outcome ? outcome.message->read_dictionaries() : std::vector<Dictionary>();
}

Dictionary Connection::explain(std::string const& task)
{
    auto outcome = call("Explain", task);
    EXPECT_TRUE(outcome) << outcome.error << ": " << outcome.text;
    return outcome ? outcome.message->read_dictionary() : Dictionary();
}

Member::Member(std::string const& program, std::string const& socket)
{
    std::array<int, 2> pair{}, input{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
    EXPECT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
    ipc::Fd const ours(pair[0]), read_end(input[0]);
    ipc::Fd theirs(pair[1]);
    m_input = ipc::Fd(input[1]);
    pid = ::fork();
    if (pid == 0) {
        int const socket_copy = ::fcntl(theirs.get(), F_DUPFD, 10);
        ::dup2(read_end.get(), 0);
        ::dup2(socket_copy, 3);
        ::closefrom(4);
        ::execl(program.c_str(), program.c_str(), socket.c_str(), nullptr);
        ::_exit(127);
    }
    theirs.reset(); // so that one that ends at once is noticed
    auto bus = ipc::Bus::client(receive_descriptor(ours.get()));
    EXPECT_TRUE(bus) << program << " did not connect";
    if (bus) connection = std::make_unique<Connection>(std::move(*bus));
}

Member::~Member()
{
    m_input.reset();
    if (pid > 0) ::waitpid(pid, nullptr, 0);
}

void Member::kill()
{
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
}

BrokerTest::BrokerTest()
{
    std::string pattern = std::filesystem::temp_directory_path() / "latchkey-broker-XXXXXX";
    root = ::mkdtemp(pattern.data());
    ::setenv("LATCHKEY_ROOT", root.c_str(), 1);
    ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

BrokerTest::~BrokerTest()
{
    kill();
    if (HasFailure()) std::fprintf(stderr, "--- the broker said:\n%s---\n", broker_log().c_str());
    std::error_code ignored;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(
             root, std::filesystem::directory_options::skip_permission_denied, ignored)) {
        if (entry.is_directory()) std::filesystem::permissions(entry, std::filesystem::perms::owner_all, ignored);
    }
    std::filesystem::remove_all(root, ignored);
}

void BrokerTest::start(std::vector<std::string> const& options)
{
    // A process that the last broker was just making may hold its lock for a moment longer.
    auto const end = std::chrono::steady_clock::now() + kPatience;
    char said = start_once(options);
    while (said == ipc::kBusy && std::chrono::steady_clock::now() < end) {
        wait_for_end();
        said = start_once(options);
    }
    ASSERT_EQ(said, ipc::kReady) << "the broker did not start";
}

char BrokerTest::start_once(std::vector<std::string> const& options)
{
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    ipc::Fd const word(ready[0]);
    ipc::Fd theirs(ready[1]);
    m_broker = ::fork();
    if (m_broker == 0) {
        int const log = ::open((root / "broker.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        int const copy = ::fcntl(theirs.get(), F_DUPFD, 10);
        ::dup2(log, 1);
        ::dup2(log, 2);
        ::dup2(copy, 3);
        ::closefrom(4);
        std::vector<std::string> words{LATCHKEYD, "--ready-fd", "3"};
        words.insert(words.end(), options.begin(), options.end());
        std::vector<char*> pointers;
        for (std::string& one : words) {
            pointers.push_back(one.data());
        }
        pointers.push_back(nullptr);
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    theirs.reset();
    char said = 0;
    return ::read(word.get(), &said, 1) == 1 ? said : '\0';
}

int BrokerTest::wait_for_end()
{
    int status = 0;
    ::waitpid(std::exchange(m_broker, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void BrokerTest::kill()
{
    if (m_broker <= 0) return;
    ::kill(m_broker, SIGKILL);
    wait_for_end();
}

int BrokerTest::stop()
{
    ::kill(m_broker, SIGTERM);
    return wait_for_end();
}

Connection BrokerTest::connect()
{
    auto bus = ipc::connect_to_broker(ipc::WhenAbsent::Fail);
    EXPECT_TRUE(bus) << bus.error().text();
    return Connection(std::move(*bus));
}

std::string BrokerTest::write_package(std::string const& name, std::string const& version, Tasks tasks)
{
    std::filesystem::path const folder = root / "made" / name;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "AppxManifest.xml") << R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name=")" << name << R"(" Publisher="CN=Contoso" Version=")"
                                               << version << R"(" />
  <Properties><DisplayName>Mail</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="member">
      <uap:VisualElements DisplayName="Mail" Description="Reads mail" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.Mail">
          <BackgroundTasks><Task Type="systemEvent" /><Task Type="timer" /><Task Type="general" /></BackgroundTasks>
        </Extension>
        <Extension Category="windows.backgroundTasks" EntryPoint="HostTasks.Actor">
          <BackgroundTasks><Task Type="systemEvent" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
  <Extensions>
    <Extension Category="windows.activatableClass.inProcessServer">
      <InProcessServer>
        <Path>HostTasks.so</Path>
        <ActivatableClass ActivatableClassId="HostTasks.Actor" ThreadingModel="both" />
      </InProcessServer>
    </Extension>
  </Extensions>
</Package>
)";
    if (tasks == Tasks::Real) {
        // Never written over: a host may have it mapped.
        std::filesystem::copy_file(LATCHKEY_HOST_TASKS, folder / "HostTasks.so",
                                   std::filesystem::copy_options::skip_existing);
    }
    std::filesystem::copy_file(LATCHKEY_TEST_MEMBER, folder / "member",
                               std::filesystem::copy_options::overwrite_existing);
    return folder;
}

std::string BrokerTest::install(Connection& user, std::string const& name, Tasks tasks)
{
    auto outcome =
        user.call("Install", write_package(name, "1.0.0.0", tasks), Dictionary{{"in-place", true}, {"allow", true}});
    EXPECT_TRUE(outcome) << outcome.error << ": " << outcome.text;
    return outcome ? outcome.message->read_dictionary().get<std::string>("package") : std::string();
}

std::unique_ptr<Member> BrokerTest::member(std::string const& name)
{
    return std::make_unique<Member>(root / "made" / name / "member", root / "run/broker");
}

Dictionary BrokerTest::task(std::string const& name) const
{
    // Nothing on a test machine tells of the user's presence: the task stays latched when it fires.
    return {{"name", name},
            {"entry-point", "Tasks.Mail"},
            {"trigger", "TimeZoneChange"},
            {"conditions", std::vector<std::string>{"UserPresent"}}};
}

Dictionary BrokerTest::act(std::string const& name) const
{
    return {{"name", name}, {"entry-point", "HostTasks.Actor"}, {"trigger", "TimeZoneChange"}};
}

long BrokerTest::wake_ups() const
{
    std::ifstream status("/proc/" + std::to_string(m_broker) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("voluntary_ctxt_switches:")) return std::stol(line.substr(24));
    }
    return -1;
}

std::string BrokerTest::broker_log() const
{
    std::stringstream text;
    text << std::ifstream(root / "broker.log").rdbuf();
    return text.str();
}

} // namespace latchkey::test
