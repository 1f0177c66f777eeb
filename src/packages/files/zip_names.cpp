// SPDX-License-Identifier: MIT
#include "packages/files/zip_names.h"

#include "packages/files/block_map.h"
#include "packages/package_path.h"

#include <charconv>

namespace latchkey::packages {

namespace {

bool is_plain(char c)
{
    constexpr std::string_view kPunctuation = "-._~!$&'()*+,;=@/";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPunctuation.find(c) != std::string_view::npos;
}

} // namespace

std::string zip_name(std::string_view path)
{
    constexpr std::string_view kHex = "0123456789ABCDEF";
    if (path == kContentTypesFileName) return std::string(path);
    std::string name;
    for (char const c : path) {
        if (is_plain(c)) {
            name += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        name += '%';
        name += kHex[byte >> 4];
        name += kHex[byte & 15];
    }
    return name;
}

tl::expected<std::string, std::string> path_from_zip(std::string_view name)
{
    if (name.find('\\') != std::string_view::npos)
        return tl::unexpected(std::string("has a '\\'; zip entries are written with '/'"));
    std::string decoded;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '%') {
            decoded += name[i];
            continue;
        }
        unsigned byte = 0;
        char const* const begin = name.data() + i + 1;
        bool const two_left = i + 2 < name.size();
        if (!two_left || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2)
            return tl::unexpected(std::string("has a '%' that is not followed by two digits"));
        decoded += static_cast<char>(byte);
        i += 2;
    }
    // A backslash that was hidden as %5C would become a separator.
    if (decoded.find('\\') != std::string::npos)
        return tl::unexpected(std::string("has a '\\'; zip entries are written with '/'"));
    if (decoded.size() > 1 && decoded.back() == '/') {
        auto const folder = package_path(std::string_view(decoded).substr(0, decoded.size() - 1));
        if (!folder) return folder;
        return std::string();
    }
    return package_path(decoded);
}

} // namespace latchkey::packages
