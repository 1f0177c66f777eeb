// SPDX-License-Identifier: MIT
#include "packages/files/manifest_rules.h"

#include "packages/package_path.h"
#include "packages/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace latchkey::packages {

namespace {

struct NamespaceRow {
    std::string_view name;
    NamespaceKind kind;
};

constexpr std::array kNamespaces{
    NamespaceRow{kAppx2010Namespace, NamespaceKind::Appx2010},
    NamespaceRow{kAppx2013Namespace, NamespaceKind::Appx2013},
    NamespaceRow{"http://schemas.microsoft.com/appx/2014/manifest", NamespaceKind::Appx2013},
    NamespaceRow{kFoundationNamespace, NamespaceKind::Foundation},
    NamespaceRow{kUapNamespace, NamespaceKind::Uap},
    NamespaceRow{"http://schemas.microsoft.com/appx/manifest/foundation/windows10/restrictedcapabilities",
                 NamespaceKind::Restricted},
    NamespaceRow{"http://schemas.microsoft.com/appx/2014/phone/manifest", NamespaceKind::Unused},
    NamespaceRow{"http://schemas.microsoft.com/appx/2012/build", NamespaceKind::Unused},
    NamespaceRow{"http://schemas.microsoft.com/developer/appx/2012/build", NamespaceKind::Unused},
    NamespaceRow{"http://schemas.microsoft.com/developer/appx/2015/build", NamespaceKind::Unused},
    NamespaceRow{"http://www.w3.org/XML/1998/namespace", NamespaceKind::Unused},
    NamespaceRow{"http://www.w3.org/2001/XMLSchema-instance", NamespaceKind::Unused},
};

// Numbered and themed successors: uap/windows10/4, desktop/windows10/2, com/windows10 …
constexpr std::string_view kUapPrefix = "http://schemas.microsoft.com/appx/manifest/uap/windows10/";
constexpr std::string_view kManifestPrefix = "http://schemas.microsoft.com/appx/manifest/";

struct ChildrenRow {
    std::string_view parent;
    std::span<std::string_view const> children;
};

constexpr std::array<std::string_view, 12> kPackageChildren{
    "Identity",     "Properties", "Resources",     "Prerequisites", "Dependencies",  "Applications",
    "Capabilities", "Extensions", "PhoneIdentity", "Metadata",      "mobilePackage", "build",
};
constexpr std::array<std::string_view, 1> kApplicationsChildren{"Application"};
constexpr std::array<std::string_view, 5> kApplicationChildren{
    "VisualElements", "Extensions", "ApplicationContentUriRules", "InitialRotationPreference", "Properties",
};
constexpr std::array<std::string_view, 1> kExtensionsChildren{"Extension"};
constexpr std::array<std::string_view, 1> kBackgroundTasksChildren{"Task"};
constexpr std::array<std::string_view, 2> kInProcessServerChildren{"Path", "ActivatableClass"};
constexpr std::array<std::string_view, 3> kCapabilitiesChildren{"Capability", "DeviceCapability", "CustomCapability"};

constexpr std::array kChildren{
    ChildrenRow{"Package", kPackageChildren},
    ChildrenRow{"Applications", kApplicationsChildren},
    ChildrenRow{"Application", kApplicationChildren},
    ChildrenRow{"Extensions", kExtensionsChildren},
    ChildrenRow{"BackgroundTasks", kBackgroundTasksChildren},
    ChildrenRow{"InProcessServer", kInProcessServerChildren},
    ChildrenRow{"Capabilities", kCapabilitiesChildren},
};

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Identifiers with dots between them. Bytes of other scripts are letters in class names, not in application ids.
bool is_dotted_name(std::string_view value, bool ascii_only)
{
    bool at_start = true;
    for (char const c : value) {
        bool const letter = is_letter(c) || c == '_' || (!ascii_only && static_cast<unsigned char>(c) >= 0x80);
        if (c == '.' ? at_start : !(letter || (is_digit(c) && !at_start))) return false;
        at_start = c == '.';
    }
    return !at_start;
}

// What is wrong with the form of a value; empty when nothing is.
std::string form_error(std::string_view value, ValueForm form)
{
    constexpr std::string_view kForbiddenInFiles = "<>:\"|?*";
    switch (form) {
    case ValueForm::Any:
        return {};
    case ValueForm::File:
        if (value.find_first_of(kForbiddenInFiles) != std::string_view::npos) return R"(has one of < > : " | ? *)";
        if (auto const path = package_path(value); !path) return path.error();
        return {};
    case ValueForm::ClassName:
        return is_dotted_name(value, false) ? "" : "is not a class name";
    case ValueForm::AppId:
        return is_dotted_name(value, true) ? ""
                                           : "is not made of ASCII letters, digits and dots, beginning with a letter";
    case ValueForm::PackageName: {
        bool const right =
            std::ranges::all_of(value, [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; });
        return right ? "" : "has other characters than letters, digits, '.' and '-'";
    }
    case ValueForm::Alphanumeric: {
        bool const right = !value.empty() && is_letter(value.front()) &&
                           std::ranges::all_of(value, [](char c) { return is_letter(c) || is_digit(c); });
        return right ? "" : "is not made of letters and digits, beginning with a letter";
    }
    }
    return {};
}

std::size_t count_characters(std::string_view utf8)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

NamespaceKind namespace_kind(std::string_view name)
{
    if (name.empty()) return NamespaceKind::None;
    auto const row = std::ranges::find(kNamespaces, name, &NamespaceRow::name);
    if (row != kNamespaces.end()) return row->kind;
    if (name.starts_with(kUapPrefix)) return NamespaceKind::Uap;
    return name.starts_with(kManifestPrefix) ? NamespaceKind::Unused : NamespaceKind::Unknown;
}

bool is_manifest_element(XmlElement const& element, std::string_view name)
{
    return element.name == name && namespace_kind(element.namespace_name) != NamespaceKind::Unknown;
}

XmlElement const* child(XmlElement const& parent, std::string_view name)
{
    auto const found =
        std::ranges::find_if(parent.children, [&](XmlElement const& e) { return is_manifest_element(e, name); });
    return found == parent.children.end() ? nullptr : &*found;
}

std::vector<XmlElement const*> children(XmlElement const& parent, std::string_view name)
{
    std::vector<XmlElement const*> found;
    for (XmlElement const& element : parent.children)
        if (is_manifest_element(element, name)) found.push_back(&element);
    return found;
}

std::span<std::string_view const> known_children(std::string_view parent)
{
    auto const row = std::ranges::find(kChildren, parent, &ChildrenRow::parent);
    if (row == kChildren.end()) return {};
    return row->children;
}

bool has_build_token(std::string_view value)
{
    std::size_t const first = value.find('$');
    if (first == std::string_view::npos) return false;
    std::size_t const second = value.find('$', first + 1);
    return second != std::string_view::npos && second > first + 1 &&
           std::ranges::all_of(value.substr(first + 1, second - first - 1), is_letter);
}

std::optional<std::string> RuleCheck::attribute(XmlElement const& element, AttributeRule const& rule)
{
    XmlAttribute const* const found = element.find(rule.name);
    if (found == nullptr) {
        if (rule.presence == Presence::Required)
            error(element.line(),
                  fmt::format("<{}> has no {}; write {}=\"{}\"", element.name, rule.name, rule.name, rule.right));
        return std::nullopt;
    }
    std::string const value(trimmed(found->value));
    if (has_build_token(value)) {
        warning(found->line,
                fmt::format("{}=\"{}\" has a build token that nobody has replaced", rule.name, printable(value)));
        return value;
    }
    std::size_t const characters = count_characters(value);
    std::string wrong = form_error(value, rule.form);
    if (characters == 0 && rule.min_characters > 0)
        wrong = "is empty";
    else if (characters < rule.min_characters)
        wrong = fmt::format("is shorter than {} characters", rule.min_characters);
    else if (characters > rule.max_characters)
        wrong = fmt::format("is longer than {} characters", rule.max_characters);
    if (wrong.empty()) return value;
    error(found->line, fmt::format("{}=\"{}\" {}; right would be {}=\"{}\"", rule.name, printable(value), wrong,
                                   rule.name, rule.right));
    return std::nullopt;
}

void RuleCheck::add(Severity severity, int line, std::string message)
{
    if (m_diagnostics.size() < kMaxDiagnostics) {
        m_diagnostics.push_back({severity, line, std::move(message)});
        return;
    }
    // The rest is counted as one; an error among it must still fail the manifest.
    Diagnostic& last = m_diagnostics.back();
    if (last.severity == Severity::Warning && severity == Severity::Error) last.severity = Severity::Error;
    last.message = fmt::format("more than {} errors and warnings; the rest is not shown", kMaxDiagnostics - 1);
}

} // namespace latchkey::packages
