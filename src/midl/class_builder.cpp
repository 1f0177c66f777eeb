// SPDX-License-Identifier: MIT
#include "midl/class_builder.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::AttributeBlob;
using winmd::ElementType;

namespace {

std::size_t parts_of(Type const& type)
{
    std::size_t count = 1;
    for (auto const& argument : type.arguments)
        count += parts_of(argument);
    return count;
}

} // namespace

struct ClassBuilder::Naming {
    std::string_view attribute;
    std::string_view suffix;
};

ClassBuilder::Naming const& ClassBuilder::naming(Kind kind)
{
    static constexpr std::array<Naming, 7> kNaming{{{"interface_name", ""},
                                                    {"protected_name", "Protected"},
                                                    {"overridable_name", "Overrides"},
                                                    {"static_name", "Statics"},
                                                    {"constructor_name", "Factory"},
                                                    {"constructor_name", "Factory"},
                                                    {"constructor_name", "Factory"}}};
    return kNaming[static_cast<std::size_t>(kind)];
}

std::optional<ClassBuilder::Kind> ClassBuilder::kind_of(Member const& member)
{
    if (member.kind == Member::Kind::Interface || member.kind == Member::Kind::Field) return std::nullopt;
    if (member.kind == Member::Kind::Constructor) {
        if (m_declaration.is_unsealed) return member.is_protected ? Kind::ProtectedComposable : Kind::PublicComposable;
        if (!member.parameters.empty()) return Kind::Factory;
        m_activations.push_back({&member});
        return std::nullopt;
    }
    if (member.is_static) return Kind::Static;
    if (member.is_overridable) return Kind::Overridable;
    return member.is_protected ? Kind::Protected : Kind::Instance;
}

Attribute const* ClassBuilder::naming_attribute(Member const& member, std::string_view name) const
{
    if (auto const* own = find_attribute(member.attributes, name)) return own;
    for (int block = member.block; block >= 0; block = m_declaration.blocks[static_cast<std::size_t>(block)].parent)
        if (auto const* found = find_attribute(m_declaration.blocks[static_cast<std::size_t>(block)].attributes, name))
            return found;
    return nullptr;
}

ClassBuilder::Group& ClassBuilder::group_of(Member const& member, Kind kind)
{
    std::string key;
    auto const* name = naming_attribute(member, naming(kind).attribute);
    if (name != nullptr && !name->arguments.empty()) {
        key = "name:" + name->arguments[0].text;
    } else if (member.block >= 0) {
        key = fmt::format("block:{}", member.block);
    } else {
        for (auto const version : {"contract", "version"})
            if (auto const* own = find_attribute(member.attributes, version))
                for (auto const& argument : own->arguments)
                    key += fmt::format("{}:{},", version, argument.text);
    }
    for (auto& group : m_groups)
        if (group->kind == kind && group->key == key) return *group;
    auto& added = *m_groups.emplace_back(std::make_unique<Group>());
    added.kind = kind;
    added.key = key;
    added.block = member.block;
    added.range = member.name.range;
    if (name != nullptr && name->arguments.size() > 1) added.iid = m_resolver.guid(name->arguments[1]);
    return added;
}

void ClassBuilder::plan()
{
    for (auto const& member : m_declaration.members)
        if (auto const kind = kind_of(member)) group_of(member, *kind).members.push_back(&member);
    auto const is_main = [](auto const& group) { return group->kind == Kind::Instance && group->key.empty(); };
    bool const has_main = std::any_of(m_groups.begin(), m_groups.end(), is_main);
    // On a static class the attribute has nothing to ask for.
    if (!has_main && !m_declaration.is_static &&
        find_attribute(m_declaration.attributes, "default_interface") != nullptr) {
        auto& added = *m_groups.emplace_back(std::make_unique<Group>());
        added.range = m_symbol.range;
    }
    auto const is_static = [](auto const& group) { return group->kind == Kind::Static; };
    auto const& attributes = m_declaration.attributes;
    bool const only_statics = !m_groups.empty() && std::all_of(m_groups.begin(), m_groups.end(), is_static) &&
                              m_activations.empty() && m_declaration.bases.empty() &&
                              find_attribute(attributes, "activatable") == nullptr &&
                              find_attribute(attributes, "composable") == nullptr;
    auto const is_line = [](Member const& member) { return member.kind == Member::Kind::Interface; };
    bool const has_lines = std::any_of(m_declaration.members.begin(), m_declaration.members.end(), is_line);
    m_symbol.is_static_class = m_declaration.is_static || (only_statics && !has_lines);
    // The members outside of blocks have the first right to the plain names.
    std::stable_partition(m_groups.begin(), m_groups.end(), [](auto const& group) { return group->key.empty(); });
    name_groups();
}

void ClassBuilder::name_groups()
{
    for (auto& group : m_groups)
        name_group(*group);
    for (std::size_t block = 0; block < m_declaration.blocks.size(); ++block) {
        auto const* uuid = find_attribute(m_declaration.blocks[block].attributes, "uuid");
        if (uuid == nullptr || uuid->arguments.empty()) continue;
        std::vector<Group*> made;
        for (auto& group : m_groups)
            if (group->block == static_cast<int>(block)) made.push_back(group.get());
        if (made.size() == 1)
            made[0]->iid = m_resolver.guid(uuid->arguments[0]);
        else
            m_resolver.diagnostics()
                .error(uuid->range,
                       fmt::format("the block makes {} interfaces, so it cannot have one IID", made.size()))
                .hint("name them with [interface_name(\"…\", IID)] and [static_name(\"…\", IID)]");
    }
}

void ClassBuilder::name_group(Group& group)
{
    auto const& rule = naming(group.kind);
    Attribute const* given = group.members.empty() ? nullptr : naming_attribute(*group.members.front(), rule.attribute);
    if (given == nullptr && group.key.empty()) given = find_attribute(m_declaration.attributes, rule.attribute);
    auto& symbols = m_resolver.symbols();
    auto const taken = [&](std::string const& name) {
        auto const* found = symbols.find(name, 0);
        return found != nullptr && found->is_output() ? found : nullptr;
    };
    auto const qualified = [&](std::string_view name) {
        return m_symbol.name_space.empty() ? std::string{name} : fmt::format("{}.{}", m_symbol.name_space, name);
    };
    std::string full;
    std::optional<std::string> const name =
        given != nullptr && !given->arguments.empty() ? m_resolver.word(given->arguments[0]) : std::nullopt;
    if (name) {
        full = name->find('.') == std::string::npos ? qualified(*name) : *name;
        if (auto const* other = taken(full)) {
            m_resolver.diagnostics()
                .error(given->range, fmt::format("'{}' is declared already", full))
                .hint("leave the attribute out, or choose another name")
                .note(other->range, "previous definition is here");
            full.clear();
        } else if (given->arguments.size() > 1 && !group.iid) {
            group.iid = m_resolver.guid(given->arguments[1]);
        }
    }
    if (full.empty()) {
        auto const plain = qualified(fmt::format("I{}{}", m_symbol.name, rule.suffix));
        full = plain;
        for (unsigned number = 2; taken(full) != nullptr; ++number)
            full = fmt::format("{}{}", plain, number);
    }
    auto const dot = full.rfind('.');
    auto const name_space = dot == std::string::npos ? std::string_view{} : std::string_view{full}.substr(0, dot);
    auto const last = dot == std::string::npos ? std::string_view{full} : std::string_view{full}.substr(dot + 1);
    group.symbol = &symbols.make_interface(m_symbol, name_space, last, m_symbol.range);
}

std::vector<Symbol*> ClassBuilder::interfaces() const
{
    std::vector<Symbol*> result;
    for (auto const& group : m_groups)
        result.push_back(group->symbol);
    return result;
}

ApiVersion ClassBuilder::version_of_block(int block)
{
    if (block < 0) return m_version;
    auto const& written = m_declaration.blocks[static_cast<std::size_t>(block)];
    return m_resolver.version(written.attributes, scope(), version_of_block(written.parent));
}

ApiVersion ClassBuilder::version_of(Member const& member)
{
    return m_resolver.version(member.attributes, scope(), version_of_block(member.block));
}

void ClassBuilder::add_constructor(InterfaceModel& out, Member const& member, Kind kind)
{
    MethodModel method{.name = "CreateInstance"};
    method.range = member.name.range;
    method.parameters = m_resolver.parameters(member.parameters, scope());
    method.attributes = m_resolver.attributes(member.attributes, Target::Constructor, scope());
    method.return_type = Type::named(m_symbol);
    if (auto const* name = find_attribute(member.attributes, "method_name");
        name != nullptr && !name->arguments.empty())
        method.name = m_resolver.word(name->arguments[0]).value_or(method.name);
    // A factory's methods differ by name: nobody calls them as overloads.
    auto const plain = method.name;
    auto const taken = [&](std::string const& name) {
        return std::any_of(out.methods.begin(), out.methods.end(),
                           [&](auto const& other) { return other.name == name; });
    };
    for (unsigned number = 2; taken(method.name); ++number)
        method.name = fmt::format("{}{}", plain, number);
    method.abi_name = method.name;
    if (kind != Kind::Factory) {
        auto const object = Type::fundamental(ElementType::Object);
        method.parameters.push_back({.name = "baseInterface", .type = object});
        method.parameters.push_back({.name = "innerInterface", .type = object, .passing = Passing::Out});
    }
    out.methods.push_back(std::move(method));
}

void ClassBuilder::build_group(Group const& group)
{
    auto& out = m_resolver.symbols().shape_of(*group.symbol);
    out.is_exclusive = true;
    out.exclusive_to = &m_symbol;
    out.version = group.members.empty() ? m_version : version_of(*group.members.front());
    if (group.block >= 0)
        out.attributes = m_resolver.attributes(m_declaration.blocks[static_cast<std::size_t>(group.block)].attributes,
                                               Target::Block, scope());
    if (group.iid) {
        out.iid = *group.iid;
        out.has_own_iid = true;
    }
    for (auto const* member : group.members) {
        if (member->kind == Member::Kind::Constructor)
            add_constructor(out, *member, group.kind);
        else
            m_resolver.add_member(out, *member, scope());
    }
    m_resolver.finish_interface(out);
}

// Who calls a method of the object or the class does not see which interface it is from.
void ClassBuilder::check_overloads()
{
    InterfaceModel of_objects;
    InterfaceModel of_class;
    for (auto const& group : m_groups) {
        if (group->kind > Kind::Static) continue;
        auto& all = group->kind == Kind::Static ? of_class : of_objects;
        auto const& methods = m_resolver.symbols().shape_of(*group->symbol).methods;
        all.methods.insert(all.methods.end(), methods.begin(), methods.end());
    }
    m_resolver.check_overload_sets(of_objects);
    m_resolver.check_overload_sets(of_class);
}

// No projected class can have a static and an object's member that look the same, or two properties of one name and
// two types. One that a block has again is the same property.
void ClassBuilder::check_names_of_members()
{
    struct Seen {
        Range range;
        bool is_static = false;
        Type type = {};
        bool is_event = false;
    };
    std::map<std::string, Range> static_methods;
    std::map<std::string, Seen> others;
    auto const complain = [&](std::string_view name, Range where, Range first) {
        m_resolver.diagnostics()
            .error(where, fmt::format("class '{}' has two members called '{}'", m_symbol.name, name))
            .hint("no language can tell them apart; give one of them another name")
            .note(first, "the first is here");
    };
    for (bool const is_static : {true, false})
        for (auto const& group : m_groups) {
            if (group->kind > Kind::Static || (group->kind == Kind::Static) != is_static) continue;
            auto const& shape = m_resolver.symbols().shape_of(*group->symbol);
            for (auto const& method : shape.methods) {
                if (method.role != Role::Method) continue;
                auto key = method.name;
                for (auto const& parameter : method.parameters)
                    key += fmt::format(" {}", to_string(parameter.type));
                if (is_static)
                    static_methods.emplace(std::move(key), method.range);
                else if (auto const found = static_methods.find(key); found != static_methods.end())
                    complain(method.name, method.range, found->second);
            }
            for (auto const& each : shape.properties) {
                auto const [place, is_new] = others.try_emplace(each.name, Seen{each.range, is_static, each.type});
                auto const& first = place->second;
                if (!is_new && (first.is_static != is_static || first.is_event || first.type != each.type))
                    complain(each.name, each.range, first.range);
            }
            for (auto const& each : shape.events)
                if (auto const [place, is_new] = others.try_emplace(each.name, Seen{each.range, is_static, {}, true});
                    !is_new)
                    complain(each.name, each.range, place->second.range);
        }
}

void ClassBuilder::list_interface(ClassModel& out, TypeName const& name, Attributes const& attributes,
                                  bool is_body_line)
{
    auto& diagnostics = m_resolver.diagnostics();
    auto const type = m_resolver.type(name, scope(), Use::Base);
    (void)m_resolver.attributes(attributes, Target::Base, scope());
    if (type.is_error()) return;
    bool const is_named = type.kind == Type::Kind::Named && !type.is_array;
    if (is_named && type.symbol->kind == DeclarationKind::Class && !is_body_line) {
        if (out.base != nullptr)
            diagnostics.error(name.range, fmt::format("class '{}' cannot derive from two classes", m_symbol.name));
        out.base = type.symbol;
        return;
    }
    if (!is_named || type.symbol->kind != DeclarationKind::Interface || !type.symbol->is_windows_runtime) {
        auto& error =
            diagnostics.error(name.range, fmt::format("'{}' is not a Windows Runtime interface", to_string(type)));
        error.hint(
            "a class derives from a runtimeclass and implements interfaces, declared in IDL or found in a .winmd");
        if (is_named && type.symbol->range) error.note(type.symbol->range, "declared here");
        return;
    }
    auto const same = [&](ImplementedInterface const& other) { return other.type == type; };
    if (auto const first = std::find_if(out.interfaces.begin(), out.interfaces.end(), same);
        first != out.interfaces.end()) {
        diagnostics.error(name.range, fmt::format("'{}' is listed twice", to_string(type)))
            .note(first->range, "the first is here");
        return;
    }
    ImplementedInterface listed{.type = type, .range = name.range};
    listed.is_overridable = find_attribute(attributes, "overridable") != nullptr;
    listed.is_protected = find_attribute(attributes, "protected") != nullptr;
    if (auto const* marked = find_attribute(attributes, "default")) {
        if (m_default_range)
            diagnostics.error(marked->range, fmt::format("class '{}' has two default interfaces", m_symbol.name))
                .note(m_default_range, "the first is here");
        listed.is_default = !m_default_range;
        m_default_range = marked->range;
    }
    out.interfaces.push_back(std::move(listed));
}

void ClassBuilder::list_bases(ClassModel& out)
{
    for (auto const& base : m_declaration.bases)
        list_interface(out, base.type, base.attributes, false);
}

void ClassBuilder::list_groups_and_lines(ClassModel& out)
{
    std::vector<Group const*> listed;
    auto const list = [&](Group const& group) {
        if (group.kind > Kind::Overridable || std::find(listed.begin(), listed.end(), &group) != listed.end()) return;
        listed.push_back(&group);
        out.interfaces.push_back({.type = Type::named(*group.symbol),
                                  .is_overridable = group.kind == Kind::Overridable,
                                  .is_protected = group.kind == Kind::Protected,
                                  .range = group.range});
    };
    for (auto const& group : m_groups)
        if (group->kind == Kind::Instance && group->key.empty()) list(*group);
    list_bases(out);
    for (auto const& member : m_declaration.members) {
        if (member.kind == Member::Kind::Interface) {
            Attributes attributes = member.attributes;
            if (member.is_protected) attributes.push_back({"protected", member.type.range, {}});
            if (member.is_overridable) attributes.push_back({"overridable", member.type.range, {}});
            list_interface(out, member.type, attributes, true);
            continue;
        }
        for (auto const& group : m_groups)
            if (std::find(group->members.begin(), group->members.end(), &member) != group->members.end()) list(*group);
    }
}

void ClassBuilder::choose_default(ClassModel& out)
{
    auto const is_default = [](ImplementedInterface const& listed) { return listed.is_default; };
    if (std::any_of(out.interfaces.begin(), out.interfaces.end(), is_default)) return;
    auto const usable = [](ImplementedInterface const& listed) {
        return !listed.is_overridable && !listed.is_protected;
    };
    auto const first = std::find_if(out.interfaces.begin(), out.interfaces.end(), usable);
    if (first != out.interfaces.end()) first->is_default = true;
}

void ClassBuilder::list_required(ClassModel& out)
{
    // The list grows while it is walked, so that what a required interface requires follows.
    for (std::size_t i = 0; i < out.interfaces.size(); ++i) {
        auto const listed = out.interfaces[i];
        for (auto const& base : m_resolver.symbols().shape_of(*listed.type.symbol).bases) {
            auto const required = substitute(base, listed.type.arguments);
            auto const same = [&](ImplementedInterface const& other) { return other.type == required; };
            if (std::any_of(out.interfaces.begin(), out.interfaces.end(), same)) continue;
            // A generic interface that requires itself with a larger argument would never end.
            if (out.interfaces.size() >= kMaxClassInterfaces || parts_of(required) > kMaxTypeParts) {
                m_resolver.diagnostics().error(
                    listed.range,
                    fmt::format("the interfaces that class '{}' has to implement do not end", m_symbol.name));
                return;
            }
            out.interfaces.push_back({.type = required, .range = listed.range});
        }
    }
}

void ClassBuilder::explicit_factory(ClassModel& out, Attribute const& attribute)
{
    auto& diagnostics = m_resolver.diagnostics();
    FactoryModel factory{.version = m_version, .range = attribute.range};
    if (attribute.name == "static") factory.kind = FactoryModel::Kind::Static;
    if (attribute.name == "composable") factory.kind = FactoryModel::Kind::Composable;
    for (auto const& argument : attribute.arguments) {
        if (argument.kind == AttributeArgument::Kind::Number) {
            if (auto const number = m_resolver.version_number(argument, factory.version.contract != nullptr))
                factory.version.version = *number;
            continue;
        }
        bool const is_word = factory.kind == FactoryModel::Kind::Composable && factory.interface != nullptr;
        if (is_word && (argument.text == "public" || argument.text == "protected")) {
            factory.is_public = argument.text == "public";
            continue;
        }
        auto const type = m_resolver.type(argument.type, scope(), Use::Name);
        if (type.is_error()) return;
        auto const kind = type.symbol == nullptr ? DeclarationKind::Struct : type.symbol->kind;
        if (kind == DeclarationKind::Contract)
            factory.version = {type.symbol, 1u << 16, true};
        else if (kind == DeclarationKind::Interface && factory.interface == nullptr)
            factory.interface = type.symbol;
        else {
            diagnostics.error(argument.range,
                              fmt::format("'{}' is neither an interface nor a contract", to_string(type)));
            return;
        }
    }
    if (factory.interface == nullptr && factory.kind != FactoryModel::Kind::Activatable) {
        diagnostics.error(attribute.range, fmt::format("'{}' needs an interface", attribute.name))
            .hint(fmt::format("write [{}]", find_known_attribute(attribute.name)->usage));
        return;
    }
    out.factories.push_back(factory);
}

void ClassBuilder::list_factories(ClassModel& out)
{
    for (auto const& attribute : m_declaration.attributes) {
        auto const* known = find_known_attribute(attribute.name);
        bool const is_factory =
            attribute.name == "activatable" || attribute.name == "static" || attribute.name == "composable";
        auto const count = attribute.arguments.size();
        if (is_factory && known != nullptr && count >= known->min_arguments && count <= known->max_arguments)
            explicit_factory(out, attribute);
    }
    for (auto const& activation : m_activations)
        out.factories.push_back(
            {.version = version_of(*activation.constructor), .range = activation.constructor->name.range});
    for (auto const& group : m_groups) {
        if (group->kind <= Kind::Overridable) continue;
        FactoryModel factory{
            .interface = group->symbol, .is_public = group->kind != Kind::ProtectedComposable, .range = group->range};
        factory.kind = group->kind == Kind::Static    ? FactoryModel::Kind::Static
                       : group->kind == Kind::Factory ? FactoryModel::Kind::Activatable
                                                      : FactoryModel::Kind::Composable;
        factory.version = version_of(*group->members.front());
        out.factories.push_back(factory);
    }
}

std::optional<AttributeModel> ClassBuilder::enum_attribute(Attribute const* attribute, std::string_view type,
                                                           std::string_view enum_type, uint32_t otherwise)
{
    static constexpr std::array<std::pair<std::string_view, uint32_t>, 6> kValues{
        {{"none", 1}, {"agile", 2}, {"standard", 3}, {"sta", 1}, {"mta", 2}, {"both", 3}}};
    uint32_t value = otherwise;
    if (attribute != nullptr && attribute->arguments.size() == 1) {
        bool const is_threading = type.starts_with("Threading");
        auto const& text = attribute->arguments[0].text;
        auto const begin = kValues.begin() + (is_threading ? 3 : 0);
        auto const found = std::find_if(begin, begin + 3, [&](auto const& row) { return row.first == text; });
        if (found == begin + 3) {
            m_resolver.diagnostics()
                .error(attribute->arguments[0].range, fmt::format("'{}' is not a value of '{}'", text, attribute->name))
                .hint(is_threading ? "sta, mta or both" : "none, agile or standard");
            return std::nullopt;
        }
        value = found->second;
    }
    if (value == 0) return std::nullopt;
    auto& symbols = m_resolver.symbols();
    return AttributeModel{&symbols.metadata_type(type),
                          {Type::named(symbols.metadata_type(enum_type, DeclarationKind::Enum))},
                          AttributeBlob{}.u4(value).bytes()};
}

void ClassBuilder::finish_attributes(ClassModel& out)
{
    out.attributes = m_resolver.attributes(m_declaration.attributes, Target::Class, scope());
    bool const is_default_on = !m_resolver.is_sdk() && !out.is_static;
    bool const is_creatable = std::any_of(out.factories.begin(), out.factories.end(), [](FactoryModel const& factory) {
        return factory.kind != FactoryModel::Kind::Static;
    });
    auto const marshaling = enum_attribute(find_attribute(m_declaration.attributes, "marshaling_behavior"),
                                           "MarshalingBehaviorAttribute", "MarshalingType", is_default_on ? 2 : 0);
    auto const threading = enum_attribute(find_attribute(m_declaration.attributes, "threading"), "ThreadingAttribute",
                                          "ThreadingModel", is_default_on && is_creatable ? 3 : 0);
    for (auto const& attribute : {marshaling, threading})
        if (attribute) out.attributes.push_back(*attribute);
}

std::unique_ptr<ClassModel> ClassBuilder::build()
{
    auto result = std::make_unique<ClassModel>();
    auto& out = *result;
    out.symbol = &m_symbol;
    m_version = m_resolver.version(m_declaration.attributes, scope(), {});
    out.version = m_version;
    for (auto const& group : m_groups)
        build_group(*group);
    check_overloads();
    check_names_of_members();
    list_groups_and_lines(out);
    list_factories(out);
    auto const is_static_factory = [](FactoryModel const& factory) {
        return factory.kind == FactoryModel::Kind::Static;
    };
    bool const only_statics =
        !out.factories.empty() && std::all_of(out.factories.begin(), out.factories.end(), is_static_factory);
    out.is_static = m_declaration.is_static || (only_statics && out.interfaces.empty() && out.base == nullptr);
    if (!out.is_static) choose_default(out);
    list_required(out);
    finish_attributes(out);
    return result;
}

} // namespace latchkey::midl
