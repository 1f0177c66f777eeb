// SPDX-License-Identifier: MIT
#include "runtime/catalogue.h"

#include "runtime/error_text.h"
#include "runtime/hresult.h"
#include "runtime/hstring.h"
#include "runtime/own_classes.h"
#include "runtime/unknown.h"
#include "runtime/utf8.h"

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <mutex>

#include <pthread.h>
#include <unistd.h>

namespace latchkey::runtime {

namespace {

constexpr size_t kMaxTraceBytes = 4096;

// A class name becomes a file name when it is probed for: what is not a dotted name must not reach the file system.
bool is_class_name(std::wstring_view name)
{
    auto const allowed = [](wchar_t c) {
        return (c >= L'a' && c <= L'z') || (c >= L'A' && c <= L'Z') || (c >= L'0' && c <= L'9') || c == L'_' ||
               c == L'.' || c == L'`' || c >= 0x80;
    };
    return !name.empty() && name.size() <= Catalogue::kMaxNameBytes && name.front() != L'.' && name.back() != L'.' &&
           name.find(L"..") == std::wstring_view::npos && std::ranges::all_of(name, allowed);
}

std::string folder_of_program()
{
    std::array<char, PATH_MAX> path{};
    ssize_t const length = readlink("/proc/self/exe", path.data(), path.size());
    if (length <= 0) return ".";
    std::string_view const program{path.data(), static_cast<size_t>(length)};
    return std::string{program.substr(0, program.rfind('/'))};
}

} // namespace

struct Catalogue::Trace {
    std::string text;

    void add(std::string_view subject, std::string_view outcome)
    {
        if (text.size() + subject.size() + outcome.size() > kMaxTraceBytes) return;
        text.append("; ").append(subject).append(outcome);
    }
};

Catalogue& Catalogue::instance()
{
    static Catalogue& catalogue = *new Catalogue;
    return catalogue;
}

Catalogue::Catalogue()
{
    pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
}

void Catalogue::before_fork()
{
    instance().m_mutex.lock();
}

void Catalogue::after_fork_in_parent()
{
    instance().m_mutex.unlock();
}

// A lock for reading and writing knows its writer by the number of the thread, which is another one in the child:
// unlocked there, it would stay locked for ever.
void Catalogue::after_fork_in_child()
{
    std::construct_at(&instance().m_mutex);
}

int32_t Catalogue::announce(std::string_view class_name, std::string_view library)
{
    if (!is_class_name(from_utf8(class_name)))
        return fail(kInvalidArgument, "\"" + std::string{class_name.substr(0, 256)} +
                                          "\" is not the name of a class (letters, digits, '_' and '.', to 4 KiB)");
    if (library.empty() || library.size() > kMaxNameBytes)
        return fail(kInvalidArgument, "the path of a class's library is empty or longer than 4 KiB");
    std::unique_lock lock{m_mutex};
    if (m_announced.size() >= kMaxClasses && !m_announced.contains(std::string{class_name}))
        return fail(kLimitReached, "4,096 classes are announced already");
    m_announced.insert_or_assign(std::string{class_name}, std::string{library});
    m_known.erase(from_utf8(class_name));
    return kOk;
}

int32_t Catalogue::add_folder(std::string_view folder)
{
    if (folder.empty() || folder.size() > kMaxNameBytes)
        return fail(kInvalidArgument, "the path of a probe folder is empty or longer than 4 KiB");
    std::unique_lock lock{m_mutex};
    if (std::ranges::find(m_folders, folder) != m_folders.end()) return kOk;
    if (m_folders.size() >= kMaxFolders) return fail(kLimitReached, "64 probe folders are announced already");
    m_folders.emplace_back(folder);
    return kOk;
}

std::vector<std::string> Catalogue::folders() const
{
    std::shared_lock lock{m_mutex};
    return m_folders.empty() ? std::vector<std::string>{folder_of_program()} : m_folders;
}

void Catalogue::remember(std::wstring_view name, FactoryFunction function)
{
    std::unique_lock lock{m_mutex};
    if (m_known.size() < kMaxClasses) m_known.insert_or_assign(std::wstring{name}, function);
}

std::optional<int32_t> Catalogue::ask(std::string const& library, void* name, void** factory, Trace& trace)
{
    // Not under the lock: constructors of the library may activate classes themselves.
    auto const function = load_component(library);
    if (!function) {
        trace.add(function.error().starts_with(library) ? "" : library + " ", function.error());
        return std::nullopt;
    }
    int32_t const result = (*function)(name, factory);
    // The second is what the entry point of a C++/WinRT component answers for a class that is not in it.
    if (result == kClassNotRegistered || result == kClassNotAvailable) {
        *factory = nullptr;
        trace.add(library, " does not have it");
        return std::nullopt;
    }
    if (result < 0 || !*factory) return result < 0 ? result : kPointer;
    remember(view_of(name), *function);
    return kOk;
}

std::optional<int32_t> Catalogue::probe(std::string const& folder, std::string const& class_name, void* name,
                                        void** factory, Trace& trace)
{
    std::string missing;
    for (std::string stem = class_name;;) {
        for (char const* prefix : {"", "lib"}) {
            std::string const file = prefix + stem + ".so";
            std::string const path = folder + "/" + file;
            if (access(path.c_str(), F_OK) != 0)
                missing.append(missing.empty() ? "" : ", ").append(file);
            else if (auto const result = ask(path, name, factory, trace))
                return result;
        }
        size_t const dot = stem.rfind('.');
        if (dot == std::string::npos) break;
        stem.resize(dot);
    }
    if (!missing.empty()) trace.add(folder, " has no " + missing);
    return std::nullopt;
}

int32_t Catalogue::find_factory(void* name, void** factory)
{
    std::wstring_view const wide_name = view_of(name);
    FactoryFunction known = nullptr;
    {
        std::shared_lock lock{m_mutex};
        if (auto const found = m_known.find(wide_name); found != m_known.end()) known = found->second;
    }
    if (known) {
        int32_t const result = known(name, factory);
        return result >= 0 && !*factory ? kPointer : result;
    }
    if (int32_t const own = own_activation_factory(name, factory); own != kClassNotRegistered) {
        if (own >= 0) remember(wide_name, &own_activation_factory);
        return own;
    }
    if (!is_class_name(wide_name))
        return fail(kClassNotRegistered,
                    "Class not registered: \"" + to_utf8(wide_name.substr(0, 256)) + "\" is not the name of a class");

    std::string const class_name = to_utf8(wide_name);
    Trace trace;
    std::string library;
    {
        std::shared_lock lock{m_mutex};
        if (auto const found = m_announced.find(class_name); found != m_announced.end()) library = found->second;
    }
    if (library.empty())
        trace.add("", "no library is announced for it");
    else if (auto const result = ask(library, name, factory, trace))
        return *result;
    for (std::string const& folder : folders()) {
        if (auto const result = probe(folder, class_name, name, factory, trace)) return *result;
    }
    return fail(kClassNotRegistered,
                "Class not registered: " + class_name + " (tried: the runtime's own classes" + trace.text + ")");
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

int32_t LatchkeyAddActivatableClass(char const* class_name, char const* library) noexcept
{
    if (!class_name || !library)
        return fail(kInvalidArgument, "LatchkeyAddActivatableClass: the class name or the library is null");
    return guarded([&] { return Catalogue::instance().announce(class_name, library); });
}

int32_t LatchkeyAddProbeFolder(char const* folder) noexcept
{
    if (!folder) return fail(kInvalidArgument, "LatchkeyAddProbeFolder: the folder is null");
    return guarded([&] { return Catalogue::instance().add_folder(folder); });
}

int32_t RoGetActivationFactory(void* class_name, LatchkeyGuid const* iid, void** factory) noexcept
{
    if (!factory) return kInvalidArgument;
    *factory = nullptr;
    if (!iid) return kInvalidArgument;
    return guarded([&] {
        void* found = nullptr;
        if (int32_t const result = Catalogue::instance().find_factory(class_name, &found); result < 0) return result;
        auto* activation = static_cast<ActivationFactory*>(found);
        int32_t const result = activation->QueryInterface(*iid, factory);
        activation->Release();
        if (result < 0) {
            *factory = nullptr;
            return fail(result,
                        "The factory of " + to_utf8(view_of(class_name)) + " does not have the requested interface");
        }
        return result;
    });
}

int32_t RoActivateInstance(void* class_name, void** instance) noexcept
{
    if (!instance) return kInvalidArgument;
    *instance = nullptr;
    void* factory = nullptr;
    if (int32_t const result = RoGetActivationFactory(class_name, &kActivationFactoryIid, &factory); result < 0)
        return result;
    auto* activation = static_cast<ActivationFactory*>(factory);
    int32_t const result = activation->ActivateInstance(instance);
    activation->Release();
    if (result < 0) *instance = nullptr;
    return result;
}
