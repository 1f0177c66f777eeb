// SPDX-License-Identifier: MIT
// The bodies of sample.h, and what the sample must be.
#include "unit/winmd/sample.h"
#include "winmd/runtime_type.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace latchkey::test {

using namespace winmd;

void Sample::attribute(AnyHandle parent, std::string const& whose, std::string_view name, std::vector<ParamType> params,
                       AttributeBlob const& value)
{
    auto const key = whose + ":" + std::string{name};
    if (without.contains(key)) return;
    bool const of_system = name == "FlagsAttribute";
    auto const type = m_builder->type_ref(of_system ? m_mscorlib : m_foundation,
                                          of_system ? "System" : "Windows.Foundation.Metadata", name);
    auto const constructor = m_builder->member_ref(type, ".ctor", {.return_type = {}, .params = std::move(params)});
    m_builder->add_attribute(parent, constructor, value);
    if (twice.contains(key)) m_builder->add_attribute(parent, constructor, value);
}

void Sample::version(AnyHandle parent, std::string const& whose)
{
    attribute(parent, whose, "VersionAttribute", {{Type::of(ElementType::U4), false, {}}}, AttributeBlob{}.u4(1));
}

void Sample::guid(AnyHandle parent, std::string const& whose, uint32_t number)
{
    std::vector<ParamType> params{{Type::of(ElementType::U4), false, {}},
                                  {Type::of(ElementType::U2), false, {}},
                                  {Type::of(ElementType::U2), false, {}}};
    for (int i = 0; i < 8; ++i)
        params.push_back({Type::of(ElementType::U1), false, {}});
    attribute(parent, whose, "GuidAttribute", std::move(params), AttributeBlob{}.guid({number, 2, 3, {4, 5}}));
}

MethodHandle Sample::method(TypeDefHandle type, std::string_view name, uint16_t flags, uint16_t impl_flags,
                            Type const& result, std::vector<std::pair<std::string_view, Type>> const& params)
{
    MethodType signature{
        .has_this = (flags & method_flags::kStatic) == 0, .return_type = {result, false, {}}, .params = {}};
    for (auto const& [param_name, param_type] : params)
        signature.params.push_back({param_type, false, {}});
    auto const added = m_builder->add_method(type, {name, flags, impl_flags, signature});
    uint16_t sequence = 0;
    for (auto const& [param_name, param_type] : params)
        m_builder->add_param(added, {++sequence, param_flags::kIn, param_name});
    return added;
}

void Sample::implement(TypeDefHandle type, MethodHandle body, AnyHandle interface, std::string_view name,
                       Type const& result, std::vector<Type> const& params)
{
    MethodType signature{.return_type = {result, false, {}}, .params = {}};
    for (auto const& param : params)
        signature.params.push_back({param, false, {}});
    m_builder->add_method_impl(type, body, m_builder->member_ref(interface, name, signature));
}

TypeDefHandle Sample::interface(std::string_view name, uint32_t number, std::string_view exclusive_to)
{
    auto const type = m_builder->add_type({exclusive_to.empty() ? 0x40a1u : 0x40a0u, "Tasks", name, {}});
    guid(type, std::string{name}, number);
    version(type, std::string{name});
    if (!exclusive_to.empty())
        attribute(type, std::string{name}, "ExclusiveToAttribute",
                  {{Type::class_(m_builder->type_ref(m_mscorlib, "System", "Type")), false, {}}},
                  AttributeBlob{}.string(exclusive_to));
    return type;
}

void Sample::write_enum(std::string_view name, bool flags)
{
    auto const type = m_builder->add_type({0x4101, "Tasks", name, m_builder->type_ref(m_mscorlib, "System", "Enum")});
    m_builder->add_field(type, {0x0601, "value__", Type::of(flags ? ElementType::U4 : ElementType::I4)});
    uint32_t value = 1;
    for (auto const* const member : {"Low", "High"}) {
        auto const field = m_builder->add_field(type, {0x8056, member, Type::value_type(type)});
        if (flags)
            m_builder->add_constant(field, value);
        else
            m_builder->add_constant(field, static_cast<int32_t>(value) - 2);
        ++value;
    }
    version(type, std::string{name});
    if (flags) attribute(type, std::string{name}, "FlagsAttribute", {}, AttributeBlob{});
    (flags ? m_parts : m_priority) = type;
}

void Sample::write_struct()
{
    m_place = m_builder->add_type({0x4109, "Tasks", "Place", m_builder->type_ref(m_mscorlib, "System", "ValueType")});
    m_builder->add_field(m_place, {0x0006, "Name", Type::of(ElementType::String)});
    m_builder->add_field(m_place, {0x0006, "Height", Type::of(ElementType::R8)});
    version(m_place, "Place");
}

void Sample::write_delegate()
{
    m_delegate = m_builder->add_type(
        {0x4101, "Tasks", "MailHandler", m_builder->type_ref(m_mscorlib, "System", "MulticastDelegate")});
    method(m_delegate, ".ctor", 0x1881, 3, Type::of(ElementType::Void),
           {{"object", Type::of(ElementType::Object)}, {"method", Type::of(ElementType::I)}});
    method(m_delegate, "Invoke", 0x08c6, 3, Type::of(ElementType::Void), {{"text", Type::of(ElementType::String)}});
    guid(m_delegate, "MailHandler", 100);
    version(m_delegate, "MailHandler");
}

void Sample::write_interfaces()
{
    auto const nothing = Type::of(ElementType::Void);
    auto const text = Type::of(ElementType::String);
    auto const token =
        Type::value_type(m_builder->type_ref(m_foundation, "Windows.Foundation", "EventRegistrationToken"));
    m_interface = interface("IMail", 1, "Tasks.Mail");
    method(m_interface, "Send", 0x05c6, 0, Type::of(ElementType::Boolean), {{"text", text}});
    auto const overload =
        method(m_interface, "Send", 0x05c6, 0, nothing, {{"text", text}, {"place", Type::value_type(m_place)}});
    attribute(overload, "IMail.Send", "OverloadAttribute", {{text, false, {}}}, AttributeBlob{}.string("SendTo"));
    auto const getter = method(m_interface, "get_Urgency", 0x0dc6, 0, Type::value_type(m_priority), {});
    auto const setter =
        method(m_interface, "put_Urgency", 0x0dc6, 0, nothing, {{"value", Type::value_type(m_priority)}});
    auto const property =
        m_builder->add_property(m_interface, {"Urgency", 0, true, {Type::value_type(m_priority), false, {}}});
    m_builder->add_semantics(property, semantics::kGetter, getter);
    m_builder->add_semantics(property, semantics::kSetter, setter);
    auto const add = method(m_interface, "add_Sent", 0x0dc6, 0, token, {{"handler", Type::class_(m_delegate)}});
    auto const remove = method(m_interface, "remove_Sent", 0x0dc6, 0, nothing, {{"token", token}});
    auto const event = m_builder->add_event(m_interface, {"Sent", 0, m_delegate});
    m_builder->add_semantics(event, semantics::kAddOn, add);
    m_builder->add_semantics(event, semantics::kRemoveOn, remove);

    m_factory = interface("IMailFactory", 2, "Tasks.Mail");
    m_statics = interface("IMailStatics", 3, "Tasks.Mail");
    auto const list = m_builder->type_ref(m_foundation, "Windows.Foundation.Collections", "IVectorView`1");
    method(m_statics, "All", 0x05c6, 0, Type::generic(list, {Type::of(ElementType::String)}), {});
    m_tools_statics = interface("IToolsStatics", 4, "Tasks.Tools");
    method(m_tools_statics, "Sum", 0x05c6, 0, Type::of(ElementType::I4),
           {{"numbers", Type::array(Type::of(ElementType::I4))}});
}

void Sample::write_class()
{
    auto const nothing = Type::of(ElementType::Void);
    auto const text = Type::of(ElementType::String);
    auto const object = m_builder->type_ref(m_mscorlib, "System", "Object");
    auto const type_parameter = ParamType{Type::class_(m_builder->type_ref(m_mscorlib, "System", "Type")), false, {}};
    auto const number_parameter = ParamType{Type::of(ElementType::U4), false, {}};
    m_mail = m_builder->add_type({0x4101, "Tasks", "Mail", object});
    method(m_factory, "Create", 0x05c6, 0, Type::class_(m_mail), {{"text", text}});
    method(m_mail, ".ctor", 0x1886, 3, nothing, {{"text", text}});
    implement(m_mail, method(m_mail, "Send", 0x01e6, 3, Type::of(ElementType::Boolean), {{"text", text}}), m_interface,
              "Send", Type::of(ElementType::Boolean), {text});
    auto const getter = method(m_mail, "get_Urgency", 0x09e6, 3, Type::value_type(m_priority), {});
    implement(m_mail, getter, m_interface, "get_Urgency", Type::value_type(m_priority), {});
    auto const property =
        m_builder->add_property(m_mail, {"Urgency", 0, true, {Type::value_type(m_priority), false, {}}});
    m_builder->add_semantics(property, semantics::kGetter, getter);
    auto const default_interface = m_builder->add_interface(m_mail, m_interface);
    attribute(default_interface, "Mail.IMail", "DefaultAttribute", {}, AttributeBlob{});
    auto const closable =
        m_builder->add_interface(m_mail, m_builder->type_ref(m_foundation, "Windows.Foundation", "IClosable"));
    if (twice.contains("Mail.IMail:second DefaultAttribute"))
        attribute(closable, "Mail.IClosable", "DefaultAttribute", {}, AttributeBlob{});
    attribute(m_mail, "Mail", "ActivatableAttribute", {type_parameter, number_parameter},
              AttributeBlob{}.string("Tasks.IMailFactory").u4(1));
    attribute(m_mail, "Mail", "StaticAttribute", {type_parameter, number_parameter},
              AttributeBlob{}.string("Tasks.IMailStatics").u4(1));
    auto const metadata = "Windows.Foundation.Metadata";
    attribute(m_mail, "Mail", "MarshalingBehaviorAttribute",
              {{Type::value_type(m_builder->type_ref(m_foundation, metadata, "MarshalingType")), false, {}}},
              AttributeBlob{}.i4(2));
    attribute(m_mail, "Mail", "ThreadingAttribute",
              {{Type::value_type(m_builder->type_ref(m_foundation, metadata, "ThreadingModel")), false, {}}},
              AttributeBlob{}.i4(3));
    version(m_mail, "Mail");
}

void Sample::write_static_class()
{
    auto const tools = m_tools =
        m_builder->add_type({0x4181, "Tasks", "Tools", m_builder->type_ref(m_mscorlib, "System", "Object")});
    method(tools, "Sum", 0x0096, 3, Type::of(ElementType::I4), {{"numbers", Type::array(Type::of(ElementType::I4))}});
    attribute(tools, "Tools", "StaticAttribute",
              {{Type::class_(m_builder->type_ref(m_mscorlib, "System", "Type")), false, {}},
               {Type::of(ElementType::U4), false, {}}},
              AttributeBlob{}.string("Tasks.IToolsStatics").u4(1));
    version(tools, "Tools");
}

Bytes Sample::write()
{
    m_builder = std::make_unique<Builder>(options);
    m_mscorlib = m_builder->assembly_ref("mscorlib");
    m_foundation = m_builder->assembly_ref("Windows.Foundation");
    write_enum("Parts", true);
    write_enum("Urgency", false);
    write_struct();
    write_delegate();
    write_interfaces();
    write_class();
    write_static_class();
    if (more) more(*this);
    return m_builder->finish();
}

std::unique_ptr<File const> Patch::open(Bytes const& bytes)
{
    auto file = File::from_bytes(bytes, "Tasks.winmd");
    EXPECT_TRUE(file) << file.error().message();
    return std::move(*file);
}

uint32_t Patch::type(std::string_view name) const
{
    for (auto const type : m_file->rows<TypeDef>())
        if (type.name() == name) return type.row();
    ADD_FAILURE() << "no type " << name;
    return 1;
}

uint32_t Patch::method(std::string_view type_name, std::string_view name) const
{
    for (auto const method : m_file->row<TypeDef>(type(type_name)).methods())
        if (method.name() == name) return method.row();
    ADD_FAILURE() << "no method " << type_name << "." << name;
    return 1;
}

Patch& Patch::set(TableId table, uint32_t row, unsigned column, uint32_t value)
{
    auto const& spec = spec_of(table).columns[column];
    auto const at = m_file->position(table, row, column);
    auto const next = column + 1u < spec_of(table).columns.size() ? m_file->position(table, row, column + 1)
                      : row < m_file->row_count(table)            ? m_file->position(table, row + 1, 0)
                                                                  : at + (spec.kind == ColumnKind::U4 ? 4u : 2u);
    for (auto i = at; i < next; ++i, value >>= 8)
        m_bytes.at(i) = static_cast<uint8_t>(value);
    return *this;
}

Patch& Patch::swap(TableId table, uint32_t a, uint32_t b)
{
    auto const size = m_file->position(table, 2, 0) - m_file->position(table, 1, 0);
    auto const at_a = static_cast<std::ptrdiff_t>(m_file->position(table, a, 0));
    auto const at_b = static_cast<std::ptrdiff_t>(m_file->position(table, b, 0));
    std::swap_ranges(m_bytes.begin() + at_a, m_bytes.begin() + at_a + static_cast<std::ptrdiff_t>(size),
                     m_bytes.begin() + at_b);
    return *this;
}

TEST(Sample, ReadsBackAsItWasMade)
{
    auto const file = File::from_bytes(Sample{}.write(), "Tasks.winmd");
    ASSERT_TRUE(file) << file.error().message();
    Metadata metadata;
    auto const& tasks = metadata.add(File::from_bytes(Sample{}.write(), "Tasks.winmd").value());
    EXPECT_EQ(tasks.version(), "WindowsRuntime 1.4");
    EXPECT_EQ(tasks.row<Assembly>(1).name(), "Tasks");
    EXPECT_EQ(metadata.namespaces().at("Tasks").size(), 10u);

    auto const mail = metadata.find("Tasks.Mail");
    ASSERT_TRUE(mail);
    EXPECT_EQ(category(mail), Category::Class);
    EXPECT_EQ(to_string(default_interface(mail).interface()), "Tasks.IMail");
    auto const made = factories(mail);
    ASSERT_EQ(made.size(), 2u);
    EXPECT_EQ(made[0].interface, "Tasks.IMailFactory");
    EXPECT_EQ(made[1].kind, FactoryKind::Static);

    auto const interface = metadata.find("Tasks", "IMail");
    EXPECT_EQ(exclusive_to(interface), "Tasks.Mail");
    EXPECT_EQ(to_string(*guid(interface)), "00000001-0002-0003-0405-000000000000");
    ASSERT_EQ(interface.properties().size(), 1u);
    EXPECT_EQ(interface.properties()[0].getter().name(), "get_Urgency");
    EXPECT_EQ(interface.properties()[0].setter().name(), "put_Urgency");
    ASSERT_EQ(interface.events().size(), 1u);
    EXPECT_EQ(interface.events()[0].remove_method().name(), "remove_Sent");
    EXPECT_EQ(abi_name(interface.methods()[1]), "SendTo");
    EXPECT_EQ(to_string(metadata.find("Tasks.IMailStatics").methods()[0].signature().return_type.type),
              "Windows.Foundation.Collections.IVectorView`1<String>");

    EXPECT_EQ(category(metadata.find("Tasks.Tools")), Category::StaticClass);
    EXPECT_TRUE(is_flags_enum(metadata.find("Tasks.Parts")));
    auto const urgency = enum_constants(metadata.find("Tasks.Urgency"));
    ASSERT_EQ(urgency.size(), 2u);
    EXPECT_EQ(urgency[0].value, -1);
    EXPECT_EQ(struct_fields(metadata.find("Tasks.Place")).size(), 2u);
    EXPECT_EQ(invoke_method(metadata.find("Tasks.MailHandler")).name(), "Invoke");
}

// Seeds for tests/fuzz: LATCHKEY_WRITE_CORPUS=tests/fuzz/corpus/winmd_reader winmd_tests --gtest_filter=Sample.*Corpus
TEST(Sample, WritesTheFuzzCorpusWhenAsked)
{
    auto const* const folder = std::getenv("LATCHKEY_WRITE_CORPUS");
    if (!folder) GTEST_SKIP() << "LATCHKEY_WRITE_CORPUS is not set";
    auto const write = [&](char const* name, Bytes const& bytes) {
        std::ofstream file{std::filesystem::path{folder} / name, std::ios::binary};
        file.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        ASSERT_TRUE(file) << name;
    };
    write("component.winmd", Sample{}.write());
    write("empty.winmd", Builder{{.name = "Empty", .module_name = {}, .mvid = {}}}.finish());
    Patch unsorted{Sample{}.write()};
    unsorted.swap(TableId::CustomAttribute, 1, unsorted.file().row_count(TableId::CustomAttribute));
    write("unsorted.winmd", unsorted.bytes());
    Sample odd;
    odd.more = [](Sample& s) {
        auto& b = s.builder();
        b.set_enclosing_type(s.m_parts, s.m_place);
        b.set_class_layout(s.m_place, 8, 16);
        b.add_generic_param(s.m_statics, "T");
        auto const inner =
            b.type_spec(Type::generic(s.m_interface, {Type::var(0), Type::array(Type::of(ElementType::I))}));
        s.method(s.m_tools_statics, "Odd", 0x05c6, 0, Type::class_(inner), {{"x", Type::generic(inner, {})}});
        b.set_extends(s.m_mail, inner);
        auto const constructor =
            b.member_ref(inner, ".ctor", {.return_type = {}, .params = {{Type::of(ElementType::Object), false, {}}}});
        b.add_attribute(s.m_place, constructor, AttributeBlob{}.u1(0x0e).string("boxed"));
    };
    write("odd.winmd", odd.write());
}

TEST(Sample, IsTheSameFileEachTime)
{
    EXPECT_EQ(Sample{}.write(), Sample{}.write());
}

} // namespace latchkey::test
