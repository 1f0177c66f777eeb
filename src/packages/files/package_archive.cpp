// SPDX-License-Identifier: MIT
#include "packages/files/package_archive.h"

#include "packages/files/block_map.h"
#include "packages/files/manifest_reader.h"
#include "packages/files/zip_names.h"
#include "packages/package_path.h"
#include "packages/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

namespace latchkey::packages {

namespace {

struct ZipDeleter {
    void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Zip = std::unique_ptr<zip_t, ZipDeleter>;

struct EntryDeleter {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

tl::unexpected<PackageError> refuse(std::uint32_t hresult, std::string message)
{
    return tl::unexpected(PackageError{hresult, std::move(message)});
}

// Parts that the block map does not list.
bool is_unlisted(std::string_view path)
{
    return path == kBlockMapFileName || path == kContentTypesFileName || path == kSignatureFileName ||
           path == "AppxMetadata/CodeIntegrity.cat";
}

struct Entry {
    zip_uint64_t index = 0;
    std::uint64_t size = 0;
    bool executable = false;
};

tl::expected<Zip, PackageError> open_zip(std::span<std::byte const> bytes)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    zip_t* const zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (zip == nullptr && source != nullptr) zip_source_free(source);
    std::string const reason = zip == nullptr ? zip_error_strerror(&error) : "";
    zip_error_fini(&error);
    if (zip == nullptr) return refuse(kCannotOpenPackage, fmt::format("is not a package file: {}", reason));
    return Zip(zip);
}

// The mode that a Unix packer recorded; 0 when none did.
unsigned recorded_mode(zip_t* zip, zip_uint64_t index)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(zip, index, 0, &system, &attributes) != 0 || system != ZIP_OPSYS_UNIX)
        return 0;
    return attributes >> 16;
}

} // namespace

struct PackageArchive::State {
    Zip zip;
    std::map<std::string, Entry, std::less<>> entries;
    BlockMap blocks;
    std::vector<PackageFile> files;

    tl::expected<void, PackageError> take_entries(std::uint64_t packed_bytes);
    tl::expected<Entry, PackageError> take_entry(zip_uint64_t index, std::string const& path);
    tl::expected<void, PackageError> check_against_block_map();
    tl::expected<std::string, PackageError> read_unchecked(std::string_view path, std::size_t max_bytes) const;
    tl::expected<void, PackageError> each_block(std::string const& path, Sink const& sink) const;
};

tl::expected<void, PackageError> PackageArchive::State::take_entries(std::uint64_t packed_bytes)
{
    zip_int64_t const count = zip_get_num_entries(zip.get(), 0);
    if (count < 0 || static_cast<std::uint64_t>(count) > kMaxPackageFiles)
        return refuse(kCorruptContent, fmt::format("has more than {} files", kMaxPackageFiles));
    std::set<std::string> seen;
    std::uint64_t total = 0;
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
        char const* const raw = zip_get_name(zip.get(), i, ZIP_FL_ENC_RAW);
        auto const path = path_from_zip(raw == nullptr ? "" : raw);
        if (!path)
            return refuse(kCorruptContent,
                          fmt::format("the name \"{}\" {}", printable(raw == nullptr ? "" : raw), path.error()));
        if (path->empty()) continue; // a folder: it comes with its files
        if (!seen.insert(lower_case(*path)).second)
            return refuse(
                kCorruptContent,
                fmt::format("\"{}\" is there twice (names that differ only in case are one name)", printable(*path)));
        auto entry = take_entry(i, *path);
        if (!entry) return tl::unexpected(entry.error());
        total += std::min(entry->size, kMaxUnpackedBytes + 1);
        if (total > kMaxUnpackedBytes)
            return refuse(kCorruptContent, fmt::format("unpacks to more than {} bytes", kMaxUnpackedBytes));
        entries.emplace(*path, *entry);
    }
    if (total > kFreeUnpackedBytes && total / kMaxExpansion > packed_bytes)
        return refuse(kCorruptContent,
                      fmt::format("unpacks to {} bytes, more than {} times its own size", total, kMaxExpansion));
    for (std::string const& path : seen)
        for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
            if (seen.contains(path.substr(0, slash)))
                return refuse(kCorruptContent,
                              fmt::format("\"{}\" is a file and a folder at once", printable(path.substr(0, slash))));
    return {};
}

tl::expected<Entry, PackageError> PackageArchive::State::take_entry(zip_uint64_t index, std::string const& path)
{
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(zip.get(), index, 0, &status) != 0 || (status.valid & kNeeded) != kNeeded)
        return refuse(kCorruptContent, fmt::format("\"{}\" has no size", printable(path)));
    if (status.encryption_method != ZIP_EM_NONE)
        return refuse(kCorruptContent, fmt::format("\"{}\" is encrypted; packages are not", printable(path)));
    if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)
        return refuse(kCorruptContent, fmt::format("\"{}\" is compressed by method {}; packages are stored or deflated",
                                                   printable(path), status.comp_method));
    unsigned const mode = recorded_mode(zip.get(), index);
    if ((mode & S_IFMT) != 0 && !S_ISREG(mode))
        return refuse(kCorruptContent,
                      fmt::format("\"{}\" is not a plain file; packages hold no links and devices", printable(path)));
    return Entry{index, status.size, (mode & S_IXUSR) != 0};
}

tl::expected<void, PackageError> PackageArchive::State::check_against_block_map()
{
    if (!entries.contains(kManifestFileName))
        return refuse(kMissingFile, fmt::format("has no {}{}", kManifestFileName,
                                                entries.contains("AppxMetadata/AppxBundleManifest.xml")
                                                    ? "; it is a bundle, give the package inside it"
                                                    : ""));
    if (!entries.contains(kBlockMapFileName)) return refuse(kMissingFile, fmt::format("has no {}", kBlockMapFileName));
    auto const xml = read_unchecked(kBlockMapFileName, kMaxBlockMapBytes);
    if (!xml) return tl::unexpected(xml.error());
    auto map = read_block_map(*xml);
    if (!map) return tl::unexpected(map.error());
    blocks = std::move(*map);
    for (auto const& [path, file] : blocks)
        if (!entries.contains(path))
            return refuse(kInvalidBlockMap,
                          fmt::format("\"{}\" is in the block map and not in the package", printable(path)));
    for (auto const& [path, entry] : entries) {
        if (is_unlisted(path)) continue;
        if (!blocks.contains(path))
            return refuse(kInvalidBlockMap,
                          fmt::format("\"{}\" is in the package and not in the block map", printable(path)));
        if (auto const intact = each_block(path, [](auto) { return true; }); !intact) return intact;
        files.push_back({path, entry.size, entry.executable});
    }
    return {};
}

tl::expected<std::string, PackageError> PackageArchive::State::read_unchecked(std::string_view path,
                                                                              std::size_t max_bytes) const
{
    Entry const& entry = entries.find(path)->second;
    if (entry.size > max_bytes)
        return refuse(kCorruptContent, fmt::format("\"{}\" is larger than {} bytes", printable(path), max_bytes));
    std::unique_ptr<zip_file_t, EntryDeleter> const file(zip_fopen_index(zip.get(), entry.index, 0));
    std::string text(entry.size, '\0');
    if (file == nullptr || zip_fread(file.get(), text.data(), text.size()) != static_cast<zip_int64_t>(text.size()))
        return refuse(kCorruptContent, fmt::format("\"{}\" cannot be unpacked", printable(path)));
    return text;
}

tl::expected<void, PackageError> PackageArchive::State::each_block(std::string const& path, Sink const& sink) const
{
    Entry const& entry = entries.find(path)->second;
    BlockMapFile const& expected = blocks.find(path)->second;
    if (expected.size != entry.size)
        return refuse(kInvalidBlockMap, fmt::format("\"{}\" has {} bytes; its block map says {}", printable(path),
                                                    entry.size, expected.size));
    std::unique_ptr<zip_file_t, EntryDeleter> const file(zip_fopen_index(zip.get(), entry.index, 0));
    if (file == nullptr)
        return refuse(kCorruptContent,
                      fmt::format("\"{}\" cannot be unpacked: {}", printable(path), zip_strerror(zip.get())));
    std::vector<std::byte> block(kBlockBytes);
    for (std::size_t i = 0; i < expected.hashes.size(); ++i) {
        std::uint64_t const left = entry.size - i * kBlockBytes;
        auto const length = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBlockBytes));
        if (zip_fread(file.get(), block.data(), length) != static_cast<zip_int64_t>(length))
            return refuse(kCorruptContent,
                          fmt::format("\"{}\" cannot be unpacked: {}", printable(path), zip_file_strerror(file.get())));
        std::span<std::byte const> const bytes(block.data(), length);
        if (base64(sha256(bytes)) != expected.hashes[i])
            return refuse(kBlockHashInvalid,
                          fmt::format("\"{}\" is damaged: its block {} does not have the hash in the block map",
                                      printable(path), i));
        if (!sink(bytes)) return {};
    }
    return {};
}

PackageArchive::PackageArchive(std::unique_ptr<State> state) : m_state(std::move(state)) {}
PackageArchive::PackageArchive(PackageArchive&&) noexcept = default;
PackageArchive& PackageArchive::operator=(PackageArchive&&) noexcept = default;
PackageArchive::~PackageArchive() = default;

tl::expected<PackageArchive, PackageError> PackageArchive::open(std::span<std::byte const> bytes)
{
    auto zip = open_zip(bytes);
    if (!zip) return tl::unexpected(zip.error());
    auto state = std::make_unique<State>();
    state->zip = std::move(*zip);
    if (auto const taken = state->take_entries(bytes.size()); !taken) return tl::unexpected(taken.error());
    if (auto const intact = state->check_against_block_map(); !intact) return tl::unexpected(intact.error());
    return PackageArchive(std::move(state));
}

std::vector<PackageFile> const& PackageArchive::files() const
{
    return m_state->files;
}

bool PackageArchive::has_signature() const
{
    return m_state->entries.contains(kSignatureFileName);
}

tl::expected<std::string, PackageError> PackageArchive::read(std::string_view path, std::size_t max_bytes) const
{
    auto const entry = m_state->entries.find(path);
    if (entry == m_state->entries.end() || is_unlisted(path))
        return refuse(kMissingFile, fmt::format("has no \"{}\"", printable(path)));
    if (entry->second.size > max_bytes)
        return refuse(kCorruptContent, fmt::format("\"{}\" is larger than {} bytes", printable(path), max_bytes));
    std::string text;
    auto const done = m_state->each_block(entry->first, [&](std::span<std::byte const> block) {
        text.append(reinterpret_cast<char const*>(block.data()), block.size());
        return true;
    });
    if (!done) return tl::unexpected(done.error());
    return text;
}

tl::expected<void, PackageError> PackageArchive::read_blocks(std::string_view path, Sink const& sink) const
{
    auto const entry = m_state->entries.find(path);
    if (entry == m_state->entries.end() || is_unlisted(path))
        return refuse(kMissingFile, fmt::format("has no \"{}\"", printable(path)));
    return m_state->each_block(entry->first, sink);
}

} // namespace latchkey::packages
