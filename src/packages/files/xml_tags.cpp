// SPDX-License-Identifier: MIT
#include "packages/files/xml_tags.h"

#include "packages/text.h"

#include <algorithm>
#include <string>

namespace latchkey::packages {

namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class TagScan {
public:
    TagScan(std::string_view text, XmlLimits const& limits) : m_text(text), m_limits(limits) {}

    tl::expected<std::vector<XmlTags>, Diagnostic> run()
    {
        while (!failed() && next_markup()) {
            if (skip("<!--", "-->") || skip("<![CDATA[", "]]>") || skip("<?", "?>")) continue;
            if (m_text.substr(m_at).starts_with("<!"))
                fail("document types and entity declarations are not read; remove <!…>");
            else if (m_text.substr(m_at).starts_with("</"))
                end_tag();
            else
                start_tag();
        }
        if (!failed() && !m_open.empty()) {
            XmlTags const& open = m_tags[m_open.back()];
            fail("<" + printable(name_at(open.start_begin + 1)) + "> is not closed", open.line);
        }
        if (failed()) return tl::unexpected(m_failure);
        return std::move(m_tags);
    }

private:
    bool failed() const { return !m_failure.message.empty(); }

    void fail(std::string message, int line = 0)
    {
        m_failure = {Severity::Error, line > 0 ? line : m_line, std::move(message)};
    }

    // Moves on, counting lines.
    void advance_to(std::size_t position)
    {
        m_line += static_cast<int>(std::count(m_text.begin() + static_cast<std::ptrdiff_t>(m_at),
                                              m_text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
        m_at = position;
    }

    bool next_markup()
    {
        std::size_t const position = m_text.find('<', m_at);
        if (position == std::string_view::npos) return false;
        advance_to(position);
        return true;
    }

    bool skip(std::string_view opening, std::string_view closing)
    {
        if (!m_text.substr(m_at).starts_with(opening)) return false;
        std::size_t const end = m_text.find(closing, m_at + opening.size());
        if (end == std::string_view::npos)
            fail("\"" + std::string(opening) + "\" is not closed by \"" + std::string(closing) + "\"");
        else
            advance_to(end + closing.size());
        return true;
    }

    std::string_view name_at(std::size_t position) const
    {
        return m_text.substr(position, m_text.find_first_of(" \t\r\n/>", position) - position);
    }

    void end_tag()
    {
        std::size_t const begin = m_at;
        std::size_t const end = m_text.find('>', begin);
        if (end == std::string_view::npos) return fail("a closing tag does not end");
        std::string_view const name = name_at(begin + 2);
        if (m_open.empty()) return fail("</" + printable(name) + "> closes nothing");
        XmlTags const& open = m_tags[m_open.back()];
        if (std::string_view const expected = name_at(open.start_begin + 1); name != expected)
            return fail("</" + printable(name) + "> stands where </" + printable(expected) +
                        "> closes the element of line " + std::to_string(open.line));
        advance_to(end + 1);
        XmlTags& element = m_tags[m_open.back()];
        element.end_begin = begin;
        element.end_end = m_at;
        m_open.pop_back();
    }

    void start_tag()
    {
        if (m_tags.size() >= m_limits.elements)
            return fail("more than " + std::to_string(m_limits.elements) + " elements");
        if (m_open.size() >= m_limits.depth)
            return fail("elements are nested deeper than " + std::to_string(m_limits.depth));
        XmlTags element;
        element.start_begin = m_at;
        element.line = m_line;
        std::size_t const end = scan_attributes(element);
        if (failed()) return;
        element.empty_tag = m_text[end - 1] == '/';
        advance_to(end + 1);
        element.start_end = m_at;
        element.end_begin = m_at;
        element.end_end = m_at;
        m_tags.push_back(std::move(element));
        if (!m_tags.back().empty_tag) m_open.push_back(m_tags.size() - 1);
    }

    // Returns the position of the '>' that ends the tag; a '>' inside quotes does not.
    std::size_t scan_attributes(XmlTags& element)
    {
        int line = m_line;
        XmlAttributeName name;
        for (std::size_t i = m_at + 1; i < m_text.size(); ++i) {
            char const c = m_text[i];
            if (c == '>') return i;
            if (c == '<') break;
            if (c == '\n') ++line;
            if (is_blank(c)) continue;
            if (c == '=') {
                if (element.attributes.size() >= m_limits.attributes) {
                    fail("more than " + std::to_string(m_limits.attributes) + " attributes");
                    return m_at;
                }
                element.attributes.push_back(name);
            } else if (c == '"' || c == '\'') {
                std::size_t const quote = m_text.find(c, i + 1);
                if (quote == std::string_view::npos) break;
                line += static_cast<int>(std::ranges::count(m_text.substr(i, quote - i), '\n'));
                i = quote;
            } else {
                if (is_blank(m_text[i - 1]) || m_text[i - 1] == '"' || m_text[i - 1] == '\'') name = {i, i, line};
                name.end = i + 1;
            }
        }
        fail("a tag does not end with \">\"");
        return m_at;
    }

    std::string_view m_text;
    XmlLimits const& m_limits;
    std::size_t m_at = 0;
    int m_line = 1;
    std::vector<XmlTags> m_tags;
    std::vector<std::size_t> m_open;
    Diagnostic m_failure;
};

} // namespace

tl::expected<std::vector<XmlTags>, Diagnostic> scan_tags(std::string_view text, XmlLimits const& limits)
{
    return TagScan(text, limits).run();
}

} // namespace latchkey::packages
