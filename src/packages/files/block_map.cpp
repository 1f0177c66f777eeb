// SPDX-License-Identifier: MIT
#include "packages/files/block_map.h"

#include "packages/files/xml_document.h"
#include "packages/package_path.h"
#include "packages/text.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace latchkey::packages {

namespace {

constexpr std::string_view kNamespace = "http://schemas.microsoft.com/appx/2010/blockmap";
constexpr std::string_view kSha256Method = "http://www.w3.org/2001/04/xmlenc#sha256";
constexpr XmlLimits kLimits{.bytes = kMaxBlockMapBytes, .elements = kMaxBlockMapElements, .depth = 8, .attributes = 16};

std::string escaped(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::optional<std::uint64_t> number(XmlAttribute const* attribute)
{
    if (attribute == nullptr) return std::nullopt;
    std::uint64_t value = 0;
    char const* const end = attribute->value.data() + attribute->value.size();
    auto const [at, error] = std::from_chars(attribute->value.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

tl::unexpected<PackageError> refuse(int line, std::string const& what)
{
    return tl::unexpected(PackageError{kInvalidBlockMap, fmt::format("{}:{}: {}", kBlockMapFileName, line, what)});
}

} // namespace

std::string write_block_map(BlockMap const& map)
{
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n";
    xml += fmt::format("<BlockMap xmlns=\"{}\" HashMethod=\"{}\">\n", kNamespace, kSha256Method);
    for (auto const& [path, file] : map) {
        std::string name = path;
        std::ranges::replace(name, '/', '\\');
        xml += fmt::format("  <File Name=\"{}\" Size=\"{}\" LfhSize=\"{}\"", escaped(name), file.size,
                           file.local_header_size);
        if (file.hashes.empty()) {
            xml += "/>\n";
            continue;
        }
        xml += ">\n";
        for (std::string const& hash : file.hashes)
            xml += fmt::format("    <Block Hash=\"{}\"/>\n", hash);
        xml += "  </File>\n";
    }
    return xml + "</BlockMap>\n";
}

tl::expected<BlockMap, PackageError> read_block_map(std::string_view xml)
{
    auto const document = XmlDocument::parse(xml, kLimits);
    if (!document) return refuse(document.error().line, document.error().message);
    XmlElement const& root = document->root();
    if (root.name != "BlockMap" || root.namespace_name != kNamespace)
        return refuse(root.line(), fmt::format("begins with <{}>; a block map begins with <BlockMap xmlns=\"{}\">",
                                               printable(root.name), kNamespace));
    XmlAttribute const* const method = root.find("HashMethod");
    if (method == nullptr || method->value != kSha256Method)
        return refuse(root.line(), fmt::format("the hash method is not {}", kSha256Method));
    BlockMap map;
    for (XmlElement const& element : root.children) {
        if (element.name != "File") continue;
        XmlAttribute const* const name = element.find("Name");
        auto const path = package_path(name == nullptr ? std::string_view() : std::string_view(name->value));
        if (!path)
            return refuse(element.line(),
                          fmt::format("the file name \"{}\" {}", name ? printable(name->value) : "", path.error()));
        auto const size = number(element.find("Size"));
        if (!size) return refuse(element.line(), fmt::format("\"{}\" has no Size in bytes", printable(*path)));
        BlockMapFile file;
        file.size = *size;
        file.local_header_size = static_cast<std::uint32_t>(number(element.find("LfhSize")).value_or(0));
        for (XmlElement const& block : element.children)
            if (XmlAttribute const* const hash = block.name == "Block" ? block.find("Hash") : nullptr)
                file.hashes.push_back(hash->value);
        std::uint64_t const blocks = file.size / kBlockBytes + (file.size % kBlockBytes != 0 ? 1 : 0);
        if (blocks != file.hashes.size())
            return refuse(element.line(), fmt::format("\"{}\" of {} bytes has {} blocks; right would be {}",
                                                      printable(*path), file.size, file.hashes.size(), blocks));
        if (!map.emplace(*path, std::move(file)).second)
            return refuse(element.line(), fmt::format("\"{}\" is listed twice", printable(*path)));
    }
    return map;
}

} // namespace latchkey::packages
