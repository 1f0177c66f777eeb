// SPDX-License-Identifier: MIT
// Any bytes as a stored value or as the arguments of an ApplicationTrigger: refused, or read as something that is
// written and read again as the same.
//
//     cmake --preset fuzz && cmake --build build/fuzz --target fuzz_dictionary_bytes
//     build/fuzz/fuzz/dictionary_bytes -max_total_time=600 NEW_FINDS tests/fuzz/corpus/dictionary_bytes
#include "ipc/dictionary_bytes.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace latchkey::ipc;
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    if (auto const dictionary = dictionary_from(bytes)) {
        // Bytes are compared, not values: a number may be none.
        auto const written = bytes_of(*dictionary);
        if (written != bytes) std::abort();
    }
    if (auto const value = value_from(bytes)) {
        if (bytes_of(*value) != bytes) std::abort();
    }
    return 0;
}
