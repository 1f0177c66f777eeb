// SPDX-License-Identifier: MIT
// Writes a model as metadata. The shape is what Windows' own files have (flags, orders, copies of an interface's
// members in the classes with a MethodImpl row each). The model must be free of errors.
#pragma once

#include "midl/model.h"
#include "midl/symbols.h"
#include "winmd/builder.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latchkey::midl {

class Emitter {
public:
    // name: of the assembly.
    Emitter(SymbolTable& symbols, std::string_view name);
    std::vector<uint8_t> run(Model const& model);

private:
    struct ClassMembers;

    void define(Symbol& symbol);
    void interface(InterfaceModel const& shape);
    void delegate(InterfaceModel const& shape);
    void data(DataModel const& model);
    void class_(ClassModel const& model);
    void attributes_of_type(InterfaceModel const& shape);

    // A method of an interface as it appears in a type; arguments replace the interface's type parameters.
    winmd::MethodHandle method(winmd::TypeDefHandle owner, MethodModel const& model, std::string_view name,
                               uint16_t flags, uint16_t impl_flags, std::vector<Type> const& arguments);
    winmd::MethodType signature(MethodModel const& model, bool has_this, std::vector<Type> const& arguments);
    winmd::ParamType parameter(ParameterModel const& model, std::vector<Type> const& arguments);
    std::vector<ImplementedInterface const*> order_of_copies(ClassModel const& model);
    void implement(winmd::TypeDefHandle owner, ClassMembers& seen, ImplementedInterface const& listed);
    void properties_and_events(winmd::TypeDefHandle owner, ClassMembers& seen, InterfaceModel const& shape,
                               std::vector<winmd::MethodHandle> const& methods,
                               std::vector<std::string> const& prefixes, std::vector<Type> const& arguments,
                               bool is_static);
    void statics(winmd::TypeDefHandle owner, ClassMembers& seen, Symbol& interface);
    void constructors(winmd::TypeDefHandle owner, FactoryModel const& factory);
    winmd::MethodHandle constructor(winmd::TypeDefHandle owner, std::vector<ParameterModel> const& parameters,
                                    uint16_t flags);
    void factory_attribute(winmd::TypeDefHandle owner, FactoryModel const& factory);

    // Attributes wait until all types are there, because an attribute's type may be among them.
    void attribute(winmd::AnyHandle parent, AttributeModel model)
    {
        m_attributes.emplace_back(parent, std::move(model));
    }
    void attributes(winmd::AnyHandle parent, AttributeModels const& models);
    void version(winmd::AnyHandle parent, ApiVersion const& version);
    AttributeModel metadata_attribute(std::string_view type, std::vector<Type> parameters,
                                      winmd::AttributeBlob const& value);
    void write_attributes();

    winmd::TypeHandle handle(Symbol const& symbol);
    winmd::TypeHandle type_handle(Type const& type); // a TypeSpec for generic instances
    winmd::Type type(Type const& type);
    winmd::TypeHandle mscorlib(std::string_view name_space, std::string_view name);

    SymbolTable& m_symbols;
    std::string m_name;
    winmd::Builder m_builder;
    std::map<Symbol const*, winmd::TypeDefHandle> m_types;
    std::map<MethodModel const*, winmd::MethodHandle> m_methods; // of interfaces in the output
    std::map<Symbol const*, std::vector<std::pair<std::vector<Type>, winmd::MethodHandle>>>
        m_constructors; // of attribute types
    std::map<Symbol const*, DataModel const*> m_data;
    std::map<Symbol const*, ClassModel const*> m_classes;
    std::vector<std::pair<winmd::AnyHandle, AttributeModel>> m_attributes;
};

} // namespace latchkey::midl
