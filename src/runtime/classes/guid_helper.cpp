// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <Foundation/GuidHelper.g.h>
#include <sys/random.h>

namespace winrt::Windows::Foundation::implementation {

struct GuidHelper {
    static guid CreateNewGuid()
    {
        guid made{};
        if (getrandom(&made, sizeof made, 0) != sizeof made) throw hresult_error(static_cast<int32_t>(0x8000FFFF));
        made.Data3 = static_cast<uint16_t>((made.Data3 & 0x0FFF) | 0x4000); // version 4
        made.Data4[0] = static_cast<uint8_t>((made.Data4[0] & 0x3F) | 0x80);
        return made;
    }
    static guid Empty() { return {}; }
    static bool Equals(guid const& target, guid const& value) { return target == value; }
};

} // namespace winrt::Windows::Foundation::implementation

namespace winrt::Windows::Foundation::factory_implementation {

struct GuidHelper : GuidHelperT<GuidHelper, implementation::GuidHelper> {};

} // namespace winrt::Windows::Foundation::factory_implementation

LATCHKEY_FACTORY(guid_helper_factory, winrt::Windows::Foundation::factory_implementation::GuidHelper)
