// SPDX-License-Identifier: MIT
#include "midl/compiler.h"

#include "midl/class_builder.h"
#include "midl/emitter.h"
#include "midl/parser.h"
#include "midl/preprocessor.h"
#include "midl/resolver.h"
#include "midl/rules.h"
#include "midl/symbols.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

// One run. Syntax trees own what symbols point to.
class Run {
public:
    Run(CompileOptions const& options, FileProvider& files, winmd::Metadata const* references, Compilation& out)
        : m_options{options},
          m_files{files},
          m_references{references},
          m_out{out},
          m_sources{*out.sources},
          m_diagnostics{*out.diagnostics},
          m_symbols{references},
          m_resolver{m_symbols, m_diagnostics, {.is_sdk = options.is_sdk}}
    {}

    void read_sources()
    {
        for (auto const& input : m_options.inputs)
            add(input, {}, false);
        for (std::size_t next = 0; next < m_queue.size() && !m_diagnostics.stopped(); ++next)
            read(m_queue[next]);
        m_is_complete = !m_diagnostics.has_errors();
    }

    void declare_types()
    {
        for (auto& tree : m_trees) {
            m_namespaces.insert(m_namespaces.end(), tree.namespaces.begin(), tree.namespaces.end());
            for (auto& declaration : tree.declarations)
                declare(*declaration);
        }
        for (auto* symbol : m_symbols.declared()) {
            if (symbol->kind == DeclarationKind::Class) {
                symbol->is_static_class = symbol->declaration->is_static;
                m_builders.emplace(symbol, std::make_unique<ClassBuilder>(*symbol, m_resolver)).first->second->plan();
            } else if (symbol->kind == DeclarationKind::Attribute) {
                auto const* name = find_attribute(symbol->declaration->attributes, "attributename");
                if (name != nullptr && !name->arguments.empty())
                    m_symbols.name_attribute(name->arguments[0].text, *symbol);
            }
        }
    }

    void resolve_types()
    {
        for (auto* symbol : m_symbols.declared()) {
            if (m_diagnostics.stopped()) return;
            switch (symbol->kind) {
            case DeclarationKind::Interface:
                m_resolver.interface(*symbol);
                break;
            case DeclarationKind::Delegate:
                m_resolver.delegate(*symbol);
                break;
            case DeclarationKind::Class:
                continue;
            default:
                m_model.data.push_back(m_resolver.data(*symbol));
                continue;
            }
            m_model.interfaces.push_back(symbol);
        }
        RuleOptions const rules{.component_name = m_options.name, .is_sdk = m_options.is_sdk};
        for (auto* symbol : m_symbols.declared()) {
            if (symbol->kind == DeclarationKind::Class) {
                auto& builder = *m_builders.at(symbol);
                check_class_declaration(*symbol, rules, m_diagnostics);
                m_model.classes.push_back(builder.build());
                check_class(*m_model.classes.back(), m_symbols, m_is_complete, m_diagnostics);
                for (auto* made : builder.interfaces())
                    m_model.order.push_back(made);
            }
            m_model.order.push_back(symbol);
        }
        check_cycles(m_model, m_symbols, m_diagnostics);
        check_identities(m_model, m_symbols, m_diagnostics);
        check_object_names(m_model, m_symbols, m_diagnostics);
        if (!m_options.is_sdk && m_is_complete) check_exclusive(m_model, m_diagnostics);
        check_names(m_namespaces, m_symbols, rules, m_is_complete, m_diagnostics);
    }

    void emit() { m_out.file = Emitter{m_symbols, m_options.name}.run(m_model); }

private:
    struct Source {
        std::filesystem::path path;
        Range import; // none: from the command line
        bool is_imported = false;
    };

    void add(std::filesystem::path const& path, Range import, bool is_imported)
    {
        if (!m_known.insert(m_files.identity(path)).second) return;
        if (m_queue.size() < kMaxInputFiles)
            m_queue.push_back({path, import, is_imported});
        else
            m_diagnostics.error(import, fmt::format("more than {} files", kMaxInputFiles));
    }

    void read(Source const source)
    {
        auto text = m_files.read(source.path);
        auto const* added = text ? m_sources.add(source.path.string(), std::move(*text)) : nullptr;
        if (added == nullptr) {
            m_diagnostics.error(source.import, fmt::format("cannot read '{}': {}", source.path.string(),
                                                           text ? "the sources are larger than 64 MiB" : text.error()));
            m_out.is_input_missing = m_out.is_input_missing || !source.is_imported;
            return;
        }
        m_out.opened.push_back(source.path);
        PreprocessorOptions const options{m_options.include_folders, m_options.definitions};
        Preprocessor preprocessor{m_sources, m_files, m_diagnostics, options, m_out.opened};
        auto const tokens = preprocessor.run(*added, source.path);
        auto& tree = m_trees.emplace_back(Parser{tokens, m_sources, m_diagnostics}.run());
        for (auto& declaration : tree.declarations)
            declaration->is_imported = source.is_imported;
        for (auto const& import : tree.imports)
            follow(import, source.path);
    }

    void follow(Import const& import, std::filesystem::path const& from)
    {
        auto const path = find_file(m_files, from, import.path, m_options.include_folders);
        if (!path.empty()) return add(path, import.range, true);
        // Microsoft's own IDL files are not here, but the metadata made of them may be.
        auto const stem = std::filesystem::path{import.path}.stem().string();
        if (m_references != nullptr)
            for (auto const& [name_space, types] : m_references->namespaces())
                if (equal_without_case(name_space, stem)) return;
        auto const same_name = [&](auto const& file) {
            return equal_without_case(std::filesystem::path{file->path()}.stem().string(), stem);
        };
        if (m_references != nullptr &&
            std::any_of(m_references->files().begin(), m_references->files().end(), same_name))
            return;
        m_diagnostics.error(import.range, fmt::format("'{}' is not found", import.path))
            .hint("-I FOLDER adds a folder to look in, -r FILE metadata that replaces it");
    }

    static bool equal_without_case(std::string_view a, std::string_view b)
    {
        auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
    }

    void declare(Declaration& declaration)
    {
        // An import may repeat what a reference has in compiled form: the SDK's own IDL beside its metadata.
        auto const full = std::string{declaration.name_space} + '.' + std::string{declaration.name.text};
        if (declaration.is_imported && m_references != nullptr && declaration.generic_parameters.empty() &&
            m_references->find(full))
            return;
        if (declaration.is_imported && m_references != nullptr && !declaration.generic_parameters.empty() &&
            m_references->find(fmt::format("{}`{}", full, declaration.generic_parameters.size())))
            return;
        bool const can_be_generic =
            declaration.kind == DeclarationKind::Interface || declaration.kind == DeclarationKind::Delegate;
        if (!declaration.generic_parameters.empty() && !can_be_generic) {
            m_diagnostics
                .error(declaration.generic_parameters.front().range,
                       fmt::format("{} '{}' cannot be generic", to_string(declaration.kind), declaration.name.text))
                .hint("interfaces and delegates can have type parameters");
            declaration.generic_parameters.clear();
        }
        Symbol* existing = nullptr;
        if (m_symbols.declare(declaration, &existing) != nullptr) {
            m_mutable.emplace(&declaration, &declaration);
            return;
        }
        auto const other = m_mutable.find(existing->declaration);
        if (declaration.is_partial && other != m_mutable.end() && other->second->is_partial &&
            existing->kind == declaration.kind) {
            merge(*other->second, declaration);
            return;
        }
        m_diagnostics.error(declaration.name.range, fmt::format("'{}' is declared twice", existing->full_name()))
            .note(existing->range, "previous definition is here");
    }

    static void merge(Declaration& into, Declaration& from)
    {
        auto const first_block = static_cast<int>(into.blocks.size());
        for (auto& block : from.blocks) {
            if (block.parent >= 0) block.parent += first_block;
            into.blocks.push_back(std::move(block));
        }
        for (auto& member : from.members) {
            if (member.block >= 0) member.block += first_block;
            into.members.push_back(std::move(member));
        }
        for (auto& base : from.bases)
            into.bases.push_back(std::move(base));
        for (auto& attribute : from.attributes)
            into.attributes.push_back(std::move(attribute));
        into.is_static = into.is_static || from.is_static;
        into.is_unsealed = into.is_unsealed || from.is_unsealed;
        if (from.unsealed_range) into.unsealed_range = from.unsealed_range;
    }

    CompileOptions const& m_options;
    FileProvider& m_files;
    winmd::Metadata const* m_references;
    Compilation& m_out;
    SourceSet& m_sources;
    Diagnostics& m_diagnostics;
    SymbolTable m_symbols;
    Resolver m_resolver;
    std::vector<Source> m_queue;
    std::set<std::string> m_known;
    std::vector<SyntaxTree> m_trees;
    std::vector<NamespaceUse> m_namespaces;
    std::map<Declaration const*, Declaration*> m_mutable;
    std::map<Symbol*, std::unique_ptr<ClassBuilder>> m_builders;
    Model m_model;
    bool m_is_complete = true;
};

} // namespace

Compilation compile(CompileOptions const& options, FileProvider& files, winmd::Metadata const* references)
{
    Compilation result;
    result.sources = std::make_unique<SourceSet>();
    result.diagnostics = std::make_unique<Diagnostics>(options.diagnostics);
    Run run{options, files, references, result};
    run.read_sources();
    run.declare_types();
    run.resolve_types();
    if (!result.diagnostics->has_errors()) run.emit();
    return result;
}

} // namespace latchkey::midl
