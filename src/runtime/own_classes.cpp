// SPDX-License-Identifier: MIT
#include "runtime/own_classes.h"

#include "runtime/classes/factories.h"
#include "runtime/hresult.h"
#include "runtime/hstring.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace latchkey::runtime {

namespace {

struct OwnClass {
    std::wstring_view name;
    void* (*make_factory)();
};

#define LATCHKEY_ROW(NAME, FUNCTION) OwnClass{L"" NAME, &FUNCTION},
constexpr std::array kOwnClasses{LATCHKEY_OWN_CLASSES(LATCHKEY_ROW)};
#undef LATCHKEY_ROW

static_assert(std::ranges::is_sorted(kOwnClasses, {}, &OwnClass::name), "looked up by binary search");

} // namespace

int32_t own_activation_factory(void* class_name, void** factory) noexcept
{
    *factory = nullptr;
    std::wstring_view const name = view_of(class_name);
    auto const found = std::ranges::lower_bound(kOwnClasses, name, {}, &OwnClass::name);
    if (found == kOwnClasses.end() || found->name != name) return kClassNotRegistered;
    return guarded([&] {
        *factory = found->make_factory();
        return kOk;
    });
}

} // namespace latchkey::runtime
