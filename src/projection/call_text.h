// SPDX-License-Identifier: MIT
// Values on their way through the ABI: from C++ to a slot (consume) and from a slot to C++ (produce).
// docs/projection.md lists the forms.
#pragma once

#include "projection/type_text.h"

namespace latchkey::projection {

// The arguments of a call through a slot, without the result: "winrt::get_abi(name), count".
struct SlotArguments {
    Method const& method;
    void operator()(Page& page) const;
};

// A whole body of a consumer: call, check, give the result. call is the text up to the opening parenthesis.
struct ConsumeBody {
    Method const& method;
    Type const& scope;
    std::string_view call;
    void operator()(Page& page) const;
};

// The statements at the head of a slot's body that empty what it will fill.
struct ClearResults {
    Method const& method;
    Type const& scope;
    void operator()(Page& page) const;
};

// The arguments of a call of an implementation from within a slot.
struct ImplementationArguments {
    Method const& method;
    Type const& scope;
    void operator()(Page& page) const;
};

// "*winrt_result = detach_from<T>(CALL(…));": callee is the text up to the opening parenthesis.
struct ProduceCall {
    Method const& method;
    Type const& scope;
    std::string_view callee;
    void operator()(Page& page) const;
};

// Only the names of the parameters, for forwarding; leave_out at the end. To an implementation, strings go as what
// they are: it may convert them further.
struct ForwardedNames {
    Method const& method;
    std::size_t leave_out = 0;
    bool to_implementation = false;
    void operator()(Page& page) const;
};

} // namespace latchkey::projection
