// SPDX-License-Identifier: MIT
#include "core/effect.h"

#include <array>

namespace latchkey::core {

std::string_view name_of(Effect const& effect)
{
    static constexpr std::array<std::string_view, std::variant_size_v<Effect>> kNames{
        "SaveRegistration", "SaveTask",        "DeleteRegistration", "SaveDetails",      "DropDetails",
        "SaveInstance",     "DeleteInstance",  "SaveCompletion",     "DeleteCompletion", "SavePackage",
        "DeletePackage",    "SaveHostProcess", "DeleteHostProcess",  "AppendHistory",    "Reply",
        "StartHost",        "StartInstance",   "RequestCancel",      "TerminateHost",    "StopHost",
        "FreezeHost",       "ThawHost",        "TellSuspendedCount", "SetCpuBudget",     "DeliverCompletion",
        "DeliverProgress",  "AskUser",
    };
    return kNames[effect.index()];
}

} // namespace latchkey::core
