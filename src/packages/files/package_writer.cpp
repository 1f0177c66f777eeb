// SPDX-License-Identifier: MIT
#include "packages/files/package_writer.h"

#include "packages/files/block_map.h"
#include "packages/files/file_bytes.h"
#include "packages/files/manifest_reader.h"
#include "packages/files/package_folder.h"
#include "packages/files/zip_names.h"
#include "packages/text.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

namespace latchkey::packages {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kLocalHeaderBytes = 30; // without the name
constexpr zip_uint16_t kFirstDosDate = 0x0021;  // 1980-01-01

tl::unexpected<PackageError> refuse(std::string message)
{
    return tl::unexpected(PackageError{kPackagingFailed, std::move(message)});
}

std::string content_types(std::vector<PackageFile> const& files)
{
    std::set<std::string> extensions;
    std::string overrides;
    for (PackageFile const& file : files) {
        if (file.path == kManifestFileName) continue;
        std::string const extension = lower_case(fs::path(file.path).extension().string());
        // What has no extension, or one that is no token, is named by itself.
        bool const token = extension.size() > 1 && std::ranges::all_of(extension.substr(1), [](char c) {
                               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
                           });
        if (token)
            extensions.insert(extension.substr(1));
        else
            overrides += fmt::format("<Override PartName=\"/{}\" ContentType=\"application/octet-stream\"/>",
                                     zip_name(file.path));
    }
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">";
    for (std::string const& extension : extensions)
        xml += fmt::format("<Default Extension=\"{}\" ContentType=\"application/octet-stream\"/>", extension);
    xml += fmt::format("<Override PartName=\"/{}\" ContentType=\"application/vnd.ms-appx.manifest+xml\"/>"
                       "<Override PartName=\"/{}\" ContentType=\"application/vnd.ms-appx.blockmap+xml\"/>",
                       kManifestFileName, kBlockMapFileName);
    std::string escaped;
    for (char const c : overrides)
        escaped += c == '&' ? std::string("&amp;") : std::string(1, c);
    return xml + escaped + "</Types>\n";
}

tl::expected<BlockMapFile, PackageError> hash_file(fs::path const& path, std::string const& name)
{
    std::ifstream in(path, std::ios::binary);
    BlockMapFile file;
    file.local_header_size = kLocalHeaderBytes + static_cast<std::uint32_t>(zip_name(name).size());
    std::vector<char> block(kBlockBytes);
    while (in) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        std::span const bytes(block.data(), static_cast<std::size_t>(in.gcount()));
        if (bytes.empty()) break;
        file.size += bytes.size();
        file.hashes.push_back(base64(sha256(std::as_bytes(bytes))));
    }
    if (!in.eof()) return refuse(fmt::format("\"{}\" cannot be read", printable(name)));
    return file;
}

class ZipWriter {
public:
    ~ZipWriter()
    {
        if (m_zip != nullptr) zip_discard(m_zip);
    }
    ZipWriter() = default;
    ZipWriter(ZipWriter const&) = delete;
    ZipWriter& operator=(ZipWriter const&) = delete;

    tl::expected<void, PackageError> open(fs::path const& path)
    {
        int error = 0;
        m_zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
        if (m_zip != nullptr) return {};
        zip_error_t text;
        zip_error_init_with_code(&text, error);
        std::string const reason = zip_error_strerror(&text);
        zip_error_fini(&text);
        return refuse(fmt::format("{} cannot be written: {}", path.string(), reason));
    }

    tl::expected<void, PackageError> add_file(fs::path const& path, PackageFile const& file)
    {
        return add(file.path, zip_source_file(m_zip, path.c_str(), 0, -1), file.executable);
    }

    // text must live until close().
    tl::expected<void, PackageError> add_text(std::string_view name, std::string const& text)
    {
        return add(name, zip_source_buffer(m_zip, text.data(), text.size(), 0), false);
    }

    tl::expected<void, PackageError> close()
    {
        if (zip_close(m_zip) != 0) return failure();
        m_zip = nullptr;
        return {};
    }

private:
    tl::expected<void, PackageError> add(std::string_view name, zip_source_t* source, bool executable)
    {
        if (source == nullptr) return failure();
        zip_int64_t const added = zip_file_add(m_zip, zip_name(name).c_str(), source, ZIP_FL_ENC_UTF_8);
        if (added < 0) {
            zip_source_free(source);
            return failure();
        }
        auto const index = static_cast<zip_uint64_t>(added);
        zip_uint32_t const mode = S_IFREG | (executable ? 0755U : 0644U);
        if (zip_set_file_compression(m_zip, index, ZIP_CM_STORE, 0) != 0 ||
            zip_file_set_dostime(m_zip, index, 0, kFirstDosDate, 0) != 0 ||
            zip_file_set_external_attributes(m_zip, index, 0, ZIP_OPSYS_UNIX, mode << 16) != 0)
            return failure();
        return {};
    }

    tl::expected<void, PackageError> failure()
    {
        return refuse(fmt::format("cannot be packed: {}", zip_strerror(m_zip)));
    }

    zip_t* m_zip = nullptr;
};

tl::expected<void, PackageError> write(fs::path const& folder, std::vector<PackageFile> const& files,
                                       fs::path const& output)
{
    BlockMap blocks;
    for (PackageFile const& file : files) {
        auto hashed = hash_file(folder / file.path, file.path);
        if (!hashed) return tl::unexpected(hashed.error());
        blocks.emplace(file.path, std::move(*hashed));
    }
    std::string const block_map = write_block_map(blocks);
    std::string const types = content_types(files);
    ZipWriter zip;
    if (auto const opened = zip.open(output); !opened) return opened;
    for (PackageFile const& file : files)
        if (auto const added = zip.add_file(folder / file.path, file); !added) return added;
    if (auto const added = zip.add_text(kBlockMapFileName, block_map); !added) return added;
    if (auto const added = zip.add_text(kContentTypesFileName, types); !added) return added;
    return zip.close();
}

// The packed file must be what the folder was when it was hashed: a file that changed meanwhile fails here.
tl::expected<PackedPackage, PackageError> check_written(fs::path const& path, std::vector<PackageFile> files)
{
    auto const bytes = map_file(path, kMaxUnpackedBytes + kMaxBlockMapBytes);
    if (!bytes) return tl::unexpected(bytes.error());
    if (auto const archive = PackageArchive::open(bytes->bytes()); !archive) return tl::unexpected(archive.error());
    return PackedPackage{bytes->bytes().size(), std::move(files)};
}

} // namespace

tl::expected<PackedPackage, PackageError> pack_folder(fs::path const& folder, fs::path const& output)
{
    auto files = list_package_folder(folder);
    if (!files) return tl::unexpected(files.error());
    std::error_code error;
    std::string const own =
        fs::weakly_canonical(output, error).lexically_relative(fs::weakly_canonical(folder, error)).generic_string();
    std::erase_if(*files, [&](PackageFile const& file) { return file.path == own; });
    if (std::ranges::find(*files, kManifestFileName, &PackageFile::path) == files->end())
        return tl::unexpected(PackageError{kMissingFile, fmt::format("has no {}", kManifestFileName)});
    fs::path const partial = output.string() + ".partial";
    auto written = write(folder, *files, partial);
    auto checked = written ? check_written(partial, std::move(*files)) : tl::unexpected(written.error());
    if (checked) {
        fs::rename(partial, output, error);
        if (error) checked = refuse(fmt::format("{} cannot be written: {}", output.string(), error.message()));
    }
    if (!checked) fs::remove(partial, error);
    return checked;
}

} // namespace latchkey::packages
