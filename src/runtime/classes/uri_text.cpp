// SPDX-License-Identifier: MIT
#include "runtime/classes/uri_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace latchkey::runtime {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

constexpr std::array kDefaultPorts{
    std::pair{std::string_view{"ftp"}, 21},    std::pair{std::string_view{"http"}, 80},
    std::pair{std::string_view{"https"}, 443}, std::pair{std::string_view{"ws"}, 80},
    std::pair{std::string_view{"wss"}, 443},
};

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_unreserved(char c)
{
    return is_letter(c) || is_digit(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

bool may_stand(char c)
{
    return is_unreserved(c) || std::string_view{":/?#[]@!$&'()*+,;=%"}.find(c) != std::string_view::npos;
}

std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return result;
}

void append_escaped(std::string& out, char c)
{
    auto const byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
}

int hex_value(char c)
{
    if (is_digit(c)) return c - '0';
    char const small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// Cuts the part of text that begins with the first of marks off; empty when there is none.
std::string cut_from(std::string_view& text, char mark)
{
    size_t const at = text.find(mark);
    if (at == std::string_view::npos) return {};
    std::string part{text.substr(at)};
    text = text.substr(0, at);
    return part;
}

std::string cut_scheme(std::string_view& text)
{
    size_t const colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) return {};
    std::string_view const name = text.substr(0, colon);
    auto const allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    if (!std::ranges::all_of(name, allowed)) return {};
    text.remove_prefix(colon + 1);
    return lower(name);
}

bool parse_authority(std::string_view text, UriText& uri)
{
    if (size_t const at = text.rfind('@'); at != std::string_view::npos) {
        std::string_view const user = text.substr(0, at);
        size_t const colon = user.find(':');
        uri.user = user.substr(0, colon);
        uri.has_password = colon != std::string_view::npos;
        if (uri.has_password) uri.password = user.substr(colon + 1);
        text.remove_prefix(at + 1);
    }
    size_t const bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return false;
    size_t const colon = text.find(':', bracket);
    uri.host = lower(text.substr(0, colon));
    if (colon != std::string_view::npos) uri.port = text.substr(colon + 1);
    constexpr size_t kMaxPortDigits = 5;
    return std::ranges::all_of(uri.port, is_digit) && uri.port.size() <= kMaxPortDigits &&
           (uri.port.empty() || std::stoi(uri.port) <= 65535) && uri.host.find_first_of(" /\\?#") == std::string::npos;
}

// RFC 3986, 5.2.4.
std::string without_dot_segments(std::string_view path)
{
    std::string out;
    while (!path.empty()) {
        if (path.starts_with("../")) {
            path.remove_prefix(3);
        } else if (path.starts_with("./") || path.starts_with("/./")) {
            path.remove_prefix(2);
        } else if (path == "/.") {
            path = "/";
        } else if (path.starts_with("/../") || path == "/..") {
            path = path == "/.." ? std::string_view{"/"} : path.substr(3);
            size_t const slash = out.rfind('/');
            out.resize(slash == std::string::npos ? 0 : slash);
        } else if (path == "." || path == "..") {
            path = {};
        } else {
            size_t const next = path.find('/', 1);
            out.append(path.substr(0, next));
            path = next == std::string_view::npos ? std::string_view{} : path.substr(next);
        }
    }
    return out;
}

std::string merged(UriText const& base, std::string const& path)
{
    if (base.has_authority && base.path.empty()) return "/" + path;
    return base.path.substr(0, base.path.rfind('/') + 1) + path;
}

} // namespace

std::string UriText::str(bool with_user) const
{
    std::string out = scheme.empty() ? std::string{} : scheme + ":";
    if (has_authority) {
        out += "//";
        if (with_user && (!user.empty() || has_password)) out += user + (has_password ? ":" + password : "") + "@";
        out += host + (port.empty() ? "" : ":" + port);
    }
    return out + path + query + fragment;
}

std::optional<UriText> parse_uri(std::string_view text)
{
    UriText uri;
    std::string clean;
    for (char const c : text) {
        uri.suspicious = uri.suspicious || !may_stand(c);
        if (may_stand(c))
            clean += c;
        else
            append_escaped(clean, c);
    }
    std::string_view rest = clean;
    uri.fragment = cut_from(rest, '#');
    uri.query = cut_from(rest, '?');
    uri.scheme = cut_scheme(rest);
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        uri.has_authority = true;
        size_t const slash = rest.find('/');
        if (!parse_authority(rest.substr(0, slash), uri)) return std::nullopt;
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
    }
    uri.path = rest;
    return uri;
}

UriText resolve_uri(UriText const& base, UriText relative)
{
    if (!relative.scheme.empty()) return relative;
    relative.scheme = base.scheme;
    if (relative.has_authority) return relative;
    UriText result = base;
    result.fragment = relative.fragment;
    result.suspicious = base.suspicious || relative.suspicious;
    if (relative.path.empty()) {
        if (!relative.query.empty()) result.query = relative.query;
        return result;
    }
    result.query = relative.query;
    result.path = relative.path.starts_with('/') ? relative.path : merged(base, relative.path);
    return result;
}

void canonicalize(UriText& uri)
{
    if (uri.path.starts_with('/') || uri.has_authority) uri.path = without_dot_segments(uri.path);
    if (uri.has_authority && uri.path.empty()) uri.path = "/";
    if (!uri.port.empty() && std::stoi(uri.port) == default_port(uri.scheme)) uri.port.clear();
}

int default_port(std::string_view scheme)
{
    auto const found = std::ranges::find(kDefaultPorts, scheme, [](auto const& row) { return row.first; });
    return found == kDefaultPorts.end() ? 0 : found->second;
}

std::string escape_component(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (is_unreserved(c))
            out += c;
        else
            append_escaped(out, c);
    }
    return out;
}

std::string unescape_component(std::string_view text, bool plus_is_space)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        int const high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        int const low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high << 4 | low);
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

} // namespace latchkey::runtime
