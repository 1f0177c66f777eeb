// SPDX-License-Identifier: MIT
// The rules a manifest is held to, as tables: which namespaces are known, which elements stand where, what an attribute
// may hold. Written by us from the documented behaviour, for the parts that Latchkey uses; what Latchkey does not use
// is let through.
//
// Source: reference sections 7.1 to 7.4.
#pragma once

#include "packages/diagnostic.h"
#include "packages/files/xml_document.h"
#include "packages/manifest.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::packages {

enum class NamespaceKind : std::uint8_t {
    None,       // an element without namespace
    Appx2010,   // appx/2010/manifest
    Appx2013,   // appx/2013/manifest (m2) and appx/2014/manifest (m3)
    Foundation, // appx/manifest/foundation/windows10
    Uap,        // appx/manifest/uap/windows10 and its numbered successors
    Restricted, // restricted capabilities
    Unused,     // known, but nothing in it concerns Latchkey
    Unknown,
};
NamespaceKind namespace_kind(std::string_view name);

inline constexpr std::string_view kAppx2010Namespace = "http://schemas.microsoft.com/appx/2010/manifest";
inline constexpr std::string_view kAppx2013Namespace = "http://schemas.microsoft.com/appx/2013/manifest";
inline constexpr std::string_view kFoundationNamespace =
    "http://schemas.microsoft.com/appx/manifest/foundation/windows10";
inline constexpr std::string_view kUapNamespace = "http://schemas.microsoft.com/appx/manifest/uap/windows10";

// True for an element of any manifest namespace (or of none) with this local name.
bool is_manifest_element(XmlElement const&, std::string_view name);

// The first child with that name; null when there is none.
XmlElement const* child(XmlElement const&, std::string_view name);
// All of them.
std::vector<XmlElement const*> children(XmlElement const&, std::string_view name);

// The names that Latchkey or the schemas know inside the elements it reads; empty for any other parent.
std::span<std::string_view const> known_children(std::string_view parent);

// "$targetnametoken$" and the like, which another build system was to replace.
bool has_build_token(std::string_view value);

enum class Presence : std::uint8_t { Required, Optional };
enum class ValueForm : std::uint8_t {
    Any,
    File,         // a path in the package, without < > : " | ? *
    ClassName,    // identifiers with dots
    PackageName,  // letters, digits, '.' and '-'
    AppId,        // identifiers with dots, ASCII
    Alphanumeric, // begins with a letter
};

struct AttributeRule {
    std::string_view name;
    Presence presence;
    std::size_t min_characters;
    std::size_t max_characters;
    ValueForm form;
    std::string_view right; // an example of what would be right
};

// Reads attributes by their rules and remembers what was wrong.
class RuleCheck {
public:
    void error(int line, std::string message) { add(Severity::Error, line, std::move(message)); }
    void warning(int line, std::string message) { add(Severity::Warning, line, std::move(message)); }

    // The value without blanks around it. Nullopt when the attribute is absent or broke its rule (then said so).
    // A value with a build token gives a warning and passes.
    std::optional<std::string> attribute(XmlElement const&, AttributeRule const&);

    std::vector<Diagnostic> take() { return std::move(m_diagnostics); }
    bool failed() const { return has_errors(m_diagnostics); }

private:
    void add(Severity, int line, std::string message);

    std::vector<Diagnostic> m_diagnostics;
};

// At most this many are kept; the last one says that there are more.
inline constexpr std::size_t kMaxDiagnostics = 100;

} // namespace latchkey::packages
