// SPDX-License-Identifier: MIT
// A small XML document as a tree: elements with namespaces, attributes, text, lines and byte positions. Nothing is
// fetched, nothing is expanded: document types are refused, the only entities are XML's own five and characters.
//
// UTF-8 and UTF-16 (with a byte order mark) are read. Positions count bytes of text(), which is the file's text itself
// when the file is UTF-8 without a mark.
#pragma once

#include "packages/diagnostic.h"
#include "packages/files/xml_tags.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

struct XmlAttribute {
    std::string name;           // local
    std::string namespace_name; // empty without prefix
    std::string value;
    int line = 0;
};

struct XmlElement {
    std::string name; // local
    std::string prefix;
    std::string namespace_name;
    std::vector<XmlAttribute> attributes; // without namespace declarations
    std::vector<XmlElement> children;
    std::string text; // all character data directly inside, concatenated
    XmlTags tags;
    int line() const { return tags.line; }

    // Without namespace; null when it is not there.
    XmlAttribute const* find(std::string_view attribute) const;
};

// A namespace that the document declares, once for each name, with the line of the first declaration.
struct XmlNamespace {
    std::string prefix;
    std::string name;
    int line = 0;
    bool on_root = false; // the prefix means this everywhere below the root, unless declared anew
};

class XmlDocument {
public:
    [[nodiscard]] static tl::expected<XmlDocument, Diagnostic> parse(std::string_view bytes, XmlLimits const& = {});

    XmlElement const& root() const { return m_root; }
    std::string const& text() const { return m_text; }
    std::vector<XmlNamespace> const& namespaces() const { return m_namespaces; }
    // What stood before text() in the file: a UTF-8 byte order mark, or nothing.
    std::string_view mark() const { return m_mark; }
    // The file was UTF-16, so text() is not a part of it.
    bool was_converted() const { return m_converted; }

private:
    std::string m_text;
    std::string m_mark;
    bool m_converted = false;
    XmlElement m_root;
    std::vector<XmlNamespace> m_namespaces;

    friend class XmlBuilder;
};

} // namespace latchkey::packages
