// SPDX-License-Identifier: MIT
// Any bytes as a report of a host: taken apart or refused with a text, and what was taken apart can be shown.
#include "hosts/host_messages.h"
#include "packages/text.h"

#include <cstdint>
#include <cstdlib>

#include <latchkey/host_protocol.h>

using namespace latchkey::hosts;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const report = parse_report({reinterpret_cast<char const*>(data), size});
    if (!report) {
        if (report.error().empty()) std::abort();
        return 0;
    }
    if (auto const* const completed = std::get_if<Completed>(&*report)) {
        bool const fits = completed->message.size() <= LATCHKEY_HOST_STRING_MAX;
        if (!fits || !latchkey::packages::is_valid_utf8(completed->message)) std::abort();
    }
    return 0;
}
