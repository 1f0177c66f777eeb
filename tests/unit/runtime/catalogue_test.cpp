// SPDX-License-Identifier: MIT
#include "text.h"

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// The catalogue belongs to the process and forgets nothing, so each test uses names of its own. ctest runs each test
// in its own process anyway; run by hand, they share one.
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr LatchkeyGuid kActivationFactory{0x00000035, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr LatchkeyGuid kStranger{0x12345678, 0, 0, {1, 2, 3, 4, 5, 6, 7, 8}};
constexpr int32_t kNotRegistered = static_cast<int32_t>(0x80040154);
std::string const kFolder = LATCHKEY_SAMPLE_COMPONENTS;

struct Answer {
    int32_t result;
    void* factory;
};

Answer factory_of(std::wstring_view name, LatchkeyGuid const& iid = kActivationFactory)
{
    Answer answer{0, nullptr};
    answer.result = RoGetActivationFactory(Text{name}.get(), &iid, &answer.factory);
    return answer;
}

// What a task starts may start something itself: system() in a child of fork.
TEST(Catalogue, CanBeUsedInAChildOfAForkAndInThatOnesChild)
{
    auto const works_in_child = [](auto const& also) {
        pid_t const child = fork();
        if (child == 0) {
            alarm(20);
            bool const fine = factory_of(L"Windows.Foundation.PropertyValue").result == 0 &&
                              LatchkeyAddProbeFolder("/nowhere/in/particular") == 0 && also();
            _exit(fine ? 0 : 1);
        }
        int status = 0;
        return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    };
    EXPECT_TRUE(works_in_child([&] { return works_in_child([] { return true; }); }));
}

TEST(Catalogue, FindsAClassByItsNameFromTheLongestLibraryNameToTheShortest)
{
    ASSERT_EQ(LatchkeyAddProbeFolder(kFolder.c_str()), 0);
    // Probe.Deep.so is asked first and does not have it, Probe.so does.
    Answer const found = factory_of(L"Probe.Deep.Widget");
    EXPECT_EQ(found.result, 0);
    EXPECT_NE(found.factory, nullptr);
    EXPECT_EQ(factory_of(L"Probe.Deep.Widget").factory, found.factory);
}

TEST(Catalogue, UsesTheOtherEntryPointAndTheLibPrefix)
{
    ASSERT_EQ(LatchkeyAddProbeFolder(kFolder.c_str()), 0);
    EXPECT_EQ(factory_of(L"Lonely.Class").result, 0);
}

TEST(Catalogue, ActivatesAnInstance)
{
    ASSERT_EQ(LatchkeyAddProbeFolder(kFolder.c_str()), 0);
    void* instance = nullptr;
    EXPECT_EQ(RoActivateInstance(Text{L"Lonely.Class"}.get(), &instance), 0);
    EXPECT_NE(instance, nullptr);
}

TEST(Catalogue, SaysWhatWasTriedWhenNobodyHasTheClass)
{
    ASSERT_EQ(LatchkeyAddProbeFolder(kFolder.c_str()), 0);
    Answer const missing = factory_of(L"Probe.Deep.Missing");
    EXPECT_EQ(missing.result, kNotRegistered);
    EXPECT_EQ(missing.factory, nullptr);
    EXPECT_THAT(
        error_text(kNotRegistered),
        AllOf(HasSubstr("Probe.Deep.Missing"), HasSubstr("no library is announced"),
              HasSubstr(kFolder + "/Probe.so does not have it"),
              HasSubstr(kFolder + " has no Probe.Deep.Missing.so, libProbe.Deep.Missing.so, libProbe.Deep.so")));
}

TEST(Catalogue, PassesTheLoadersWordsOn)
{
    std::string const broken = testing::TempDir() + "latchkey-broken.so";
    std::ofstream{broken} << "not a library";
    ASSERT_EQ(LatchkeyAddActivatableClass("Broken.Class", broken.c_str()), 0);
    EXPECT_EQ(factory_of(L"Broken.Class").result, kNotRegistered);
    EXPECT_THAT(error_text(kNotRegistered),
                AllOf(HasSubstr(broken), testing::ContainsRegex("file too short|invalid ELF header")));
    std::filesystem::remove(broken);
}

TEST(Catalogue, SaysWhenALibraryIsNoComponent)
{
    ASSERT_EQ(LatchkeyAddActivatableClass("Entryless.Class", (kFolder + "/Entryless.so").c_str()), 0);
    EXPECT_EQ(factory_of(L"Entryless.Class").result, kNotRegistered);
    EXPECT_THAT(error_text(kNotRegistered), HasSubstr("exports neither DllGetActivationFactory"));
}

TEST(Catalogue, ReturnsAnyOtherFailureOfALibraryAsItIs)
{
    ASSERT_EQ(LatchkeyAddActivatableClass("Failing.Class", (kFolder + "/Failing.so").c_str()), 0);
    EXPECT_EQ(factory_of(L"Failing.Class").result, hresult(0x8000FFFF));
}

TEST(Catalogue, PrefersTheLastAnnouncementAndForgetsWhatItKnew)
{
    std::string const right = kFolder + "/libLonely.so";
    ASSERT_EQ(LatchkeyAddActivatableClass("Lonely.Class", (kFolder + "/Failing.so").c_str()), 0);
    EXPECT_EQ(factory_of(L"Lonely.Class").result, hresult(0x8000FFFF));
    ASSERT_EQ(LatchkeyAddActivatableClass("Lonely.Class", right.c_str()), 0);
    EXPECT_EQ(factory_of(L"Lonely.Class").result, 0);
    ASSERT_EQ(LatchkeyAddActivatableClass("Lonely.Class", (kFolder + "/Failing.so").c_str()), 0);
    EXPECT_EQ(factory_of(L"Lonely.Class").result, hresult(0x8000FFFF));
    ASSERT_EQ(LatchkeyAddActivatableClass("Lonely.Class", right.c_str()), 0);
}

TEST(Catalogue, LooksAgainForAClassThatAppearsLater)
{
    std::string const folder = testing::TempDir() + "latchkey-later-XXXXXX";
    std::string made = folder;
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    ASSERT_EQ(LatchkeyAddProbeFolder(made.c_str()), 0);
    EXPECT_EQ(factory_of(L"Later.Class").result, kNotRegistered);
    std::filesystem::copy_file(kFolder + "/NotYet.so", made + "/Later.so");
    EXPECT_EQ(factory_of(L"Later.Class").result, 0);
    std::filesystem::remove_all(made);
}

TEST(Catalogue, NeverLeavesItsFoldersForANameThatIsAPath)
{
    ASSERT_EQ(LatchkeyAddProbeFolder((kFolder + "/nowhere").c_str()), 0);
    for (std::wstring_view name : {L"../Probe", L"/etc/passwd", L"..", L".", L"", L"a..b", L"a b", L"Probe.", L"\n"}) {
        EXPECT_EQ(factory_of(name).result, kNotRegistered);
        EXPECT_THAT(error_text(kNotRegistered), HasSubstr("is not the name of a class"));
    }
    EXPECT_EQ(factory_of(std::wstring(L"Pro\0be", 6)).result, kNotRegistered);
    EXPECT_EQ(factory_of(std::wstring(5000, L'a')).result, kNotRegistered);
    EXPECT_THAT(error_text(kNotRegistered).size(), testing::Lt(1000u));
}

TEST(Catalogue, RefusesAnnouncementsThatCannotBeRight)
{
    EXPECT_EQ(LatchkeyAddActivatableClass("", "x.so"), hresult(0x80070057));
    EXPECT_EQ(LatchkeyAddActivatableClass("../x", "x.so"), hresult(0x80070057));
    EXPECT_EQ(LatchkeyAddActivatableClass("A.B", ""), hresult(0x80070057));
    EXPECT_EQ(LatchkeyAddActivatableClass(nullptr, "x.so"), hresult(0x80070057));
    EXPECT_EQ(LatchkeyAddActivatableClass("A.B", nullptr), hresult(0x80070057));
    EXPECT_EQ(LatchkeyAddProbeFolder(nullptr), hresult(0x80070057));
    EXPECT_EQ(LatchkeyAddProbeFolder(""), hresult(0x80070057));
}

TEST(Catalogue, SaysWhenTheFactoryLacksAnInterface)
{
    ASSERT_EQ(LatchkeyAddActivatableClass("Probe.Deep.Widget", (kFolder + "/Probe.so").c_str()), 0);
    Answer const answer = factory_of(L"Probe.Deep.Widget", kStranger);
    EXPECT_EQ(answer.result, hresult(0x80004002));
    EXPECT_EQ(answer.factory, nullptr);
    EXPECT_THAT(error_text(answer.result), HasSubstr("Probe.Deep.Widget"));
}

TEST(Catalogue, AnswersManyThreadsWhileClassesAreAnnounced)
{
    ASSERT_EQ(LatchkeyAddActivatableClass("Probe.Deep.Widget", (kFolder + "/Probe.so").c_str()), 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([i] {
            for (int n = 0; n < 200; ++n) {
                if (i == 0) LatchkeyAddActivatableClass("Probe.Deep.Widget", (kFolder + "/Probe.so").c_str());
                EXPECT_EQ(factory_of(L"Probe.Deep.Widget").result, 0);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

// Last: it fills the catalogue.
TEST(Catalogue, HasLimits)
{
    for (int i = 0; i < 64; ++i)
        LatchkeyAddProbeFolder(("/nowhere/" + std::to_string(i)).c_str());
    EXPECT_EQ(LatchkeyAddProbeFolder("/one/more"), hresult(0x80070718));
    EXPECT_EQ(LatchkeyAddProbeFolder("/nowhere/1"), 0);
    for (int i = 0; i < 4096; ++i)
        LatchkeyAddActivatableClass(("Many.C" + std::to_string(i)).c_str(), "x.so");
    EXPECT_EQ(LatchkeyAddActivatableClass("Many.More", "x.so"), hresult(0x80070718));
    EXPECT_EQ(LatchkeyAddActivatableClass("Many.C1", "y.so"), 0);
}

} // namespace
