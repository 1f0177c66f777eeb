// SPDX-License-Identifier: MIT
#include "packages_rig.h"

#include "support/ordinary_user.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {

namespace fs = std::filesystem;

namespace {

[[maybe_unused]] ::testing::Environment* const kUser = ::testing::AddGlobalTestEnvironment(
    new OrdinaryUser({LATCHKEYD, LATCHKEY_COMMAND, LATCHKEY_TEST_MEMBER, LATCHKEY_HOST_TASKS}));

} // namespace

std::string PackagesTest::write_actors(std::string_view version, std::string_view entry_point)
{
    fs::path const folder = root / "made" / "Actors";
    fs::path const library = LATCHKEY_HOST_TASKS;
    fs::create_directories(folder);
    std::ofstream(folder / "AppxManifest.xml") << R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="Contoso.Actors" Publisher="CN=Contoso" Version=")"
                                               << version << R"("/>
  <Applications>
    <Application Id="App" Executable="member">
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint=")"
                                               << entry_point << R"(">
          <BackgroundTasks><Task Type="systemEvent"/><Task Type="timer"/></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
  <Extensions>
    <Extension Category="windows.activatableClass.inProcessServer">
      <InProcessServer>
        <Path>)" << library.filename().string() << R"(</Path>
        <ActivatableClass ActivatableClassId=")"
                                               << entry_point << R"(" ThreadingModel="both"/>
      </InProcessServer>
    </Extension>
  </Extensions>
</Package>
)";
    fs::copy_file(library, folder / library.filename(), fs::copy_options::overwrite_existing);
    fs::copy_file(LATCHKEY_TEST_MEMBER, folder / "member", fs::copy_options::overwrite_existing);
    return folder;
}

Outcome PackagesTest::install_actors(Connection& user, std::string_view version, std::string_view entry_point)
{
    return user.call("Install", write_actors(version, entry_point), Dictionary{{"allow", true}});
}

std::string PackagesTest::register_act(Connection& user, std::string const& act, std::string const& trigger)
{
    return user.must_register(
        {{"name", act}, {"entry-point", "HostTasks.Actor"}, {"trigger", trigger}, {"package", "Contoso.Actors"}});
}

std::vector<Dictionary> PackagesTest::log_of(Connection& user, std::string const& task)
{
    Dictionary options{{"limit", std::uint32_t{1'000}}};
    if (!task.empty()) options.set("task", task);
    auto log = user.call("Log", options);
    EXPECT_TRUE(log) << log.error << ": " << log.text;
    return log ? log.message->read_dictionaries() : std::vector<Dictionary>();
}

bool PackagesTest::has_event(Connection& user, std::string const& task, std::uint32_t number, std::string_view text)
{
    return std::ranges::any_of(log_of(user, ""), [&](Dictionary const& event) {
        return event.get<std::uint32_t>("event") == number &&
               (task.empty() || event.get<std::string>("task") == task) &&
               event.get<std::string>("text").find(text) != std::string::npos;
    });
}

Printed PackagesTest::latchkey(std::string const& words) const
{
    Printed printed;
    FILE* const pipe = ::popen((std::string(LATCHKEY_COMMAND) + ' ' + words + " 2>&1 </dev/null").c_str(), "r");
    if (pipe == nullptr) return printed;
    std::array<char, 4096> buffer;
    for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        printed.text.append(buffer.data(), got);
    int const status = ::pclose(pipe);
    printed.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return printed;
}

Printed PackagesTest::on_terminal(std::vector<std::string> words, std::string const& prompt, std::string const& typed,
                                  std::function<void(std::string const&)> const& shown) const
{
    words.insert(words.begin(), LATCHKEY_COMMAND);
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    winsize size{24, 80, 0, 0};
    int terminal = -1;
    pid_t const child = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    ipc::Fd const screen(terminal);
    Printed printed;
    bool answered = typed.empty();
    std::array<char, 4096> buffer;
    // It fails with EIO when the program has ended.
    for (ssize_t got = 0; (got = ::read(screen.get(), buffer.data(), buffer.size())) > 0;) {
        printed.text.append(buffer.data(), static_cast<std::size_t>(got));
        if (!answered && printed.text.ends_with(prompt)) {
            answered = true;
            EXPECT_EQ(::write(screen.get(), typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
        }
        if (shown) shown(printed.text);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    printed.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return printed;
}

} // namespace latchkey::test
