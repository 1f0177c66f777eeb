// SPDX-License-Identifier: MIT
// A changed IID breaks every component that was built before: the constants here are for ever.
#include "compile_text.h"
#include "midl/identity.h"
#include "winmd/runtime_type.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

std::string hex(std::array<uint8_t, 20> const& hash)
{
    std::string text;
    for (auto const byte : hash)
        text += fmt::format("{:02x}", byte);
    return text;
}

std::string iid(Compiled const& compiled, std::string_view name)
{
    auto const value = winmd::guid(compiled.type(name));
    return value ? to_string(*value) : "none";
}

TEST(Identity, HashesAsPublished)
{
    // FIPS 180's examples, and lengths around the block.
    EXPECT_EQ(hex(midl::sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(hex(midl::sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex(midl::sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(hex(midl::sha1(std::string(1000000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Identity, MakesVersionFiveUuids)
{
    // RFC 9562, A.4: "www.example.com" in the name space of domain names.
    auto const dns = *winmd::parse_guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    EXPECT_EQ(to_string(midl::uuid_v5(dns, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Identity, OfInterfacesNeverChanges)
{
    auto const compiled = compile_in_contoso(R"(
        [default_interface] runtimeclass Task : Windows.ApplicationModel.Background.IBackgroundTask
        { Task(); Task(String name); }
        runtimeclass Mail { Mail(); String Subject;
            void Send(IVector<String> to, ref Int32[] a, out Int32[] b, ref const Guid c); }
        interface IOpen { event Windows.Foundation.EventHandler<String> Done; void F(); void F(Int32 x); }
        delegate void Changed(Mail mail);)");
    EXPECT_EQ(iid(compiled, "Contoso.ITask"), "aff4c6bb-4ec9-543c-80a0-71cdb29912a5");
    EXPECT_EQ(iid(compiled, "Contoso.ITaskFactory"), "fde84987-cdae-5293-af1c-f5cd709d7083");
    EXPECT_EQ(iid(compiled, "Contoso.IMail"), "d5997172-b6aa-5a66-86ea-e1d9bd37178f");
    EXPECT_EQ(iid(compiled, "Contoso.IOpen"), "4c78bd76-73b4-51b5-bdbe-fb7694792ab5");
    EXPECT_EQ(iid(compiled, "Contoso.Changed"), "b32aa149-46e0-5bf8-9a2c-7ce985c7dac8");
}

TEST(Identity, DoesNotDependOnOtherTypesOrOnTheirOrder)
{
    auto const alone = compile_in_contoso("runtimeclass Mail { Mail(); void Send(); }");
    auto const among = compile_in_contoso(R"(
        struct Before { Int32 X; }
        interface ISend { void Send(); }
        runtimeclass Mail { Mail(); Mail(String x); void Send(); static void F(); }
        runtimeclass Mail2 { Mail2(); void Send(); })");
    EXPECT_EQ(iid(alone, "Contoso.IMail"), iid(among, "Contoso.IMail"));
}

TEST(Identity, DependsOnTheMembers)
{
    std::set<std::string> seen;
    for (auto const* members :
         {"void F();", "void G();", "Int32 F();", "void F(Int32 x);", "void F(UInt32 x);", "void F(out Int32 x);",
          "void F(Int32[] x);", "void F(ref Int32[] x);", "void F(out Int32[] x);", "void F(); void G();",
          "void G(); void F();", "Int32 F { get; };", "Int32 F;", "Int32 F { set; get; };"})
        EXPECT_TRUE(
            seen.insert(iid(compile_in_contoso(fmt::format("runtimeclass C {{ {} }}", members)), "Contoso.IC")).second)
            << members;
    EXPECT_EQ(iid(compile_in_contoso("runtimeclass C { void F(Int32 renamed); }"), "Contoso.IC"),
              iid(compile_in_contoso("runtimeclass C { void F(Int32 x); }"), "Contoso.IC"))
        << "parameter names are not part of the ABI";
}

} // namespace
} // namespace latchkey::test
