// SPDX-License-Identifier: MIT
#include "projection/arguments.h"
#include "projection/generator.h"
#include "projection/headers.h"
#include "sample.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

using namespace latchkey::projection;
using testing::HasSubstr;
using testing::Not;

namespace {

// A component whose one interface mentions a type of another assembly.
std::vector<uint8_t> winmd_with_missing_types()
{
    using namespace sample;
    namespace winmd = latchkey::winmd;
    Writer w{"Missing"};
    w.enter("Missing");
    auto const size =
        w.builder().type_ref(w.builder().assembly_ref("Windows.Graphics"), "Windows.Graphics", "SizeInt32");
    auto const bitmap =
        w.builder().type_ref(w.builder().assembly_ref("Windows.Graphics"), "Windows.Graphics", "Bitmap");
    auto const image = w.interface("IImage", 1);
    w.method(image, "Before", of(ElementType::I4), {});
    w.method(image, "Resize", of(ElementType::Void), {{"size", winmd::Type::value_type(size)}});
    w.method(image, "Draw", of(ElementType::Void), {{"on", winmd::Type::class_(bitmap)}});
    w.method(image, "After", of(ElementType::I4), {});
    auto const box = w.structure("Box", {{"Size", winmd::Type::value_type(size)}});
    w.method(image, "Bound", winmd::Type::value_type(box), {});
    return w.finish();
}

GenerateReport must(tl::expected<GenerateReport, GenerateError> const& result)
{
    EXPECT_TRUE(result) << result.error().what;
    return result.value_or(GenerateReport{});
}

} // namespace

TEST(Generator, WritesFourHeadersANamespaceAndAListOfThem)
{
    Scratch const scratch;
    auto const report = must(generate(sample_options(scratch)));
    EXPECT_EQ(report.namespaces, 2u);
    EXPECT_EQ(report.files, 8u);
    EXPECT_THAT(scratch.read("out/winrt/impl/Sample.files"), HasSubstr("winrt/impl/Sample.Tools.0.h\n"));
}

TEST(Generator, ASecondRunTouchesNothing)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.component = true;
    EXPECT_EQ(must(generate(options)).changed, 17u);
    struct stat before {
    }, after{};
    ASSERT_EQ(::stat((scratch / "out/winrt/Sample.h").c_str(), &before), 0);
    auto const report = must(generate(options));
    ASSERT_EQ(::stat((scratch / "out/winrt/Sample.h").c_str(), &after), 0);
    EXPECT_EQ(report.changed, 0u);
    EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

TEST(Generator, AHeaderThatIsNoLongerMadeIsRemovedUnlessSomebodyWroteOverIt)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    must(generate(options));
    std::ofstream{scratch / "out/winrt/impl/Sample.Tools.1.h"} << "// mine\n";
    std::ofstream{scratch / "out/winrt/Other.h"} << kGeneratedMark; // of another run
    options.exclude = {"Sample.Tools"};
    EXPECT_EQ(must(generate(options)).removed, 3u);
    EXPECT_FALSE(std::filesystem::exists(scratch / "out/winrt/Sample.Tools.h"));
    EXPECT_TRUE(std::filesystem::exists(scratch / "out/winrt/impl/Sample.Tools.1.h"));
    EXPECT_TRUE(std::filesystem::exists(scratch / "out/winrt/Other.h"));
}

TEST(Generator, AListOfFilesCannotReachOutOfTheFolder)
{
    Scratch const scratch;
    auto const options = sample_options(scratch);
    std::filesystem::create_directories(scratch / "out/winrt/impl");
    std::ofstream{scratch / "victim.h"} << kGeneratedMark;
    std::ofstream{scratch / "out/winrt/impl/Sample.files"} << "../victim.h\n"
                                                           << (scratch / "victim.h").string() << "\n";
    EXPECT_EQ(must(generate(options)).removed, 0u);
    EXPECT_TRUE(std::filesystem::exists(scratch / "victim.h"));
}

TEST(Generator, AMissingTypeIsNamedWithItsAssemblyAndWhoMentionsIt)
{
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Missing.winmd", winmd_with_missing_types())};
    options.output = scratch / "out";
    auto const result = generate(options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().what, HasSubstr("2 types are mentioned that no given file defines"));
    EXPECT_THAT(result.error().what,
                HasSubstr("Windows.Graphics.SizeInt32 (assembly Windows.Graphics), mentioned by Missing."));
    EXPECT_THAT(result.error().what, HasSubstr("--ref"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
}

TEST(Generator, SkippedMembersKeepTheirSlots)
{
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Missing.winmd", winmd_with_missing_types())};
    options.output = scratch / "out";
    options.skip_unresolved = true;
    auto const report = must(generate(options));
    EXPECT_EQ(report.skipped_types, 1u); // Box
    EXPECT_EQ(report.skipped_members, 3u);
    auto const declared = scratch.read("out/winrt/impl/Missing.0.h");
    EXPECT_THAT(declared, HasSubstr("virtual int32_t Before(int32_t* winrt_result) noexcept = 0;\n"
                                    "virtual int32_t Resize() noexcept = 0;\n"
                                    "virtual int32_t Draw(void* on) noexcept = 0;\n"
                                    "virtual int32_t After(int32_t* winrt_result) noexcept = 0;\n"
                                    "virtual int32_t Bound() noexcept = 0;\n"));
    EXPECT_THAT(declared, Not(HasSubstr("Draw(winrt::")));
    EXPECT_THAT(declared, Not(HasSubstr("struct Box")));
}

TEST(Generator, TheDefaultReferenceIsReadOnlyForInputsThatMayNeedIt)
{
    using namespace sample;
    Scratch const scratch;
    auto options = sample_options(scratch);
    Writer other{"Other"};
    other.enter("Other");
    other.interface("IOther", 1);
    options.default_reference = scratch.write("Other.winmd", other.finish());
    EXPECT_EQ(must(generate(options)).read.size(), 2u);

    Writer windows{"Windows"};
    windows.enter("Windows.System");
    windows.interface("IThing", 1);
    options.inputs = {scratch.write("Windows.winmd", windows.finish())};
    EXPECT_EQ(must(generate(options)).read.size(), 1u);
}

TEST(Generator, AnInputWithoutTypesToWriteIsRefused)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.include = {"Nothing.Here"};
    auto const result = generate(options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().what, HasSubstr("--include"));
}

TEST(Generator, AFileThatIsNotMetadataIsRefusedByName)
{
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Broken.winmd", {'M', 'Z', 0, 1, 2})};
    options.output = scratch / "out";
    auto const result = generate(options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().what, HasSubstr("Broken.winmd"));
}

TEST(Generator, ATypeWithTheNameOfANamespaceIsRefused)
{
    using namespace sample;
    Writer w{"Clash"};
    w.enter("Clash");
    w.interface("Inner", 1);
    w.enter("Clash.Inner");
    w.interface("IThing", 2);
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Clash.winmd", w.finish())};
    options.output = scratch / "out";
    auto const result = generate(options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().what, HasSubstr("Clash.Inner is a type and Clash.Inner a namespace"));
}

TEST(Generator, AnInterfaceWithoutAnIidIsRefused)
{
    using namespace sample;
    Writer w{"NoGuid"};
    w.builder().add_type({0x40a1, "NoGuid", "IThing", {}});
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("NoGuid.winmd", w.finish())};
    options.output = scratch / "out";
    auto const result = generate(options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().what, HasSubstr("NoGuid.IThing"));
}

TEST(Generator, ANamespaceThatWouldBeAPathElsewhereIsRefused)
{
    using namespace sample;
    for (auto const* const name : {"../../outside", "A/B", "A..B", "Evil; int x", ""}) {
        Writer w{"Evil"};
        w.enter(name);
        w.interface("IThing", 1);
        Scratch const scratch;
        GenerateOptions options;
        options.inputs = {scratch.write("Evil.winmd", w.finish())};
        options.output = scratch / "in/out";
        auto const result = generate(options);
        ASSERT_FALSE(result) << name;
        EXPECT_FALSE(std::filesystem::exists(scratch / "in")) << name;
    }
}

TEST(Generator, AMemberWhoseNameIsNoIdentifierIsRefused)
{
    using namespace sample;
    Writer w{"Evil"};
    w.enter("Evil");
    auto const thing = w.interface("IThing", 1);
    w.method(thing, "Run(); private: int x", of(ElementType::Void), {});
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Evil.winmd", w.finish())};
    options.output = scratch / "out";
    auto const result = generate(options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().what, HasSubstr("Evil.IThing: member 'Run(); private: int x' is not an identifier"));
}

TEST(Generator, AGenericThatRequiresEverLargerOnesOfItsKindEnds)
{
    using namespace sample;
    namespace winmd = latchkey::winmd;
    Writer w{"Large"};
    w.enter("Large");
    auto const pair = w.interface("IPair`2", 1);
    w.builder().add_generic_param(pair, "A");
    w.builder().add_generic_param(pair, "B");
    auto const tower = w.interface("ITower`1", 2);
    w.builder().add_generic_param(tower, "T");
    auto const two = winmd::Type::generic(pair, {winmd::Type::var(0), winmd::Type::var(0)});
    w.builder().add_interface(tower, w.builder().type_spec(winmd::Type::generic(tower, {two})));
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Large.winmd", w.finish())};
    options.output = scratch / "out";
    EXPECT_LT(must(generate(options)).bytes, 1u << 20);
}

TEST(Generator, StructsThatAreTooDeepOrInsideThemselvesAreRefused)
{
    using namespace sample;
    auto const chain = [](unsigned length, bool closed) {
        Writer w{"Deep"};
        w.enter("Deep");
        auto type = w.structure("S0", {{"X", of(ElementType::I4)}});
        auto const first = type;
        for (unsigned i = 1; i < length; ++i)
            type = w.structure(fmt::format("S{}", i), {{"Inner", latchkey::winmd::Type::value_type(type)}});
        if (closed) w.builder().add_field(first, {0x0006, "Outer", latchkey::winmd::Type::value_type(type)});
        return w.finish();
    };
    Scratch const scratch;
    GenerateOptions options;
    options.output = scratch / "out";
    options.inputs = {scratch.write("Deep.winmd", chain(64, false))};
    must(generate(options));
    options.inputs = {scratch.write("Deep.winmd", chain(65, false))};
    EXPECT_THAT(generate(options).error().what, HasSubstr("the struct has others inside it, deeper than 64"));
    options.inputs = {scratch.write("Deep.winmd", chain(20000, false))};
    EXPECT_FALSE(generate(options));
    options.inputs = {scratch.write("Deep.winmd", chain(3, true))};
    EXPECT_THAT(generate(options).error().what, HasSubstr("the struct contains itself"));
}

TEST(Generator, StructsOfNamespacesThatNeedEachOtherAreWrittenTogether)
{
    using namespace sample;
    using latchkey::winmd::Type;
    Writer w{"Ring"};
    w.enter("Ring.A");
    auto const inner = w.structure("Inner", {{"X", of(ElementType::I4)}});
    w.enter("Ring.B");
    auto const middle = w.structure("Middle", {{"In", Type::value_type(inner)}});
    w.enter("Ring.A");
    w.structure("Outer", {{"Mid", Type::value_type(middle)}});
    w.enter("Ring.C");
    w.structure("User", {{"Mid", Type::value_type(middle)}});
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Ring.winmd", w.finish())};
    options.output = scratch / "out";
    must(generate(options));
    for (auto const* number : {"0", "2"}) {
        auto const file = [&](std::string const& name) {
            return scratch.read("out/winrt/impl/" + name + "." + number + ".h");
        };
        auto const include = fmt::format("#include \"winrt/impl/Ring.A.structs.{}.h\"\n", number);
        EXPECT_THAT(file("Ring.A"), testing::AllOf(HasSubstr(include), Not(HasSubstr("Ring.B."))));
        EXPECT_THAT(file("Ring.B"), testing::AllOf(HasSubstr(include), Not(HasSubstr("Ring.A.0.h"))));
        EXPECT_THAT(file("Ring.C"),
                    testing::AllOf(HasSubstr(fmt::format("Ring.B.{}.h", number)), Not(HasSubstr(include))));
        auto const structs = file("Ring.A.structs");
        auto const place = [&](std::string const& name) {
            return structs.find(*number == '0' ? "struct struct_Ring_" + name + " {"
                                               : "struct " + name.substr(2) + " {");
        };
        EXPECT_LT(place("A_Inner"), place("B_Middle"));
        EXPECT_LT(place("B_Middle"), place("A_Outer"));
        EXPECT_NE(place("A_Outer"), std::string::npos);
    }
}

TEST(Generator, MembersThatCppCannotTellApartGetDifferentNames)
{
    using namespace sample;
    Writer w{"Twice"};
    w.enter("Twice");
    auto const thing = w.interface("IThing", 1);
    w.property(thing, "Name", of(ElementType::String), false);
    w.method(thing, "Name", of(ElementType::String), {});
    w.method(thing, "Name", of(ElementType::String), {{"other", of(ElementType::I4)}});
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Twice.winmd", w.finish())};
    options.output = scratch / "out";
    must(generate(options));
    EXPECT_THAT(scratch.read("out/winrt/impl/Twice.0.h"), HasSubstr("winrt::hstring Name() const;\n"
                                                                    "winrt::hstring Name_() const;\n"
                                                                    "winrt::hstring Name(int32_t other) const;\n"));
}

TEST(Generator, MembersNamedLikeWhatIsGeneratedBesideThemGetAnUnderscore)
{
    using namespace sample;
    Writer w{"Odd"};
    w.enter("Odd");
    auto const handler = w.delegate("Handler", 2, {true, 0, {of(ElementType::Void), false, {}}, {}}, {});
    auto const thing = w.interface("IThing", 1);
    w.method(thing, "D", of(ElementType::Void), {});
    w.event(thing, "Sent", handler);
    w.method(thing, "Sent_revoker", of(ElementType::Void), {});
    Scratch const scratch;
    GenerateOptions options;
    options.inputs = {scratch.write("Odd.winmd", w.finish())};
    options.output = scratch / "out";
    must(generate(options));
    EXPECT_THAT(scratch.read("out/winrt/Odd.h"), HasSubstr("int32_t D_() noexcept final"));
    auto const declarations = scratch.read("out/winrt/impl/Odd.0.h");
    EXPECT_THAT(declarations, HasSubstr("using Sent_revoker = event_revoker<"));
    EXPECT_THAT(declarations, HasSubstr("void Sent_revoker_() const;"));
}

TEST(Component, FilesLieInFoldersOrHaveDots)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.component = true;
    must(generate(options));
    EXPECT_TRUE(std::filesystem::exists(scratch / "out/Tools/Tool.g.h"));
    EXPECT_THAT(scratch.read("out/module.g.cpp"), HasSubstr("#include \"Tools/Tool.h\"\n"));
    options.dotted_names = true;
    EXPECT_EQ(must(generate(options)).removed, 2u);
    EXPECT_TRUE(std::filesystem::exists(scratch / "out/Tools.Tool.g.h"));
    EXPECT_THAT(scratch.read("out/module.g.cpp"), HasSubstr("#include \"Tools.Tool.h\"\n"));
}

TEST(Component, OptimizedConstructorsAreInTheModule)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.component = true;
    options.in_module_constructors = true;
    must(generate(options));
    EXPECT_THAT(scratch.read("out/winrt/Sample.h"), Not(HasSubstr("Thing::Thing(")));
    EXPECT_THAT(scratch.read("out/Thing.g.cpp"), HasSubstr("Thing::Thing(winrt::param::hstring const& name)"));
    EXPECT_THAT(scratch.read("out/module.g.cpp"), HasSubstr("return winrt_make_Sample_Thing();"));
}

TEST(Component, SkeletonsAreWrittenOnceAndNeverOver)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.component = true;
    options.skeletons = scratch / "src";
    must(generate(options));
    EXPECT_THAT(scratch.read("src/Thing.h"), HasSubstr("winrt::hstring Say(winrt::hstring const& text);"));
    EXPECT_THAT(scratch.read("src/Thing.cpp"), HasSubstr("throw winrt::hresult_not_implemented();"));
    std::ofstream{scratch / "src/Thing.h"} << "mine";
    must(generate(options));
    EXPECT_EQ(scratch.read("src/Thing.h"), "mine");
}

TEST(Component, IncludeChoosesTheClassesThatAreImplemented)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.component = true;
    options.include = {"Sample.Thing"};
    must(generate(options));
    EXPECT_TRUE(std::filesystem::exists(scratch / "out/Thing.g.h"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "out/Shape.g.h"));
    EXPECT_THAT(scratch.read("out/module.g.cpp"), Not(HasSubstr("Shape")));
    EXPECT_FALSE(std::filesystem::exists(scratch / "out/winrt/Sample.Tools.h"));
}

TEST(Depfile, BlanksAndDollarsAreEscaped)
{
    EXPECT_EQ(depfile_text("out.stamp", {"a b.winmd", "c$.winmd"}), "out.stamp: \\\n  a\\ b.winmd \\\n  c$$.winmd\n");
}
