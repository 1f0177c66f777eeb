// SPDX-License-Identifier: MIT
#include "packages/files/manifest_reader.h"

#include "packages/files/digest.h"
#include "packages/files/manifest_rules.h"
#include "packages/package_path.h"
#include "packages/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace latchkey::packages {

namespace {

using enum Presence;
using enum ValueForm;

constexpr std::string_view kBackgroundTasks = "windows.backgroundTasks";
constexpr std::string_view kUpdateTask = "windows.updateTask";
constexpr std::string_view kInProcessServer = "windows.activatableClass.inProcessServer";
constexpr std::array<std::string_view, 3> kUsedCategories{kBackgroundTasks, kUpdateTask, kInProcessServer};

constexpr std::size_t kMaxPackageName = 50;

constexpr AttributeRule kIdentityName{"Name", Required, 3, kMaxPackageName, PackageName, "Contoso.Mail"};
constexpr AttributeRule kPublisher{"Publisher", Required, 1, kMaxAttributeCharacters, Any, "CN=Contoso"};
constexpr AttributeRule kVersion{"Version", Required, 1, 23, Any, "1.0.0.0"};
constexpr AttributeRule kArchitecture{"ProcessorArchitecture", Optional, 1, 16, Any, "neutral"};
constexpr AttributeRule kResourceId{"ResourceId", Optional, 0, 30, PackageName, "en-us"};
constexpr AttributeRule kApplicationId{"Id", Required, 1, 64, AppId, "App"};
constexpr AttributeRule kExecutable{"Executable", Optional, 1, 256, File, "bin/app"};
constexpr AttributeRule kEntryPoint{"EntryPoint", Optional, 1, 256, ClassName, "Tasks.ExampleBackgroundTask"};
constexpr AttributeRule kRequiredEntryPoint{"EntryPoint", Required, 1, 256, ClassName, "Tasks.UpdateTask"};
constexpr AttributeRule kStartPage{"StartPage", Optional, 1, 256, File, "js/task.js"};
constexpr AttributeRule kDisplayName{"DisplayName", Optional, 0, 256, Any, "Mail"};
constexpr AttributeRule kCategory{"Category", Required, 1, 255, Any, kBackgroundTasks};
constexpr AttributeRule kServerName{"ServerName", Optional, 1, 255, Alphanumeric, "MailTasks"};
constexpr AttributeRule kResourceGroup{"ResourceGroup", Optional, 1, 255, Alphanumeric, "mail"};
constexpr AttributeRule kType{"Type", Required, 1, 64, Any, "systemEvent"};
constexpr AttributeRule kNotification{"Notification", Required, 1, 64, Any, "badge"};
constexpr AttributeRule kBadgeLogo{"BadgeLogo", Required, 1, 256, File, "images/badge.png"};
constexpr AttributeRule kClassId{"ActivatableClassId", Required, 1, 255, ClassName, "Tasks.ExampleBackgroundTask"};
constexpr AttributeRule kThreadingModel{"ThreadingModel", Required, 1, 16, Any, "both"};
constexpr AttributeRule kCapabilityName{"Name", Required, 1, 255, Any, "internetClient"};

std::string slashes(std::string path)
{
    std::ranges::replace(path, '\\', '/');
    return path;
}

std::string package_name_from(std::string_view folder)
{
    std::string name;
    for (char const c : folder.substr(0, kMaxPackageName)) {
        bool const allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
        name += allowed ? c : '-';
    }
    while (name.size() < kIdentityName.min_characters)
        name += '-';
    return name;
}

class ManifestReader {
public:
    ManifestReader(XmlDocument const& document, std::string_view folder)
        : m_document(document), m_package(document.root()), m_folder(folder)
    {}

    ReadManifest run()
    {
        if (read_schema()) {
            warn_of_namespaces();
            check_children(m_package);
            read_identity();
            read_properties();
            read_classes();
            read_applications();
            read_capabilities();
        }
        ReadManifest result;
        bool const failed = m_check.failed();
        result.diagnostics = m_check.take();
        std::ranges::stable_sort(result.diagnostics, {}, &Diagnostic::line);
        if (!failed) result.manifest = std::move(m_manifest);
        return result;
    }

private:
    bool read_schema()
    {
        if (m_package.name != "Package") {
            m_check.error(m_package.line(), m_package.name == "Bundle"
                                                ? "is the manifest of a bundle; give the package inside it"
                                                : fmt::format("begins with <{}>; a manifest begins with <Package>",
                                                              printable(m_package.name)));
            return false;
        }
        switch (namespace_kind(m_package.namespace_name)) {
        case NamespaceKind::None:
            m_manifest.without_namespaces = true;
            m_manifest.schema = ManifestSchema::Appx2010;
            return true;
        case NamespaceKind::Appx2010:
        case NamespaceKind::Appx2013:
            m_manifest.schema = ManifestSchema::Appx2010;
            return true;
        case NamespaceKind::Foundation:
            m_manifest.schema = ManifestSchema::Windows10;
            return true;
        default:
            m_check.error(m_package.line(),
                          fmt::format("<Package> is in the namespace \"{}\"; right would be \"{}\" or \"{}\"",
                                      printable(m_package.namespace_name), kFoundationNamespace, kAppx2010Namespace));
            return false;
        }
    }

    void warn_of_namespaces()
    {
        for (XmlNamespace const& declared : m_document.namespaces())
            if (namespace_kind(declared.name) == NamespaceKind::Unknown)
                m_check.warning(declared.line,
                                fmt::format("the namespace \"{}\" is not known; what is in it is ignored",
                                            printable(declared.name)));
    }

    // Misspelled elements would otherwise be silently lost.
    void check_children(XmlElement const& parent)
    {
        auto const known = known_children(parent.name);
        for (XmlElement const& element : parent.children) {
            NamespaceKind const kind = namespace_kind(element.namespace_name);
            if (kind == NamespaceKind::None && !m_manifest.without_namespaces) {
                m_check.warning(
                    element.line(),
                    fmt::format("<{}> has no namespace and is ignored; write it with the prefix of <Package>",
                                printable(element.name)));
                continue;
            }
            bool const of_schema =
                kind == NamespaceKind::None || kind == NamespaceKind::Appx2010 || kind == NamespaceKind::Foundation;
            if (!of_schema || std::ranges::find(known, element.name) != known.end()) continue;
            std::string message =
                fmt::format("<{}> is not known in <{}> and is ignored", printable(element.name), parent.name);
            if (auto const meant = nearest_word(element.name, known))
                message += fmt::format("; did you mean <{}>?", *meant);
            m_check.warning(element.line(), std::move(message));
        }
    }

    XmlElement const* part(XmlElement const& parent, std::string_view name)
    {
        auto const found = children(parent, name);
        if (found.size() > 1)
            m_check.error(found[1]->line(), fmt::format("a second <{}> in <{}>; there is one", name, parent.name));
        return found.empty() ? nullptr : found.front();
    }

    void read_identity()
    {
        Identity& identity = m_manifest.identity;
        identity.architecture = "neutral";
        XmlElement const* const element = part(m_package, "Identity");
        if (element == nullptr) {
            identity.name = package_name_from(m_folder);
            identity.publisher = kFallbackPublisher;
        } else {
            identity.declared = true;
            identity.name = m_check.attribute(*element, kIdentityName).value_or("");
            identity.publisher = m_check.attribute(*element, kPublisher).value_or("");
            if (!identity.publisher.empty() && identity.publisher.find('=') == std::string::npos)
                m_check.warning(
                    element->line(),
                    fmt::format(
                        "Publisher=\"{}\" is not a distinguished name; Windows wants one, for example \"CN=Contoso\"",
                        printable(identity.publisher)));
            read_version(*element);
            identity.architecture = lower_case(m_check.attribute(*element, kArchitecture).value_or("neutral"));
            identity.resource_id = m_check.attribute(*element, kResourceId).value_or("");
        }
        m_manifest.publisher_id = publisher_id(identity.publisher);
    }

    void read_version(XmlElement const& element)
    {
        auto const text = m_check.attribute(element, kVersion);
        if (!text || has_build_token(*text)) return;
        if (auto const version = parse_package_version(*text))
            m_manifest.identity.version = *version;
        else
            m_check.error(
                element.find("Version")->line,
                fmt::format("Version=\"{}\" is not four numbers up to 65535; right would be Version=\"1.0.0.0\"",
                            printable(*text)));
    }

    void read_properties()
    {
        XmlElement const* const properties = part(m_package, "Properties");
        if (properties == nullptr) return;
        auto const text = [&](std::string_view name) {
            XmlElement const* const element = child(*properties, name);
            return element == nullptr ? std::string() : std::string(trimmed(element->text));
        };
        m_manifest.display_name = text("DisplayName");
        m_manifest.publisher_display_name = text("PublisherDisplayName");
    }

    void read_applications()
    {
        XmlElement const* const applications = part(m_package, "Applications");
        if (applications == nullptr) {
            m_check.error(m_package.line(),
                          "<Package> has no <Applications>; a task belongs to an <Application> in it");
            return;
        }
        check_children(*applications);
        auto const elements = children(*applications, "Application");
        if (elements.empty()) m_check.error(applications->line(), "<Applications> has no <Application>");
        if (elements.size() > kMaxApplications) {
            m_check.error(applications->line(), fmt::format("more than {} applications", kMaxApplications));
            return;
        }
        for (XmlElement const* const element : elements)
            read_application(*element);
    }

    void read_application(XmlElement const& element)
    {
        check_children(element);
        Application app;
        app.id = m_check.attribute(element, kApplicationId).value_or("");
        app.executable = slashes(m_check.attribute(element, kExecutable).value_or(""));
        app.start_page = slashes(m_check.attribute(element, kStartPage).value_or(""));
        // Desktop applications have an EntryPoint that is no class; nothing here depends on it.
        if (XmlAttribute const* const entry_point = element.find("EntryPoint"))
            app.entry_point = trimmed(entry_point->value);
        if (element.find("Executable") == nullptr && element.find("StartPage") == nullptr)
            m_check.error(element.line(),
                          "<Application> has neither Executable nor StartPage; write Executable=\"bin/app\"");
        bool const taken =
            std::ranges::find(m_manifest.applications, app.id, &Application::id) != m_manifest.applications.end();
        if (taken && !app.id.empty())
            m_check.error(element.line(), fmt::format("a second <Application> with Id=\"{}\"", app.id));
        XmlElement const* const extensions = part(element, "Extensions");
        if (extensions != nullptr) read_application_extensions(*extensions, app);
        read_visual_elements(element, app);
        m_manifest.applications.push_back(std::move(app));
    }

    void read_application_extensions(XmlElement const& extensions, Application& app)
    {
        check_children(extensions);
        for (XmlElement const* const extension : children(extensions, "Extension")) {
            auto const category = m_check.attribute(*extension, kCategory);
            if (!category) continue;
            if (*category == kBackgroundTasks)
                read_background_task(*extension, app);
            else if (*category == kUpdateTask)
                app.update_task = m_check.attribute(*extension, kRequiredEntryPoint).value_or("");
            else if (*category == kInProcessServer)
                m_check.error(
                    extension->line(),
                    fmt::format(
                        "Category=\"{}\" stands in an <Application>; it belongs into the <Extensions> of <Package>",
                        *category));
            else
                warn_of_category(*extension, *category);
        }
    }

    void warn_of_category(XmlElement const& extension, std::string_view category)
    {
        if (auto const meant = nearest_word(category, kUsedCategories))
            m_check.warning(extension.line(),
                            fmt::format("Category=\"{}\" is not known and is ignored; did you mean \"{}\"?",
                                        printable(category), *meant));
    }

    void read_background_task(XmlElement const& extension, Application& app)
    {
        if (app.tasks.size() >= kMaxBackgroundTasks)
            return m_check.error(extension.line(),
                                 fmt::format("more than {} background tasks in one application", kMaxBackgroundTasks));
        BackgroundTask task;
        task.line = extension.line();
        bool const has_class = extension.find("EntryPoint") != nullptr;
        bool const has_script = extension.find("StartPage") != nullptr;
        task.entry_point = m_check.attribute(extension, kEntryPoint).value_or("");
        task.start_page = slashes(m_check.attribute(extension, kStartPage).value_or(""));
        task.executable = slashes(m_check.attribute(extension, kExecutable).value_or(""));
        task.resource_group = m_check.attribute(extension, kResourceGroup).value_or("");
        if (!has_class && !has_script)
            m_check.error(extension.line(),
                          "the background task has neither EntryPoint nor StartPage; name its class, "
                          "EntryPoint=\"Tasks.ExampleBackgroundTask\", or its script, StartPage=\"js/task.js\"");
        if (has_class && has_script)
            m_check.error(extension.line(),
                          "the background task has both EntryPoint and StartPage; it is a class or a script");
        read_task_types(extension, task);
        choose_task_host(extension, app, task);
        warn_of_unannounced_class(task);
        if (has_class != has_script) add_task(extension, app, std::move(task));
    }

    void read_task_types(XmlElement const& extension, BackgroundTask& task)
    {
        XmlElement const* const tasks = part(extension, "BackgroundTasks");
        if (tasks == nullptr)
            return m_check.error(extension.line(), "the background task has no <BackgroundTasks>; write "
                                                   "<BackgroundTasks><Task Type=\"systemEvent\" /></BackgroundTasks>");
        check_children(*tasks);
        task.server_name = m_check.attribute(*tasks, kServerName).value_or("");
        for (XmlAttribute const& attribute : tasks->attributes)
            if (attribute.name == "SupportsMultipleInstances" &&
                namespace_kind(attribute.namespace_name) == NamespaceKind::Uap)
                task.multiple_instances = trimmed(attribute.value) == "true" || trimmed(attribute.value) == "1";
        if (task.multiple_instances && (!task.resource_group.empty() || !task.server_name.empty()))
            m_check.error(tasks->line(),
                          "SupportsMultipleInstances cannot be combined with ResourceGroup or ServerName");
        auto const elements = children(*tasks, "Task");
        if (elements.empty())
            m_check.error(tasks->line(), "<BackgroundTasks> has no <Task>; each trigger that the task uses is listed, "
                                         "for example <Task Type=\"systemEvent\" />");
        for (XmlElement const* const element : elements)
            read_task_type(*element, task);
    }

    void read_task_type(XmlElement const& element, BackgroundTask& task)
    {
        auto const name = m_check.attribute(element, kType);
        if (!name || has_build_token(*name)) return;
        NamespaceKind const kind = namespace_kind(element.namespace_name);
        int const line = element.find("Type")->line;
        auto const type = parse_task_type(*name);
        if (!type) return complain_of_type(line, *name, kind);
        if (origin(*type) == TaskTypeOrigin::Uap && kind != NamespaceKind::Uap)
            return m_check.error(
                line,
                fmt::format(
                    "Type=\"{}\" stands in a <Task>; right would be <uap:Task Type=\"{}\" /> with xmlns:uap=\"{}\"",
                    *name, *name, kUapNamespace));
        if (origin(*type) == TaskTypeOrigin::Windows10 && m_manifest.schema == ManifestSchema::Appx2010 &&
            kind != NamespaceKind::Appx2013)
            return m_check.error(line, fmt::format("Type=\"{}\" is newer than a 2010 manifest, which has {}; write "
                                                   "<m2:Task Type=\"{}\" /> with xmlns:m2=\"{}\"",
                                                   *name, fmt::join(allowed_types(), ", "), *name, kAppx2013Namespace));
        if (std::ranges::find(task.types, *type) != task.types.end())
            return m_check.warning(line, fmt::format("Type=\"{}\" is listed twice", *name));
        task.types.push_back(*type);
    }

    // Later schemas may have more types than we know; the two frozen ones may not.
    void complain_of_type(int line, std::string_view name, NamespaceKind kind)
    {
        if (kind == NamespaceKind::Appx2013 || kind == NamespaceKind::Uap)
            return m_check.warning(line, fmt::format("Type=\"{}\" is not known and is ignored", printable(name)));
        auto const allowed = allowed_types();
        std::string message = fmt::format("Type=\"{}\" is not a task type", printable(name));
        if (auto const meant = nearest_word(name, allowed))
            message += fmt::format("; did you mean \"{}\"?", *meant);
        else
            message += fmt::format("; right would be one of {}", fmt::join(allowed, ", "));
        m_check.error(line, std::move(message));
    }

    std::vector<std::string_view> allowed_types() const
    {
        std::vector<std::string_view> names;
        for (TaskTypeRow const& row : task_types())
            if (row.origin == TaskTypeOrigin::Appx2010 ||
                (row.origin == TaskTypeOrigin::Windows10 && m_manifest.schema == ManifestSchema::Windows10))
                names.push_back(row.name);
        return names;
    }

    void choose_task_host(XmlElement const& extension, Application const& app, BackgroundTask& task)
    {
        auto const choice = choose_host(m_manifest.schema, task.executable, task.start_page, app.executable);
        if (!choice) {
            std::string const app_program =
                app.executable.empty() ? "" : fmt::format(" or \"{}\" (the application's)", app.executable);
            return m_check.error(extension.find("Executable")->line,
                                 fmt::format("Executable=\"{}\" cannot host the task; right would be \"{}\"{}",
                                             printable(task.executable), kTaskHostExecutable, app_program));
        }
        task.host = *choice;
        if (m_manifest.schema != ManifestSchema::Windows10 || task.executable.empty() || !task.start_page.empty())
            return;
        bool const needs_app = std::ranges::find(task.types, TaskType::ControlChannel) != task.types.end() ||
                               std::ranges::find(task.types, TaskType::PushNotification) != task.types.end();
        if (choice->host == TaskHost::NativeHost || !needs_app)
            m_check.warning(extension.find("Executable")->line,
                            "a windows10 manifest names an Executable only for controlChannel and pushNotification "
                            "tasks that run in the application; leave it out");
    }

    // Windows refuses to pack this; we look for the class by name, so it may still work.
    void warn_of_unannounced_class(BackgroundTask const& task)
    {
        auto const& classes = m_manifest.classes;
        if (task.entry_point.empty() || classes.empty() || has_build_token(task.entry_point) ||
            std::ranges::find(classes, task.entry_point, &ActivatableClass::id) != classes.end())
            return;
        std::vector<std::string_view> ids;
        for (ActivatableClass const& one : classes)
            ids.push_back(one.id);
        std::string message =
            fmt::format("EntryPoint=\"{}\" is in none of the package's in-process servers", task.entry_point);
        if (auto const meant = nearest_word(task.entry_point, ids))
            message += fmt::format("; did you mean \"{}\"?", *meant);
        m_check.warning(task.line, std::move(message));
    }

    void add_task(XmlElement const& extension, Application& app, BackgroundTask task)
    {
        auto const same = std::ranges::find(app.tasks, task.name(), &BackgroundTask::name);
        if (task.name().empty() || same == app.tasks.end()) {
            app.tasks.push_back(std::move(task));
            return;
        }
        if (same->host != task.host)
            return m_check.error(extension.line(),
                                 fmt::format("\"{}\" is declared again with another host than in line {}",
                                             printable(task.name()), same->line));
        m_check.warning(extension.line(), fmt::format("\"{}\" is declared again; list all its task types in line {}",
                                                      printable(task.name()), same->line));
        for (TaskType const type : task.types)
            if (std::ranges::find(same->types, type) == same->types.end()) same->types.push_back(type);
    }

    void read_visual_elements(XmlElement const& element, Application& app)
    {
        XmlElement const* const visual = part(element, "VisualElements");
        if (visual == nullptr) return;
        app.display_name = m_check.attribute(*visual, kDisplayName).value_or("");
        if (XmlElement const* const lock_screen = part(*visual, "LockScreen")) read_lock_screen(*lock_screen, app);
    }

    void read_lock_screen(XmlElement const& element, Application& app)
    {
        LockScreen lock_screen;
        auto const notification = m_check.attribute(element, kNotification);
        lock_screen.badge_logo = slashes(m_check.attribute(element, kBadgeLogo).value_or(""));
        if (notification == to_string(LockScreenNotification::BadgeAndTileText))
            lock_screen.notification = LockScreenNotification::BadgeAndTileText;
        else if (notification && notification != to_string(LockScreenNotification::Badge) &&
                 !has_build_token(*notification))
            m_check.error(element.find("Notification")->line,
                          fmt::format("Notification=\"{}\" is neither \"badge\" nor \"badgeAndTileText\"",
                                      printable(*notification)));
        bool const has_task = std::ranges::any_of(app.tasks, [](BackgroundTask const& task) {
            return std::ranges::any_of(task.types, [](TaskType type) {
                return type == TaskType::ControlChannel || type == TaskType::Timer ||
                       type == TaskType::PushNotification;
            });
        });
        if (!has_task)
            m_check.warning(element.line(), "an application on the lock screen declares a background task of type "
                                            "controlChannel, timer or pushNotification; this one has none");
        app.lock_screen = std::move(lock_screen);
    }

    void read_classes()
    {
        XmlElement const* const extensions = part(m_package, "Extensions");
        if (extensions == nullptr) return;
        check_children(*extensions);
        for (XmlElement const* const extension : children(*extensions, "Extension")) {
            auto const category = m_check.attribute(*extension, kCategory);
            if (!category) continue;
            if (*category == kInProcessServer)
                read_server(*extension);
            else if (*category == kBackgroundTasks || *category == kUpdateTask)
                m_check.error(
                    extension->line(),
                    fmt::format(
                        "Category=\"{}\" stands in <Package>; it belongs into the <Extensions> of an <Application>",
                        *category));
            else
                warn_of_category(*extension, *category);
        }
    }

    void read_server(XmlElement const& extension)
    {
        XmlElement const* const server = part(extension, "InProcessServer");
        if (server == nullptr)
            return m_check.error(extension.line(),
                                 "the extension has no <InProcessServer>; write "
                                 "<InProcessServer><Path>Tasks.so</Path><ActivatableClass … /></InProcessServer>");
        check_children(*server);
        XmlElement const* const path = part(*server, "Path");
        std::string const written = path == nullptr ? std::string() : std::string(trimmed(path->text));
        std::string library;
        if (path == nullptr)
            m_check.error(server->line(), "<InProcessServer> has no <Path>; write <Path>Tasks.so</Path>");
        else if (auto const checked = package_path(written); checked || has_build_token(written))
            library = linux_library(*path, slashes(written));
        else
            m_check.error(path->line(), fmt::format("<Path>{}</Path> {}; right would be <Path>Tasks.so</Path>",
                                                    printable(written), checked.error()));
        auto const elements = children(*server, "ActivatableClass");
        if (elements.empty())
            m_check.error(server->line(),
                          "<InProcessServer> has no <ActivatableClass>; write <ActivatableClass "
                          "ActivatableClassId=\"Tasks.ExampleBackgroundTask\" ThreadingModel=\"both\" />");
        for (XmlElement const* const element : elements)
            read_class(*element, library);
    }

    std::string linux_library(XmlElement const& path, std::string library)
    {
        constexpr std::string_view kWindowsSuffix = ".dll";
        if (!lower_case(library).ends_with(kWindowsSuffix)) return library;
        std::string mapped = library.substr(0, library.size() - kWindowsSuffix.size()) + ".so";
        m_check.warning(path.line(), fmt::format("<Path>{}</Path> is a Windows library; \"{}\" is used",
                                                 printable(library), printable(mapped)));
        return mapped;
    }

    void read_class(XmlElement const& element, std::string const& library)
    {
        if (m_manifest.classes.size() >= kMaxActivatableClasses)
            return m_check.error(element.line(),
                                 fmt::format("more than {} activatable classes", kMaxActivatableClasses));
        auto const id = m_check.attribute(element, kClassId);
        auto const threading = m_check.attribute(element, kThreadingModel);
        auto const model = threading ? parse_threading_model(*threading) : std::nullopt;
        if (threading && !model && !has_build_token(*threading))
            m_check.error(
                element.find("ThreadingModel")->line,
                fmt::format("ThreadingModel=\"{}\" is none of \"both\", \"STA\" and \"MTA\"", printable(*threading)));
        if (!id) return;
        if (std::ranges::find(m_manifest.classes, *id, &ActivatableClass::id) != m_manifest.classes.end())
            return m_check.error(element.line(), fmt::format("the class \"{}\" is declared twice", *id));
        m_manifest.classes.push_back({*id, library, model.value_or(ThreadingModel::Both)});
    }

    void read_capabilities()
    {
        XmlElement const* const capabilities = part(m_package, "Capabilities");
        if (capabilities == nullptr) return;
        check_children(*capabilities);
        for (XmlElement const& element : capabilities->children) {
            bool const device = is_manifest_element(element, "DeviceCapability");
            if (!device && !is_manifest_element(element, "Capability")) continue;
            auto const name = m_check.attribute(element, kCapabilityName);
            if (!name) continue;
            if (m_manifest.capabilities.size() >= kMaxCapabilities)
                return m_check.error(element.line(), fmt::format("more than {} capabilities", kMaxCapabilities));
            bool const restricted = namespace_kind(element.namespace_name) == NamespaceKind::Restricted;
            Capability capability{*name, device       ? CapabilityKind::Device
                                         : restricted ? CapabilityKind::Restricted
                                                      : CapabilityKind::General};
            if (std::ranges::find(m_manifest.capabilities, capability) == m_manifest.capabilities.end())
                m_manifest.capabilities.push_back(std::move(capability));
        }
    }

    XmlDocument const& m_document;
    XmlElement const& m_package;
    std::string_view m_folder;
    RuleCheck m_check;
    Manifest m_manifest;
};

} // namespace

ReadManifest read_manifest(std::string_view bytes, std::string_view folder_name)
{
    auto const document = XmlDocument::parse(bytes, kManifestLimits);
    if (!document) return {std::nullopt, {document.error()}};
    return read_manifest(*document, folder_name);
}

ReadManifest read_manifest(XmlDocument const& document, std::string_view folder_name)
{
    return ManifestReader(document, folder_name).run();
}

} // namespace latchkey::packages
