// SPDX-License-Identifier: MIT
//
// Boxed values as the broker keeps them and hands them on: the kinds of values of settings in
// data/org.latchkey.Broker1.xml, and nothing (PropertyType Empty) in the arguments of an ApplicationTrigger.
#pragma once

#include "ipc/dictionary.h"

#include <functional>
#include <string_view>

#include <winrt/Windows.Foundation.Collections.h>

namespace latchkey::runtime {

using BoxedMap =
    winrt::Windows::Foundation::Collections::IMap<winrt::hstring, winrt::Windows::Foundation::IInspectable>;

// A single value or array of Windows' base types. Throws 0x8007065E, with member in front of the text, for anything
// else.
ipc::Value value_of(std::wstring_view member, winrt::Windows::Foundation::IInspectable const& boxed);
// Sets in it become dictionaries, null stays null.
ipc::Dictionary arguments_of(std::wstring_view member, BoxedMap const& set);

// A key or name as a D-Bus string. Throws 0x80070057 for one that cannot be written as such.
std::string key_of(std::wstring_view member, winrt::hstring const& key);

// Null for bytes of no meaning. make_set makes the object that a dictionary becomes.
using MakeSet = std::function<BoxedMap()>;
winrt::Windows::Foundation::IInspectable box_of(ipc::Value const& value, MakeSet const& make_set);
void fill(BoxedMap const& set, ipc::Dictionary const& entries, MakeSet const& make_set);

} // namespace latchkey::runtime
