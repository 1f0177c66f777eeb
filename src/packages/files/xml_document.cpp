// SPDX-License-Identifier: MIT
#include "packages/files/xml_document.h"

#include "packages/text.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <libxml/xmlreader.h>

namespace latchkey::packages {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kXmlnsName = "http://www.w3.org/2000/xmlns/";

struct ReaderDeleter {
    void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
};

std::string text_of(xmlChar const* text)
{
    return text == nullptr ? std::string() : std::string(reinterpret_cast<char const*>(text));
}

void append_utf8(std::string& out, std::uint32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    int const following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr std::uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(kLead[following] | (c >> (6 * following)));
    for (int i = following - 1; i >= 0; --i)
        out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

// bytes without their mark; nullopt for half characters.
std::optional<std::string> utf8_from_utf16(std::string_view bytes, bool big_endian)
{
    if (bytes.size() % 2 != 0) return std::nullopt;
    auto const unit = [&](std::size_t i) -> std::uint32_t {
        auto const first = static_cast<unsigned char>(bytes[i]);
        auto const second = static_cast<unsigned char>(bytes[i + 1]);
        return big_endian ? std::uint32_t{first} << 8 | second : std::uint32_t{second} << 8 | first;
    };
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        std::uint32_t c = unit(i);
        if (c >= 0xD800 && c < 0xE000) {
            if (c >= 0xDC00 || i + 2 >= bytes.size()) return std::nullopt;
            std::uint32_t const low = unit(i + 2);
            if (low < 0xDC00 || low >= 0xE000) return std::nullopt;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        append_utf8(text, c);
    }
    return text;
}

// The encoding that <?xml … encoding="…"?> names; empty when it names none.
std::string declared_encoding(std::string_view text)
{
    if (!text.starts_with("<?xml")) return {};
    std::string_view const declaration = text.substr(0, text.find("?>"));
    std::size_t const at = declaration.find("encoding");
    if (at == std::string_view::npos) return {};
    std::size_t const begin = declaration.find_first_of("\"'", at);
    if (begin == std::string_view::npos) return {};
    std::size_t const end = declaration.find(declaration[begin], begin + 1);
    if (end == std::string_view::npos) return {};
    return lower_case(declaration.substr(begin + 1, end - begin - 1));
}

Diagnostic whole_file(std::string message)
{
    return {Severity::Error, 0, std::move(message)};
}

} // namespace

XmlAttribute const* XmlElement::find(std::string_view attribute) const
{
    auto const found = std::ranges::find_if(
        attributes, [&](XmlAttribute const& a) { return a.name == attribute && a.namespace_name.empty(); });
    return found == attributes.end() ? nullptr : &*found;
}

// Makes the tree from libxml2's reader and gives each element the positions that the tag scan found, in order.
class XmlBuilder {
public:
    XmlBuilder(XmlDocument& document, std::vector<XmlTags> tags) : m_document(document), m_tags(std::move(tags)) {}

    std::optional<Diagnostic> build()
    {
        std::string const& text = m_document.m_text;
        // NOENT makes the reader hand out "&" and not "&#38;"; no other entity can exist without a document type.
        m_reader.reset(xmlReaderForMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                                          XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
                                              XML_PARSE_NOWARNING));
        if (m_reader == nullptr) return whole_file("out of memory");
        xmlResetLastError();
        int more = 0;
        while ((more = xmlTextReaderRead(m_reader.get())) == 1)
            if (!take_node())
                return whole_file("is read in two ways by two scans of its tags; write it in plainer XML");
        if (more < 0) return parser_error();
        if (m_next_tags != m_tags.size() || !m_open.empty())
            return whole_file("is read in two ways by two scans of its tags; write it in plainer XML");
        return std::nullopt;
    }

private:
    bool take_node()
    {
        switch (xmlTextReaderNodeType(m_reader.get())) {
        case XML_READER_TYPE_ELEMENT:
            return begin_element();
        case XML_READER_TYPE_END_ELEMENT:
            return end_element();
        case XML_READER_TYPE_TEXT:
        case XML_READER_TYPE_CDATA:
            if (!m_open.empty()) m_open.back().text += text_of(xmlTextReaderConstValue(m_reader.get()));
            return true;
        case XML_READER_TYPE_DOCUMENT_TYPE:
        case XML_READER_TYPE_ENTITY_REFERENCE:
            return false;
        default:
            return true;
        }
    }

    bool begin_element()
    {
        if (m_next_tags == m_tags.size()) return false;
        xmlTextReader* const reader = m_reader.get();
        XmlElement element;
        element.tags = std::move(m_tags[m_next_tags++]);
        element.name = text_of(xmlTextReaderConstLocalName(reader));
        element.prefix = text_of(xmlTextReaderConstPrefix(reader));
        element.namespace_name = text_of(xmlTextReaderConstNamespaceUri(reader));
        bool const empty = xmlTextReaderIsEmptyElement(reader) == 1;
        if (empty != element.tags.empty_tag) return false;
        read_attributes(element);
        m_open.push_back(std::move(element));
        return !empty || end_element();
    }

    void read_attributes(XmlElement& element)
    {
        xmlTextReader* const reader = m_reader.get();
        while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
            int const line = line_of(element, text_of(xmlTextReaderConstName(reader)));
            std::string value = text_of(xmlTextReaderConstValue(reader));
            std::string name = text_of(xmlTextReaderConstLocalName(reader));
            std::string namespace_name = text_of(xmlTextReaderConstNamespaceUri(reader));
            if (namespace_name == kXmlnsName)
                declare(name == "xmlns" ? std::string() : std::move(name), std::move(value), line);
            else
                element.attributes.push_back({std::move(name), std::move(namespace_name), std::move(value), line});
        }
        xmlTextReaderMoveToElement(reader);
    }

    int line_of(XmlElement const& element, std::string_view attribute) const
    {
        std::string_view const text = m_document.m_text;
        for (XmlAttributeName const& name : element.tags.attributes)
            if (text.substr(name.begin, name.end - name.begin) == attribute) return name.line;
        return element.line();
    }

    void declare(std::string prefix, std::string name, int line)
    {
        auto& namespaces = m_document.m_namespaces;
        if (std::ranges::find(namespaces, name, &XmlNamespace::name) == namespaces.end())
            namespaces.push_back({std::move(prefix), std::move(name), line, m_open.empty()});
    }

    bool end_element()
    {
        if (m_open.empty()) return false;
        XmlElement element = std::move(m_open.back());
        m_open.pop_back();
        if (m_open.empty())
            m_document.m_root = std::move(element);
        else
            m_open.back().children.push_back(std::move(element));
        return true;
    }

    static std::optional<Diagnostic> parser_error()
    {
        xmlError const* const error = xmlGetLastError();
        if (error == nullptr || error->message == nullptr) return whole_file("is not well-formed XML");
        return Diagnostic{Severity::Error, error->line,
                          "is not well-formed XML: " + printable(trimmed(error->message))};
    }

    XmlDocument& m_document;
    std::vector<XmlTags> m_tags;
    std::size_t m_next_tags = 0;
    std::unique_ptr<xmlTextReader, ReaderDeleter> m_reader;
    std::vector<XmlElement> m_open;
};

tl::expected<XmlDocument, Diagnostic> XmlDocument::parse(std::string_view bytes, XmlLimits const& limits)
{
    if (bytes.size() > limits.bytes)
        return tl::unexpected(whole_file("is larger than " + std::to_string(limits.bytes) + " bytes"));
    XmlDocument document;
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        auto converted = utf8_from_utf16(bytes.substr(2), bytes.front() == '\xFE');
        if (!converted)
            return tl::unexpected(whole_file("has half a character: it is not the UTF-16 its first two bytes promise"));
        document.m_text = std::move(*converted);
        document.m_converted = true;
    } else {
        if (bytes.starts_with(kUtf8Mark)) {
            document.m_mark = kUtf8Mark;
            bytes.remove_prefix(kUtf8Mark.size());
        }
        std::string const encoding = declared_encoding(bytes);
        if (!encoding.empty() && encoding != "utf-8" && encoding != "us-ascii")
            return tl::unexpected(
                Diagnostic{Severity::Error, 1, "is written in \"" + printable(encoding) + "\"; save it as UTF-8"});
        document.m_text = bytes;
    }
    if (!is_valid_utf8(document.m_text))
        return tl::unexpected(whole_file("has bytes that are not UTF-8; save it as UTF-8"));
    if (document.m_text.empty()) return tl::unexpected(whole_file("is empty"));
    auto tags = scan_tags(document.m_text, limits);
    if (!tags) return tl::unexpected(std::move(tags.error()));
    if (auto failure = XmlBuilder(document, std::move(*tags)).build()) return tl::unexpected(std::move(*failure));
    return document;
}

} // namespace latchkey::packages
