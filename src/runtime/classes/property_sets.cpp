// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"
#include "runtime/classes/observable_map.h"

#include <Foundation/Collections/PropertySet.g.h>
#include <Foundation/Collections/StringMap.g.h>
#include <Foundation/Collections/ValueSet.g.h>

namespace winrt::Windows::Foundation::Collections::implementation {

struct PropertySet : PropertySetT<PropertySet>, latchkey::runtime::ObservableMap<PropertySet, IInspectable> {
    using IInspectable = Windows::Foundation::IInspectable;
};

struct StringMap : StringMapT<StringMap>, latchkey::runtime::ObservableMap<StringMap, hstring> {};

struct ValueSet : ValueSetT<ValueSet>, latchkey::runtime::ObservableMap<ValueSet, IInspectable> {
    using IInspectable = Windows::Foundation::IInspectable;

    // Values must be able to travel to another process: boxes, sets of boxes, and nothing.
    static void accept(IInspectable const& value)
    {
        if (value && !value.try_as<IPropertyValue>() && !value.try_as<IPropertySet>())
            throw hresult_error(static_cast<int32_t>(0x8007065E),
                                L"a ValueSet holds boxed values and other sets; this is a " + get_class_name(value));
    }
};

} // namespace winrt::Windows::Foundation::Collections::implementation

namespace winrt::Windows::Foundation::Collections::factory_implementation {

struct PropertySet : PropertySetT<PropertySet, implementation::PropertySet> {};
struct StringMap : StringMapT<StringMap, implementation::StringMap> {};
struct ValueSet : ValueSetT<ValueSet, implementation::ValueSet> {};

} // namespace winrt::Windows::Foundation::Collections::factory_implementation

LATCHKEY_FACTORY(property_set_factory, winrt::Windows::Foundation::Collections::factory_implementation::PropertySet)
LATCHKEY_FACTORY(string_map_factory, winrt::Windows::Foundation::Collections::factory_implementation::StringMap)
LATCHKEY_FACTORY(value_set_factory, winrt::Windows::Foundation::Collections::factory_implementation::ValueSet)
