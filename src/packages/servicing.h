// SPDX-License-Identifier: MIT
#pragma once

// Installing, updating and removing packages, one operation after the other, each in steps that the loop takes:
//
//   install: unpack beside, check, [an update: ServicingStarted, its instances end,] record, PackageConfigured
//   remove:  mark the record, PackageRemoved, its instances and its app end, folders deleted, record gone
//
// The record is the moment of change (installed_packages.h): killed before it, there is the old package, after it the
// new one, and the next start sweeps what lies about. A removal that was begun is finished by the next start.
//
// One thread, the loop's. Callbacks come from the loop, never from inside a call, so the core is not entered twice.

#include "core/event.h"
#include "ipc/event_loop.h"
#include "packages/installed_packages.h"
#include "packages/packager.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

inline constexpr std::size_t kMaxServicingQueue = 64;
// The core ends instances within its grace; this is for what should not happen.
inline constexpr std::chrono::seconds kServicingPatience{30};

// Why a package stays as it was. name is what follows org.latchkey.Error.
struct ServicingRefusal {
    std::string_view name;
    std::uint32_t hresult = 0;
    std::string message;
};

struct InstallOptions {
    bool in_place = false; // run from the folder itself
};

struct Installed {
    InstalledPackages::Entry package;
    InstalledPackages::Entry previous; // null: it was not installed before
    std::vector<std::string> warnings;
};

// What servicing asks of the broker. Outlives Servicing.
class ServicingSurroundings {
public:
    // ServicingStarted, PackageConfigured, PackageRemoved, for the core.
    virtual void happened(core::Event event) = 0;
    // Whether an instance of the package runs, as the core knows it.
    virtual bool has_instances(std::string_view family) const = 0;
    // The package is being removed: its app ends, and has_app says when it has.
    virtual void app_goes(std::string_view family) = 0;
    virtual bool has_app(std::string_view family) const = 0;
    // The record changed or is gone: what was made from the old one (places, identities) is to be made again. Before
    // PackageConfigured.
    virtual void package_changed(std::string_view family) = 0;
    // The data folder and the settings file are deleted after this: close what is open in them.
    virtual void data_goes(std::string_view family) = 0;

protected:
    ~ServicingSurroundings() = default;
};

class Servicing {
public:
    // packages and surroundings outlive it. packager_program: absolute.
    Servicing(ipc::EventLoop& loop, InstalledPackages& packages, ServicingSurroundings& surroundings,
              std::string packager_program);
    ~Servicing();
    Servicing(Servicing const&) = delete;
    Servicing& operator=(Servicing const&) = delete;

    // Once, after the core runs: PackageConfigured for every package, removals that were interrupted, and what lies
    // about.
    void begin();

    using InstallDone = std::function<void(tl::expected<Installed, ServicingRefusal>)>;
    // source: a folder or a package file, absolute.
    void install(std::string source, InstallOptions options, InstallDone done);

    using RemoveDone = std::function<void(tl::expected<void, ServicingRefusal>)>;
    enum class Data : std::uint8_t { Stays, Goes };
    void remove(std::string family, Data data, RemoveDone done);

    // After every turn in which the core was told something: an operation may wait for the last instance or the app.
    // Cheap.
    void look_again();
    // An app has ended: the folder of an old version may be free now. Cheap when there is none.
    void app_ended();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

// The family that a word of a person means: a family name, a full name, or a name or beginning that only one installed
// package has.
[[nodiscard]] tl::expected<std::string, ServicingRefusal> find_family(InstalledPackages const& packages,
                                                                      std::string_view word);

} // namespace latchkey::packages
