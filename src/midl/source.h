// SPDX-License-Identifier: MIT
// The texts that are compiled. All files share one number space, so that a place in any of them is one number and a
// token, a syntax node or a message needs no file beside it. Position 0 is nowhere.
//
// Texts never move once added: tokens and names are views into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::midl {

inline constexpr std::size_t kMaxSourceBytes = std::size_t{64} << 20; // of one file, and of all together

struct Range {
    uint32_t begin = 0;
    uint32_t end = 0; // one past the last byte

    explicit operator bool() const { return begin != 0; }
    bool operator==(Range const&) const = default;
};
// From the start of the first to the end of the last; the first alone when they lie in different places.
Range join(Range first, Range last);

// Where files come from: the disk, or a test's map.
class FileProvider {
public:
    virtual ~FileProvider() = default;
    // The error is the reason in words: "No such file or directory".
    virtual tl::expected<std::string, std::string> read(std::filesystem::path const& path) = 0;
    virtual bool is_file(std::filesystem::path const& path) = 0;
    // Equal for two paths of one file.
    virtual std::string identity(std::filesystem::path const& path) = 0;
};

class DiskFiles : public FileProvider {
public:
    tl::expected<std::string, std::string> read(std::filesystem::path const& path) override;
    bool is_file(std::filesystem::path const& path) override;
    std::string identity(std::filesystem::path const& path) override;
};

// Lines and columns count from 1; columns count code points.
struct Place {
    std::string_view file;
    uint32_t line = 0;
    uint32_t column = 0;
    std::string_view line_text; // without the line end
    uint32_t line_begin = 0;    // its position
};

class SourceSet {
public:
    struct Text {
        std::string name; // as messages print it
        std::string text;
        uint32_t base = 0; // position of the first byte
        std::vector<uint32_t> line_offsets;
    };

    // nullptr when the texts would be longer than kMaxSourceBytes.
    Text const* add(std::string name, std::string text);

    // position must lie in a text (its end included).
    Place place(uint32_t position) const;

    // A string that lives as long as the set.
    std::string_view keep(std::string text);

private:
    Text const& text_of(uint32_t position) const;

    std::deque<Text> m_texts;
    std::deque<std::string> m_kept;
    uint32_t m_next = 1;
};

} // namespace latchkey::midl
