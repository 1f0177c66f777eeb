// SPDX-License-Identifier: MIT
#include "midl/attribute_table.h"

#include <algorithm>
#include <array>

namespace latchkey::midl {

namespace {

constexpr uint16_t on()
{
    return 0;
}
template <typename... Rest>
constexpr uint16_t on(Target first, Rest... rest)
{
    return static_cast<uint16_t>(static_cast<uint16_t>(first) | on(rest...));
}

using enum Target;
constexpr uint16_t kTypes = on(Class, Interface, Struct, Enum, Delegate, Attribute, Contract);
constexpr uint16_t kMembers = on(Method, Constructor, Property, Event);
constexpr uint16_t kNaming = on(Class, Block) | kMembers;
constexpr uint16_t kAll = kTypes | kMembers | on(Accessor, Field, Parameter, Base, Block);

constexpr std::array kKnown{
    KnownAttribute{"uuid", on(Interface, Delegate, Block), 1, 1, {}, "uuid(xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)"},
    KnownAttribute{"version", kAll, 1, 1, {}, "version(1)"},
    KnownAttribute{"contract", kAll, 2, 2, {}, "contract(NAME, 1)"},
    KnownAttribute{"contractversion", on(Contract), 1, 1, {}, "contractversion(1)"},
    KnownAttribute{"exclusiveto", on(Interface), 1, 1, {}, "exclusiveto(CLASS)"},
    KnownAttribute{"default_interface", on(Class), 0, 0},
    KnownAttribute{"default", on(Base), 0, 0},
    KnownAttribute{"protected", on(Base), 0, 0},
    KnownAttribute{"overridable", on(Base), 0, 0},
    KnownAttribute{"interface_name", kNaming, 1, 2, {}, "interface_name(\"INAME\", IID)"},
    KnownAttribute{"static_name", kNaming, 1, 2, {}, "static_name(\"INAME\", IID)"},
    KnownAttribute{"constructor_name", kNaming, 1, 2, {}, "constructor_name(\"INAME\", IID)"},
    KnownAttribute{"protected_name", kNaming, 1, 2, {}, "protected_name(\"INAME\", IID)"},
    KnownAttribute{"overridable_name", kNaming, 1, 2, {}, "overridable_name(\"INAME\", IID)"},
    KnownAttribute{"method_name", on(Method, Constructor), 1, 1, {}, "method_name(\"NAME\")"},
    KnownAttribute{"parameter_name", on(Property, Event), 1, 2, {}, "parameter_name(\"NAME\")"},
    KnownAttribute{"in_constructor", on(Delegate), 0, 0},
    KnownAttribute{"default_overload", on(Method), 0, 0},
    KnownAttribute{"noexcept", on(Method, Property, Event, Accessor), 0, 0},
    KnownAttribute{"flags", on(Enum), 0, 0},
    KnownAttribute{"activatable", on(Class), 0, 3, {}, "activatable(IFACTORY, 1)"},
    KnownAttribute{"static", on(Class), 1, 3, {}, "static(ISTATICS, 1)"},
    KnownAttribute{"composable", on(Class), 2, 4, {}, "composable(IFACTORY, public, 1)"},
    KnownAttribute{"marshaling_behavior", on(Class), 1, 1, {}, "marshaling_behavior(agile)"},
    KnownAttribute{"threading", on(Class), 1, 1, {}, "threading(both)"},
    KnownAttribute{"attributeusage", on(Attribute), 1, 32, {}, "attributeusage(target_all)"},
    KnownAttribute{"attributename", on(Attribute), 1, 1, {}, "attributename(\"NAME\")"},
    KnownAttribute{"allowmultiple", on(Attribute), 0, 0},
    KnownAttribute{"deprecated", kAll, 3, 4, {}, "deprecated(\"TEXT\", deprecate, 1)"},
    KnownAttribute{"experimental", kAll, 0, 0, "ExperimentalAttribute"},
    KnownAttribute{"webhosthidden", kAll, 0, 0, "WebHostHiddenAttribute"},
    KnownAttribute{"muse", kAll, 0, 1},
    KnownAttribute{"hasvariant", kAll, 0, 0, "HasVariantAttribute"},
    KnownAttribute{"allowforweb", kAll, 0, 0, "AllowForWebAttribute"},
    KnownAttribute{"internal", kAll, 0, 0, "InternalAttribute"},
    KnownAttribute{"remote_async", kAll, 0, 0, "RemoteAsyncAttribute"},
    KnownAttribute{"remoteasync", kAll, 0, 0, "RemoteAsyncAttribute"},
    KnownAttribute{"variant", kAll, 0, 0, "VariantAttribute"},
    KnownAttribute{"bindable", on(Class), 0, 0},
    KnownAttribute{"feature", kAll, 0, 4},
    KnownAttribute{"platform", kAll, 0, 4},
    KnownAttribute{"previous_contracts", kAll, 0, 64},
    KnownAttribute{"features", kAll, 0, 16},
    KnownAttribute{"public", kAll, 0, 0},
    KnownAttribute{"custom", kAll, 0, 4},
    KnownAttribute{"v1_enum", on(Enum), 0, 0},
    KnownAttribute{"object", on(Interface), 0, 0},
    KnownAttribute{"pointer_default", on(Interface), 0, 1},
    KnownAttribute{"helpstring", kAll, 0, 1},
    KnownAttribute{"constructor", on(Constructor, Method), 0, 0},
    KnownAttribute{"in", on(Parameter), 0, 0},
    KnownAttribute{"out", on(Parameter), 0, 0},
};

constexpr std::array<std::string_view, 16> kTargetNames{
    "a class",      "an interface", "a struct", "an enum",       "a delegate",
    "an attribute", "a contract",   "a method", "a constructor", "a property",
    "an event",     "an accessor",  "a field",  "a parameter",   "an interface in a class's list",
    "a block"};

} // namespace

std::string_view to_string(Target target)
{
    std::size_t index = 0;
    while ((static_cast<uint16_t>(target) >> index) > 1)
        ++index;
    return kTargetNames[index];
}

std::span<KnownAttribute const> known_attributes()
{
    return kKnown;
}

KnownAttribute const* find_known_attribute(std::string_view name)
{
    auto const found =
        std::find_if(kKnown.begin(), kKnown.end(), [&](auto const& known) { return known.name == name; });
    return found == kKnown.end() ? nullptr : &*found;
}

} // namespace latchkey::midl
