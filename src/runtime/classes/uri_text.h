// SPDX-License-Identifier: MIT
//
// A URI taken apart and put together again after RFC 3986, on UTF-8. Pure: no object of the Windows Runtime is met
// here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latchkey::runtime {

struct UriText {
    std::string scheme; // lower case; empty in a relative reference
    bool has_authority = false;
    std::string user;
    bool has_password = false;
    std::string password;
    std::string host; // lower case; with its brackets when it is an IPv6 address
    std::string port; // digits; empty when not given
    std::string path;
    std::string query;       // with its '?'
    std::string fragment;    // with its '#'
    bool suspicious = false; // held characters that no URI may hold; they are escaped here

    std::string str(bool with_user = true) const;
};

// Takes text apart. nullopt when it is no URI reference: a bad port, an unclosed bracket, a bad scheme.
std::optional<UriText> parse_uri(std::string_view text);

// RFC 3986, 5.2: relative as seen from base.
UriText resolve_uri(UriText const& base, UriText relative);

// Lower-case host, no default port, no dot segments, "/" for an empty path behind an authority.
void canonicalize(UriText& uri);

// 0 for a scheme without one.
int default_port(std::string_view scheme);

// Everything but letters, digits and "-._~" becomes %XX; and back, where what is no %XX stays.
std::string escape_component(std::string_view text);
std::string unescape_component(std::string_view text, bool plus_is_space = false);

} // namespace latchkey::runtime
