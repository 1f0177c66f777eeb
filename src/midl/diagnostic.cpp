// SPDX-License-Identifier: MIT
#include "midl/diagnostic.h"

#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

constexpr std::array kWarnings{
    WarningSpec{Warning::Unsealed, "unsealed", "an unsealed class cannot be used from JavaScript", true},
    WarningSpec{Warning::AsyncInterface, "async-interface", "a class implements IAsyncAction or one of its kind", true},
    WarningSpec{Warning::Stringable, "stringable", "IStringable outside a class's list of interfaces", true},
    WarningSpec{Warning::ObjectName, "object-name", "a method is called like one of IUnknown or IInspectable", true},
    WarningSpec{Warning::Ignored, "ignored", "something was read that has no meaning in a .winmd", true},
    WarningSpec{Warning::MacroRedefined, "macro-redefined", "a macro is defined twice, differently", true},
    WarningSpec{Warning::DirectiveText, "directive-text", "text after a preprocessor directive", true},
    WarningSpec{Warning::UserWarning, "user", "#warning", true},
    WarningSpec{Warning::GeneratedIid, "generated-iid", "a public interface or delegate has no uuid", false},
};

constexpr std::size_t kMaxMacroUses = 1u << 20;
constexpr std::size_t kRepetitionWindow = 256; // a message is said once among so many
constexpr std::size_t kMaxWarnings = 10000;

} // namespace

std::span<WarningSpec const> warnings()
{
    return kWarnings;
}

WarningSpec const& spec_of(Warning warning)
{
    auto const& spec = kWarnings[static_cast<std::size_t>(warning)];
    assert(spec.warning == warning);
    return spec;
}

Diagnostic& Diagnostic::hint(std::string what)
{
    help = std::move(what);
    return *this;
}

Diagnostic& Diagnostic::wme(unsigned number)
{
    code = code.empty() ? fmt::format("WME{:04}", number) : fmt::format("WME{:04}, {}", number, code);
    return *this;
}

Diagnostic& Diagnostic::note(Range where, std::string what)
{
    notes.push_back({where, std::move(what)});
    return *this;
}

bool Diagnostics::is_repeated(Range where, std::string_view text) const
{
    auto const count = std::min(m_reported.size(), kRepetitionWindow);
    return std::any_of(m_reported.end() - static_cast<std::ptrdiff_t>(count), m_reported.end(),
                       [&](Diagnostic const& old) { return old.range == where && old.text == text; });
}

Diagnostic& Diagnostics::error(Range where, std::string text)
{
    if (stopped() || is_repeated(where, text)) return m_dropped = {};
    ++m_errors;
    return m_reported.emplace_back(Diagnostic{Severity::Error, where, std::move(text), {}, {}, {}});
}

Diagnostic& Diagnostics::warning(Warning kind, Range where, std::string text)
{
    auto const& spec = spec_of(kind);
    bool const on = (spec.on_by_default || m_options.enabled.contains(kind)) && !m_options.disabled.contains(kind);
    if (!on) return m_dropped = {};
    bool const is_error = m_options.warnings_as_errors || m_options.as_errors.contains(kind);
    auto& report = is_error ? error(where, std::move(text)) : m_dropped;
    if (!is_error) {
        if (stopped() || is_repeated(where, text) || m_reported.size() >= kMaxWarnings) return m_dropped = {};
        m_reported.push_back({Severity::Warning, where, std::move(text), {}, {}, {}});
    }
    auto& result = is_error ? report : m_reported.back();
    result.code = fmt::format("{}{}", is_error ? "-Werror=" : "-W", spec.name);
    return result;
}

std::vector<Diagnostic> Diagnostics::sorted() const
{
    auto result = m_reported;
    std::stable_sort(result.begin(), result.end(),
                     [](Diagnostic const& a, Diagnostic const& b) { return a.range.begin < b.range.begin; });
    return result;
}

void Diagnostics::macro_used(Range use, std::string_view name, Range definition)
{
    if (m_macro_uses.size() < kMaxMacroUses) m_macro_uses.push_back({use, name, definition});
}

Diagnostics::MacroUse const* Diagnostics::macro_at(uint32_t position) const
{
    auto const found = std::find_if(m_macro_uses.begin(), m_macro_uses.end(),
                                    [&](MacroUse const& use) { return use.use.begin == position; });
    return found == m_macro_uses.end() ? nullptr : &*found;
}

} // namespace latchkey::midl
