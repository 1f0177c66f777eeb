// SPDX-License-Identifier: MIT
// Types of signatures as C++ text: projected ("winrt::hstring"), in the ABI ("void*"), as parameters. Each returns
// something that Page::put takes; it holds references, so use it in the same expression.
//
// scope is the type in whose members the text stands: its generic parameters have names there.
#pragma once

#include "projection/page.h"

namespace latchkey::projection {

struct ProjectedType {
    TypeUse const& use;
    Type const& scope;
    void operator()(Page& page) const;
};

// The name of a type with its own generic parameters as arguments: "winrt::N::IBag<T>".
struct SelfName {
    Type const& type;
    void operator()(Page& page) const;
};

// "typename K, typename V"; nothing when not generic.
struct GenericParameters {
    Type const& type;
    bool after_other = false; // begin with ", "
    void operator()(Page& page) const;
};
// "<K, V>"; nothing when not generic.
struct GenericArguments {
    Type const& type;
    bool after_other = false; // ", K, V" instead
    void operator()(Page& page) const;
};
// "template <typename K, typename V>" or "template <>".
struct TemplateHead {
    Type const& type;
    void operator()(Page& page) const;
};

// A value of this type as the ABI passes it: "int32_t", "void*", "winrt::impl::struct_N_S", "arg_in<T>".
struct AbiType {
    TypeUse const& use;
    Type const& scope;
    void operator()(Page& page) const;
};
// A place for such a value: "int32_t*", "arg_out<T>".
struct AbiPointer {
    TypeUse const& use;
    Type const& scope;
    void operator()(Page& page) const;
};

// What follows the slot's name in abi<I>::type and in produce: "(void* name, int32_t* winrt_result)".
struct AbiParameters {
    Method const& method;
    Type const& scope;
    void operator()(Page& page) const;
};

// Who takes a parameter decides how much it accepts: the projected function anything that becomes a string or a
// collection, a delegate's operator() anything that becomes a string, an implementation only the type itself.
enum class Taker { Projection, Delegate, Implementation };

// What a consumer passes for one parameter, with its name.
struct ConsumeParameter {
    Parameter const& parameter;
    Type const& scope;
    Taker taker = Taker::Projection;
    bool is_async = false; // collections must outlive the call
    void operator()(Page& page) const;
};
struct ConsumeParameters {
    Method const& method;
    Type const& scope;
    Taker taker = Taker::Projection;
    std::size_t leave_out = 0; // that many at the end
    void operator()(Page& page) const;
};

// The result in C++: a type, "winrt::com_array<T>" or "void".
struct ResultType {
    Method const& method;
    Type const& scope;
    void operator()(Page& page) const;
};

// [[deprecated("…")]] with a blank after it; nothing when it is not.
struct Deprecation {
    bool is_deprecated = false;
    std::string_view message;
    void operator()(Page& page) const;
};

// True when the method gives something like IAsyncOperation<T>.
bool is_async(Method const& method);

} // namespace latchkey::projection
