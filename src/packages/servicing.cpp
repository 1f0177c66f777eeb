// SPDX-License-Identifier: MIT
#include "packages/servicing.h"

#include "packages/record_file.h"
#include "packages/text.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packages {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnpacking = ".new-";       // folders that a packager fills
constexpr std::string_view kDeleting = ".old-";        // folders that one empties
constexpr std::uint32_t kOpenFailed = 0x80073CF0;      // ERROR_INSTALL_OPEN_PACKAGE_FAILED
constexpr std::uint32_t kServicingFailed = 0x80073CF9; // ERROR_INSTALL_FAILED
constexpr std::uint32_t kDowngrade = 0x80073D06;       // ERROR_INSTALL_PACKAGE_DOWNGRADE
constexpr std::uint32_t kNotFound = 0x80070490;
constexpr std::uint32_t kNotEnoughQuota = 0x80070718;
constexpr std::uint32_t kStorageFull = 0x80070070;

ServicingRefusal refusal_of(PackageFault const& fault)
{
    if (fault.hresult == kInvalidManifest) return {"InvalidManifest", fault.hresult, fault.message};
    if (fault.hresult == kServicingFailed) return {"ServicingFailed", fault.hresult, fault.message};
    return {"InvalidPackage", fault.hresult, fault.message};
}

ServicingRefusal storage(ipc::IoError const& error)
{
    return {"Storage", kStorageFull, error.text()};
}

bool is_in(std::string_view path, std::string_view folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Whether a process of this user runs a program from the folder.
bool is_in_use(std::string const& folder)
{
    std::error_code error;
    fs::directory_iterator processes("/proc", error);
    for (; !error && processes != fs::directory_iterator(); processes.increment(error)) {
        std::string const name = processes->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::error_code gone;
        if (is_in(fs::read_symlink(processes->path() / "exe", gone).string(), folder)) return true;
    }
    return false;
}

struct Operation {
    enum class Kind : std::uint8_t { Install, Remove };
    Kind kind = Kind::Install;
    std::string source; // Install
    InstallOptions options;
    Servicing::InstallDone installed;
    std::string family; // Remove; of Install when it is known
    Servicing::Data data = Servicing::Data::Stays;
    bool interrupted = false; // the record is marked already
    Servicing::RemoveDone removed;

    std::string unpacked; // the folder that the packager fills or filled; empty when in place
    Installed result;
    bool waits = false; // for the last instance
    ipc::Source patience;
};

} // namespace

struct Servicing::State {
    ipc::EventLoop& loop;
    InstalledPackages& packages;
    ServicingSurroundings& surroundings;
    Packager packager;
    std::deque<Operation> queue; // the first is being worked on
    bool working = false;
    std::vector<std::string> retired; // folders of old versions that an app may still run from
    ipc::Source next_step;
    std::vector<ipc::Source> answers;

    State(ipc::EventLoop& event_loop, InstalledPackages& installed, ServicingSurroundings& around, std::string program)
        : loop(event_loop), packages(installed), surroundings(around), packager(event_loop, std::move(program))
    {}

    void step();
    void add(Operation operation);
    void refuse_later(Operation operation, ServicingRefusal refusal);
    void start();
    void start_install(Operation& operation);
    void content_read(PackagerAnswer answer);
    std::optional<ServicingRefusal> take(Operation& operation, PackageContent const& content);
    void start_remove(Operation& operation);
    void wait_for_instances(Operation& operation);
    void check_instances();
    void commit_install(Operation& operation);
    void delete_removed(Operation& operation);
    void delete_next(std::vector<std::string> trees, std::string problem);
    void finish_remove(std::string problem);
    void finish(std::optional<ServicingRefusal> refusal);
    void discard(std::string folder);
    void retire(std::string folder);
    void sweep();
    void begin();
};

// The next thing to do is done from the loop, so that no caller is called back from inside its call.
void Servicing::State::step()
{
    auto soon = loop.soon([this] {
        if (!working && !queue.empty()) return start();
        if (working && queue.front().waits) check_instances();
    });
    if (soon) next_step = std::move(*soon);
}

void Servicing::State::refuse_later(Operation operation, ServicingRefusal refusal)
{
    auto const shared = std::make_shared<Operation>(std::move(operation));
    auto soon = loop.soon([shared, refusal = std::move(refusal)] {
        if (shared->installed) shared->installed(tl::unexpected(refusal));
        if (shared->removed) shared->removed(tl::unexpected(refusal));
    });
    if (!soon) return;
    std::erase_if(answers, [](ipc::Source const& one) { return !one; });
    if (answers.size() > kMaxServicingQueue) answers.erase(answers.begin());
    answers.push_back(std::move(*soon));
}

void Servicing::State::add(Operation operation)
{
    if (queue.size() >= kMaxServicingQueue)
        return refuse_later(std::move(operation),
                            {"Busy", kNotEnoughQuota,
                             fmt::format("{} packages wait to be installed or removed; try again later (limit "
                                         "kMaxServicingQueue)",
                                         queue.size())});
    queue.push_back(std::move(operation));
    step();
}

void Servicing::State::start()
{
    working = true;
    Operation& operation = queue.front();
    if (operation.kind == Operation::Kind::Install)
        start_install(operation);
    else
        start_remove(operation);
}

void Servicing::State::start_install(Operation& operation)
{
    std::error_code error;
    fs::path const source = fs::canonical(operation.source, error);
    if (error)
        return finish(ServicingRefusal{"InvalidPackage", kOpenFailed,
                                       fmt::format("{}: {}", printable(operation.source), error.message())});
    bool const folder = fs::is_directory(source, error);
    if (operation.options.in_place && !folder)
        return finish(ServicingRefusal{
            "InvalidPackage", kOpenFailed,
            fmt::format("{} is no folder; only a folder can be installed in place", printable(source.string()))});
    if (operation.options.in_place && (source == "/" || is_in(source.string() + "/", packages.package_folders())))
        return finish(ServicingRefusal{"InvalidPackage", kOpenFailed,
                                       fmt::format("{} cannot be a package in place", printable(source.string()))});
    operation.source = source.string();
    PackagerRequest request{PackagerWork::Read, operation.source, ""};
    if (!operation.options.in_place) {
        std::string unpacked = packages.package_folders() + '/' + std::string(kUnpacking) + "XXXXXX";
        if (::mkdtemp(unpacked.data()) == nullptr)
            return finish(storage(
                {std::error_code(errno, std::generic_category()), "make a folder in " + packages.package_folders()}));
        operation.unpacked = unpacked;
        request.work = PackagerWork::Unpack;
        request.target = unpacked;
    }
    packager.ask(std::move(request), [this](PackagerAnswer answer) { content_read(std::move(answer)); });
}

void Servicing::State::content_read(PackagerAnswer answer)
{
    Operation& operation = queue.front();
    if (auto const* const fault = std::get_if<PackageFault>(&answer)) return finish(refusal_of(*fault));
    auto const* const content = std::get_if<PackageContent>(&answer);
    if (content == nullptr)
        return finish(ServicingRefusal{"ServicingFailed", kServicingFailed, "the packager answered something else"});
    if (auto refusal = take(operation, *content)) return finish(std::move(refusal));
    if (operation.result.previous == nullptr) return commit_install(operation);
    core::event::ServicingStarted started;
    started.package = core::SharedText(operation.family);
    surroundings.happened(std::move(started));
    wait_for_instances(operation);
}

// Everything that can be refused is, before anything of the installed version is touched.
std::optional<ServicingRefusal> Servicing::State::take(Operation& operation, PackageContent const& content)
{
    Manifest const& manifest = content.manifest;
    operation.family = manifest.family_name();
    operation.result.previous = packages.find(operation.family);
    operation.result.warnings = content.warnings;
    if (auto const& previous = operation.result.previous) {
        PackageVersion const& old = previous->manifest.identity.version;
        if (manifest.identity.version < old)
            return ServicingRefusal{"Downgrade", kDowngrade,
                                    fmt::format("{} {} is installed, which is newer than {}; to go back, remove it "
                                                "first: latchkey remove {}",
                                                manifest.identity.name, to_string(old),
                                                to_string(manifest.identity.version), manifest.identity.name)};
    }
    InstalledPackage package{manifest, operation.source, operation.options.in_place};
    if (!operation.options.in_place) {
        package.folder = packages.free_folder(manifest);
        auto const moved = rename_in(packages.package_folders(), fs::path(operation.unpacked).filename().string(),
                                     fs::path(package.folder).filename().string());
        if (!moved) return storage(moved.error());
        operation.unpacked = package.folder;
    }
    if (auto const made = packages.make_data_folders(operation.family); !made) return storage(made.error());
    operation.result.package = std::make_shared<InstalledPackage const>(std::move(package));
    return std::nullopt;
}

void Servicing::State::start_remove(Operation& operation)
{
    if (!operation.interrupted) {
        if (packages.find(operation.family) == nullptr)
            return finish(ServicingRefusal{"NoSuchPackage", kNotFound,
                                           fmt::format("{} is not installed", printable(operation.family))});
        auto const marked = packages.begin_removal(operation.family, operation.data == Data::Goes);
        if (!marked) return finish(storage(marked.error()));
    }
    core::event::PackageRemoved removed;
    removed.package = core::SharedText(operation.family);
    surroundings.happened(std::move(removed));
    surroundings.app_goes(operation.family);
    wait_for_instances(operation);
}

void Servicing::State::wait_for_instances(Operation& operation)
{
    operation.waits = true;
    auto patience = loop.at(loop.boot_time() + kServicingPatience, std::chrono::seconds(1), [this] {
        finish(ServicingRefusal{
            "ServicingFailed", kServicingFailed,
            fmt::format("what runs of {} did not end in {} s", queue.front().family, kServicingPatience.count())});
    });
    if (patience) operation.patience = std::move(*patience);
    // look_again() comes after the turn that makes the event durable: until then nothing of the package is touched, and
    // nobody is told that it is done.
}

void Servicing::State::check_instances()
{
    Operation& operation = queue.front();
    bool const removal = operation.kind == Operation::Kind::Remove;
    if (surroundings.has_instances(operation.family)) return;
    if (removal && surroundings.has_app(operation.family)) return;
    operation.waits = false;
    operation.patience = {};
    if (removal)
        delete_removed(operation);
    else
        commit_install(operation);
}

void Servicing::State::commit_install(Operation& operation)
{
    if (auto const written = packages.put(operation.result.package); !written) return finish(storage(written.error()));
    operation.unpacked.clear(); // it is the package's now
    finish(std::nullopt);
}

void Servicing::State::delete_removed(Operation& operation)
{
    auto const& removals = packages.interrupted_removals();
    auto const own = std::ranges::find_if(
        removals, [&](auto const& removal) { return removal.package->family() == operation.family; });
    std::vector<std::string> trees;
    if (own != removals.end() && !own->package->in_place) trees.push_back(own->package->folder);
    if (operation.data == Data::Goes) {
        surroundings.data_goes(operation.family);
        trees.push_back(packages.data_folder(operation.family));
        for (std::string_view const part : {"", "-wal", "-shm", "-journal"})
            ::unlink((packages.settings_file(operation.family) + std::string(part)).c_str());
        for (std::string_view const part : {"", ".1"})
            ::unlink((packages.log_file(operation.family) + std::string(part)).c_str());
    }
    delete_next(std::move(trees), "");
}

void Servicing::State::delete_next(std::vector<std::string> trees, std::string problem)
{
    if (trees.empty()) return finish_remove(std::move(problem));
    std::string tree = std::move(trees.back());
    trees.pop_back();
    packager.ask({PackagerWork::Delete, "", tree},
                 [this, trees = std::move(trees), problem = std::move(problem)](PackagerAnswer answer) mutable {
                     if (auto const* const fault = std::get_if<PackageFault>(&answer)) problem = fault->message;
                     delete_next(std::move(trees), std::move(problem));
                 });
}

// The mark stays when something could not be deleted: the next start tries again.
void Servicing::State::finish_remove(std::string problem)
{
    if (!problem.empty()) return finish(ServicingRefusal{"ServicingFailed", kServicingFailed, std::move(problem)});
    auto const ended = packages.end_removal(queue.front().family);
    finish(ended ? std::nullopt : std::optional(storage(ended.error())));
}

// Nullopt: it is done.
void Servicing::State::finish(std::optional<ServicingRefusal> refusal)
{
    Operation operation = std::move(queue.front());
    queue.pop_front();
    working = false;
    step();
    operation.patience = {};
    bool const install = operation.kind == Operation::Kind::Install;
    if (!operation.unpacked.empty()) discard(operation.unpacked);
    // Also ends a servicing that failed: the old version is configured again.
    if (!operation.family.empty()) {
        if (!refusal) surroundings.package_changed(operation.family);
        if (auto const now = packages.find(operation.family); install && now != nullptr) {
            core::event::PackageConfigured configured;
            configured.declaration = declaration_of(now->manifest);
            surroundings.happened(std::move(configured));
        }
    }
    auto const& old = operation.result.previous;
    if (install && !refusal && old != nullptr && !old->in_place) retire(old->folder);
    if (operation.installed) {
        if (refusal)
            operation.installed(tl::unexpected(std::move(*refusal)));
        else
            operation.installed(std::move(operation.result));
    }
    if (operation.removed) {
        if (refusal)
            operation.removed(tl::unexpected(std::move(*refusal)));
        else
            operation.removed({});
    }
}

// Out of the way at once, deleted by and by. What cannot be deleted now is swept at the next start.
void Servicing::State::discard(std::string folder)
{
    std::string name = fs::path(folder).filename().string();
    if (!name.starts_with(kUnpacking) && !name.starts_with(kDeleting)) {
        std::string const aside = std::string(kDeleting) + name;
        if (rename_in(packages.package_folders(), name, aside)) folder = packages.package_folders() + '/' + aside;
    }
    packager.ask({PackagerWork::Delete, "", std::move(folder)}, [](PackagerAnswer const&) {});
}

void Servicing::State::retire(std::string folder)
{
    if (is_in_use(folder))
        retired.push_back(std::move(folder));
    else
        discard(std::move(folder));
}

void Servicing::State::sweep()
{
    for (std::string const& folder : packages.leftovers())
        retire(folder);
}

void Servicing::State::begin()
{
    for (auto const& removal : packages.interrupted_removals()) {
        Operation operation;
        operation.kind = Operation::Kind::Remove;
        operation.family = removal.package->family();
        operation.data = removal.with_data ? Data::Goes : Data::Stays;
        operation.interrupted = true;
        queue.push_back(std::move(operation));
    }
    for (auto const& [family, package] : packages.all()) {
        (void)packages.make_data_folders(family); // a full disk is told when something is written there
        core::event::PackageConfigured configured;
        configured.declaration = declaration_of(package->manifest);
        surroundings.happened(std::move(configured));
    }
    sweep();
    step();
}

Servicing::Servicing(ipc::EventLoop& loop, InstalledPackages& packages, ServicingSurroundings& surroundings,
                     std::string packager_program)
    : m_state(std::make_unique<State>(loop, packages, surroundings, std::move(packager_program)))
{}

Servicing::~Servicing() = default;

void Servicing::begin()
{
    m_state->begin();
}

void Servicing::install(std::string source, InstallOptions options, InstallDone done)
{
    Operation operation;
    operation.source = std::move(source);
    operation.options = options;
    operation.installed = std::move(done);
    m_state->add(std::move(operation));
}

void Servicing::remove(std::string family, Data data, RemoveDone done)
{
    Operation operation;
    operation.kind = Operation::Kind::Remove;
    operation.family = std::move(family);
    operation.data = data;
    operation.removed = std::move(done);
    m_state->add(std::move(operation));
}

void Servicing::look_again()
{
    if (m_state->working && !m_state->queue.empty() && m_state->queue.front().waits) m_state->step();
}

void Servicing::app_ended()
{
    for (std::string& folder : std::exchange(m_state->retired, {}))
        m_state->retire(std::move(folder));
}

tl::expected<std::string, ServicingRefusal> find_family(InstalledPackages const& packages, std::string_view word)
{
    if (packages.find(word) != nullptr) return std::string(word);
    std::vector<std::string> named;
    std::vector<std::string> begun;
    std::vector<std::string_view> names;
    for (auto const& [family, package] : packages.all()) {
        Manifest const& manifest = package->manifest;
        names.push_back(manifest.identity.name);
        if (word == manifest.identity.name || word == manifest.full_name()) named.push_back(family);
        if (!word.empty() && family.starts_with(word)) begun.push_back(family);
    }
    auto const& found = named.empty() ? begun : named;
    if (found.size() == 1) return found.front();
    if (found.size() > 1)
        return tl::unexpected(ServicingRefusal{"NoSuchPackage", kNotFound,
                                               fmt::format("\"{}\" may be {} packages: {}; give the whole family name",
                                                           printable(word), found.size(), fmt::join(found, ", "))});
    auto const meant = nearest_word(word, names);
    return tl::unexpected(ServicingRefusal{"NoSuchPackage", kNotFound,
                                           fmt::format("no package \"{}\" is installed; {}", printable(word),
                                                       meant           ? fmt::format("did you mean \"{}\"?", *meant)
                                                       : names.empty() ? "none is: latchkey install DIR"
                                                                       : "latchkey packages lists what is")});
}

} // namespace latchkey::packages
