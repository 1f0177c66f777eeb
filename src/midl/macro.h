// SPDX-License-Identifier: MIT
#pragma once

#include "midl/preprocessor.h"

#include <algorithm>

namespace latchkey::midl {

struct Preprocessor::Macro {
    std::string_view name = {};
    Range definition = {};
    bool is_function = false;
    bool is_variadic = false;
    bool is_builtin = false; // __LINE__, __FILE__
    unsigned in_use = 0;     // contexts that are read now
    std::vector<std::string_view> parameters = {};
    std::vector<Token> body = {};

    // -1 when it is not a parameter.
    int parameter(Token const& token) const
    {
        if (!token.is_identifier()) return -1;
        auto const found = std::find(parameters.begin(), parameters.end(), token.text);
        return found == parameters.end() ? -1 : static_cast<int>(found - parameters.begin());
    }

    bool is_same(Macro const& other) const
    {
        auto const equal = [](Token const& a, Token const& b) {
            return a.kind == b.kind && a.text == b.text && a.space_before == b.space_before;
        };
        return is_function == other.is_function && is_variadic == other.is_variadic && parameters == other.parameters &&
               std::equal(body.begin(), body.end(), other.body.begin(), other.body.end(), equal);
    }
};

} // namespace latchkey::midl
