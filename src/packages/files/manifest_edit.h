// SPDX-License-Identifier: MIT
// Adding declarations to a manifest's text. Only what is added changes: every other byte stays as it was, and the new
// lines follow the file's line ends and indentation. The result is read again before it is handed out, so a manifest
// that was right stays right.
//
// A manifest with errors, one in UTF-16, or one with a declaration that contradicts is refused with the reasons.
#pragma once

#include "packages/diagnostic.h"
#include "packages/manifest.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

struct TaskDeclaration {
    std::string application_id; // empty: the only application
    std::string entry_point;    // a class, or
    std::string start_page;     // a script: exactly one of the two
    std::vector<TaskType> types;
};

struct ManifestEdit {
    std::string text;     // the whole file
    bool changed = false; // false: everything was declared already
};

using EditResult = tl::expected<ManifestEdit, std::vector<Diagnostic>>;

// Adds the windows.backgroundTasks extension that the file's schema needs for our host, or the missing <Task> elements
// to one that is there for the same class or script.
[[nodiscard]] EditResult declare_task(std::string_view manifest, TaskDeclaration const&);

// Adds activatable classes of one library to the package's inProcessServer extensions. A class that is declared
// already, for whatever library, is left as it is.
[[nodiscard]] EditResult declare_classes(std::string_view manifest, std::span<ActivatableClass const> classes);

} // namespace latchkey::packages
