// SPDX-License-Identifier: MIT
//
// Triggers and conditions as the broker's interface writes them, and back. A trigger that says nothing but what it is
// goes by the name of its class; the broker decides which of them mean something on Linux.
#pragma once

#include <string>

#include <winrt/Windows.ApplicationModel.Background.h>

namespace latchkey::runtime {

struct TriggerWords {
    std::string trigger;
    bool one_shot = false;
    std::string id; // option "trigger-id"
};

// Throws hresult_error: 0x80070057 for values of no meaning, 0x80070032 for an object that is no trigger of Windows'.
TriggerWords words_of(winrt::Windows::ApplicationModel::Background::IBackgroundTrigger const& trigger);
std::string words_of(winrt::Windows::ApplicationModel::Background::IBackgroundCondition const& condition);

// Null where the words do not say enough to make it again.
winrt::Windows::ApplicationModel::Background::IBackgroundTrigger trigger_of(std::string const& words, bool one_shot);

} // namespace latchkey::runtime

// What a trigger of ours knows that no member of its class shows.
namespace winrt::impl {

struct ITriggerArgument;
template <>
inline constexpr guid guid_v<ITriggerArgument>{
    0x7C2E7A0B, 0x5D0C, 0x4C55, {0x9B, 0x0E, 0x63, 0x55, 0x1D, 0x2F, 0x84, 0x6A}};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
template <>
struct abi<ITriggerArgument> {
    struct WINRT_IMPL_ABI_DECL type : unknown_abi {
        virtual int32_t WINRT_CALL Argument(void** text) noexcept = 0;
    };
};
struct ITriggerArgument : Windows::Foundation::IUnknown {
    ITriggerArgument(std::nullptr_t = nullptr) noexcept {}
    ITriggerArgument(void* object, take_ownership_from_abi_t) noexcept : IUnknown(object, take_ownership_from_abi) {}
};
template <typename D>
struct produce<D, ITriggerArgument> : produce_base<D, ITriggerArgument> {
    int32_t WINRT_CALL Argument(void** text) noexcept final
    {
        *text = detach_abi(hstring{this->shim().argument()});
        return 0;
    }
};
#pragma GCC diagnostic pop

} // namespace winrt::impl
