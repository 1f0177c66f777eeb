// SPDX-License-Identifier: MIT
#include "packages/files/package_folder.h"

#include "packages/files/block_map.h"
#include "packages/package_path.h"
#include "packages/text.h"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace latchkey::packages {

namespace fs = std::filesystem;

namespace {

tl::unexpected<PackageError> refuse(std::string message)
{
    return tl::unexpected(PackageError{kCorruptContent, std::move(message)});
}

class FolderList {
public:
    explicit FolderList(fs::path const& folder) : m_folder(folder) {}

    tl::expected<std::vector<PackageFile>, PackageError> run()
    {
        std::error_code error;
        if (!fs::is_directory(m_folder, error)) return refuse("is not a folder");
        // By hand and not recursive_directory_iterator: each entry is judged before it is entered.
        std::vector<fs::path> open{m_folder};
        while (!open.empty()) {
            fs::path const folder = std::move(open.back());
            open.pop_back();
            fs::directory_iterator entries(folder, error);
            for (; !error && entries != fs::directory_iterator(); entries.increment(error))
                if (auto const taken = take(*entries, open); !taken) return tl::unexpected(taken.error());
            if (error) return refuse(fmt::format("{} cannot be read: {}", printable(folder.string()), error.message()));
        }
        std::ranges::sort(m_files, {}, &PackageFile::path);
        return std::move(m_files);
    }

private:
    tl::expected<void, PackageError> take(fs::directory_entry const& entry, std::vector<fs::path>& open)
    {
        std::string const written = entry.path().lexically_relative(m_folder).generic_string();
        if (written.find('\\') != std::string::npos)
            return refuse(fmt::format("\"{}\" has a '\\' in its name", printable(written)));
        auto const path = package_path(written);
        if (!path) return refuse(fmt::format("the name \"{}\" {}", printable(written), path.error()));
        std::error_code error;
        fs::file_status const status = entry.symlink_status(error);
        if (error) return refuse(fmt::format("\"{}\" cannot be read: {}", printable(*path), error.message()));
        if (fs::is_directory(status)) {
            open.push_back(entry.path());
            return {};
        }
        if (!fs::is_regular_file(status))
            return refuse(fmt::format("\"{}\" is {}; packages hold only plain files", printable(*path),
                                      fs::is_symlink(status) ? "a symbolic link" : "a device, pipe or socket"));
        if (*path == kBlockMapFileName || *path == kContentTypesFileName || *path == kSignatureFileName) return {};
        if (!m_seen.insert(lower_case(*path)).second)
            return refuse(
                fmt::format("\"{}\" is there twice (names that differ only in case are one name)", printable(*path)));
        if (m_files.size() >= kMaxPackageFiles) return refuse(fmt::format("has more than {} files", kMaxPackageFiles));
        std::uint64_t const size = entry.file_size(error);
        m_total += std::min(size, kMaxUnpackedBytes + 1);
        if (error || m_total > kMaxUnpackedBytes)
            return refuse(fmt::format("has more than {} bytes", kMaxUnpackedBytes));
        bool const executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
        m_files.push_back({*path, size, executable});
        return {};
    }

    fs::path m_folder;
    std::vector<PackageFile> m_files;
    std::set<std::string> m_seen;
    std::uint64_t m_total = 0;
};

} // namespace

tl::expected<std::vector<PackageFile>, PackageError> list_package_folder(fs::path const& folder)
{
    return FolderList(folder).run();
}

} // namespace latchkey::packages
