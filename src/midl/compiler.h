// SPDX-License-Identifier: MIT
// MIDL 3.0 in, metadata out. This room's front door: everything else here serves compile().
//
//     source text → Preprocessor → Parser → SymbolTable, ClassBuilder::plan → Resolver, ClassBuilder::build
//                 → rules → Emitter → bytes
//
// Nothing is written to disk and nothing is kept between calls.
#pragma once

#include "midl/diagnostic.h"
#include "midl/source.h"
#include "winmd/metadata.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace latchkey::midl {

inline constexpr std::size_t kMaxInputFiles = 4096; // with imported ones

struct CompileOptions {
    std::vector<std::filesystem::path> inputs = {};
    std::vector<std::filesystem::path> include_folders = {};
    std::vector<std::string> definitions = {}; // "NAME" or "NAME=VALUE"
    std::string name = {};                     // of the component: the output's stem
    bool is_sdk = false;                       // docs/midl.md: --sdk
    DiagnosticOptions diagnostics = {};
};

struct Compilation {
    std::vector<uint8_t> file;                 // empty when there were errors
    std::vector<std::filesystem::path> opened; // every source that was read, in order
    bool is_input_missing = false;             // one of CompileOptions::inputs could not be read
    std::unique_ptr<SourceSet> sources;
    std::unique_ptr<Diagnostics> diagnostics;

    bool ok() const { return !diagnostics->has_errors(); }
    std::string messages(bool colour) const { return to_text(*diagnostics, *sources, colour); }
};

// references may be nullptr.
Compilation compile(CompileOptions const& options, FileProvider& files, winmd::Metadata const* references);

} // namespace latchkey::midl
