// SPDX-License-Identifier: MIT
// Rules about types: names, flags, attributes, and what each kind of type must have.
#include "winmd/validator.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

bool is_identifier(std::string_view text)
{
    auto const letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (text.empty() || !letter(text.front())) return false;
    return std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_namespace(std::string_view text)
{
    while (true) {
        auto const dot = text.find('.');
        if (!is_identifier(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

std::string folded(std::string text)
{
    for (auto& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// "Tasks.Mail" stands directly in "Tasks".
bool is_in_namespace(std::string_view full_name, std::string_view name_space)
{
    auto const dot = full_name.rfind('.');
    return dot != std::string_view::npos && full_name.substr(0, dot) == name_space;
}

struct KindFlags {
    Category kind;
    uint32_t set;
    uint32_t clear;
    uint32_t right; // to show
};
constexpr uint32_t kOpen = type_flags::kSealed | type_flags::kAbstract;
constexpr std::array kKindFlags{
    KindFlags{Category::Interface, type_flags::kInterface | type_flags::kAbstract, type_flags::kSealed, 0x40a1},
    KindFlags{Category::Class, 0, type_flags::kInterface | type_flags::kLayoutMask | type_flags::kAbstract, 0x4101},
    KindFlags{Category::StaticClass, kOpen, type_flags::kInterface | type_flags::kLayoutMask, 0x4181},
    KindFlags{Category::Enum, type_flags::kSealed, type_flags::kLayoutMask | type_flags::kAbstract, 0x4101},
    KindFlags{Category::Struct, type_flags::kSealed | type_flags::kSequentialLayout, type_flags::kAbstract, 0x4109},
    KindFlags{Category::Contract, type_flags::kSealed | type_flags::kSequentialLayout, type_flags::kAbstract, 0x4109},
    KindFlags{Category::Delegate, type_flags::kSealed, type_flags::kLayoutMask | type_flags::kAbstract, 0x4101},
    KindFlags{Category::Attribute, 0, type_flags::kLayoutMask | type_flags::kAbstract, 0x4101},
};

std::optional<int64_t> first_number(HasCustomAttribute parent, std::string_view attribute)
{
    auto const found = find_attribute(parent, kMetadataNamespace, attribute);
    if (!found) return std::nullopt;
    auto const value = decode(found);
    if (!value || value->fixed.empty()) return std::nullopt;
    return value->fixed[0].integer();
}

} // namespace

void Validator::check_type(TypeDef type)
{
    if (type.name_space().empty() && type.name() == "<Module>") return;
    // Managed components keep their implementation beside the metadata; it is nobody's business.
    if (!type.is_public() && !type.is_windows_runtime()) return;
    auto const kind = category(type);
    auto const name = to_string(type.full_name());
    if (!type.is_windows_runtime())
        report(RuleId::TypeWindowsRuntime, type, name,
               fmt::format("the flags are {:#x}, without 0x4000: readers ignore the type", type.flags()));
    check_type_name(type);
    check_unique(type);
    check_type_flags(type, kind);
    check_extends(type, kind);
    check_generic(type, kind);
    if (!api_version(type))
        report(RuleId::TypeVersion, type, name, "it has no VersionAttribute and no ContractVersionAttribute");
    if (kind == Category::Interface || kind == Category::Delegate) check_guid(type);
    if (kind == Category::Interface) check_interface(type);
    if (kind == Category::Class || kind == Category::StaticClass) check_class(type, kind);
    if (kind == Category::Delegate) check_delegate(type);
    if (kind == Category::Enum) check_enum(type);
    if (kind == Category::Struct || kind == Category::Contract) check_struct(type);
    if (kind != Category::Attribute) check_methods(type, kind);
    check_properties(type);
    check_events(type);
}

void Validator::check_type_name(TypeDef type)
{
    auto const full = to_string(type.full_name());
    if (type.enclosing_type()) {
        report(RuleId::TypeNested, type, full, "the type is inside another; right is a type of its own in a namespace");
        return;
    }
    if (!is_namespace(type.name_space()))
        report(RuleId::TypeName, type, full,
               fmt::format("\"{}\" is not a namespace; right is names joined by dots", type.name_space()));
    auto name = type.name();
    auto const parameters = type.generic_params().size();
    if (auto const tick = name.find('`'); tick != std::string_view::npos) {
        if (name.substr(tick + 1) != std::to_string(parameters))
            report(RuleId::TypeName, type, full,
                   fmt::format("the name says other than its {} type parameters", parameters));
        name = name.substr(0, tick);
    } else if (parameters != 0) {
        report(RuleId::TypeName, type, full, fmt::format("a generic type's name ends in `{}", parameters));
    }
    if (!is_identifier(name))
        report(RuleId::TypeName, type, full, fmt::format("\"{}\" is not a name of letters, digits and _", name));
}

void Validator::check_unique(TypeDef type)
{
    auto const name = to_string(type.full_name());
    auto const [found, added] = m_folded_names.try_emplace(folded(name), type);
    if (!added)
        report(RuleId::TypeUnique, type, name,
               fmt::format("row {} is {}, the same name", found->second.row(), to_string(found->second.full_name())));
}

void Validator::check_type_flags(TypeDef type, Category kind)
{
    for (auto const& flags : kKindFlags) {
        if (flags.kind != kind) continue;
        if ((type.flags() & flags.set) != flags.set || (type.flags() & flags.clear) != 0)
            report(RuleId::TypeFlags, type, to_string(type.full_name()),
                   fmt::format("the flags of this {} are {:#x}; right is {:#x}", to_string(kind), type.flags(),
                               flags.right));
    }
    if (kind != Category::Interface && !type.is_public())
        report(RuleId::TypeFlags, type, to_string(type.full_name()),
               fmt::format("the flags of this {} are {:#x}, which is not public", to_string(kind), type.flags()));
    if (kind == Category::Class && !type.is_sealed() && is_component())
        report(RuleId::ClassSealed, type, to_string(type.full_name()),
               "the class is not sealed: JavaScript cannot use it");
}

void Validator::check_extends(TypeDef type, Category kind)
{
    auto const name = to_string(type.full_name());
    if (kind == Category::Interface) {
        if (type.extends())
            report(RuleId::TypeExtends, type, name,
                   fmt::format("the interface extends {}; what it requires belongs into InterfaceImpl",
                               to_string(type.extends())));
        return;
    }
    if (!type.extends()) {
        report(RuleId::TypeExtends, type, name, "it extends nothing; right is System.Object");
        return;
    }
    auto const base = name_of(type.extends());
    if ((kind != Category::Class && kind != Category::StaticClass) || base == TypeName{"System", "Object"}) return;
    auto const definition = resolve(type.extends());
    bool const of_system = base.name_space == "System" || base.name_space.starts_with("System.");
    if (of_system || (definition && category(definition) != Category::Class))
        report(RuleId::TypeExtends, type, name,
               fmt::format("it extends {}; right is System.Object or a Windows Runtime class", to_string(base)));
}

void Validator::check_guid(TypeDef type)
{
    auto const name = to_string(type.full_name());
    auto const found = guid(type);
    if (!found) {
        report(RuleId::TypeGuid, type, name, "it has no GuidAttribute, or one without eleven numbers");
        return;
    }
    if (*found == Guid{}) report(RuleId::TypeGuid, type, name, "its GUID is zero");
    auto const [other, added] = m_guids.try_emplace(to_string(*found), type);
    if (!added)
        report(RuleId::TypeGuidUnique, type, name,
               fmt::format("its GUID {} is that of {}", other->first, to_string(other->second.full_name())));
}

void Validator::check_generic(TypeDef type, Category kind)
{
    if (type.generic_params().empty()) return;
    bool const may = kind == Category::Interface || kind == Category::Delegate;
    if (is_component() || !may)
        report(RuleId::TypeGeneric, type, to_string(type.full_name()),
               fmt::format("the {} is generic; components may use generic types but not define them", to_string(kind)));
}

Validator::ClassInterfaces const& Validator::interfaces_of(TypeDef type)
{
    auto const [found, added] = m_interfaces.try_emplace(type);
    if (added) {
        for (auto const row : type.interfaces())
            found->second.implemented.insert(to_string(name_of(row.interface())));
        for (auto const& factory : factories(type))
            found->second.factories.emplace(factory.interface);
    }
    return found->second;
}

void Validator::check_class(TypeDef type, Category kind)
{
    auto const name = to_string(type.full_name());
    uint32_t defaults = 0;
    for (auto const row : type.interfaces())
        if (has_metadata_attribute(row, "DefaultAttribute")) ++defaults;
    if (kind == Category::StaticClass && !type.interfaces().empty())
        report(RuleId::ClassInterface, type, name, "a static class implements interfaces, which nobody can ask it for");
    if (kind == Category::Class && type.interfaces().empty())
        report(RuleId::ClassInterface, type, name,
               "the class implements no interface: make it static, or give it a member or an interface");
    else if (kind == Category::Class && defaults != 1)
        report(RuleId::ClassDefault, type, name,
               fmt::format("{} of its {} interfaces have DefaultAttribute; right is one", defaults,
                           type.interfaces().size()));
    auto const found = factories(type);
    check_class_attributes(type, kind, found);
    check_constructors(type, found);
    check_sealed_constructors(type);
    check_object_methods(type);
    for (auto const& factory : found)
        check_factory(type, factory);
    check_implemented(type);
    check_method_impls(type);
    for (auto const field : type.fields())
        if ((field.flags() & field_flags::kAccessMask) == field_flags::kPublic)
            report(RuleId::ClassField, field, member_name(type, field.name()),
                   "classes have no public fields; right is a property");
}

void Validator::check_class_attributes(TypeDef type, Category kind, std::vector<Factory> const& found)
{
    auto const name = to_string(type.full_name());
    bool const creatable =
        std::any_of(found.begin(), found.end(), [](Factory const& one) { return one.kind != FactoryKind::Static; });
    for (auto const method : type.methods()) {
        bool const is_public = (method.flags() & method_flags::kAccessMask) == method_flags::kPublic;
        if (method.is_constructor() && is_public && !creatable) {
            report(RuleId::ClassActivatable, type, name,
                   "the class has a constructor but no ActivatableAttribute, so nobody can call it");
            break;
        }
    }
    auto in_range = [&](std::string_view attribute, bool wanted, RuleId rule) {
        auto const value = first_number(type, attribute);
        // The CLR supplies both for managed components; winmdexp of Windows 8 does not write them.
        if (!value && wanted && is_component() && !is_managed())
            report(rule, type, name, fmt::format("it has no {}", attribute));
        else if (value && (*value < 1 || *value > 3))
            report(rule, type, name, fmt::format("its {} is {}; right is 1 to 3", attribute, *value));
    };
    in_range("MarshalingBehaviorAttribute", kind == Category::Class, RuleId::ClassMarshaling);
    in_range("ThreadingAttribute", kind == Category::Class && creatable, RuleId::ClassThreading);
}

void Validator::check_factory(TypeDef type, Factory const& factory)
{
    if (factory.interface.empty()) {
        if (factory.kind != FactoryKind::Activatable)
            report(RuleId::ClassFactory, type, to_string(type.full_name()),
                   "a StaticAttribute or ComposableAttribute names no interface");
        return;
    }
    auto const name = to_string(type.full_name());
    auto const interface = find(factory.interface);
    if (!interface) {
        // Elsewhere is right as long as nobody gave us elsewhere.
        if (is_in_namespace(factory.interface, type.name_space()))
            report(RuleId::ClassFactory, type, name, fmt::format("its factory {} does not exist", factory.interface));
        return;
    }
    if (!interface.is_interface()) {
        report(RuleId::ClassFactory, type, name, fmt::format("its factory {} is not an interface", factory.interface));
        return;
    }
    if (auto const owner = exclusive_to(interface); !owner.empty() && owner != name)
        report(RuleId::ClassFactory, type, name,
               fmt::format("its factory {} is exclusive to {}", factory.interface, owner));
    if (factory.kind == FactoryKind::Static) return;
    for (auto const method : interface.methods()) {
        auto const result = method.signature().return_type;
        if (name_of(result.type.type) != type.full_name())
            report(RuleId::ClassFactory, type, name,
                   fmt::format("{}.{} returns {}; a factory returns the class", factory.interface, method.name(),
                               to_string(result.type)));
    }
}

void Validator::check_implemented(TypeDef type)
{
    auto const name = to_string(type.full_name());
    for (auto const row : type.interfaces()) {
        auto const interface = resolve(row.interface());
        auto const called = to_string(row.interface());
        auto const of_system = name_of(row.interface()).name_space;
        if (of_system == "System" || of_system.starts_with("System."))
            report(RuleId::ClassImplements, row, name, fmt::format("{} is not a Windows Runtime interface", called));
        if (!interface) continue;
        if (!interface.is_interface()) {
            report(RuleId::ClassImplements, row, name, fmt::format("{} is not an interface", called));
            continue;
        }
        if (!interface.is_windows_runtime())
            report(RuleId::ClassImplements, row, name, fmt::format("{} is not a Windows Runtime interface", called));
        auto const owner = exclusive_to(interface);
        if (type.is_interface() || owner.empty() || owner == name) continue;
        // A derived class repeats the overridable interfaces of the class it derives from.
        bool inherited = has_metadata_attribute(row, "OverridableAttribute");
        auto base = resolve(type.extends());
        for (unsigned depth = 0; base && !inherited && depth < 64; ++depth, base = resolve(base.extends()))
            inherited = to_string(base.full_name()) == owner;
        if (!inherited) report(RuleId::ClassImplements, row, name, fmt::format("{} is exclusive to {}", called, owner));
    }
}

void Validator::check_interface(TypeDef type)
{
    auto const name = to_string(type.full_name());
    auto const owner = exclusive_to(type);
    if (!type.is_public() && owner.empty())
        report(RuleId::InterfaceExclusive, type, name,
               "the interface is not public and has no ExclusiveToAttribute; right is one of the two");
    if (!owner.empty()) {
        auto const runtime_class = find(owner);
        // Windows itself keeps a few that nobody uses any more.
        if (is_component() && runtime_class && !interfaces_of(runtime_class).implemented.contains(name) &&
            !interfaces_of(runtime_class).factories.contains(name))
            report(RuleId::InterfaceExclusive, type, name,
                   fmt::format("it is exclusive to {}, which neither implements it nor has it as a factory", owner));
        if (!runtime_class && is_in_namespace(owner, type.name_space()))
            report(RuleId::InterfaceExclusive, type, name,
                   fmt::format("it is exclusive to {}, which is not there", owner));
    }
    if (!type.fields().empty())
        report(RuleId::InterfaceField, type.fields().front(), member_name(type, type.fields().front().name()),
               "interfaces have no fields; right is a property");
    check_implemented(type);
    check_overloads(type);
}

void Validator::check_delegate(TypeDef type)
{
    auto const invoke = invoke_method(type);
    MethodDef constructor;
    for (auto const method : type.methods())
        if (method.is_constructor()) constructor = method;
    std::string text;
    if (!invoke) text = "it has no Invoke";
    if (!constructor) text = "it has no .ctor";
    if (text.empty() && type.methods().size() != 2)
        text = fmt::format("it has {} methods; right is .ctor and Invoke", type.methods().size());
    if (constructor) {
        auto const params = constructor.signature().params;
        if (params.size() != 2 || params[0].type.kind != ElementType::Object || params[1].type.kind != ElementType::I)
            text = "the parameters of its .ctor are not Object and IntPtr";
    }
    if (!text.empty()) report(RuleId::DelegateShape, type, to_string(type.full_name()), std::move(text));
}

void Validator::check_enum(TypeDef type)
{
    auto const name = to_string(type.full_name());
    auto const underlying = enum_underlying_type(type);
    bool const flags = is_flags_enum(type);
    if (underlying != ElementType::I4 && underlying != ElementType::U4)
        report(RuleId::EnumUnderlying, type, name, "it has no value__ field of Int32 or UInt32");
    else if ((underlying == ElementType::U4) != flags)
        report(RuleId::EnumUnderlying, type, name,
               flags ? "an enum with FlagsAttribute is UInt32" : "a UInt32 enum has FlagsAttribute");
    for (auto const field : type.fields()) {
        if ((field.flags() & field_flags::kStatic) == 0) continue;
        auto const member = member_name(type, field.name());
        constexpr uint16_t kWanted =
            field_flags::kPublic | field_flags::kStatic | field_flags::kLiteral | field_flags::kHasDefault;
        auto const constant = field.constant();
        if ((field.flags() & kWanted) != kWanted)
            report(RuleId::EnumConstant, field, member,
                   fmt::format("the flags are {:#x}; right is {:#x}", field.flags(), kWanted));
        else if (!constant || constant.type() != underlying)
            report(RuleId::EnumConstant, field, member, "it has no constant of the enum's type");
        else if (name_of(field.signature().type) != type.full_name())
            report(RuleId::EnumConstant, field, member,
                   fmt::format("its type is {}; right is the enum", to_string(field.signature())));
    }
}

void Validator::check_struct(TypeDef type)
{
    auto const name = to_string(type.full_name());
    if (!type.methods().empty() || !type.properties().empty() || !type.events().empty() || !type.interfaces().empty())
        report(RuleId::StructMembers, type, name, "it has methods, properties, events or interfaces");
    if (category(type) == Category::Contract) return;
    if (struct_fields(type).empty()) report(RuleId::StructMembers, type, name, "it has no fields");
    for (auto const field : type.fields()) {
        auto const member = member_name(type, field.name());
        if ((field.flags() & field_flags::kAccessMask) != field_flags::kPublic ||
            (field.flags() & field_flags::kStatic) != 0)
            report(RuleId::StructField, field, member,
                   fmt::format("the flags are {:#x}; fields are public and not static", field.flags()));
        else if (auto text = field_trouble(field.signature()); !text.empty())
            report(RuleId::StructField, field, member, std::move(text));
    }
}

} // namespace latchkey::winmd
