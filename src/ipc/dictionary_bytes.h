// SPDX-License-Identifier: MIT
#pragma once

// A Dictionary as bytes that can be stored and handed on: values of settings in their database, the arguments of
// ApplicationTrigger.RequestAsync on their way to the task. Little-endian, with the D-Bus type before each value:
//
//   dictionary  u32 count, count x (u32 length, key; value)
//   value       char type ('b' 'y' 'n' 'q' 'i' 'u' 'x' 't' 'd' 's' 'a' bytes, 'D' dictionary, 'L' list of values),
//               then the number, or u32 length and bytes, or the dictionary, or u32 count and the values
//
// Reading trusts nothing: the limits of dictionary.h hold, and bytes that are too few, too many or of no known type are
// nullopt. Lists of texts and of dictionaries are not written: nothing that is kept has them.

#include "ipc/dictionary.h"

#include <optional>

namespace latchkey::ipc {

// nullopt: there is a list of texts or of dictionaries in it, or it is nested deeper than kMaxValueDepth.
std::optional<std::string> bytes_of(Dictionary const& dictionary);
std::optional<std::string> bytes_of(Value const& value);

std::optional<Dictionary> dictionary_from(std::string_view bytes);
std::optional<Value> value_from(std::string_view bytes);

} // namespace latchkey::ipc
