// SPDX-License-Identifier: MIT
// latchkey-midl as people and build systems call it: files, exit codes, dependencies, the SDK's own IDL, Mono's reader.
#include "winmd/metadata.h"
#include "winmd/validate.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Outcome {
    int status = -1;
    std::string output; // both streams
};

Outcome run(std::string const& command)
{
    std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen((command + " 2>&1").c_str(), "r"), &pclose};
    Outcome outcome;
    std::array<char, 4096> buffer{};
    while (auto const count = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        outcome.output.append(buffer.data(), count);
    auto const status = pclose(pipe.release());
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

class Program : public testing::Test {
protected:
    void SetUp() override
    {
        auto pattern = (fs::temp_directory_path() / "latchkey-midl-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        m_folder = pattern;
    }
    void TearDown() override { fs::remove_all(m_folder); }

    void write(std::string const& name, std::string const& text)
    {
        fs::create_directories((m_folder / name).parent_path());
        std::ofstream{m_folder / name, std::ios::binary} << text;
    }
    std::string read(std::string const& name)
    {
        std::ifstream file{m_folder / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    // In the folder, without the SDK's references.
    Outcome midl(std::string const& arguments)
    {
        return run("cd " + m_folder.string() + " && " LATCHKEY_MIDL " --no-default-references " + arguments);
    }

    fs::path m_folder;
};

TEST_F(Program, WritesMetadataBesideTheCaller)
{
    write("Contoso.idl", "namespace Contoso { struct S { Int32 X; } }");
    auto const outcome = midl("Contoso.idl");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, "");
    auto const file = winmd::File::open(m_folder / "Contoso.winmd");
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ((*file)->row_count(winmd::TableId::TypeDef), 2u);
}

TEST_F(Program, LeavesTheOldOutputAfterAnError)
{
    write("Contoso.idl", "namespace Contoso { struct S { Missing X; } }");
    write("Contoso.winmd", "old");
    auto const outcome = midl("Contoso.idl");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.output,
                AllOf(StartsWith("Contoso.idl:1:32: error: unknown type 'Missing'"), Not(HasSubstr("\033"))));
    EXPECT_EQ(read("Contoso.winmd"), "old");
    EXPECT_EQ(std::distance(fs::directory_iterator{m_folder}, fs::directory_iterator{}), 2) << "nothing is left behind";
}

TEST_F(Program, SaysWhatItReadForTheBuild)
{
    write("a b.idl", "#include \"inc.h\"\nimport \"sub/c.idl\"; namespace Contoso { struct S { N X; } }");
    write("inc.h", "#define N Int32");
    write("sub/c.idl", "namespace Contoso { struct T { Int32 X; } }");
    write("r/Other.idl", "namespace Other { struct O { Int32 X; } }");
    ASSERT_EQ(midl("-o r/Other.winmd r/Other.idl").status, 0);
    ASSERT_EQ(midl("-r r --depfile out.d --depfile-target final -o Contoso.winmd 'a b.idl'").output, "");
    EXPECT_EQ(read("out.d"), "final: \\\n  a\\ b.idl \\\n  inc.h \\\n  sub/c.idl \\\n  r/Other.winmd\n"
                             "a\\ b.idl:\ninc.h:\nsub/c.idl:\nr/Other.winmd:\n");
}

TEST_F(Program, TakesReferencesIncludesAndDefinitions)
{
    write("Other.idl",
          "namespace Other { [uuid(11112222-3333-4444-5555-666677778888)] interface IThing { void Do(); } }");
    ASSERT_EQ(midl("Other.idl").output, "");
    write("inc/shared.idl", "namespace Contoso { enum E { A = VALUE } }");
    write("Contoso.idl",
          "import \"shared.idl\"; namespace Contoso { runtimeclass C : Other.IThing { C(); E Get(); } }");
    EXPECT_EQ(midl("-I inc -r Other.winmd -D VALUE=5 Contoso.idl").output, "");
    EXPECT_THAT(midl("-I inc -D VALUE=5 Contoso.idl").output, HasSubstr("unknown type 'Other.IThing'"));
    EXPECT_THAT(midl("-r Other.winmd Contoso.idl").output, HasSubstr("'shared.idl' is not found"));
    EXPECT_THAT(midl("-I inc -r Other.winmd Contoso.idl").output, HasSubstr("'VALUE' is not an enumerator known here"));
}

TEST_F(Program, KeepsTheAssembliesOfTypesThatNoReferenceDefines)
{
    write("Fabrikam.idl", "namespace Fabrikam { struct Part { Int32 X; } }");
    ASSERT_EQ(midl("Fabrikam.idl").output, "");
    write("Other.idl", "namespace Other { [uuid(11112222-3333-4444-5555-666677778888)] interface IMaker { "
                       "Fabrikam.Part Make(); } }");
    ASSERT_EQ(midl("-r Fabrikam.winmd Other.idl").output, "");
    write("Contoso.idl", "namespace Contoso { runtimeclass C : Other.IMaker { C(); } }");
    ASSERT_EQ(midl("-r Other.winmd Contoso.idl").output, "");
    auto const file = winmd::File::open(m_folder / "Contoso.winmd");
    ASSERT_TRUE(file) << file.error().message();
    std::string assembly;
    for (auto const row : (*file)->rows<winmd::TypeRef>())
        if (row.name() == "Part") assembly = row.resolution_scope().as<winmd::AssemblyRef>().name();
    EXPECT_EQ(assembly, "Fabrikam");
}

TEST_F(Program, ExitCodesTellWhoIsWrong)
{
    EXPECT_EQ(midl("").status, 2);
    EXPECT_EQ(midl("--nonsense x.idl").status, 2);
    EXPECT_EQ(midl("-W nonsense x.idl").status, 2);
    EXPECT_EQ(midl("gone.idl").status, 2);
    EXPECT_THAT(midl("gone.idl").output, AllOf(HasSubstr("cannot read 'gone.idl'"), Not(HasSubstr("WME1042"))));
    write("Contoso.idl", "namespace Contoso { struct S { Int32 X; } }");
    write("broken.winmd", "MZ");
    EXPECT_EQ(midl("-r broken.winmd Contoso.idl").status, 2);
    EXPECT_EQ(midl("-o no/such/folder/Contoso.winmd Contoso.idl").status, 2);
    EXPECT_EQ(midl("-o . Contoso.idl").status, 2);
    EXPECT_EQ(midl("--name Contoso -o " + std::string(300, 'a') + ".winmd Contoso.idl").status, 2)
        << "a name no folder can hold";
    EXPECT_THAT(midl("-r gone.winmd Contoso.idl").output, StartsWith("latchkey-midl: error: reference "));
}

TEST_F(Program, WarnsAsTold)
{
    write("Contoso.idl", "namespace Contoso { unsealed runtimeclass C { C(); void F(); } }");
    EXPECT_EQ(midl("Contoso.idl").status, 0);
    EXPECT_THAT(midl("Contoso.idl").output, HasSubstr("[WME1086, -Wunsealed]"));
    EXPECT_EQ(midl("-Wno-unsealed Contoso.idl").output, "");
    EXPECT_EQ(midl("-Werror Contoso.idl").status, 1);
    EXPECT_EQ(midl("-Werror=unsealed Contoso.idl").status, 1);
    EXPECT_THAT(midl("-Wgenerated-iid --color always Contoso.idl").output, HasSubstr("\033["));
}

TEST_F(Program, HelpsAndNamesItself)
{
    auto const help = midl("--help");
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.output, AllOf(HasSubstr("Examples:"), HasSubstr("--depfile"), HasSubstr("unsealed")));
    EXPECT_THAT(midl("--version").output, StartsWith("latchkey-midl "));
}

TEST_F(Program, CompilesTheSdkToSoundMetadata)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const outcome = midl("--sdk -o Windows.winmd " LATCHKEY_SOURCE_DIR "/idl/windows.*.idl");
    auto const taken = std::chrono::steady_clock::now() - begin;
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(outcome.output, "");
    EXPECT_LT(taken, std::chrono::seconds{5})
        << "0.1 s is the aim, a build with sanitizers on a busy machine the limit";
    auto const file = winmd::File::open(m_folder / "Windows.winmd");
    ASSERT_TRUE(file) << file.error().message();
    for (auto const& finding :
         winmd::validate(**file, {.references = nullptr, .publisher = {}, .file_name = "Windows"}))
        ADD_FAILURE() << finding.message();
}

TEST_F(Program, WritesWhatMonoCanDisassemble)
{
    if (run("command -v monodis").status != 0) GTEST_SKIP() << "monodis (mono-utils) is not there";
    ASSERT_EQ(midl("--sdk -o Windows.winmd " LATCHKEY_SOURCE_DIR "/idl/windows.*.idl").output, "");
    write("Tasks.idl", R"(namespace Tasks
{
    [default_interface]
    runtimeclass ExampleBackgroundTask : Windows.ApplicationModel.Background.IBackgroundTask
    {
        ExampleBackgroundTask();
    }
    runtimeclass Names : [default] Windows.Foundation.Collections.IVectorView<String>
    {
        Names(String first);
        static event Windows.Foundation.EventHandler<String> Changed;
    }
})");
    ASSERT_EQ(midl("-r Windows.winmd Tasks.idl").output, "");
    fs::create_symlink("Windows.winmd", m_folder / "Windows.dll"); // the name by which Mono looks for an assembly
    for (auto const* name : {"Windows.winmd", "Tasks.winmd"}) {
        auto const outcome = run("cd " + m_folder.string() + " && MONO_PATH=. monodis " + name);
        EXPECT_EQ(outcome.status, 0) << name;
        EXPECT_THAT(outcome.output, Not(HasSubstr("ERROR"))) << name;
    }
    EXPECT_THAT(
        run("cd " + m_folder.string() + " && MONO_PATH=. monodis Tasks.winmd").output,
        HasSubstr(
            "implements Tasks.IExampleBackgroundTask, [Windows]Windows.ApplicationModel.Background.IBackgroundTask"));
}

} // namespace
} // namespace latchkey::test
