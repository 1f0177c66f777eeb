// SPDX-License-Identifier: MIT
#include "cli/package_input.h"

#include "packages/files/file_bytes.h"
#include "packages/files/manifest_reader.h"
#include "packages/files/package_archive.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace latchkey::cli {

namespace fs = std::filesystem;
using namespace packages;

namespace {

constexpr std::uint64_t kMaxPackageFileBytes = std::uint64_t{4} << 30;
constexpr std::string_view kZipMark = "PK\x03\x04";

std::string folder_name(fs::path const& folder)
{
    std::error_code error;
    fs::path path = fs::absolute(folder.empty() ? fs::path(".") : folder, error).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    return path.filename().string();
}

std::string with_hresult(std::string const& file, PackageError const& error)
{
    return fmt::format("{}: {} (0x{:08x})", file, error.message, error.hresult);
}

} // namespace

tl::expected<ManifestInput, std::string> open_manifest(fs::path const& argument)
{
    std::error_code error;
    fs::path path = argument;
    if (fs::is_directory(argument, error)) path /= kManifestFileName;
    auto const mapped = map_file(path, kMaxPackageFileBytes);
    if (!mapped) return tl::unexpected(mapped.error().message);
    auto const bytes = mapped->bytes();
    std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    if (!text.starts_with(kZipMark))
        return ManifestInput{path.string(), std::string(text.substr(0, kManifestLimits.bytes + 1)),
                             folder_name(path.parent_path())};
    auto const archive = PackageArchive::open(bytes);
    if (!archive) return tl::unexpected(with_hresult(path.string(), archive.error()));
    auto manifest = archive->read(kManifestFileName, kManifestLimits.bytes);
    if (!manifest) return tl::unexpected(with_hresult(path.string(), manifest.error()));
    return ManifestInput{fmt::format("{}/{}", path.string(), kManifestFileName), std::move(*manifest),
                         path.stem().string()};
}

void print_diagnostics(std::string const& file, std::vector<Diagnostic> const& diagnostics)
{
    for (Diagnostic const& diagnostic : diagnostics)
        fmt::print(stderr, "{}\n", to_string(diagnostic, file));
    auto const errors =
        std::ranges::count_if(diagnostics, [](Diagnostic const& d) { return d.severity == Severity::Error; });
    if (errors > 0)
        fmt::print(stderr, "{}: not a valid manifest (0x{:08x}): {} {}\n", file, kInvalidManifest, errors,
                   errors == 1 ? "error" : "errors");
}

} // namespace latchkey::cli
