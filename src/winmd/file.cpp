// SPDX-License-Identifier: MIT
#include "winmd/file.h"

#include "winmd/file_parser.h"
#include "winmd/limits.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::winmd {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd{fd} {}
    ~Descriptor()
    {
        if (m_fd >= 0) ::close(m_fd);
    }
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    int get() const { return m_fd; }

private:
    int m_fd;
};

std::string system_message(int error)
{
    return std::error_code{error, std::generic_category()}.message();
}

} // namespace

struct File::Mapping {
    void* address = nullptr;
    std::size_t size = 0;

    Mapping(void* where, std::size_t length) : address{where}, size{length} {}
    ~Mapping() { ::munmap(address, size); }
    Mapping(Mapping const&) = delete;
    Mapping& operator=(Mapping const&) = delete;
};

std::string ReadError::message() const
{
    if (table == TableId::None) return fmt::format("{}: {}", file, what);
    if (row == 0) return fmt::format("{}: table {}: {}", file, to_string(table), what);
    return fmt::format("{}: {} row {}: {}", file, to_string(table), row, what);
}

File::File() = default;
File::~File() = default;

tl::expected<std::unique_ptr<File const>, ReadError> File::open(std::filesystem::path const& path)
{
    auto refuse = [&](std::string what) {
        return tl::unexpected(ReadError{path.string(), TableId::None, 0, std::move(what)});
    };
    // O_NONBLOCK: a FIFO with that name must not hang the program.
    Descriptor const fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (fd.get() < 0) return refuse(fmt::format("cannot be opened: {}", system_message(errno)));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return refuse(fmt::format("cannot be read: {}", system_message(errno)));
    if (!S_ISREG(status.st_mode)) return refuse("is not a file");
    auto const size = static_cast<std::size_t>(status.st_size);
    if (size == 0) return refuse("is empty; a metadata file begins with MZ");
    if (size > kMaxFileBytes)
        return refuse(fmt::format("has {} bytes; metadata files of at most {} are read", size, kMaxFileBytes));
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
    if (address == MAP_FAILED) return refuse(fmt::format("cannot be mapped: {}", system_message(errno)));

    std::unique_ptr<File> file{new File};
    file->m_mapping = std::make_unique<Mapping>(address, size);
    file->m_path = path.string();
    file->m_bytes = {static_cast<uint8_t const*>(address), size};
    if (auto error = FileParser{*file}.parse()) return tl::unexpected(std::move(*error));
    return std::unique_ptr<File const>{std::move(file)};
}

tl::expected<std::unique_ptr<File const>, ReadError> File::from_bytes(std::vector<uint8_t> bytes, std::string name)
{
    if (bytes.size() > kMaxFileBytes) {
        return tl::unexpected(
            ReadError{std::move(name), TableId::None, 0,
                      fmt::format("has {} bytes; metadata files of at most {} are read", bytes.size(), kMaxFileBytes)});
    }
    std::unique_ptr<File> file{new File};
    file->m_path = std::move(name);
    file->m_owned = std::move(bytes);
    file->m_bytes = file->m_owned;
    if (auto error = FileParser{*file}.parse()) return tl::unexpected(std::move(*error));
    return std::unique_ptr<File const>{std::move(file)};
}

std::string_view File::string(uint32_t offset) const noexcept
{
    if (offset >= m_strings.size()) return {}; // only 0 of an empty heap gets here
    return reinterpret_cast<char const*>(m_strings.data()) + offset;
}

std::span<uint8_t const> File::blob(uint32_t offset) const noexcept
{
    if (offset >= m_blobs.size()) return {};
    uint32_t size = m_blobs[offset];
    uint32_t prefix = 1;
    if ((size & 0x80) != 0) {
        if ((size & 0x40) == 0) {
            size = (size & 0x3f) << 8 | m_blobs[offset + 1];
            prefix = 2;
        } else {
            size = (size & 0x1f) << 24 | uint32_t{m_blobs[offset + 1]} << 16 | uint32_t{m_blobs[offset + 2]} << 8 |
                   m_blobs[offset + 3];
            prefix = 4;
        }
    }
    return m_blobs.subspan(offset + prefix, size);
}

Guid File::guid(uint32_t index) const noexcept
{
    return index == 0 ? Guid{} : guid_from_bytes(m_guids.data() + std::size_t{index - 1} * 16);
}

File::Range File::equal_range(TableId id, uint32_t key) const noexcept
{
    auto const& table = m_tables[static_cast<std::size_t>(id)];
    auto const column = static_cast<unsigned>(spec_of(id).sort_column);
    auto const* const order = table.order.empty() ? nullptr : table.order.data();
    auto const key_at = [&](uint32_t position) { return value(id, order ? order[position] : position + 1, column); };
    // The first position whose key is not below (or, for the end, above) the wanted one.
    auto const search = [&](auto before) {
        uint32_t low = 0;
        uint32_t high = table.row_count;
        while (low < high) {
            auto const middle = low + (high - low) / 2;
            if (before(key_at(middle)))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    };
    auto const first = search([&](uint32_t found) { return found < key; });
    auto last = first;
    while (last < table.row_count && last - first < 8 && key_at(last) == key)
        ++last; // runs are short
    if (last - first == 8) last = search([&](uint32_t found) { return found <= key; });
    return {first + 1, last - first, order ? order + first : nullptr};
}

File::Range File::list_range(TableId id, uint32_t row, unsigned column) const noexcept
{
    auto const child = static_cast<std::size_t>(spec_of(id).columns[column].table);
    auto const count = m_tables[child].row_count;
    if (count == 0) return {1, 0, nullptr};
    auto const first = value(id, row, column);
    auto const end = row < row_count(id) ? value(id, row + 1, column) : count + 1;
    auto const& pointers = m_pointers[child];
    return {first, end - first, pointers.empty() || first == end ? nullptr : &pointers[first - 1]};
}

uint32_t File::list_owner(TableId id, unsigned column, uint32_t child) const noexcept
{
    auto const& positions = m_positions[static_cast<std::size_t>(spec_of(id).columns[column].table)];
    if (!positions.empty()) child = positions[child];
    if (child == 0) return 0;
    uint32_t low = 0; // the number of rows whose run begins at or before the child
    uint32_t high = row_count(id);
    while (low < high) {
        auto const middle = low + (high - low) / 2;
        if (value(id, middle + 1, column) <= child)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t File::map_row(TableId map, uint32_t type_def) const noexcept
{
    auto const& rows = map == TableId::PropertyMap ? m_property_maps : m_event_maps;
    return type_def < rows.size() ? rows[type_def] : 0;
}

} // namespace latchkey::winmd
