// SPDX-License-Identifier: MIT
// Sample.winmd, made with the winmd library alone: one small component with every kind of type and member that the
// generator has to write. Tests of the generator read it; tests/integration/projection builds and runs it.
#pragma once

#include "winmd/builder.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

using namespace latchkey::winmd;

class Writer {
public:
    explicit Writer(std::string name) : m_builder{options(std::move(name))} {}

    Builder& builder() { return m_builder; }
    std::vector<uint8_t> finish() const { return m_builder.finish(); }

    TypeRefHandle system(std::string_view name)
    {
        return m_builder.type_ref(m_builder.assembly_ref("mscorlib"), "System", name);
    }
    TypeRefHandle foundation(std::string_view name)
    {
        return m_builder.type_ref(m_builder.assembly_ref("Windows.Foundation"), "Windows.Foundation", name);
    }
    Type token() { return Type::value_type(foundation("EventRegistrationToken")); }
    Type guid() { return Type::value_type(system("Guid")); }

    void attribute(AnyHandle parent, std::string_view name, std::vector<Type> const& parameters,
                   AttributeBlob const& value)
    {
        auto const type =
            m_builder.type_ref(m_builder.assembly_ref("Windows.Foundation"), "Windows.Foundation.Metadata", name);
        MethodType constructor;
        constructor.return_type = {Type::of(ElementType::Void), false, {}};
        for (auto const& parameter : parameters)
            constructor.params.push_back({parameter, false, {}});
        m_builder.add_attribute(parent, m_builder.member_ref(type, ".ctor", constructor), value);
    }
    Type type_type() { return Type::class_(system("Type")); }
    static Type u4() { return Type::of(ElementType::U4); }

    void add_guid(TypeDefHandle type, uint8_t number)
    {
        std::vector<Type> parameters{u4(), Type::of(ElementType::U2), Type::of(ElementType::U2)};
        for (int index = 0; index < 8; ++index)
            parameters.push_back(Type::of(ElementType::U1));
        attribute(type, "GuidAttribute", parameters,
                  AttributeBlob{}.guid({0x5a3b1e00u + number, 0x1111, 0x4222, {0x83, 0x33, 1, 2, 3, 4, 5, 6}}));
    }

    TypeDefHandle interface(std::string_view name, uint8_t number, std::string_view exclusive_to = {})
    {
        auto const type = m_builder.add_type({exclusive_to.empty() ? 0x40a1u : 0x40a0u, m_name_space, name, {}});
        add_guid(type, number);
        if (!exclusive_to.empty())
            attribute(type, "ExclusiveToAttribute", {type_type()}, AttributeBlob{}.string(full(exclusive_to)));
        return type;
    }
    TypeDefHandle delegate(std::string_view name, uint8_t number, MethodType const& invoke,
                           std::vector<std::string_view> const& names)
    {
        auto const type = m_builder.add_type({0x4101, m_name_space, name, system("MulticastDelegate")});
        add_guid(type, number);
        MethodType constructor;
        constructor.return_type = {Type::of(ElementType::Void), false, {}};
        constructor.params = {{Type::of(ElementType::Object), false, {}}, {Type::of(ElementType::I), false, {}}};
        m_builder.add_method(type, {".ctor", 0x1881, 3, constructor});
        auto const row = m_builder.add_method(type, {"Invoke", 0x09c6, 3, invoke});
        add_names(row, names);
        return type;
    }
    TypeDefHandle enumeration(std::string_view name, ElementType underlying,
                              std::vector<std::pair<std::string_view, uint32_t>> const& values)
    {
        auto const type = m_builder.add_type({0x4101, m_name_space, name, system("Enum")});
        if (underlying == ElementType::U4) {
            MethodType constructor;
            constructor.return_type = {Type::of(ElementType::Void), false, {}};
            m_builder.add_attribute(type, m_builder.member_ref(system("FlagsAttribute"), ".ctor", constructor),
                                    AttributeBlob{});
        }
        m_builder.add_field(type, {0x0601, "value__", Type::of(underlying)});
        for (auto const& [constant, value] : values) {
            auto const field = m_builder.add_field(type, {0x8056, constant, Type::value_type(type)});
            if (underlying == ElementType::U4)
                m_builder.add_constant(field, value);
            else
                m_builder.add_constant(field, static_cast<int32_t>(value));
        }
        return type;
    }
    TypeDefHandle structure(std::string_view name, std::vector<std::pair<std::string_view, Type>> const& fields)
    {
        auto const type = m_builder.add_type({0x4109, m_name_space, name, system("ValueType")});
        for (auto const& [field, its] : fields)
            m_builder.add_field(type, {0x0006, field, its});
        return type;
    }
    TypeDefHandle runtime_class(std::string_view name, uint32_t flags, TypeHandle base = {})
    {
        return m_builder.add_type({flags, m_name_space, name, base ? base : TypeHandle{system("Object")}});
    }
    InterfaceImplHandle implement(TypeDefHandle type, TypeHandle interface, std::string_view attribute_name = {})
    {
        auto const row = m_builder.add_interface(type, interface);
        if (!attribute_name.empty()) attribute(row, attribute_name, {}, AttributeBlob{});
        return row;
    }
    void activatable(TypeDefHandle type) { attribute(type, "ActivatableAttribute", {u4()}, AttributeBlob{}.u4(1)); }
    void factory(TypeDefHandle type, std::string_view attribute_name, std::string_view interface)
    {
        attribute(type, attribute_name, {type_type(), u4()}, AttributeBlob{}.string(full(interface)).u4(1));
    }
    void composable(TypeDefHandle type, std::string_view interface)
    {
        auto const kind = m_builder.type_ref(m_builder.assembly_ref("Windows.Foundation"),
                                             "Windows.Foundation.Metadata", "CompositionType");
        attribute(type, "ComposableAttribute", {type_type(), Type::value_type(kind), u4()},
                  AttributeBlob{}.string(full(interface)).i4(2).u4(1));
    }

    struct Param {
        std::string_view name;
        Type type;
        bool out = false;
        bool by_ref = false;
    };
    MethodHandle method(TypeDefHandle type, std::string_view name, Type result, std::vector<Param> const& params,
                        uint16_t flags = 0x05c6)
    {
        MethodType signature;
        signature.return_type = {std::move(result), false, {}};
        for (auto const& param : params)
            signature.params.push_back({param.type, param.by_ref, {}});
        auto const row = m_builder.add_method(type, {name, flags, 0, signature});
        uint16_t sequence = 0;
        for (auto const& param : params)
            m_builder.add_param(row, {++sequence, param.out ? param_flags::kOut : param_flags::kIn, param.name});
        return row;
    }
    void overload(MethodHandle row, std::string_view name)
    {
        attribute(row, "OverloadAttribute", {Type::of(ElementType::String)}, AttributeBlob{}.string(name));
    }
    void property(TypeDefHandle type, std::string_view name, Type its, bool writable)
    {
        auto const row = m_builder.add_property(type, {name, 0, true, {its, false, {}}});
        auto const accessor = std::string{"get_"} + std::string{name};
        m_builder.add_semantics(row, semantics::kGetter, method(type, accessor, its, {}, 0x0dc6));
        if (!writable) return;
        auto const setter = std::string{"put_"} + std::string{name};
        m_builder.add_semantics(row, semantics::kSetter,
                                method(type, setter, Type::of(ElementType::Void), {{"value", its}}, 0x0dc6));
    }
    void event(TypeDefHandle type, std::string_view name, TypeHandle handler)
    {
        auto const row = m_builder.add_event(type, {name, 0, handler});
        auto const adder = std::string{"add_"} + std::string{name};
        auto const remover = std::string{"remove_"} + std::string{name};
        m_builder.add_semantics(row, semantics::kAddOn,
                                method(type, adder, token(), {{"handler", Type::class_(handler)}}, 0x0dc6));
        m_builder.add_semantics(row, semantics::kRemoveOn,
                                method(type, remover, Type::of(ElementType::Void), {{"token", token()}}, 0x0dc6));
    }

    void enter(std::string name_space) { m_name_space = std::move(name_space); }
    std::string full(std::string_view name) const { return m_name_space + "." + std::string{name}; }

private:
    static BuilderOptions options(std::string name)
    {
        BuilderOptions result;
        result.name = std::move(name);
        return result;
    }
    void add_names(MethodHandle row, std::vector<std::string_view> const& names)
    {
        uint16_t sequence = 0;
        for (auto const name : names)
            m_builder.add_param(row, {++sequence, param_flags::kIn, name});
    }

    Builder m_builder;
    std::string m_name_space = "Sample";
};

inline Type of(ElementType kind)
{
    return Type::of(kind);
}

inline void add_thing(Writer& w, TypeDefHandle mode, TypeDefHandle rights, TypeDefHandle pair, TypeDefHandle bag,
                      TypeDefHandle named)
{
    auto const nothing = of(ElementType::Void);
    auto const text = of(ElementType::String);
    auto const number = of(ElementType::I4);
    auto const thing = w.runtime_class("Thing", 0x4101);
    auto const handler = w.delegate(
        "ChangedHandler", 3, {true, 0, {nothing, false, {}}, {{Type::class_(thing), false, {}}, {number, false, {}}}},
        {"sender", "value"});

    auto const main = w.interface("IThing", 10, "Thing");
    w.property(main, "Count", number, true);
    w.property(main, "Mode", Type::value_type(mode), true);
    w.property(main, "Rights", Type::value_type(rights), true);
    w.property(main, "Pair", Type::value_type(pair), true);
    w.property(main, "Id", w.guid(), true);
    w.property(main, "Self", Type::class_(thing), false);
    w.property(main, "register", of(ElementType::Boolean), true); // a C++ keyword
    w.event(main, "Changed", handler);
    w.method(main, "Sum", number, {{"values", Type::array(number)}});
    w.method(main, "Fill", nothing, {{"values", Type::array(text), true}});
    w.method(main, "Take", nothing, {{"values", Type::array(text), true, true}});
    w.method(main, "Numbers", Type::array(number), {});
    w.method(main, "Split", of(ElementType::Boolean),
             {{"text", text}, {"first", text, true, true}, {"rest", number, true, true}});
    w.overload(w.method(main, "Say", text, {{"text", text}}), "Say");
    w.overload(w.method(main, "Say", text, {{"text", text}, {"default", number}}), "SayTimes");
    w.method(main, "Bag", Type::generic(bag, {text}), {});
    auto const quiet = w.method(main, "Quiet", number, {});
    w.attribute(quiet, "NoExceptionAttribute", {}, AttributeBlob{});

    auto const create = w.interface("IThingFactory", 11, "Thing");
    w.method(create, "CreateInstance", Type::class_(thing), {{"name", text}});
    auto const statics = w.interface("IThingStatics", 12, "Thing");
    w.property(statics, "Made", number, false);
    w.method(statics, "Join", text, {{"left", text}, {"right", text}});
    w.event(statics, "Born", handler);

    w.activatable(thing);
    w.factory(thing, "ActivatableAttribute", "IThingFactory");
    w.factory(thing, "StaticAttribute", "IThingStatics");
    w.implement(thing, main, "DefaultAttribute");
    w.implement(thing, named);
}

inline void add_shapes(Writer& w)
{
    auto const text = of(ElementType::String);
    auto const object = of(ElementType::Object);
    auto const shape = w.runtime_class("Shape", 0x4001);
    auto const main = w.interface("IShape", 20, "Shape");
    w.method(main, "Describe", text, {});
    auto const overrides = w.interface("IShapeOverrides", 21, "Shape");
    w.method(overrides, "Kind", text, {});
    auto const create = w.interface("IShapeFactory", 22, "Shape");
    w.method(create, "CreateInstance", Type::class_(shape), {{"outer", object}, {"inner", object, true, true}});
    w.composable(shape, "IShapeFactory");
    w.implement(shape, main, "DefaultAttribute");
    w.implement(shape, overrides, "OverridableAttribute");

    auto const square = w.runtime_class("Square", 0x4101, shape);
    auto const its = w.interface("ISquare", 23, "Square");
    w.property(its, "Side", of(ElementType::R8), true);
    w.activatable(square);
    w.implement(square, its, "DefaultAttribute");
}

inline std::vector<uint8_t> winmd()
{
    Writer w{"Sample"};
    auto const text = of(ElementType::String);
    auto const number = of(ElementType::I4);
    auto const mode = w.enumeration("Mode", ElementType::I4, {{"Off", 0}, {"On", 1}, {"Lowest", 0x80000000u}});
    auto const rights =
        w.enumeration("Rights", ElementType::U4, {{"None", 0}, {"Read", 1}, {"Write", 2}, {"All", 0xffffffffu}});
    auto const inner = w.structure("Inner", {{"Name", text}, {"Count", number}});
    auto const pair = w.structure("Pair", {{"First", Type::value_type(inner)}, {"Flag", of(ElementType::Boolean)}});

    auto const bag = w.interface("IBag`1", 4);
    w.builder().add_generic_param(bag, "T");
    w.method(bag, "Put", of(ElementType::Void), {{"T", Type::var(0)}});
    w.method(bag, "Get", Type::var(0), {{"index", of(ElementType::U4)}});
    auto const transform =
        w.delegate("Transform`1", 5, {true, 0, {Type::var(0), false, {}}, {{Type::var(0), false, {}}}}, {"value"});
    w.builder().add_generic_param(transform, "T");
    w.method(bag, "Map", of(ElementType::Void), {{"transform", Type::generic(transform, {Type::var(0)})}});

    auto const named = w.interface("INamed", 6);
    w.property(named, "Name", text, false);
    auto const deprecated = w.method(named, "OldName", text, {});
    auto const kind = w.builder().type_ref(w.builder().assembly_ref("Windows.Foundation"),
                                           "Windows.Foundation.Metadata", "DeprecationType");
    w.attribute(deprecated, "DeprecatedAttribute", {text, Type::value_type(kind), Writer::u4()},
                AttributeBlob{}.string("Say \"Name\"").i4(0).u4(1));
    auto const titled = w.interface("ITitled", 7);
    w.builder().add_interface(titled, named);
    w.property(titled, "Title", text, true);
    w.method(titled, "Name", text, {{"prefix", text}}); // an overload of the one that it requires

    add_thing(w, mode, rights, pair, bag, named);
    add_shapes(w);

    w.enter("Sample.Tools");
    auto const tool = w.runtime_class("Tool", 0x4181);
    auto const statics = w.interface("IToolStatics", 30, "Tool");
    w.method(statics, "Double", number, {{"value", number}});
    w.factory(tool, "StaticAttribute", "IToolStatics");
    return w.finish();
}

} // namespace sample
