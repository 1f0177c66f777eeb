// SPDX-License-Identifier: MIT
// What the compiler has to say about its input. Phases report into one Diagnostics; the driver prints them at the end,
// in the order of the source. Once `max_errors` errors are reported stopped() is true and phases return early.
#pragma once

#include "midl/source.h"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::midl {

enum class Severity : uint8_t { Warning, Error };

// One row a warning: its name after -W, and what it is about.
enum class Warning : uint8_t {
    Unsealed,
    AsyncInterface,
    Stringable,
    ObjectName,
    Ignored,
    MacroRedefined,
    DirectiveText,
    UserWarning,
    GeneratedIid,
};
struct WarningSpec {
    Warning warning;
    std::string_view name;
    std::string_view summary;
    bool on_by_default;
};
std::span<WarningSpec const> warnings();
WarningSpec const& spec_of(Warning);

struct Note {
    Range range; // none: only the text
    std::string text;
};

struct Diagnostic {
    Severity severity = Severity::Error;
    Range range; // none: the input as a whole
    std::string text;
    std::string code; // "WME1060"; for warnings also "-Wunsealed"
    std::string help; // what would be right
    std::vector<Note> notes;

    Diagnostic& hint(std::string what);
    Diagnostic& wme(unsigned number);
    Diagnostic& note(Range where, std::string what);
};

struct DiagnosticOptions {
    unsigned max_errors = 20; // 0: no limit
    bool warnings_as_errors = false;
    std::set<Warning> disabled = {};
    std::set<Warning> enabled = {};   // those that are off by default
    std::set<Warning> as_errors = {}; // -Werror=NAME
};

class Diagnostics {
public:
    explicit Diagnostics(DiagnosticOptions options = {}) : m_options{std::move(options)} {}

    // The result may be completed until the next report.
    Diagnostic& error(Range where, std::string text);
    Diagnostic& warning(Warning kind, Range where, std::string text);

    // For what follows from something that was reported: completed like a report, and never shown.
    Diagnostic& unheard() { return m_dropped = {}; }

    bool has_errors() const { return m_errors != 0; }
    bool stopped() const { return m_options.max_errors != 0 && m_errors >= m_options.max_errors; }
    std::size_t error_count() const { return m_errors; }

    // In the order of the source; what concerns no place comes first.
    std::vector<Diagnostic> sorted() const;

    // Tells that text at `use` came out of a macro, for messages that point there.
    void macro_used(Range use, std::string_view name, Range definition);
    struct MacroUse {
        Range use;
        std::string_view name;
        Range definition;
    };
    // nullptr when nothing was expanded there.
    MacroUse const* macro_at(uint32_t position) const;

private:
    bool is_repeated(Range where, std::string_view text) const;

    DiagnosticOptions m_options;
    std::vector<Diagnostic> m_reported;
    Diagnostic m_dropped;
    std::size_t m_errors = 0;
    std::vector<MacroUse> m_macro_uses;
};

// "file:line:column: error: …", the line, a caret, a hint and notes; ends with a newline.
std::string to_text(Diagnostic const&, SourceSet const&, Diagnostics const&, bool colour);
// All of them, and "stopped after 20 errors" when it did.
std::string to_text(Diagnostics const&, SourceSet const&, bool colour);

} // namespace latchkey::midl
