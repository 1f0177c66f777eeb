// SPDX-License-Identifier: MIT
#include "unit/winmd/sample.h"
#include "unit/winmd/windows_metadata.h"
#include "winmd/runtime_type.h"
#include "winmd/validate.h"

#include <algorithm>
#include <functional>
#include <map>

#include <gtest/gtest.h>

namespace latchkey::winmd {
namespace {

using test::Bytes;
using test::Patch;
using test::Sample;

// A good file with one property broken, and what the validator must say about it: that and nothing else.
struct Mutation {
    std::string rule;
    std::function<Bytes()> broken;
    std::vector<std::string> consequences; // other rules that cannot help being broken too
    std::string file_name = "Tasks";
    bool with_references = false;
};

std::function<Bytes()> without(std::string attribute)
{
    return [attribute] {
        Sample sample;
        sample.without.insert(attribute);
        return sample.write();
    };
}

std::function<Bytes()> with(std::function<void(Sample&)> more)
{
    return [more] {
        Sample sample;
        sample.more = more;
        return sample.write();
    };
}

std::function<Bytes()> with_options(std::function<void(BuilderOptions&)> change)
{
    return [change] {
        Sample sample;
        change(sample.options);
        return sample.write();
    };
}

std::function<Bytes()> patched(std::function<void(Patch&)> change)
{
    return [change] {
        Patch patch{Sample{}.write()};
        change(patch);
        return patch.bytes();
    };
}

constexpr std::size_t kCoff = 0x84;
constexpr std::size_t kCliHeader = 0x200;

Type number(ElementType type)
{
    return Type::of(type);
}

std::vector<Mutation> file_mutations()
{
    return {
        {"container.dll", patched([](Patch& p) { p.byte(kCoff + 19, 0x01); }), {}},
        {"container.cli-header", patched([](Patch& p) { p.byte(kCliHeader, 73); }), {}},
        {"container.il-only", patched([](Patch& p) { p.byte(kCliHeader + 16, 0); }), {}},
        {"container.stream",
         patched([](Patch& p) {
             auto const& bytes = p.bytes();
             constexpr std::array<uint8_t, 3> kName{'#', '~', 0};
             auto const found = std::search(bytes.begin(), bytes.end(), kName.begin(), kName.end());
             p.byte(static_cast<std::size_t>(found - bytes.begin()) + 1, '-');
         }),
         {}},
        {"metadata.version", with_options([](BuilderOptions& o) { o.version = "v4.0.30319"; }), {}},
        {"module.type", with_options([](BuilderOptions& o) { o.module_type = false; }), {}},
        {"module.name", with_options([](BuilderOptions& o) { o.module_name = "Other.winmd"; }), {}},
        {"assembly.row", with_options([](BuilderOptions& o) { o.assembly_row = false; }), {}},
        {"assembly.name", [] { return Sample{}.write(); }, {}, "Other"},
        {"assembly.flags", with_options([](BuilderOptions& o) { o.assembly_flags = 0; }), {}},
        {"assembly.windows",
         patched([](Patch& p) {
             p.set(TableId::TypeDef, p.type("Parts"), 2,
                   p.file().value(TableId::AssemblyRef, 2, 6)); // Windows.Foundation
         }),
         {}},
        {"assembly.namespace",
         patched([](Patch& p) {
             p.set(TableId::TypeDef, p.type("Parts"), 2, p.file().value(TableId::AssemblyRef, 1, 6)); // mscorlib
         }),
         {}},
        {"assemblyref.name",
         patched(
             [](Patch& p) { p.set(TableId::AssemblyRef, 2, 6, p.file().value(TableId::TypeDef, p.type("Place"), 1)); }),
         {}},
        {"assemblyref.name", patched([](Patch& p) { p.set(TableId::AssemblyRef, 2, 6, 0); }), {}},
        {"assemblyref.flags", patched([](Patch& p) { p.set(TableId::AssemblyRef, 2, 4, 0); }), {}},
        {"table.sorted",
         patched([](Patch& p) { p.swap(TableId::CustomAttribute, 1, p.file().row_count(TableId::CustomAttribute)); }),
         {}},
        {"table.sorted", patched([](Patch& p) { p.swap(TableId::Constant, 1, 4); }), {}},
        {"table.sorted",
         patched([](Patch& p) { p.swap(TableId::MethodSemantics, 1, p.file().row_count(TableId::MethodSemantics)); }),
         {}},
        {"map.duplicate",
         patched([](Patch& p) { p.set(TableId::PropertyMap, 2, 0, p.file().value(TableId::PropertyMap, 1, 0)); }),
         {}},
        {"reference.scope", patched([](Patch& p) { p.set(TableId::TypeRef, 1, 0, 0); }), {}},
        {"reference.unresolved", [] { return Sample{}.write(); }, {}, "Tasks", true},
    };
}

std::vector<Mutation> type_mutations()
{
    auto const second_default = [] {
        Sample sample;
        sample.twice.insert("Mail.IMail:second DefaultAttribute");
        return sample.write();
    };
    return {
        {"type.windows-runtime", patched([](Patch& p) { p.set(TableId::TypeDef, p.type("Place"), 0, 0x0109); }), {}},
        {"type.name",
         patched([](Patch& p) { p.byte(p.string_position(p.file().row<TypeDef>(p.type("Place")).name()) + 1, '-'); }),
         {}},
        {"type.unique",
         patched([](Patch& p) {
             p.set(TableId::TypeDef, p.type("Parts"), 1, p.file().value(TableId::TypeDef, p.type("Place"), 1));
         }),
         {}},
        {"type.nested", with([](Sample& s) { s.builder().set_enclosing_type(s.m_parts, s.m_place); }), {}},
        {"type.flags", patched([](Patch& p) { p.set(TableId::TypeDef, p.type("IMailStatics"), 0, 0x41a0); }), {}},
        {"type.flags", patched([](Patch& p) { p.set(TableId::TypeDef, p.type("Place"), 0, 0x4101); }), {}},
        {"type.extends",
         patched([](Patch& p) {
             p.set(TableId::TypeDef, p.type("IMailStatics"), 3, p.file().value(TableId::TypeDef, p.type("Mail"), 3));
         }),
         {}},
        {"type.guid", without("IMail:GuidAttribute"), {}},
        {"type.guid", without("MailHandler:GuidAttribute"), {}},
        {"type.guid-unique",
         patched([](Patch& p) {
             auto const row = p.file().row<TypeDef>(p.type("IMailStatics"));
             p.byte(p.blob_position(find_attribute(row, kMetadataNamespace, "GuidAttribute")
                                        .file()
                                        .value(TableId::CustomAttribute,
                                               find_attribute(row, kMetadataNamespace, "GuidAttribute").row(), 2)) +
                        2,
                    1);
         }),
         {}},
        {"type.version", without("Place:VersionAttribute"), {}},
        {"type.generic", with([](Sample& s) { s.builder().add_generic_param(s.m_statics, "T"); }), {"type.name"}},
        {"class.interface",
         with([](Sample& s) {
             s.builder().add_interface(s.m_tools,
                                       s.builder().type_ref(s.m_foundation, "Windows.Foundation", "IClosable"));
         }),
         {}},
        {"class.interface",
         patched([](Patch& p) { p.set(TableId::TypeDef, p.type("Tools"), 0, 0x4101); }),
         {"class.marshaling"}},
        {"class.default", without("Mail.IMail:DefaultAttribute"), {}},
        {"class.default", second_default, {}},
        {"class.implements", with([](Sample& s) { s.builder().add_interface(s.m_mail, s.m_delegate); }), {}},
        {"class.implements", with([](Sample& s) { s.builder().add_interface(s.m_mail, s.m_tools_statics); }), {}},
        {"class.activatable", without("Mail:ActivatableAttribute"), {"interface.exclusive"}},
        {"class.constructor",
         with([](Sample& s) { s.method(s.m_mail, ".ctor", 0x1886, 3, number(ElementType::Void), {}); }),
         {}},
        {"class.constructor",
         with([](Sample& s) {
             s.attribute(s.m_mail, "", "ActivatableAttribute", {{number(ElementType::U4), false, {}}},
                         AttributeBlob{}.u4(1));
         }),
         {}},
        {"class.protected-constructor",
         with([](Sample& s) { s.method(s.m_mail, ".ctor", 0x1884, 3, number(ElementType::Void), {}); }),
         {}},
        {"class.object-method",
         with([](Sample& s) { s.method(s.m_mail, "GetHashCode", 0x01e6, 3, number(ElementType::I4), {}); }),
         {"class.method-impl"}},
        {"class.factory",
         with([](Sample& s) { s.method(s.m_factory, "Reset", 0x05c6, 0, number(ElementType::Void), {}); }),
         {}},
        {"class.factory",
         patched([](Patch& p) {
             auto const made = factories(p.file().row<TypeDef>(p.type("Mail")));
             p.byte(p.string_position(made.at(0).interface) + 10, '_');
         }),
         {"interface.exclusive"}},
        {"class.marshaling", without("Mail:MarshalingBehaviorAttribute"), {}},
        {"class.threading", without("Mail:ThreadingAttribute"), {}},
        {"class.field",
         with([](Sample& s) {
             s.builder().add_field(s.m_mail, {0x0006, "count", number(ElementType::I4)});
         }),
         {}},
        {"class.sealed", patched([](Patch& p) { p.set(TableId::TypeDef, p.type("Mail"), 0, 0x4001); }), {}},
        {"interface.exclusive", without("IMailStatics:ExclusiveToAttribute"), {}},
        {"interface.field",
         with([](Sample& s) {
             s.builder().add_field(s.m_interface, {0x0006, "count", number(ElementType::I4)});
         }),
         {}},
        {"delegate.shape",
         with([](Sample& s) { s.method(s.m_delegate, "More", 0x08c6, 3, number(ElementType::Void), {}); }),
         {}},
        {"enum.underlying", without("Parts:FlagsAttribute"), {}},
        {"enum.constant",
         patched([](Patch& p) {
             auto const fields = p.file().row<TypeDef>(p.type("Urgency")).fields();
             p.set(TableId::Field, fields[1].row(), 0, 0x8016);
         }),
         {}},
        {"struct.field",
         with([](Sample& s) {
             s.builder().add_field(s.m_place, {0x0006, "Anything", number(ElementType::Object)});
         }),
         {}},
        {"struct.field",
         patched([](Patch& p) {
             p.set(TableId::Field, p.file().row<TypeDef>(p.type("Place")).fields()[0].row(), 0, 0x0001);
         }),
         {}},
        {"struct.members",
         with([](Sample& s) { s.method(s.m_place, "Move", 0x0096, 3, number(ElementType::Void), {}); }),
         {}},
    };
}

std::vector<Mutation> member_mutations()
{
    return {
        {"class.method-impl",
         with([](Sample& s) { s.method(s.m_mail, "Extra", 0x01e6, 3, number(ElementType::Void), {}); }),
         {}},
        {"method.flags",
         patched([](Patch& p) { p.set(TableId::MethodDef, p.method("IMail", "Send"), 2, 0x0546); }),
         {}},
        {"method.flags", patched([](Patch& p) { p.set(TableId::MethodDef, p.method("Mail", "Send"), 1, 0); }), {}},
        {"method.signature",
         with([](Sample& s) { s.method(s.m_tools_statics, "Tiny", 0x05c6, 0, number(ElementType::I1), {}); }),
         {}},
        {"method.signature",
         with([](Sample& s) {
             auto const date = s.builder().type_ref(s.m_mscorlib, "System", "DateTime");
             s.method(s.m_tools_statics, "Now", 0x05c6, 0, Type::value_type(date), {});
         }),
         {}},
        {"method.overload", without("IMail.Send:OverloadAttribute"), {}},
        {"method.default-overload",
         with([](Sample& s) {
             auto const text = number(ElementType::String);
             auto const other = s.method(s.m_interface, "Send", 0x05c6, 0, number(ElementType::Void),
                                         {{"number", number(ElementType::I4)}});
             s.attribute(other, "", "OverloadAttribute", {{text, false, {}}}, AttributeBlob{}.string("SendNumber"));
         }),
         {}},
        {"param.name", patched([](Patch& p) { p.set(TableId::Param, p.file().row_count(TableId::Param), 2, 0); }), {}},
        {"param.flags", patched([](Patch& p) { p.set(TableId::Param, p.file().row_count(TableId::Param), 0, 3); }), {}},
        {"property.accessors",
         patched([](Patch& p) {
             p.set(TableId::MethodDef, p.method("IMail", "get_Urgency"), 3,
                   p.file().value(TableId::MethodDef, p.method("Tools", "Sum"), 3));
         }),
         {}},
        {"event.shape", patched([](Patch& p) { p.set(TableId::Event, 1, 2, p.type("Place") << 2); }), {}},
        {"attribute.value",
         with([](Sample& s) {
             auto const type = s.builder().type_ref(s.m_foundation, kMetadataNamespace, "WebHostHiddenAttribute");
             auto const constructor = s.builder().member_ref(type, ".ctor", {.return_type = {}, .params = {}});
             s.builder().add_attribute(s.m_place, constructor, Bytes{2, 0, 0, 0});
         }),
         {}},
    };
}

std::vector<Finding> findings_of(File const& file, Mutation const& mutation)
{
    static Metadata const nothing;
    return validate(file, {.references = mutation.with_references ? &nothing : nullptr,
                           .publisher = Publisher::Component,
                           .file_name = mutation.file_name});
}

std::vector<Mutation> all_mutations()
{
    auto result = file_mutations();
    for (auto&& more : {type_mutations(), member_mutations()})
        result.insert(result.end(), more.begin(), more.end());
    return result;
}

TEST(Validator, HasNothingToSayAboutAGoodComponent)
{
    auto const file = File::from_bytes(Sample{}.write(), "Tasks.winmd");
    ASSERT_TRUE(file);
    for (auto const& finding : validate(**file, {.references = nullptr, .publisher = {}, .file_name = "Tasks"}))
        ADD_FAILURE() << finding.message();
}

TEST(Validator, AcceptsWhatAManagedClassOverrides)
{
    Sample sample;
    sample.options.version = "WindowsRuntime 1.4;CLR v4.0.30319";
    sample.more = [](Sample& s) {
        auto const number = Type::of(ElementType::I4);
        auto const declared = s.method(s.m_interface, "GetHashCode", 0x05c6, 0, number, {});
        auto const body = s.method(s.m_mail, "GetHashCode", 0x00e6, 3, number, {});
        s.builder().add_method_impl(s.m_mail, body, declared);
    };
    auto const file = File::from_bytes(sample.write(), "Tasks.winmd");
    ASSERT_TRUE(file);
    for (auto const& finding : validate(**file))
        EXPECT_NE(finding.rule->id, "class.object-method") << finding.message();
}

TEST(Validator, NamesTheOneRuleThatABrokenFileBreaks)
{
    for (auto const& mutation : all_mutations()) {
        SCOPED_TRACE(mutation.rule);
        auto const file = File::from_bytes(mutation.broken(), "Tasks.winmd");
        ASSERT_TRUE(file) << file.error().message();
        std::set<std::string> expected{mutation.rule};
        expected.insert(mutation.consequences.begin(), mutation.consequences.end());
        std::set<std::string> found;
        std::string said;
        for (auto const& finding : findings_of(**file, mutation)) {
            found.emplace(finding.rule->id);
            said += finding.message() + "\n";
            EXPECT_FALSE(finding.text.empty());
        }
        EXPECT_EQ(found, expected) << said;
    }
}

TEST(Validator, HasABrokenFileForEachRule)
{
    std::set<std::string> broken;
    for (auto const& mutation : all_mutations())
        broken.insert(mutation.rule);
    for (auto const& rule : rules())
        EXPECT_TRUE(broken.contains(std::string{rule.id})) << rule.id;
}

TEST(Validator, RuleNamesAreDifferent)
{
    std::set<std::string_view> seen;
    for (auto const& rule : rules())
        EXPECT_TRUE(seen.insert(rule.id).second) << rule.id;
}

TEST(Validator, SaysTableRowAndName)
{
    auto const file = File::from_bytes(without("IMail:GuidAttribute")(), "Tasks.winmd");
    ASSERT_TRUE(file);
    auto const findings = validate(**file);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].message(), "error: TypeDef row 6 Tasks.IMail: it has no GuidAttribute, or one without eleven "
                                     "numbers [type.guid]");
}

// Found by fuzzing: the name of the namespace where a type of it is expected.
TEST(Validator, SurvivesAFactoryAndAnOwnerNamedAsTheNamespace)
{
    auto const bytes = with([](Sample& s) {
        auto const type = ParamType{Type::class_(s.builder().type_ref(s.m_mscorlib, "System", "Type")), false, {}};
        s.attribute(s.m_tools, "", "StaticAttribute", {type, {Type::of(ElementType::U4), false, {}}},
                    AttributeBlob{}.string("Tasks").u4(1));
        s.attribute(s.m_interface, "", "ExclusiveToAttribute", {type}, AttributeBlob{}.string("Tasks"));
    })();
    auto const file = File::from_bytes(bytes, "Tasks.winmd");
    ASSERT_TRUE(file);
    EXPECT_FALSE(has_errors(validate(**file))) << "a name in no known namespace may be defined elsewhere";
}

TEST(Validator, AcceptsEveryWindowsFile)
{
    LATCHKEY_WINDOWS_METADATA_OR_SKIP(files);
    auto const all = Metadata::load(files);
    ASSERT_TRUE(all) << all.error().message();
    for (auto const& file : all->files()) {
        auto const name = std::filesystem::path{file->path()}.stem().string();
        for (auto const* const references : {static_cast<Metadata const*>(nullptr), &*all})
            for (auto const& finding : validate(*file, {.references = references, .publisher = {}, .file_name = name}))
                if (finding.rule->severity == Severity::Error) ADD_FAILURE() << name << ": " << finding.message();
    }
}

} // namespace
} // namespace latchkey::winmd
