// SPDX-License-Identifier: MIT
#include "packages/files/manifest_edit.h"

#include "packages/files/manifest_reader.h"
#include "packages/files/manifest_rules.h"
#include "packages/package_path.h"
#include "packages/text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace latchkey::packages {

namespace {

constexpr std::string_view kDefaultIndent = "  ";
constexpr std::size_t kMaxLibraries = 64;

tl::unexpected<std::vector<Diagnostic>> refuse(int line, std::string message)
{
    return tl::unexpected(std::vector<Diagnostic>{{Severity::Error, line, std::move(message)}});
}

std::string escaped(std::string_view value)
{
    std::string text;
    for (char const c : value) {
        switch (c) {
        case '&':
            text += "&amp;";
            break;
        case '<':
            text += "&lt;";
            break;
        case '"':
            text += "&quot;";
            break;
        default:
            text += c;
        }
    }
    return text;
}

// One manifest while it is being edited.
class ManifestText {
public:
    // Fails when the text is not a manifest without errors, or cannot be edited.
    static tl::expected<ManifestText, std::vector<Diagnostic>> open(std::string_view bytes)
    {
        auto document = XmlDocument::parse(bytes, kManifestLimits);
        if (!document) return tl::unexpected(std::vector<Diagnostic>{std::move(document.error())});
        if (document->was_converted()) return refuse(0, "is UTF-16; save it as UTF-8 so that it can be edited");
        ReadManifest read = read_manifest(*document, "package");
        if (!read.manifest) return tl::unexpected(std::move(read.diagnostics));
        return ManifestText(std::move(*document), std::move(*read.manifest));
    }

    Manifest const& manifest() const { return m_manifest; }
    XmlElement const& package() const { return m_document.root(); }
    std::string bytes() const { return std::string(m_document.mark()) + m_document.text(); }

    // The prefix that the whole document has for a namespace; empty when there is none.
    std::string document_prefix(std::string_view name) const
    {
        for (XmlNamespace const& declared : m_document.namespaces())
            if (declared.on_root && declared.name == name) return declared.prefix;
        return {};
    }

    // "f:" when elements of the schema are written with a prefix. The prefix is in force everywhere in the parent.
    static std::string prefix(XmlElement const& parent) { return parent.prefix.empty() ? "" : parent.prefix + ':'; }

    // The file with lines as the last child of parent. lines[0] stands at the children's indentation; the others
    // bring theirs relative to it, in steps of one tab each.
    std::string with_child(XmlElement const& parent, std::vector<std::string> const& lines) const
    {
        std::string const newline = m_document.text().find("\r\n") != std::string::npos ? "\r\n" : "\n";
        std::string const outer = indentation_at(parent.tags.start_begin);
        std::string const inner = child_indentation(parent, outer);
        std::string block;
        for (std::string const& line : lines) {
            std::size_t const steps = line.find_first_not_of('\t');
            block += inner;
            for (std::size_t i = 0; i < steps; ++i)
                block += m_step;
            block += line.substr(steps) + newline;
        }
        std::string text = m_document.text();
        if (parent.tags.empty_tag) {
            // <a … /> becomes <a …> block </a>
            std::size_t const slash = parent.tags.start_end - 2;
            std::size_t const end = text.find_last_not_of(" \t\r\n", slash - 1) + 1;
            std::string const name = prefix(parent) + parent.name;
            text.replace(end, parent.tags.start_end - end, ">" + newline + block + outer + "</" + name + ">");
        } else if (std::size_t const line = line_begin(parent.tags.end_begin); line >= parent.tags.start_end) {
            text.insert(line, block);
        } else {
            text.insert(parent.tags.end_begin, newline + block + outer);
        }
        return std::string(m_document.mark()) + text;
    }

private:
    ManifestText(XmlDocument document, Manifest manifest)
        : m_document(std::move(document)), m_manifest(std::move(manifest))
    {
        // The file's step is how far the first child stands to the right of <Package>.
        auto const& children = package().children;
        if (!children.empty() && stands_alone(children.front())) {
            std::string const outer = indentation_at(package().tags.start_begin);
            std::string const inner = indentation_at(children.front().tags.start_begin);
            if (inner.size() > outer.size() && inner.starts_with(outer)) m_step = inner.substr(outer.size());
        }
    }

    // Where the line of position begins when only blanks lie between; 0 when something else does.
    std::size_t line_begin(std::size_t position) const
    {
        std::string const& text = m_document.text();
        std::size_t begin = position;
        while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t'))
            --begin;
        return begin > 0 && text[begin - 1] == '\n' ? begin : 0;
    }

    bool stands_alone(XmlElement const& element) const { return line_begin(element.tags.start_begin) != 0; }

    // The blanks with which the line of position begins.
    std::string indentation_at(std::size_t position) const
    {
        std::string const& text = m_document.text();
        std::size_t const newline = position == 0 ? std::string::npos : text.rfind('\n', position - 1);
        std::size_t const begin = newline == std::string::npos ? 0 : newline + 1;
        std::size_t const end = std::min(text.find_first_not_of(" \t", begin), position);
        return text.substr(begin, end - begin);
    }

    std::string child_indentation(XmlElement const& parent, std::string const& outer) const
    {
        for (XmlElement const& element : parent.children)
            if (stands_alone(element)) return indentation_at(element.tags.start_begin);
        return outer + m_step;
    }

    XmlDocument m_document;
    Manifest m_manifest;
    std::string m_step{kDefaultIndent};
};

// A <Task> as the schema of the file wants it.
std::string task_line(ManifestText const& text, XmlElement const& parent, TaskType type)
{
    auto const with_namespace = [&](std::string_view usual_prefix, std::string_view name) {
        if (std::string const known = text.document_prefix(name); !known.empty())
            return fmt::format("<{}:Task Type=\"{}\" />", known, to_string(type));
        return fmt::format("<{}:Task xmlns:{}=\"{}\" Type=\"{}\" />", usual_prefix, usual_prefix, name,
                           to_string(type));
    };
    if (origin(type) == TaskTypeOrigin::Uap) return with_namespace("uap", kUapNamespace);
    if (origin(type) == TaskTypeOrigin::Windows10 && text.manifest().schema == ManifestSchema::Appx2010)
        return with_namespace("m2", kAppx2013Namespace);
    return fmt::format("<{}Task Type=\"{}\" />", ManifestText::prefix(parent), to_string(type));
}

XmlElement const* find_application(XmlElement const& package, std::string_view id)
{
    XmlElement const* const applications = child(package, "Applications");
    if (applications == nullptr) return nullptr;
    for (XmlElement const* const application : children(*applications, "Application"))
        if (XmlAttribute const* const found = application->find("Id"); found && trimmed(found->value) == id)
            return application;
    return nullptr;
}

// The extension that declares the class or script; null when none does.
XmlElement const* find_extension(XmlElement const& application, TaskDeclaration const& wanted)
{
    bool const is_script = !wanted.start_page.empty();
    XmlElement const* const extensions = child(application, "Extensions");
    if (extensions == nullptr) return nullptr;
    for (XmlElement const* const extension : children(*extensions, "Extension")) {
        XmlAttribute const* const category = extension->find("Category");
        XmlAttribute const* const name = extension->find(is_script ? "StartPage" : "EntryPoint");
        if (category == nullptr || name == nullptr || trimmed(category->value) != "windows.backgroundTasks") continue;
        std::string declared(trimmed(name->value));
        if (is_script) std::ranges::replace(declared, '\\', '/');
        if (declared == (is_script ? wanted.start_page : wanted.entry_point)) return extension;
    }
    return nullptr;
}

// The whole element in the shape of the documents: 2010 names the host, windows10 does not.
std::vector<std::string> extension_lines(ManifestText const& text, XmlElement const& parent,
                                         TaskDeclaration const& wanted)
{
    std::string const prefix = ManifestText::prefix(parent);
    std::string attributes = "Category=\"windows.backgroundTasks\"";
    if (!wanted.start_page.empty()) {
        attributes += fmt::format(" StartPage=\"{}\"", escaped(wanted.start_page));
    } else {
        if (text.manifest().schema == ManifestSchema::Appx2010)
            attributes += fmt::format(" Executable=\"{}\"", kTaskHostExecutable);
        attributes += fmt::format(" EntryPoint=\"{}\"", escaped(wanted.entry_point));
    }
    std::vector<std::string> lines;
    lines.push_back(fmt::format("<{}Extension {}>", prefix, attributes));
    lines.push_back(fmt::format("\t<{}BackgroundTasks>", prefix));
    for (TaskType const type : wanted.types)
        lines.push_back("\t\t" + task_line(text, parent, type));
    lines.push_back(fmt::format("\t</{}BackgroundTasks>", prefix));
    lines.push_back(fmt::format("</{}Extension>", prefix));
    return lines;
}

// lines as a child of parent's <Extensions>, which is made when it is not there.
std::string with_extension(ManifestText const& text, XmlElement const& parent, std::vector<std::string> lines)
{
    if (XmlElement const* const extensions = child(parent, "Extensions")) return text.with_child(*extensions, lines);
    std::string const prefix = ManifestText::prefix(parent);
    for (std::string& line : lines)
        line.insert(0, 1, '\t');
    lines.insert(lines.begin(), fmt::format("<{}Extensions>", prefix));
    lines.push_back(fmt::format("</{}Extensions>", prefix));
    return text.with_child(parent, lines);
}

// What the declaration itself has wrong; empty when nothing.
std::string declaration_error(TaskDeclaration const& wanted)
{
    if (wanted.entry_point.empty() == wanted.start_page.empty())
        return "a background task is either a class (entry point) or a script (start page)";
    if (wanted.types.empty()) return "a background task lists at least one type of trigger";
    if (!wanted.start_page.empty())
        if (auto const path = package_path(wanted.start_page); !path)
            return fmt::format("the start page \"{}\" {}", printable(wanted.start_page), path.error());
    return {};
}

// The application that is meant, by id or because there is only one.
tl::expected<Application const*, std::string> choose_application(Manifest const& manifest, std::string_view id)
{
    if (id.empty()) {
        if (manifest.applications.size() == 1) return &manifest.applications.front();
        std::string ids;
        for (Application const& app : manifest.applications)
            ids += (ids.empty() ? "" : ", ") + app.id;
        return tl::unexpected(fmt::format("the manifest has several applications; choose one of {}", ids));
    }
    auto const found = std::ranges::find(manifest.applications, id, &Application::id);
    if (found == manifest.applications.end())
        return tl::unexpected(fmt::format("the manifest has no application \"{}\"", printable(id)));
    return &*found;
}

// The types of wanted that the manifest does not list yet.
std::vector<TaskType> missing_types(Application const& app, TaskDeclaration const& wanted)
{
    std::string const& name = wanted.start_page.empty() ? wanted.entry_point : wanted.start_page;
    auto const declared = std::ranges::find(app.tasks, name, &BackgroundTask::name);
    std::vector<TaskType> missing;
    for (TaskType const type : wanted.types) {
        bool const listed =
            declared != app.tasks.end() && std::ranges::find(declared->types, type) != declared->types.end();
        if (!listed && std::ranges::find(missing, type) == missing.end()) missing.push_back(type);
    }
    return missing;
}

// Accepts an edit only if it is still a manifest without errors.
EditResult checked(std::string text)
{
    if (auto const again = ManifestText::open(text); !again) return tl::unexpected(again.error());
    return ManifestEdit{std::move(text), true};
}

XmlElement const* find_server(XmlElement const& package, std::string_view library)
{
    XmlElement const* const extensions = child(package, "Extensions");
    if (extensions == nullptr) return nullptr;
    for (XmlElement const* const extension : children(*extensions, "Extension")) {
        XmlElement const* const server = child(*extension, "InProcessServer");
        XmlElement const* const path = server == nullptr ? nullptr : child(*server, "Path");
        if (path != nullptr && trimmed(path->text) == library) return server;
    }
    return nullptr;
}

std::string class_line(std::string_view prefix, ActivatableClass const& added)
{
    return fmt::format("<{}ActivatableClass ActivatableClassId=\"{}\" ThreadingModel=\"{}\" />", prefix,
                       escaped(added.id), to_string(added.threading));
}

// Adds those of one library that the manifest does not have.
EditResult declare_library(std::string_view manifest, std::string const& library,
                           std::vector<ActivatableClass> const& classes)
{
    auto const text = ManifestText::open(manifest);
    if (!text) return tl::unexpected(text.error());
    std::vector<std::string> lines;
    XmlElement const& package = text->package();
    std::string const prefix = ManifestText::prefix(package);
    for (ActivatableClass const& added : classes) {
        auto const& declared = text->manifest().classes;
        if (std::ranges::find(declared, added.id, &ActivatableClass::id) == declared.end())
            lines.push_back(class_line(prefix, added));
    }
    if (lines.empty()) return ManifestEdit{std::string(manifest), false};
    if (XmlElement const* const server = find_server(package, library))
        return checked(text->with_child(*server, lines));
    for (std::string& line : lines)
        line.insert(0, 2, '\t');
    std::vector<std::string> extension{
        fmt::format("<{}Extension Category=\"windows.activatableClass.inProcessServer\">", prefix),
        fmt::format("\t<{}InProcessServer>", prefix),
        fmt::format("\t\t<{}Path>{}</{}Path>", prefix, escaped(library), prefix),
    };
    extension.insert(extension.end(), lines.begin(), lines.end());
    extension.push_back(fmt::format("\t</{}InProcessServer>", prefix));
    extension.push_back(fmt::format("</{}Extension>", prefix));
    return checked(with_extension(*text, package, std::move(extension)));
}

} // namespace

EditResult declare_task(std::string_view manifest, TaskDeclaration const& declaration)
{
    TaskDeclaration wanted = declaration;
    std::ranges::replace(wanted.start_page, '\\', '/');
    if (auto wrong = declaration_error(wanted); !wrong.empty()) return refuse(0, std::move(wrong));
    auto const text = ManifestText::open(manifest);
    if (!text) return tl::unexpected(text.error());
    auto const app = choose_application(text->manifest(), wanted.application_id);
    if (!app) return refuse(0, app.error());
    wanted.types = missing_types(**app, wanted);
    if (wanted.types.empty()) return ManifestEdit{std::string(manifest), false};
    XmlElement const* const application = find_application(text->package(), (*app)->id);
    if (application == nullptr) return refuse(0, "the application cannot be found again");
    if (XmlElement const* const extension = find_extension(*application, wanted)) {
        XmlElement const* const tasks = child(*extension, "BackgroundTasks");
        if (tasks == nullptr) return refuse(extension->line(), "the extension has no <BackgroundTasks>");
        std::vector<std::string> lines;
        for (TaskType const type : wanted.types)
            lines.push_back(task_line(*text, *tasks, type));
        return checked(text->with_child(*tasks, lines));
    }
    return checked(with_extension(*text, *application, extension_lines(*text, *application, wanted)));
}

EditResult declare_classes(std::string_view manifest, std::span<ActivatableClass const> classes)
{
    std::vector<std::string> libraries;
    for (ActivatableClass const& added : classes)
        if (std::ranges::find(libraries, added.library) == libraries.end()) libraries.push_back(added.library);
    if (libraries.size() > kMaxLibraries) return refuse(0, fmt::format("more than {} libraries", kMaxLibraries));
    ManifestEdit edit{std::string(manifest), false};
    for (std::string const& library : libraries) {
        std::vector<ActivatableClass> own;
        std::ranges::copy_if(classes, std::back_inserter(own),
                             [&](ActivatableClass const& added) { return added.library == library; });
        EditResult next = declare_library(edit.text, library, own);
        if (!next) return next;
        edit.changed = edit.changed || next->changed;
        edit.text = std::move(next->text);
    }
    return edit;
}

} // namespace latchkey::packages
