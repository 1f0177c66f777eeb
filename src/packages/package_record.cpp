// SPDX-License-Identifier: MIT
#include "packages/package_record.h"

#include "packages/package_path.h"
#include "packages/record_bytes.h"
#include "packages/text.h"

#include <algorithm>
#include <utility>

namespace latchkey::packages {

namespace {

// The last letter is the version of the form. A broker that meets another one sets the record aside.
constexpr std::string_view kInstalledMark = "LKP1";
constexpr std::string_view kAnswerMark = "LKA1";
constexpr std::string_view kRequestMark = "LKR1";

constexpr std::size_t kMaxPackageNameBytes = 64;
constexpr std::size_t kPublisherIdBytes = 13;
constexpr std::size_t kMaxWordBytes = 1'024; // 256 characters
constexpr std::size_t kMaxPublisherBytes = 4 * kMaxAttributeCharacters;

bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

// The parts of family and full names: they name files and folders, so what else is in them does not matter as much as
// that they are names.
std::string name_part(RecordReader& in, std::string_view what, std::size_t min, std::size_t max)
{
    std::string value = in.text(what, max);
    if (in.failed()) return value;
    if (value.size() < min)
        in.fail(std::string(what) + " is too short");
    else if (!std::ranges::all_of(value, is_name_character) || value.starts_with('.'))
        in.fail(std::string(what) + " \"" + printable(value) +
                "\" has other characters than letters, digits, '.' and '-'");
    return value;
}

std::string path_or_nothing(RecordReader& in, std::string_view what)
{
    std::string value = in.text(what, kMaxPathBytes);
    if (in.failed() || value.empty()) return value;
    auto path = package_path(value);
    if (path) return *path;
    in.fail(std::string(what) + " \"" + printable(value) + "\" " + path.error());
    return {};
}

void write(RecordWriter& out, Identity const& identity)
{
    out.text(identity.name);
    out.text(identity.publisher);
    out.u16(identity.version.major);
    out.u16(identity.version.minor);
    out.u16(identity.version.build);
    out.u16(identity.version.revision);
    out.text(identity.architecture);
    out.text(identity.resource_id);
    out.flag(identity.declared);
}

Identity read_identity(RecordReader& in)
{
    Identity identity;
    identity.name = name_part(in, "the package's name", 1, kMaxPackageNameBytes);
    identity.publisher = in.text("the publisher", kMaxPublisherBytes);
    identity.version.major = in.u16();
    identity.version.minor = in.u16();
    identity.version.build = in.u16();
    identity.version.revision = in.u16();
    identity.architecture = name_part(in, "the architecture", 1, 16);
    identity.resource_id = name_part(in, "the resource id", 0, 30);
    identity.declared = in.flag();
    return identity;
}

void write(RecordWriter& out, BackgroundTask const& task)
{
    out.text(task.entry_point);
    out.text(task.start_page);
    out.text(task.executable);
    out.u32(static_cast<std::uint32_t>(task.types.size()));
    for (TaskType const type : task.types)
        out.u8(static_cast<std::uint8_t>(type));
    out.u8(static_cast<std::uint8_t>(task.host.host));
    out.u8(static_cast<std::uint8_t>(task.host.reason));
    out.text(task.server_name);
    out.text(task.resource_group);
    out.flag(task.multiple_instances);
    out.u32(static_cast<std::uint32_t>(task.line));
}

BackgroundTask read_task(RecordReader& in)
{
    BackgroundTask task;
    task.entry_point = in.text("an entry point", kMaxWordBytes);
    task.start_page = path_or_nothing(in, "a script");
    task.executable = in.text("a task's program", kMaxWordBytes);
    std::size_t const types = in.count("types of a task", task_types().size());
    for (std::size_t i = 0; i < types; ++i)
        task.types.push_back(in.choice("a task type", TaskType::MediaProcessing));
    task.host.host = in.choice("a host", TaskHost::AppProcess);
    task.host.reason = in.choice("a host's reason", HostReason::OtherExecutableInWindows10);
    task.server_name = in.text("a server's name", kMaxWordBytes);
    task.resource_group = in.text("a resource group", kMaxWordBytes);
    task.multiple_instances = in.flag();
    task.line = static_cast<int>(in.u32() & 0x7FFFFFFFU);
    return task;
}

void write(RecordWriter& out, Application const& app)
{
    out.text(app.id);
    out.text(app.executable);
    out.text(app.entry_point);
    out.text(app.start_page);
    out.text(app.display_name);
    out.u32(static_cast<std::uint32_t>(app.tasks.size()));
    for (BackgroundTask const& task : app.tasks)
        write(out, task);
    out.flag(app.lock_screen.has_value());
    if (app.lock_screen) {
        out.u8(static_cast<std::uint8_t>(app.lock_screen->notification));
        out.text(app.lock_screen->badge_logo);
    }
    out.text(app.update_task);
}

Application read_application(RecordReader& in)
{
    Application app;
    app.id = in.text("an application's id", kMaxWordBytes);
    app.executable = path_or_nothing(in, "an application's program");
    app.entry_point = in.text("an application's entry point", kMaxWordBytes);
    app.start_page = path_or_nothing(in, "an application's page");
    app.display_name = in.text("an application's name", kMaxWordBytes);
    std::size_t const tasks = in.count("background tasks", kMaxBackgroundTasks);
    for (std::size_t i = 0; i < tasks && !in.failed(); ++i)
        app.tasks.push_back(read_task(in));
    if (in.flag()) {
        LockScreen lock_screen;
        lock_screen.notification = in.choice("a notification", LockScreenNotification::BadgeAndTileText);
        lock_screen.badge_logo = in.text("a badge logo", kMaxWordBytes);
        app.lock_screen = std::move(lock_screen);
    }
    app.update_task = in.text("an update task", kMaxWordBytes);
    return app;
}

void write(RecordWriter& out, Manifest const& manifest)
{
    out.u8(static_cast<std::uint8_t>(manifest.schema));
    out.flag(manifest.without_namespaces);
    write(out, manifest.identity);
    out.text(manifest.publisher_id);
    out.text(manifest.display_name);
    out.text(manifest.publisher_display_name);
    out.u32(static_cast<std::uint32_t>(manifest.applications.size()));
    for (Application const& app : manifest.applications)
        write(out, app);
    out.u32(static_cast<std::uint32_t>(manifest.classes.size()));
    for (ActivatableClass const& one : manifest.classes) {
        out.text(one.id);
        out.text(one.library);
        out.u8(static_cast<std::uint8_t>(one.threading));
    }
    out.u32(static_cast<std::uint32_t>(manifest.capabilities.size()));
    for (Capability const& one : manifest.capabilities) {
        out.text(one.name);
        out.u8(static_cast<std::uint8_t>(one.kind));
    }
}

Manifest read_manifest_record(RecordReader& in)
{
    Manifest manifest;
    manifest.schema = in.choice("the schema", ManifestSchema::Windows10);
    manifest.without_namespaces = in.flag();
    manifest.identity = read_identity(in);
    manifest.publisher_id = name_part(in, "the publisher's id", kPublisherIdBytes, kPublisherIdBytes);
    manifest.display_name = in.text("the package's display name", kMaxWordBytes);
    manifest.publisher_display_name = in.text("the publisher's display name", kMaxWordBytes);
    std::size_t const applications = in.count("applications", kMaxApplications);
    for (std::size_t i = 0; i < applications && !in.failed(); ++i)
        manifest.applications.push_back(read_application(in));
    std::size_t const classes = in.count("classes", kMaxActivatableClasses);
    for (std::size_t i = 0; i < classes && !in.failed(); ++i) {
        ActivatableClass one;
        one.id = in.text("a class", kMaxWordBytes);
        one.library = path_or_nothing(in, "a class's library");
        one.threading = in.choice("a threading model", ThreadingModel::Mta);
        manifest.classes.push_back(std::move(one));
    }
    std::size_t const capabilities = in.count("capabilities", kMaxCapabilities);
    for (std::size_t i = 0; i < capabilities && !in.failed(); ++i) {
        Capability one;
        one.name = in.text("a capability", kMaxWordBytes);
        one.kind = in.choice("a capability's kind", CapabilityKind::Device);
        manifest.capabilities.push_back(std::move(one));
    }
    return manifest;
}

std::string absolute_path(RecordReader& in, std::string_view what, bool may_be_empty)
{
    std::string value = in.text(what, kMaxFolderBytes);
    if (!in.failed() && !value.starts_with('/') && !(may_be_empty && value.empty()))
        in.fail(std::string(what) + " is not absolute");
    return value;
}

enum class AnswerKind : std::uint8_t { Content, Fault, Done };

} // namespace

std::string encode(InstalledPackage const& package)
{
    RecordWriter out(kInstalledMark);
    out.text(package.folder);
    out.flag(package.in_place);
    write(out, package.manifest);
    return out.finish();
}

tl::expected<InstalledPackage, std::string> decode_installed_package(std::string_view bytes)
{
    RecordReader in(bytes, kInstalledMark, kMaxRecordBytes);
    InstalledPackage package;
    package.folder = absolute_path(in, "the folder", false);
    package.in_place = in.flag();
    package.manifest = read_manifest_record(in);
    if (!in.finish().empty()) return tl::unexpected(in.finish());
    return package;
}

std::string encode(PackagerAnswer const& answer)
{
    RecordWriter out(kAnswerMark);
    if (auto const* const content = std::get_if<PackageContent>(&answer)) {
        out.u8(static_cast<std::uint8_t>(AnswerKind::Content));
        write(out, content->manifest);
        std::size_t const warnings = std::min(content->warnings.size(), kMaxWarnings);
        out.u32(static_cast<std::uint32_t>(warnings));
        for (std::size_t i = 0; i < warnings; ++i)
            out.text(content->warnings[i]);
        out.u64(content->files);
        out.u64(content->bytes);
    } else if (auto const* const fault = std::get_if<PackageFault>(&answer)) {
        out.u8(static_cast<std::uint8_t>(AnswerKind::Fault));
        out.u32(fault->hresult);
        out.text(fault->message);
    } else {
        out.u8(static_cast<std::uint8_t>(AnswerKind::Done));
    }
    return out.finish();
}

tl::expected<PackagerAnswer, std::string> decode_packager_answer(std::string_view bytes)
{
    RecordReader in(bytes, kAnswerMark, kMaxRecordBytes);
    PackagerAnswer answer = PackagerDone{};
    switch (in.choice("the answer", AnswerKind::Done)) {
    case AnswerKind::Content: {
        PackageContent content;
        content.manifest = read_manifest_record(in);
        std::size_t const warnings = in.count("warnings", kMaxWarnings);
        for (std::size_t i = 0; i < warnings && !in.failed(); ++i)
            content.warnings.push_back(in.text("a warning", kMaxMessageBytes));
        content.files = in.u64();
        content.bytes = in.u64();
        answer = std::move(content);
        break;
    }
    case AnswerKind::Fault: {
        PackageFault fault;
        fault.hresult = in.u32();
        fault.message = in.text("the fault", kMaxMessageBytes);
        answer = std::move(fault);
        break;
    }
    case AnswerKind::Done:
        break;
    }
    if (!in.finish().empty()) return tl::unexpected(in.finish());
    return answer;
}

std::string encode(PackagerRequest const& request)
{
    RecordWriter out(kRequestMark);
    out.u8(static_cast<std::uint8_t>(request.work));
    out.text(request.source);
    out.text(request.target);
    return out.finish();
}

tl::expected<PackagerRequest, std::string> decode_packager_request(std::string_view bytes)
{
    RecordReader in(bytes, kRequestMark, kMaxRecordBytes);
    PackagerRequest request;
    request.work = in.choice("the work", PackagerWork::Delete);
    request.source = absolute_path(in, "the source", request.work == PackagerWork::Delete);
    request.target = absolute_path(in, "the target", request.work == PackagerWork::Read);
    if (!in.finish().empty()) return tl::unexpected(in.finish());
    return request;
}

} // namespace latchkey::packages
