// SPDX-License-Identifier: MIT
// Any bytes as a manifest. What is read without error can be edited, and the edited text says what was declared.
#include "packages/files/manifest_edit.h"
#include "packages/files/manifest_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace latchkey::packages;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    ReadManifest const read = read_manifest(bytes, "fuzz");
    if (!read.manifest) {
        if (!has_errors(read.diagnostics)) std::abort();
        return 0;
    }
    for (Application const& app : read.manifest->applications) {
        auto const edit = declare_task(bytes, {.application_id = app.id,
                                               .entry_point = "Fuzz.Declared",
                                               .start_page = {},
                                               .types = {TaskType::Timer, TaskType::VpnClient}});
        if (!edit) continue;
        ReadManifest const again = read_manifest(edit->text, "fuzz");
        if (!again.manifest) std::abort();
        auto const same = std::ranges::find(again.manifest->applications, app.id, &Application::id);
        if (same == again.manifest->applications.end() ||
            std::ranges::find(same->tasks, "Fuzz.Declared", &BackgroundTask::entry_point) == same->tasks.end())
            std::abort();
    }
    return 0;
}
