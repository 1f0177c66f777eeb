// SPDX-License-Identifier: MIT
#include "taskhost/activation.h"

#include <optional>

#include <dlfcn.h>
#include <unistd.h>
#include <winrt/Windows.Foundation.h>

namespace latchkey::taskhost {

namespace {

using winrt::Windows::ApplicationModel::Background::IBackgroundTask;

constexpr auto kModuleNotFound = static_cast<std::int32_t>(0x8007007e);
constexpr auto kBadModule = static_cast<std::int32_t>(0x800700c1);

// The files in which the runtime looks for a class of this name.
bool has_candidate(std::string const& entry_point, std::vector<std::string> const& folders)
{
    for (std::string stem = entry_point;;) {
        for (std::string const& folder : folders) {
            for (char const* const prefix : {"/", "/lib"}) {
                if (::access((folder + prefix + stem + ".so").c_str(), F_OK) == 0) return true;
            }
        }
        std::size_t const dot = stem.rfind('.');
        if (dot == std::string::npos) return false;
        stem.resize(dot);
    }
}

// Why the announced library does not even come to the question for the class; nullopt: it does.
std::optional<Failure> problem_of(std::string const& library, std::string const& entry_point)
{
    if (::access(library.c_str(), F_OK) != 0) {
        return Failure{kModuleNotFound, "the library " + library + " of class " + entry_point + " is not there"};
    }
    void* const loaded = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (loaded == nullptr) {
        char const* const why = ::dlerror();
        std::string const text = why == nullptr ? library + " cannot be loaded" : why;
        bool const another_is_missing = text.find("cannot open shared object file") != std::string::npos;
        return Failure{another_is_missing ? kModuleNotFound : kBadModule,
                       "the library of class " + entry_point + " cannot be loaded: " + text};
    }
    for (char const* const name : {"DllGetActivationFactory", "WINRT_GetActivationFactory"}) {
        if (::dlsym(loaded, name) != nullptr) return std::nullopt;
    }
    return Failure{kBadModule, "the library " + library + " of class " + entry_point +
                                   " exports neither DllGetActivationFactory nor WINRT_GetActivationFactory: it was "
                                   "not built as a component"};
}

// The runtime's answer for a class that nobody has is one code; which of the package's mistakes it is, is another.
Failure explained(winrt::hresult_error const& error, std::string const& entry_point, ClassPlaces const& places)
{
    Failure failure{error.code(), winrt::to_string(error.message())};
    if (failure.result != winrt::impl::error_class_not_registered) return failure;
    auto const announced = places.libraries.find(entry_point);
    if (announced != places.libraries.end()) return problem_of(announced->second, entry_point).value_or(failure);
    if (!has_candidate(entry_point, places.probe_folders)) failure.result = kModuleNotFound;
    return failure;
}

} // namespace

tl::expected<IBackgroundTask, Failure> make_task(std::string const& entry_point, ClassPlaces const& places)
{
    try {
        void* object = nullptr;
        winrt::hstring const name(entry_point);
        winrt::check_hresult(RoActivateInstance(winrt::get_abi(name), &object));
        winrt::Windows::Foundation::IInspectable const made(object, winrt::take_ownership_from_abi);
        if (auto task = made.try_as<IBackgroundTask>()) return task;
        return tl::unexpected(
            Failure{winrt::impl::error_no_interface, "class " + entry_point + " does not implement IBackgroundTask"});
    } catch (winrt::hresult_error const& error) {
        return tl::unexpected(explained(error, entry_point, places));
    } catch (std::bad_alloc const&) {
        return tl::unexpected(Failure{winrt::impl::error_out_of_memory, "no memory to make " + entry_point});
    }
}

} // namespace latchkey::taskhost
