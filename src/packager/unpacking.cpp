// SPDX-License-Identifier: MIT
#include "packager/unpacking.h"

#include "ipc/fd.h"
#include "packager/tree.h"
#include "packages/files/file_bytes.h"
#include "packages/files/manifest_reader.h"
#include "packages/files/missing_files.h"
#include "packages/files/package_archive.h"
#include "packages/files/package_folder.h"
#include "packages/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packager {

namespace {

namespace fs = std::filesystem;
using namespace packages;
using ipc::Fd;

constexpr std::uint32_t kInstallFailed = 0x80073CF9; // ERROR_INSTALL_FAILED
constexpr std::size_t kCopyBytes = 65'536;

template <class T>
using Unpacked = tl::expected<T, PackageFault>;

tl::unexpected<PackageFault> refuse(std::uint32_t hresult, std::string message)
{
    return tl::unexpected(PackageFault{hresult, std::move(message)});
}

tl::unexpected<PackageFault> cannot_write(std::string const& path, int error)
{
    return refuse(kInstallFailed,
                  fmt::format("{} cannot be written: {}", path, std::generic_category().message(error)));
}

tl::unexpected<PackageFault> refuse(std::string const& source, PackageError const& error)
{
    return refuse(error.hresult, fmt::format("{}: {}", source, error.message));
}

// A file of the package in the folder it is unpacked to, with the folders above it.
Unpacked<Fd> create(std::string const& target, PackageFile const& file)
{
    fs::path const path = fs::path(target) / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return cannot_write(path.parent_path().string(), error.value());
    Fd created(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.executable ? 0700 : 0600));
    if (!created) return cannot_write(path.string(), errno);
    return created;
}

// 0, or what went wrong.
int write_all(int fd, char const* bytes, std::size_t size)
{
    while (size > 0) {
        ssize_t const written = ::write(fd, bytes, size);
        if (written < 0 && errno != EINTR) return errno;
        if (written <= 0) continue;
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
    return 0;
}

Unpacked<void> copy_file(std::string const& source, std::string const& target, PackageFile const& file)
{
    std::string const path = source + '/' + file.path;
    Fd const in(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!in || ::fstat(in.get(), &status) != 0)
        return refuse(kCannotOpenPackage,
                      fmt::format("{} cannot be read: {}", path, std::generic_category().message(errno)));
    if (!S_ISREG(status.st_mode)) return refuse(kCorruptContent, fmt::format("{} is not a plain file", path));
    auto const out = create(target, file);
    if (!out) return tl::unexpected(out.error());
    std::array<char, kCopyBytes> buffer;
    for (std::uint64_t copied = 0;;) {
        ssize_t const got = ::read(in.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return refuse(kCannotOpenPackage,
                          fmt::format("{} cannot be read: {}", path, std::generic_category().message(errno)));
        if (got == 0) return {};
        copied += static_cast<std::uint64_t>(got);
        if (copied > kMaxUnpackedBytes)
            return refuse(kCorruptContent, fmt::format("{} grows while it is copied", path));
        if (int const error = write_all(out->get(), buffer.data(), static_cast<std::size_t>(got)); error != 0)
            return cannot_write(target + '/' + file.path, error);
    }
}

Unpacked<void> unpack_folder(std::string const& source, std::string const& target, PackageContent& content)
{
    auto const files = list_package_folder(source);
    if (!files) return refuse(source, files.error());
    if (std::ranges::find(*files, kManifestFileName, &PackageFile::path) == files->end())
        return refuse(kMissingFile, fmt::format("{}: has no {}", source, kManifestFileName));
    for (PackageFile const& file : *files) {
        if (auto const copied = copy_file(source, target, file); !copied) return copied;
        content.bytes += file.size;
    }
    content.files = files->size();
    return {};
}

Unpacked<void> unpack_archive(std::string const& source, std::string const& target, PackageContent& content)
{
    auto const mapped = map_file(source, kMaxPackageFileBytes);
    if (!mapped) return refuse(mapped.error().hresult, mapped.error().message);
    auto const archive = PackageArchive::open(mapped->bytes());
    if (!archive) return refuse(source, archive.error());
    for (PackageFile const& file : archive->files()) {
        auto const out = create(target, file);
        if (!out) return tl::unexpected(out.error());
        int error = 0;
        auto const read = archive->read_blocks(file.path, [&](std::span<std::byte const> block) {
            error = write_all(out->get(), reinterpret_cast<char const*>(block.data()), block.size());
            return error == 0;
        });
        if (!read) return refuse(source, read.error());
        if (error != 0) return cannot_write(target + '/' + file.path, error);
        content.bytes += file.size;
    }
    content.files = archive->files().size();
    content.warnings.push_back(
        fmt::format("{}: warning: {}; install only what you trust", source,
                    archive->has_signature() ? "its signature is not checked" : "it is not signed"));
    return {};
}

// Package files that were made on Windows do not say which of their files are programs.
void make_programs_executable(std::string const& folder, Manifest const& manifest)
{
    for (Application const& app : manifest.applications) {
        std::string const bare = app.executable.substr(0, app.executable.rfind(".exe"));
        for (std::string const& path : {app.executable, bare})
            if (!path.empty()) (void)::chmod((folder + '/' + path).c_str(), 0700);
    }
}

// From the folder that stays: what was checked is what will be used.
Unpacked<void> read_content(std::string const& folder, std::string const& source, std::string const& name,
                            PackageContent& content)
{
    auto const bytes = read_file(fs::path(folder) / kManifestFileName, kManifestLimits.bytes);
    if (!bytes) return refuse(kMissingFile, bytes.error().message);
    ReadManifest read = read_manifest(*bytes, name);
    std::string const file = fmt::format("{}/{}", source, kManifestFileName);
    if (!read.manifest) {
        std::string findings;
        for (Diagnostic const& diagnostic : read.diagnostics)
            findings += (findings.empty() ? "" : "\n") + to_string(diagnostic, file);
        return refuse(kInvalidManifest, findings.substr(0, kMaxMessageBytes));
    }
    content.manifest = std::move(*read.manifest);
    auto const missing = missing_files(content.manifest, [&](std::string_view path) {
        std::error_code error;
        return fs::is_regular_file(fs::path(folder) / path, error);
    });
    read.diagnostics.insert(read.diagnostics.end(), missing.begin(), missing.end());
    for (Diagnostic const& diagnostic : read.diagnostics)
        content.warnings.push_back(to_string(diagnostic, file));
    return {};
}

Unpacked<PackageContent> unpack(PackagerRequest const& request)
{
    PackageContent content;
    std::error_code error;
    bool const folder = fs::is_directory(request.source, error);
    auto const unpacked = folder ? unpack_folder(request.source, request.target, content)
                                 : unpack_archive(request.source, request.target, content);
    if (!unpacked) return tl::unexpected(unpacked.error());
    fs::path const source = request.source;
    std::string const name = (folder ? source.filename() : source.stem()).string();
    if (auto const read = read_content(request.target, request.source, name, content); !read)
        return tl::unexpected(read.error());
    make_programs_executable(request.target, content.manifest);
    if (auto const sealed = seal_tree(request.target); !sealed) return refuse(kInstallFailed, sealed.error().text());
    return content;
}

Unpacked<PackagerAnswer> answer_to(PackagerRequest const& request)
{
    switch (request.work) {
    case PackagerWork::Unpack: {
        auto content = unpack(request);
        if (!content) return tl::unexpected(content.error());
        return PackagerAnswer(std::move(*content));
    }
    case PackagerWork::Read: {
        PackageContent content;
        auto const read =
            read_content(request.source, request.source, fs::path(request.source).filename().string(), content);
        if (!read) return tl::unexpected(read.error());
        return PackagerAnswer(std::move(content));
    }
    case PackagerWork::Delete:
        if (auto const gone = empty_tree(request.target); !gone)
            return refuse(kInstallFailed, fmt::format("{}: {}", request.target, gone.error().text()));
        return PackagerAnswer(PackagerDone{});
    }
    return refuse(kInstallFailed, "the packager was asked for something else");
}

} // namespace

PackagerAnswer carry_out(PackagerRequest const& request)
{
    try {
        auto answer = answer_to(request);
        if (!answer) return answer.error();
        // What the broker would refuse to read is said here, where there are words for it.
        auto const readable = decode_packager_answer(encode(*answer));
        if (readable) return std::move(*answer);
        return PackageFault{kInvalidManifest,
                            fmt::format("{}/{}: error: {}", request.source, kManifestFileName, readable.error())};
    } catch (std::exception const& failure) { // out of memory, a name that is no name
        return PackageFault{kInstallFailed, fmt::format("{}: {}", request.source, failure.what())};
    }
}

} // namespace latchkey::packager
