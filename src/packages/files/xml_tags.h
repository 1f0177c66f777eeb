// SPDX-License-Identifier: MIT
// Where the tags of an XML document lie in its text. XML libraries tell at best a line; editing a manifest without
// touching the rest of it needs bytes. The scan looks only at markup, so it also is the first gate: it refuses document
// types (and with them entities) and what goes over the limits before a parser sees the text.
#pragma once

#include "packages/diagnostic.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

struct XmlLimits {
    std::size_t bytes = std::size_t{1} << 20;
    std::size_t elements = 20'000;
    std::size_t depth = 32;
    std::size_t attributes = 64; // of one element
};

// Where the name of an attribute stands.
struct XmlAttributeName {
    std::size_t begin = 0;
    std::size_t end = 0;
    int line = 0;
};

// Byte offsets of one element, in the order of the start tags.
struct XmlTags {
    std::size_t start_begin = 0; // at '<'
    std::size_t start_end = 0;   // behind '>'
    std::size_t end_begin = 0;   // at "</"; equal to start_end when the element is written <a/>
    std::size_t end_end = 0;
    bool empty_tag = false; // <a/>
    int line = 0;
    std::vector<XmlAttributeName> attributes;
};

// text is UTF-8 without byte order mark. Success does not mean that the document is well formed.
tl::expected<std::vector<XmlTags>, Diagnostic> scan_tags(std::string_view text, XmlLimits const&);

} // namespace latchkey::packages
