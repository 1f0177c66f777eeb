// SPDX-License-Identifier: MIT
//
// Which library implements which class. A class is looked for among the runtime's own, then among those announced (the
// host or the launched application announces what the package's manifest says), then by its name in the probe folders.
// What was found stays known; what was not found is looked for again next time, since a library may have appeared.
#pragma once

#include "runtime/component_library.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace latchkey::runtime {

class Catalogue {
public:
    static constexpr size_t kMaxClasses = 4096;
    static constexpr size_t kMaxNameBytes = 4096;
    static constexpr size_t kMaxFolders = 64;

    static Catalogue& instance();

    int32_t announce(std::string_view class_name, std::string_view library);
    int32_t add_folder(std::string_view folder);

    // name is the HSTRING, factory receives an IActivationFactory of the class.
    int32_t find_factory(void* name, void** factory);

private:
    // Lets a string_view be looked up without a copy.
    struct NameHash {
        using is_transparent = void;
        size_t operator()(std::wstring_view name) const { return std::hash<std::wstring_view>{}(name); }
    };

    // What find_factory tried, for the text of the failure.
    struct Trace;

    Catalogue();

    static void before_fork();
    static void after_fork_in_parent();
    static void after_fork_in_child();
    void remember(std::wstring_view name, FactoryFunction function);
    std::vector<std::string> folders() const;
    // Empty when this library does not have the class; the trace then says why.
    std::optional<int32_t> ask(std::string const& library, void* name, void** factory, Trace& trace);
    std::optional<int32_t> probe(std::string const& folder, std::string const& class_name, void* name, void** factory,
                                 Trace& trace);

    mutable std::shared_mutex m_mutex;
    std::unordered_map<std::string, std::string> m_announced; // class to library
    std::vector<std::string> m_folders;
    std::unordered_map<std::wstring, FactoryFunction, NameHash, std::equal_to<>> m_known;
};

} // namespace latchkey::runtime
