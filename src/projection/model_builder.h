// SPDX-License-Identifier: MIT
// How a Model comes to be, in steps: name every type; read members; flatten interfaces; decide what is usable.
#pragma once

#include "projection/model.h"

#include <set>
#include <unordered_map>

namespace latchkey::projection {

class ModelBuilder {
public:
    ModelBuilder(winmd::Metadata const& metadata, ModelOptions const& options)
        : m_metadata{metadata}, m_options{options}
    {}

    tl::expected<Model, GenerateError> build();

private:
    // Step 1: a Type for each Windows Runtime type of every file.
    void name_types();
    // Step 2. Each touches only its own type, so types may be read on several threads.
    void read_all();
    void read(Type& type) const;
    void read_interface(Type& type) const;
    void read_class(Type& type) const;
    Method read_method(Type const& type, winmd::MethodDef row) const;
    void name_methods(Type& type) const;
    TypeUse use_of(winmd::TypeSignature const& signature) const;
    TypeUse use_of(winmd::TypeDefOrRef reference) const;
    Type* type_of(winmd::TypeDef def) const;
    // Step 3.
    void part_overloads();
    void flatten();
    void add_required(std::vector<TypeUse>& to, TypeUse const& use, unsigned depth) const;
    // Step 4.
    tl::expected<void, GenerateError> check_structs() const;
    void group_structs();
    void judge_types();
    void judge_members();
    bool is_usable(TypeUse const& use) const;
    bool is_usable(Type const& type) const;
    // Writes down every type of use that no file defines.
    void note_unresolved(TypeUse const& use, std::string_view where);
    void note_unresolved(Type const& type);
    tl::expected<void, GenerateError> check_names() const;
    tl::expected<void, GenerateError> check_names(Type const& type) const;
    GenerateError unresolved_error() const;

    winmd::Metadata const& m_metadata;
    ModelOptions const& m_options;
    Model m_model;
    std::unordered_map<winmd::TypeDef, Type*, winmd::RowHash> m_by_def;
    std::map<std::string, std::string> m_unresolved; // name and assembly → where it is first mentioned
};

} // namespace latchkey::projection
