// SPDX-License-Identifier: MIT
// Callers in sandboxes: a Flatpak app, made by a real bwrap in the way that Flatpak does it, and those who would like
// to be taken for one.
#include "rig.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::test {
namespace {

namespace fs = std::filesystem;

constexpr char kInstance[] = "1234567890";

std::string read(fs::path const& file)
{
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

class SandboxTest : public BrokerTest {
protected:
    void SetUp() override
    {
        fs::create_directories(m_runtime);
        ::setenv("XDG_RUNTIME_DIR", m_runtime.c_str(), 1);
        if (std::system("unshare --user --map-root-user --mount true 2>/dev/null") != 0) {
            GTEST_SKIP() << "no user namespace can be made here";
        }
    }
    void TearDown() override
    {
        ::unsetenv("XDG_RUNTIME_DIR");
        kill();
    }

    // What Flatpak writes before it starts an instance of the app.
    fs::path begin_instance(std::string const& app, std::string const& instance = kInstance)
    {
        fs::path const folder = m_runtime / ".flatpak" / instance;
        fs::create_directories(folder);
        std::ofstream(folder / "info") << "[Application]\nname=" << app
                                       << "\nruntime=runtime/org.x.Platform/x86_64/1\n\n"
                                       << "[Instance]\ninstance-id=" << instance << "\nflatpak-version=1.14.10\n\n"
                                       << "[Context]\nshared=network;\nsockets=wayland;\n";
        std::ofstream(folder / ".ref");
        std::ofstream(folder / "bwrapinfo.json");
        return folder;
    }
    std::string script(std::string const& name, std::string const& commands) const
    {
        fs::path const file = root / name;
        std::ofstream(file) << "#!/bin/sh\n" << commands << "\n";
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }
    std::string bwrap() const
    {
        if (::access(LATCHKEY_BWRAP, X_OK) == 0) return LATCHKEY_BWRAP;
        return std::system("bwrap --version >/dev/null 2>&1") == 0 ? "bwrap" : "";
    }
    // bwrap as Flatpak calls it; files: what else stands in the sandbox, before the program.
    std::string flatpak_run(fs::path const& instance, std::string const& inside = LATCHKEY_TEST_MEMBER) const
    {
        std::string const there = "/run/flatpak/.flatpak/" + instance.filename().string();
        return script("begin", "cd " + instance.string() +
                                   "\nexec 7<>bwrapinfo.json 8<info 9<info\n"
                                   "exec " +
                                   bwrap() +
                                   " --unshare-pid --unshare-user --ro-bind /usr /usr --symlink usr/lib /lib"
                                   " --symlink usr/lib64 /lib64 --symlink usr/bin /bin --proc /proc --dev /dev"
                                   " --bind " +
                                   root.string() + " " + root.string() + " --ro-bind " + inside +
                                   " /app/bin/member --ro-bind . " + there + " --lock-file " + there +
                                   "/.ref --perms 0600 --file 8 /.flatpak-info --ro-bind-data 9 /.flatpak-info"
                                   " --info-fd 7 /app/bin/member \"$1\"");
    }
    // A program in namespaces of its own, where commands ran before it with all privileges in there.
    std::string in_own_namespaces(std::string const& commands, std::string const& program = LATCHKEY_TEST_MEMBER) const
    {
        std::string const inside = script("inside", commands + "\nexec " + program + " \"$1\"");
        return script("outside", "exec unshare --user --map-root-user --mount " + inside + " \"$1\"");
    }
    std::unique_ptr<Member> run(std::string const& program) const
    {
        return std::make_unique<Member>(program, root / "run/broker");
    }
    // What List says to it; nobody gets AccessDenied.
    static std::string refusal(Member& member)
    {
        if (!member.connection) return "did not connect";
        auto outcome = member.connection->call("List", Dictionary());
        return outcome ? "" : outcome.error;
    }
    static std::string package_of(Member& member)
    {
        if (!member.connection) return "did not connect";
        auto outcome = member.connection->call("WhoAmI");
        return outcome ? outcome.message->read_dictionary().get<std::string>("package") : outcome.error;
    }

    fs::path const m_runtime = root / "runtime";
};

TEST_F(SandboxTest, AFlatpakAppIsThePackageOfItsName)
{
    if (bwrap().empty()) GTEST_SKIP() << "bwrap is not there; ./check --system unpacks it";
    start();
    Connection user = connect();
    install(user);
    install(user, "Contoso.Feed");
    auto const app = run(flatpak_run(begin_instance("Contoso.Mail")));
    ASSERT_EQ(package_of(*app), kFamily);
    std::string const id = app->connection->must_register(task("Sync"));
    EXPECT_EQ(app->connection->list().size(), 1U);
    EXPECT_EQ(user.explain(id).get<std::string>("package"), kFamily);
    auto const refused = app->connection->call("Fire", id, Dictionary());
    EXPECT_EQ(refused.error, "AccessDenied") << "it is an app, not the user";
}

TEST_F(SandboxTest, AFlatpakAppThatIsNoPackageIsNobodyAndIsToldSo)
{
    if (bwrap().empty()) GTEST_SKIP() << "bwrap is not there; ./check --system unpacks it";
    start();
    Connection user = connect();
    install(user);
    auto const app = run(flatpak_run(begin_instance("org.contoso.Other")));
    ASSERT_TRUE(app->connection);
    auto const refused = app->connection->call("List", Dictionary());
    EXPECT_EQ(refused.error, "AccessDenied");
    EXPECT_NE(refused.text.find("the Flatpak app org.contoso.Other is no installed package"), std::string::npos)
        << refused.text;
}

TEST_F(SandboxTest, AFlatpakAppIsNotThePackageWhoseFolderItsProgramLiesIn)
{
    if (bwrap().empty()) GTEST_SKIP() << "bwrap is not there; ./check --system unpacks it";
    start();
    Connection user = connect();
    std::string const folder = write_package();
    install(user);
    // Its sandbox shows it the package's own program, at the package's own path.
    std::string const started = flatpak_run(begin_instance("org.contoso.Other"));
    std::string text = read(started);
    std::string const own = " /app/bin/member \"$1\"";
    text.replace(text.rfind(own), own.size(), " " + folder + "/member \"$1\"");
    std::ofstream(started) << text;
    EXPECT_EQ(refusal(*run(started)), "AccessDenied");
}

TEST_F(SandboxTest, AFalseWordInNamespacesOfItsOwnMakesNobodyAnApp)
{
    start();
    Connection user = connect();
    install(user);
    fs::path const instance = begin_instance("Contoso.Mail");
    std::string const root_of_its_own =
        "mkdir -p " + (root / "jail").string() + "\nmount -t tmpfs none " + (root / "jail").string() + "\ncd " +
        (root / "jail").string() + "\nmkdir -p usr app old proc " + root.string().substr(1) +
        "\nmount --rbind /usr usr\nmount --rbind " + root.string() + " ." + root.string() +
        "\ntouch .flatpak-info\ncp " + (instance / "info").string() +
        " copy\nmount --bind copy .flatpak-info\n"
        "mount -o remount,bind,ro .flatpak-info\n"
        "cp " LATCHKEY_TEST_MEMBER " app/member\nln -s usr/lib lib\nln -s usr/lib64 lib64\n"
        "ln -s usr/bin bin\nln -s usr/sbin sbin\npivot_root . old\ncd /\n";
    auto const liar = run(in_own_namespaces(root_of_its_own, "/app/member"));
    EXPECT_EQ(read("/proc/" + std::to_string(liar->pid) + "/root/.flatpak-info"), read(instance / "info"));
    EXPECT_EQ(refusal(*liar), "AccessDenied");
    EXPECT_EQ(package_of(*liar), "AccessDenied");
}

TEST_F(SandboxTest, AnAppsPathInNamespacesOfItsOwnMakesNobodyTheApp)
{
    start();
    Connection user = connect();
    std::string const folder = write_package();
    install(user);
    fs::create_directories(root / "mine");
    fs::copy_file(LATCHKEY_TEST_MEMBER, root / "mine/member");
    auto const liar =
        run(in_own_namespaces("mount --bind " + (root / "mine").string() + " " + folder, folder + "/member"));
    EXPECT_EQ(fs::read_symlink("/proc/" + std::to_string(liar->pid) + "/exe"), folder + "/member");
    EXPECT_EQ(refusal(*liar), "AccessDenied");
}

TEST_F(SandboxTest, WhatFlatpakLeftBehindOfAnInstanceThatEndedNamesNobody)
{
    if (bwrap().empty()) GTEST_SKIP() << "bwrap is not there; ./check --system unpacks it";
    start();
    Connection user = connect();
    install(user);
    fs::path const instance = begin_instance("Contoso.Mail");
    auto const sandbox = run(in_own_namespaces("true"));
    struct stat mounts {};
    ASSERT_EQ(::stat(("/proc/" + std::to_string(sandbox->pid) + "/ns/mnt").c_str(), &mounts), 0);
    // Numbers of processes and namespaces are used again; the lock of the instance is not.
    std::ofstream(instance / "bwrapinfo.json")
        << "{\n    \"child-pid\": " << sandbox->pid << ",\n    \"mnt-namespace\": " << mounts.st_ino << "\n}\n";
    EXPECT_EQ(refusal(*sandbox), "AccessDenied");
}

TEST_F(SandboxTest, ARecordThatIsDamagedNamesNobodyAndStopsNothing)
{
    if (bwrap().empty()) GTEST_SKIP() << "bwrap is not there; ./check --system unpacks it";
    start();
    Connection user = connect();
    install(user);
    fs::path const instance = begin_instance("Contoso.Mail");
    auto const app = run(flatpak_run(instance));
    std::string const whole = read(instance / "info");
    for (std::string const& text :
         {std::string(), std::string("[Application]\n"), whole + "[Application]\nname=Contoso.Feed\n",
          std::string(100'000, 'x'), std::string("[Application]\nname=../../x\n[Instance]\ninstance-id=1234567890\n"),
          whole + std::string("\0", 1)}) {
        std::ofstream(instance / "info") << text;
        user.call("Install", write_package("Contoso.Feed"), Dictionary{{"in-place", true}}); // looked at again
        EXPECT_EQ(refusal(*app), "AccessDenied") << text.substr(0, 80);
    }
    fs::remove(instance / "info");
    ASSERT_EQ(::mkfifo((instance / "info").c_str(), 0600), 0);
    user.call("Install", write_package("Contoso.Feed"), Dictionary{{"in-place", true}});
    EXPECT_EQ(refusal(*app), "AccessDenied");
    fs::remove(instance / "info");
    std::ofstream(instance / "info") << whole;
    user.call("Install", write_package("Contoso.Feed"), Dictionary{{"in-place", true}});
    EXPECT_EQ(package_of(*app), kFamily);
}

} // namespace
} // namespace latchkey::test
