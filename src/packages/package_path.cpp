// SPDX-License-Identifier: MIT
#include "packages/package_path.h"

#include "packages/text.h"

#include <algorithm>

namespace latchkey::packages {

tl::expected<std::string, std::string> package_path(std::string_view written)
{
    auto const refuse = [](std::string why) { return tl::unexpected(std::move(why)); };
    if (written.empty()) return refuse("is empty");
    if (written.size() > kMaxPathBytes) return refuse("is longer than " + std::to_string(kMaxPathBytes) + " bytes");
    if (!is_valid_utf8(written)) return refuse("is not UTF-8");
    if (std::ranges::any_of(written, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
        return refuse("has a control character");
    std::string path(written);
    std::ranges::replace(path, '\\', '/');
    if (path.front() == '/') return refuse("is absolute; paths begin at the package's folder");
    if (path.size() >= 2 && path[1] == ':') return refuse("has a drive letter; paths begin at the package's folder");
    std::size_t depth = 0;
    for (std::size_t begin = 0; begin <= path.size(); ++depth) {
        std::size_t const end = std::min(path.find('/', begin), path.size());
        std::string_view const part = std::string_view(path).substr(begin, end - begin);
        if (part.empty()) return refuse("has an empty part");
        if (part == "." || part == "..")
            return refuse("has a part \"" + std::string(part) + "\"; name the file by its plain path in the package");
        begin = end + 1;
    }
    if (depth > kMaxPathDepth) return refuse("has more than " + std::to_string(kMaxPathDepth) + " parts");
    return path;
}

} // namespace latchkey::packages
