// SPDX-License-Identifier: MIT
// latchkey-cppwinrt as a function: metadata in, a folder of C++ out. The same metadata and options give the same bytes.
#pragma once

#include "projection/model.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::projection {

struct GenerateOptions {
    std::vector<std::filesystem::path> inputs;     // files, or folders of .winmd files: what to generate
    std::vector<std::filesystem::path> references; // what the inputs may mention
    // Used when there are no references and the inputs have nothing in Windows.* themselves.
    std::optional<std::filesystem::path> default_reference;
    std::filesystem::path output;
    std::vector<std::string> include; // by prefix, "Windows.Foundation" or "Tasks.Mail"; empty: everything
    std::vector<std::string> exclude;
    bool skip_unresolved = false;

    bool component = false;                         // X.g.h, X.g.cpp, module.g.cpp
    std::optional<std::filesystem::path> skeletons; // where missing X.h and X.cpp are written
    std::string name;                               // of the component; empty: the only input's
    std::string precompiled_header;                 // included first by the .g.cpp files; empty: none
    bool dotted_names = false;                      // "Ns.X.g.h" instead of "Ns/X.g.h"
    bool in_module_constructors = false;            // --optimize
};

struct GenerateReport {
    std::size_t namespaces = 0;
    std::size_t types = 0;
    std::size_t files = 0;
    std::size_t changed = 0;
    std::size_t removed = 0;
    std::size_t bytes = 0;
    std::size_t skipped_types = 0;
    std::size_t skipped_members = 0;
    std::vector<std::string> unresolved;
    std::vector<std::filesystem::path> read; // every metadata file, for a depfile
};

[[nodiscard]] tl::expected<GenerateReport, GenerateError> generate(GenerateOptions const& options);

// "target: a.winmd b.winmd", with blanks escaped as make wants them.
std::string depfile_text(std::filesystem::path const& target, std::vector<std::filesystem::path> const& sources);

} // namespace latchkey::projection
