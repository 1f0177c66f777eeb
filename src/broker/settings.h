// SPDX-License-Identifier: MIT
#pragma once

// ApplicationData of the packages: settings in containers, one SQLite file a package, settings/FAMILY.db. Every change
// is one transaction and on disk when the call returns; nobody but the broker opens the files, so a process of the
// package never waits for a lock. Values are as data/org.latchkey.Broker1.xml says, kept as ipc/dictionary_bytes.h.
// A damaged file is set aside under another name, with a message, and the package begins with an empty one.

#include "ipc/bus.h"
#include "store/database.h"

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::broker {

inline constexpr std::size_t kMaxSettingName = 255; // characters; of a container too
inline constexpr std::size_t kMaxSettingValue = 8 * 1024;
inline constexpr std::size_t kMaxCompositeValue = 64 * 1024;
inline constexpr std::size_t kMaxContainerDepth = 32;
inline constexpr std::int64_t kMaxContainers = 10'000;           // of a package
inline constexpr std::int64_t kMaxSettingsOfAContainer = 50'000; // SettingsRead gives all of them at once
inline constexpr std::int64_t kMaxSettingsFile = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxOpenSettingsFiles = 16; // the one that was used longest ago is closed

class Settings {
public:
    template <class T>
    using Answer = ipc::Answer<T>; // errors as on the bus: a name, and a message that begins with the HRESULT

    // folder is made when it is absent. tell is given what people should know (a damaged file).
    Settings(std::string folder, std::function<void(std::string const&)> tell);

    Answer<ipc::Dictionary> read(std::string_view family, std::string_view container);
    // Nothing, or the one value.
    Answer<std::vector<ipc::Value>> look_up(std::string_view family, std::string_view container, std::string_view key);
    // Whether there was one before.
    Answer<bool> insert(std::string_view family, std::string_view container, std::string_view key,
                        ipc::Value const& value);
    // keys empty: all of them. How many there were.
    Answer<std::uint32_t> remove(std::string_view family, std::string_view container,
                                 std::vector<std::string> const& keys);

    Answer<std::vector<std::string>> containers(std::string_view family, std::string_view container);
    enum class Existing : std::uint8_t { MustExist, MayBeMade };
    Answer<void> create_container(std::string_view family, std::string_view container, Existing existing);
    Answer<void> delete_container(std::string_view family, std::string_view container);
    Answer<void> clear(std::string_view family, std::string_view root);

    Answer<std::uint32_t> version(std::string_view family);
    Answer<void> set_version(std::string_view family, std::uint32_t version);

    // Before the package's file is deleted, moved or copied.
    void close(std::string_view family);
    // The package's settings are gone: it was removed with its data.
    void erase(std::string_view family);

private:
    struct File {
        std::string family;
        store::Database database;
    };

    Answer<store::Database*> file_of(std::string_view family);
    store::Result<store::Database> open(std::string const& path);
    std::string path_of(std::string_view family) const;

    std::string m_folder;
    std::function<void(std::string const&)> m_tell;
    std::list<File> m_open; // used last first
};

// Whether member is one of the Settings* methods.
bool is_settings_method(std::string_view member);
// Answers one for the caller's package: the reply to send, or the error. The signature was checked by whoever calls.
ipc::Answer<ipc::Message> answer_settings(Settings& settings, std::string_view family, ipc::Message& call);

} // namespace latchkey::broker
