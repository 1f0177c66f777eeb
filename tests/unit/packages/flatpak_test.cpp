// SPDX-License-Identifier: MIT
#include "packages/flatpak.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace latchkey::packages {
namespace {

constexpr char kInfo[] = "[Application]\nname=org.contoso.Mail\nruntime=runtime/org.x.Platform/x86_64/1\n\n"
                         "[Instance]\ninstance-id=42\narch=x86_64\n\n[Context]\nname=other\n";

TEST(Flatpak, NamesTheAppOfAnInstance)
{
    EXPECT_EQ(app_of_flatpak_info(kInfo, "42"), "org.contoso.Mail");
    EXPECT_EQ(
        app_of_flatpak_info("# said by flatpak\r\n[Application]\r\n name = A-b_c.D \r\n[Instance]\ninstance-id=7", "7"),
        "A-b_c.D");
}

TEST(Flatpak, NamesNoAppWhereAnythingIsNotAsFlatpakWritesIt)
{
    std::string const whole = kInfo;
    EXPECT_FALSE(app_of_flatpak_info(whole, "43")) << "of another instance";
    EXPECT_FALSE(app_of_flatpak_info(whole + "[Application]\nname=org.contoso.Mail\n", "42")) << "twice";
    EXPECT_FALSE(app_of_flatpak_info(whole + "[Instance]\ninstance-id=42\n", "42")) << "twice";
    EXPECT_FALSE(app_of_flatpak_info(whole + '\0', "42"));
    EXPECT_FALSE(app_of_flatpak_info(whole + "no key\n", "42"));
    EXPECT_FALSE(app_of_flatpak_info(whole + "[open\n", "42"));
    EXPECT_FALSE(app_of_flatpak_info(whole + std::string(kMaxFlatpakRecord, '\n'), "42"));
    EXPECT_FALSE(app_of_flatpak_info("name=a\n[Instance]\ninstance-id=42\n", "42")) << "outside of a group";
    EXPECT_FALSE(app_of_flatpak_info("[Runtime]\nname=a\n[Instance]\ninstance-id=42\n", "42")) << "no app";
    for (std::string const& name : {std::string(), std::string("../x"), std::string("a b"), std::string("a\tb"),
                                    std::string("\xff"), std::string(256, 'a')}) {
        EXPECT_FALSE(app_of_flatpak_info("[Application]\nname=" + name + "\n[Instance]\ninstance-id=42\n", "42"))
            << name;
    }
}

TEST(Flatpak, ReadsWhatBwrapToldOfASandboxAndNothingElse)
{
    auto const record = parse_sandbox_record("{\n    \"child-pid\": 12,\n    \"mnt-namespace\": 4026532178,\n"
                                             "    \"pid-namespace\": 4026532179\n}\n");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->first_process, 12);
    EXPECT_EQ(record->mount_namespace, 4026532178U);
    for (char const* text :
         {"", "{}", "{\"child-pid\": 12}", "{\"child-pid\": 12, \"mnt-namespace\"",
          "{\"child-pid\": 12, \"mnt-namespace\":", "{\"child-pid\": 12, \"mnt-namespace\": \"1\"}",
          "{\"child-pid\": -1, \"mnt-namespace\": 1}", "{\"child-pid\": 1, \"mnt-namespace\": 99999999999999999999}",
          "{\"child-pid\": 1, \"mnt-namespace\": 1", "{\"child-pid\": 1, \"mnt-namespace\": 1, \"mnt-namespace\": 2}",
          "{\"child-pid\": 1e9, \"mnt-namespace\": 1}"}) {
        EXPECT_FALSE(parse_sandbox_record(text)) << text;
    }
}

TEST(Flatpak, SaysOfItselfThatNothingConfinesIt)
{
    EXPECT_EQ(confinement_of(::getpid(), "").kind, Confinement::Kind::None);
    EXPECT_EQ(confinement_of(-1, "").kind, Confinement::Kind::Unknown);
}

} // namespace
} // namespace latchkey::packages
