// SPDX-License-Identifier: MIT
// The grammar piece by piece, and how the parser goes on after an error.
#include "compile_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Grammar : public testing::TestWithParam<std::string_view> {};

TEST_P(Grammar, IsAccepted)
{
    auto const compiled = compile_in_contoso(GetParam(), {.diagnostics = {.disabled = {midl::Warning::Unsealed}}});
    EXPECT_EQ(compiled.messages(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Midl, Grammar,
    testing::Values(
        "struct S { Int32 X; };", "struct S { Int32 X, Y; [experimental] String Z; }", "enum E { A, B, };",
        "enum E : Int32 { [experimental] A = 'x', B = 0b11 };", "[flags] enum E : UInt32 { A = 1u << 31 }",
        "delegate void D();", "delegate IVector<IVector<String>> D(out String x);", "apicontract C {};",
        "[contractversion(0x00020001)] apicontract C;",
        "attribute AAttribute { Int32 X; Type T; AAttribute(); AAttribute(Int32 x); };",
        "interface I; runtimeclass C; interface I { C F(); }; runtimeclass C { void G(I i); };",
        "interface I : Windows.Foundation.IClosable, Windows.Foundation.IAsyncInfo { }",
        "interface I requires Windows.Foundation.IClosable { };", "sealed runtimeclass C { C(); void F(); }",
        "public partial runtimeclass C { public void F(); };",
        "unsealed runtimeclass B { B(); void F(); } runtimeclass D : B, Windows.Foundation.IClosable { D(); }",
        "runtimeclass C { [default] interface Windows.Foundation.IClosable; interface Windows.Foundation.IStringable; "
        "};",
        "runtimeclass C : [default] Windows.Foundation.IClosable, interface Windows.Foundation.IStringable { };",
        "runtimeclass C { [experimental] { [version(2)] { void F(); } void G(); } }",
        "runtimeclass C { [interface_name(\"IFoo\")] void F(); [interface_name(\"IFoo\")] Int32 P; }",
        "[interface_name(Contoso.Inner.IFoo, \"{11112222-3333-4444-5555-666677778888}\")] runtimeclass C { void F(); }",
        "runtimeclass C { static event Windows.Foundation.EventHandler<String> E; static Int32 P { get; set; } }",
        "interface I { Int32 A { get; }; Int32 B { get; set; } Int32 C { set; get; }; event "
        "Windows.Foundation.EventHandler<String> D { add; remove; } };",
        "interface I { Int32 event { get; }; void namespace(String interface, Int32 in, Boolean ref); String static; }",
        "interface I { [method_name(\"X\")] void F([in] String x, in Int32 y, [out] out Int32 z); }",
        "/// <summary>x</summary>\ninterface I { /* y */ void F(); // z\n }",
        "[experimental, webhosthidden,] [version(1)] interface I { void F(); }",
        "namespace Inner.Deep { struct S { Int32 X; } } interface I { Inner.Deep.S F(); Deep.X G(); } namespace Deep { "
        "struct X { Int32 Y; } }",
        "[muse] [hasvariant] [remote_async] [bindable] runtimeclass C { void F(); }",
        "interface I { Contoso.E F(); } enum E { A = Contoso.E2.B | 1 } enum E2 { B = 4 }"));

TEST(Parser, ReadsImportedFilesOnce)
{
    TextFiles files;
    files.texts = {
        {"Contoso.idl", "import \"a.idl\", \"sub/b.idl\"; namespace Contoso { interface I { A F(); B G(); } }"},
        {"a.idl", "import \"sub/b.idl\"; import \"Contoso.idl\"; import \"Windows.Foundation.idl\"; namespace Contoso "
                  "{ struct A { B X; } }"},
        {"sub/b.idl", "import \"../a.idl\"; namespace Contoso { struct B { Int32 X; } }"}};
    auto const compiled = compile_files(files);
    EXPECT_EQ(compiled.messages(), "");
    EXPECT_EQ(compiled.compilation.opened, (std::vector<std::filesystem::path>{"Contoso.idl", "a.idl", "sub/b.idl"}));
    EXPECT_TRUE(compiled.type("Contoso.B"));
}

TEST(Parser, LeavesImportedTypesToTheReferenceThatHasThem)
{
    TextFiles files;
    files.texts = {{"Contoso.idl",
                    "import \"windows.idl\"; namespace Contoso { interface I { Windows.Foundation.TimeSpan F(); } }"},
                   {"windows.idl", "namespace Windows.Foundation { struct TimeSpan { Int64 Duration; } }"}};
    auto const compiled = compile_files(files);
    EXPECT_EQ(compiled.messages(), "");
    EXPECT_FALSE(compiled.metadata.find("Windows.Foundation.TimeSpan"));
}

TEST(Parser, MissesFilesWithTheReason)
{
    EXPECT_THAT(compile_text("import \"none.idl\"; namespace Contoso { struct S { Int32 X; } }").messages(),
                HasSubstr("Contoso.idl:1:8: error: 'none.idl' is not found"));
    EXPECT_THAT(compile_files({}, {.inputs = {"gone.idl"}}).messages(),
                HasSubstr("latchkey-midl: error: cannot read 'gone.idl': No such file or directory"));
}

TEST(Parser, ToleratesWhatConcernsHeadersOnly)
{
    auto const compiled = compile_text("cpp_quote(\"#include <x.h>\")\nmidl_pragma warning(disable: 4066)\nnamespace "
                                       "Contoso { struct S { Int32 X; } }");
    EXPECT_TRUE(compiled.ok());
    EXPECT_THAT(compiled.messages(),
                AllOf(HasSubstr("'cpp_quote' is ignored [-Wignored]"), HasSubstr("'midl_pragma' is ignored")));
}

TEST(Parser, GoesOnAfterEachError)
{
    auto const text = compile_in_contoso(R"(
        interface I
        {
            void F(;
            Strin G();
            Int32 H() { return 1; }
            void J(Int32);
        }
        runtimeclas C { }
        struct S { Int32 X Int32 Y; Strang Z; }
        enum E { A = , B, 3, C }
        interface K { Unknown L(); })")
                          .messages();
    EXPECT_THAT(text, AllOf(HasSubstr("expected a type, not ';'"), HasSubstr("unknown type 'Strin'"),
                            HasSubstr("did you mean 'String'?"), HasSubstr("expected ';' after the method, not '{'"),
                            HasSubstr("the parameter has no name"), HasSubstr("did you mean 'runtimeclass'?")));
    EXPECT_THAT(text, AllOf(HasSubstr("expected ';' after the field, not 'Int32'"), HasSubstr("unknown type 'Strang'"),
                            HasSubstr("expected an integer expression"), HasSubstr("expected an enumerator, not '3'"),
                            HasSubstr("unknown type 'Unknown'")));
}

TEST(Parser, DoesNotComplainAboutMissingMembersAfterSyntaxErrors)
{
    EXPECT_THAT(compile_in_contoso("runtimeclass C { C(); void F( }").messages(), Not(HasSubstr("has no interface")));
}

TEST(Parser, EndsOfFilesAreErrorsNotLoops)
{
    for (std::string_view const text : {"namespace",
                                        "namespace Contoso",
                                        "namespace Contoso {",
                                        "namespace Contoso { interface",
                                        "namespace Contoso { interface I",
                                        "namespace Contoso { interface I {",
                                        "namespace Contoso { interface I { void",
                                        "namespace Contoso { interface I { void F(",
                                        "namespace Contoso { [",
                                        "namespace Contoso { [uuid(",
                                        "namespace Contoso { enum E { A =",
                                        "namespace Contoso { struct S { Int32",
                                        "namespace Contoso { runtimeclass C : ",
                                        "namespace Contoso { runtimeclass C { [x] {",
                                        "import",
                                        "import \"x\"",
                                        "}",
                                        "}}}}",
                                        "(",
                                        "\"",
                                        "namespace Contoso { interface I { Int32 P {",
                                        "namespace Contoso { interface I { IVector<",
                                        "namespace Contoso { delegate void D<"})
        EXPECT_FALSE(compile_text(text).ok()) << text;
}

TEST(Parser, ReadsDirectionsInBracketsToo)
{
    auto const bare = compile_in_contoso("interface I { void F(in Int32 a, out String b, out Guid[] c); }");
    auto const bracketed = compile_in_contoso("interface I { void F([in] Int32 a, [out] String b, [out] Guid[] c); }");
    ASSERT_TRUE(bare.ok() && bracketed.ok()) << bare.messages() << bracketed.messages();
    EXPECT_EQ(describe(bracketed.type("Contoso.I"), true), describe(bare.type("Contoso.I"), true));
}

TEST(Parser, RefusesClassicIdlWithAHint)
{
    EXPECT_THAT(compile_text("typedef struct X { int y; } X;").messages(), HasSubstr("hint: this is classic COM IDL"));
    EXPECT_THAT(compile_in_contoso("class C { }").messages(),
                HasSubstr("hint: a Windows Runtime class is declared with 'runtimeclass'"));
}

TEST(Parser, StopsAtItsLimits)
{
    auto const repeat = [](std::string_view text, int count) {
        std::string result;
        for (int i = 0; i < count; ++i)
            result += text;
        return result;
    };
    EXPECT_THAT(compile_text(repeat("namespace A { ", 5000)).messages(), HasSubstr("namespaces are nested too deeply"));
    EXPECT_THAT(compile_in_contoso("interface I { " + repeat("IVector<", 5000) + " F(); }").messages(),
                HasSubstr("types are nested too deeply"));
    EXPECT_THAT(compile_in_contoso("runtimeclass C { " + repeat("[experimental] { ", 5000) + " }").messages(),
                HasSubstr("blocks are nested too deeply"));
    EXPECT_THAT(compile_in_contoso("enum E { A = " + repeat("-", 5000) + "1 }").messages(),
                HasSubstr("nested too deeply"));
    EXPECT_THAT(compile_in_contoso("enum E { A = 1" + repeat("+1", 5000) + " }").messages(),
                HasSubstr("too many operators"));
    std::string chain;
    for (int i = 0; i < 5000; ++i)
        chain += "enum E" + std::to_string(i) + " { A = E" + std::to_string(i + 1) + ".A }";
    EXPECT_THAT(compile_in_contoso(chain + "enum E5000 { A }").messages(),
                HasSubstr("enums refer to each other too deeply"));
    EXPECT_THAT(compile_in_contoso(
                    "[uuid(11112222-3333-4444-5555-666677778888)] interface I<T> requires I<IVector<T>> { void F(); }"
                    "runtimeclass C : I<String> { }")
                    .messages(),
                HasSubstr("requires itself"));
}

} // namespace
} // namespace latchkey::test
