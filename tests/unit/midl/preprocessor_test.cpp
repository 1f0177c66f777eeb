// SPDX-License-Identifier: MIT
#include "compile_text.h"
#include "midl/preprocessor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

using testing::HasSubstr;

struct Result {
    std::string text; // tokens, separated by spaces
    std::string messages;
};

Result preprocess(TextFiles files, midl::PreprocessorOptions options = {})
{
    midl::SourceSet sources;
    midl::Diagnostics diagnostics;
    std::vector<std::filesystem::path> opened;
    midl::Preprocessor preprocessor{sources, files, diagnostics, options, opened};
    auto const* text = sources.add("main.idl", files.texts["main.idl"]);
    Result result;
    for (auto const& token : preprocessor.run(*text, "main.idl"))
        if (token.kind != midl::TokenKind::End)
            result.text += (result.text.empty() ? "" : " ") + std::string{token.text};
    result.messages = to_text(diagnostics, sources, false);
    return result;
}

Result preprocess(std::string_view text, midl::PreprocessorOptions options = {})
{
    TextFiles files;
    files.texts["main.idl"] = text;
    return preprocess(std::move(files), std::move(options));
}

std::string clean(std::string_view text)
{
    auto const result = preprocess(text);
    EXPECT_EQ(result.messages, "") << text;
    return result.text;
}

TEST(Preprocessor, ReplacesMacros)
{
    EXPECT_EQ(clean("#define N 3\nN N2 N"), "3 N2 3");
    EXPECT_EQ(clean("#define EMPTY\na EMPTY b"), "a b");
    EXPECT_EQ(clean("#define ADD(x, y) x + y\nADD(1, (2, 3)) ADD"), "1 + ( 2 , 3 ) ADD");
    EXPECT_EQ(clean("#define F(x) [x]\n#define G F\nG (1)\n(2)"), "[ 1 ] ( 2 )");
    EXPECT_EQ(clean("#define DOC(x) [doc_string(x)]\nDOC(\"a, b\") c"), "[ doc_string ( \"a, b\" ) ] c");
    EXPECT_EQ(clean("#define NOTHING(x)\nNOTHING(a b c) d"), "d");
    EXPECT_EQ(clean("#define A 1\n#undef A\nA"), "A");
    EXPECT_EQ(clean("#define MANY(a, ...) a: __VA_ARGS__\nMANY(1, 2, 3) MANY(1)"), "1 : 2 , 3 1 :");
}

TEST(Preprocessor, DoesNotExpandAMacroInsideItself)
{
    EXPECT_EQ(clean("#define A A B\n#define B A\nA"), "A A");
    EXPECT_EQ(clean("#define F(x) x F\nF(F(1))(2)"), "1 F F ( 2 )");
    EXPECT_EQ(clean("#define f(x) g(x)\n#define g(x) f(x)+1\nf(f(2))"), "f ( f ( 2 ) + 1 ) + 1");
}

TEST(Preprocessor, PastesAndQuotes)
{
    EXPECT_EQ(clean("#define CAT(a, b) a ## b\nCAT(foo, 12) CAT(0x, ff)"), "foo12 0xff");
    EXPECT_EQ(clean("#define STR(x) #x\nSTR(a  \"b\\n\" c)"), "\"a \\\"b\\\\n\\\" c\"");
    EXPECT_EQ(clean("#define N 1\n#define CAT(a, b) a##b\n#define X(a) CAT(a, N)\nCAT(N, N) X(N)"), "NN 1N");
    EXPECT_THAT(preprocess("#define CAT(a, b) a ## b\nCAT(+, x)").messages, HasSubstr("is not one token"));
}

TEST(Preprocessor, ChoosesByConditions)
{
    EXPECT_EQ(clean("#if 1\na\n#else\nb\n#endif"), "a");
    EXPECT_EQ(clean("#if 0\na\n#elif 2 > 1 && defined(X)\nb\n#elif !defined X\nc\n#else\nd\n#endif"), "c");
    EXPECT_EQ(clean("#ifdef A\n#if 1\nx\n#else\ny\n#endif\n#else\nb\n#endif"), "b");
    EXPECT_EQ(clean("#define A 5\n#if (A * 2 == 10) ? (A >> 1) == 2 : 0\nyes\n#endif"), "yes");
    EXPECT_EQ(clean("#define F(x) ((x) + 1)\n#if F(2) == 3 && UNKNOWN == 0\nyes\n#endif"), "yes");
    EXPECT_EQ(clean("#if 0\nit's \"unfinished /* not a comment's end\n*/ #error no\n#error never\n#endif\nx"), "x");
    EXPECT_EQ(preprocess("#if X == 2\nyes\n#endif\nY Z", {{}, {"X=2", "Y", "Z=a b"}}).text, "yes 1 a b");
}

TEST(Preprocessor, IncludesAndImports)
{
    TextFiles files;
    files.texts = {{"main.idl",
                    "#include \"a.h\"\n#include <b.h>\n#include \"a.h\"\n#define NAME \"inc/c.h\"\n#include NAME\nend"},
                   {"a.h", "#pragma once\na"},
                   {"inc/b.h", "#include \"c.h\"\nb"},
                   {"inc/c.h", "c\n#define NAME2 c2"}};
    auto const result = preprocess(files, {{"inc"}, {}});
    EXPECT_EQ(result.text, "a c b c end");
    EXPECT_EQ(result.messages, "");
    EXPECT_EQ(clean("#import \"x.idl\"\nnamespace"), "import \"x.idl\" ; namespace");
}

TEST(Preprocessor, JoinsContinuedLines)
{
    EXPECT_EQ(clean("#define LONG a \\\n b \\\r\n c\nLONG // comment \\\n still comment\nd"), "a b c d");
    EXPECT_EQ(clean("/* c\n */ a /* b */ // c\n\xef\xbb\xbf"[0] == '/' ? "/* c\n */ a /* b */ // c\n" : ""), "a");
    EXPECT_EQ(clean("\xef\xbb\xbf"
                    "a"),
              "a");
}

TEST(Preprocessor, SaysWhatIsWrong)
{
    auto const message = [](std::string_view text) { return preprocess(text).messages; };
    EXPECT_THAT(message("#if 1\na"), HasSubstr("main.idl:1:2: error: this conditional has no #endif"));
    EXPECT_THAT(message("#endif"), HasSubstr("#endif without #if"));
    EXPECT_THAT(message("#if 1\n#else\n#else\n#endif"), HasSubstr("#else after #else"));
    EXPECT_THAT(message("#if\n#endif"), HasSubstr("#if without a condition"));
    EXPECT_THAT(message("#if 1 +\n#endif"), HasSubstr("expected an integer expression"));
    EXPECT_THAT(message("#if 1 2\n#endif"), HasSubstr("the condition goes on"));
    EXPECT_THAT(message("#if defined(\n#endif"), HasSubstr("'defined' needs"));
    EXPECT_THAT(message("#include \"none.h\""), HasSubstr("'none.h' is not found"));
    EXPECT_THAT(message("#include none"), HasSubstr("needs a file's name"));
    EXPECT_THAT(message("#define 3"), HasSubstr("#define needs a macro's name"));
    EXPECT_THAT(message("#define F(a, a) a"), HasSubstr("are not a list of names"));
    EXPECT_THAT(message("#define F(a) a\nF(1, 2)"), HasSubstr("macro 'F' takes 1 argument, not 2"));
    EXPECT_THAT(message("#define F(a) a\nF(1"), HasSubstr("the arguments of macro 'F' are not closed"));
    EXPECT_THAT(message("#define A 1\n#define A 2"),
                HasSubstr("warning: macro 'A' is defined again [-Wmacro-redefined]"));
    EXPECT_THAT(message("#nonsense"), HasSubstr("unknown directive '#nonsense'"));
    EXPECT_THAT(message("#error no way"), HasSubstr("error: #error no way"));
    EXPECT_THAT(message("#warning careful"), HasSubstr("warning: #warning careful [-Wuser]"));
    EXPECT_THAT(message("/* never"), HasSubstr("the comment is never closed"));
    EXPECT_THAT(message("\"never"), HasSubstr("missing closing \""));
    EXPECT_THAT(message("a \x01 b"), HasSubstr("stray byte 0x01"));
    EXPECT_THAT(message("\xff\xfe"
                        "a"),
                HasSubstr("the file is UTF-16"));
    EXPECT_EQ(message("#define A 1\n#define A 1\n#pragma warning(disable: 1)\n# 12 \"x\"\n#\n"), "");
}

TEST(Preprocessor, PlacesTextOfAMacroAtItsUse)
{
    auto const compiled = compile_text("#define BAD Missing\n"
                                       "namespace Contoso { interface I\n"
                                       "{\n"
                                       "    BAD F();\n"
                                       "} }\n");
    EXPECT_EQ(compiled.messages(), "Contoso.idl:4:5: error: unknown type 'Missing' [WME1033]\n"
                                   "    4 |     BAD F();\n"
                                   "      |     ^~~\n"
                                   "Contoso.idl:1:9: note: expanded from 'BAD'\n"
                                   "    1 | #define BAD Missing\n"
                                   "      |         ^~~\n");
}

TEST(Preprocessor, StopsAtItsLimits)
{
    // Each of these would need more time or memory than there is.
    std::string bomb = "#define A0 x x x x x x x x x x\n";
    for (int i = 1; i < 12; ++i)
        bomb += "#define A" + std::to_string(i) + std::string(10, ' ') + [&] {
            std::string body;
            for (int k = 0; k < 10; ++k)
                body += " A" + std::to_string(i - 1);
            return body;
        }() + "\n";
    EXPECT_THAT(preprocess(bomb + "A11").messages, HasSubstr("expands to too much"));
    EXPECT_THAT(preprocess("#include \"main.idl\"").messages, HasSubstr("#include is nested too deeply"));
    std::string conditionals;
    for (int i = 0; i < 300; ++i)
        conditionals += "#if 1\n";
    EXPECT_THAT(preprocess(conditionals).messages, HasSubstr("conditionals are nested too deeply"));
    EXPECT_THAT(preprocess("#if " + std::string(100000, '(') + "1\n#endif").messages, HasSubstr("nested too deeply"));
    std::string nested = "#define F(x) x\n";
    for (int i = 0; i < 5000; ++i)
        nested += "F(";
    EXPECT_NE(preprocess(nested).messages, "");
}

} // namespace
} // namespace latchkey::test
