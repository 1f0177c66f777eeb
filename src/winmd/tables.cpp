// SPDX-License-Identifier: MIT
#include "winmd/tables.h"

#include "winmd/signature.h"
#include "winmd/signature_decoder.h"

#include <cstring>

namespace latchkey::winmd {

namespace {

constexpr unsigned kFieldList = 4;
constexpr unsigned kMethodList = 5;
constexpr unsigned kParamList = 5;
constexpr unsigned kMemberList = 1; // EventMap, PropertyMap

template <typename T>
T owner(File const& file, unsigned column, uint32_t child)
{
    auto const row = file.list_owner(T::kTable, column, child);
    return row == 0 ? T{} : T{file, row};
}

template <typename T>
T first_of(Rows<T> rows)
{
    return rows.empty() ? T{} : rows.front();
}

template <typename T>
T load(std::span<uint8_t const> bytes)
{
    uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        bits |= uint64_t{bytes[i]} << (8 * i);
    T result;
    if constexpr (std::is_same_v<T, float>) {
        result = std::bit_cast<float>(static_cast<uint32_t>(bits));
    } else if constexpr (std::is_same_v<T, double>) {
        result = std::bit_cast<double>(bits);
    } else {
        result = static_cast<T>(bits);
    }
    return result;
}

MethodDef semantic_method(Rows<MethodSemantics> rows, uint16_t what)
{
    for (auto const row : rows)
        if ((row.semantics() & what) != 0) return row.method();
    return {};
}

} // namespace

std::string to_string(TypeName const& name)
{
    if (name.name_space.empty()) return std::string{name.name};
    std::string result;
    result.reserve(name.name_space.size() + 1 + name.name.size());
    result.append(name.name_space).append(1, '.').append(name.name);
    return result;
}

Rows<CustomAttribute> attributes_of(HasCustomAttribute parent)
{
    if (!parent) return {};
    return {parent.file(), parent.file().equal_range(TableId::CustomAttribute, parent.encoded())};
}

Rows<CustomAttribute> Module::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> TypeDef::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> Field::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> MethodDef::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> Param::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> InterfaceImpl::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> Event::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> Property::attributes() const
{
    return attributes_of(*this);
}
Rows<CustomAttribute> Assembly::attributes() const
{
    return attributes_of(*this);
}

Rows<Field> TypeDef::fields() const
{
    return list<Field>(kFieldList);
}
Rows<MethodDef> TypeDef::methods() const
{
    return list<MethodDef>(kMethodList);
}
Rows<Property> TypeDef::properties() const
{
    auto const map = file().map_row(TableId::PropertyMap, row());
    return map == 0 ? Rows<Property>{} : PropertyMap{file(), map}.properties();
}
Rows<Event> TypeDef::events() const
{
    auto const map = file().map_row(TableId::EventMap, row());
    return map == 0 ? Rows<Event>{} : EventMap{file(), map}.events();
}
Rows<InterfaceImpl> TypeDef::interfaces() const
{
    return rows_by_key<InterfaceImpl>(row());
}
Rows<MethodImpl> TypeDef::method_impls() const
{
    return rows_by_key<MethodImpl>(row());
}
Rows<GenericParam> TypeDef::generic_params() const
{
    return rows_by_key<GenericParam>(TypeOrMethodDef{*this}.encoded());
}
TypeDef TypeDef::enclosing_type() const
{
    auto const nested = first_of(rows_by_key<NestedClass>(row()));
    return nested ? nested.enclosing_class() : TypeDef{};
}
ClassLayout TypeDef::class_layout() const
{
    return first_of(rows_by_key<ClassLayout>(row()));
}

TypeSignature Field::signature() const
{
    TypeSignature result;
    SignatureDecoder{file(), signature_blob()}.field(&result);
    return result;
}
TypeDef Field::parent() const
{
    return owner<TypeDef>(file(), kFieldList, row());
}
Constant Field::constant() const
{
    return first_of(rows_by_key<Constant>(HasConstant{*this}.encoded()));
}

MethodSignature MethodDef::signature() const
{
    MethodSignature result;
    SignatureDecoder{file(), signature_blob()}.method(&result);
    return result;
}
Rows<Param> MethodDef::params() const
{
    return list<Param>(kParamList);
}
TypeDef MethodDef::parent() const
{
    return owner<TypeDef>(file(), kMethodList, row());
}
Rows<GenericParam> MethodDef::generic_params() const
{
    return rows_by_key<GenericParam>(TypeOrMethodDef{*this}.encoded());
}
MethodDef Param::parent() const
{
    return owner<MethodDef>(file(), kParamList, row());
}

bool MemberRef::is_field() const
{
    auto const blob = signature_blob();
    return !blob.empty() && (blob[0] & 0x0f) == 0x06;
}
MethodSignature MemberRef::method_signature() const
{
    MethodSignature result;
    SignatureDecoder{file(), signature_blob()}.method(&result);
    return result;
}
TypeSignature MemberRef::field_signature() const
{
    TypeSignature result;
    SignatureDecoder{file(), signature_blob()}.field(&result);
    return result;
}

ConstantValue Constant::value() const
{
    auto const blob = value_blob();
    switch (type()) {
    case ElementType::Boolean:
        return blob[0] != 0;
    case ElementType::Char:
        return static_cast<char16_t>(load<uint16_t>(blob));
    case ElementType::I1:
        return load<int8_t>(blob);
    case ElementType::U1:
        return load<uint8_t>(blob);
    case ElementType::I2:
        return load<int16_t>(blob);
    case ElementType::U2:
        return load<uint16_t>(blob);
    case ElementType::I4:
        return load<int32_t>(blob);
    case ElementType::U4:
        return load<uint32_t>(blob);
    case ElementType::I8:
        return load<int64_t>(blob);
    case ElementType::U8:
        return load<uint64_t>(blob);
    case ElementType::R4:
        return load<float>(blob);
    case ElementType::R8:
        return load<double>(blob);
    case ElementType::String: {
        std::u16string text;
        for (std::size_t i = 0; i + 1 < blob.size(); i += 2)
            text.push_back(static_cast<char16_t>(load<uint16_t>(blob.subspan(i))));
        return text;
    }
    default:
        return std::monostate{};
    }
}

TypeName CustomAttribute::type_name() const
{
    auto const constructor = type();
    if (constructor.is<MethodDef>()) {
        auto const parent = constructor.as<MethodDef>().parent();
        return parent ? parent.full_name() : TypeName{};
    }
    auto const parent = constructor.as<MemberRef>().class_();
    if (parent.is<TypeRef>()) return parent.as<TypeRef>().full_name();
    if (parent.is<TypeDef>()) return parent.as<TypeDef>().full_name();
    if (parent.is<TypeSpec>()) return name_of(TypeDefOrRef{parent.as<TypeSpec>()});
    return {};
}
MethodSignature CustomAttribute::constructor_signature() const
{
    auto const constructor = type();
    return constructor.is<MethodDef>() ? constructor.as<MethodDef>().signature()
                                       : constructor.as<MemberRef>().method_signature();
}

Rows<Event> EventMap::events() const
{
    return list<Event>(kMemberList);
}
Rows<Property> PropertyMap::properties() const
{
    return list<Property>(kMemberList);
}
TypeDef Event::parent() const
{
    auto const map = owner<EventMap>(file(), kMemberList, row());
    return map ? map.parent() : TypeDef{};
}
Rows<MethodSemantics> Event::semantics() const
{
    return rows_by_key<MethodSemantics>(HasSemantics{*this}.encoded());
}
MethodDef Event::add_method() const
{
    return semantic_method(semantics(), semantics::kAddOn);
}
MethodDef Event::remove_method() const
{
    return semantic_method(semantics(), semantics::kRemoveOn);
}

PropertySignature Property::signature() const
{
    PropertySignature result;
    SignatureDecoder{file(), signature_blob()}.property(&result);
    return result;
}
TypeDef Property::parent() const
{
    auto const map = owner<PropertyMap>(file(), kMemberList, row());
    return map ? map.parent() : TypeDef{};
}
Rows<MethodSemantics> Property::semantics() const
{
    return rows_by_key<MethodSemantics>(HasSemantics{*this}.encoded());
}
MethodDef Property::getter() const
{
    return semantic_method(semantics(), semantics::kGetter);
}
MethodDef Property::setter() const
{
    return semantic_method(semantics(), semantics::kSetter);
}
Constant Property::constant() const
{
    return first_of(rows_by_key<Constant>(HasConstant{*this}.encoded()));
}

TypeSignature TypeSpec::signature() const
{
    TypeSignature result;
    SignatureDecoder{file(), signature_blob()}.type_spec(&result);
    return result;
}

TypeName name_of(TypeDefOrRef type)
{
    if (type.is<TypeDef>()) return type.as<TypeDef>().full_name();
    if (type.is<TypeRef>()) return type.as<TypeRef>().full_name();
    if (type.is<TypeSpec>()) return name_of(type.as<TypeSpec>().signature().type);
    return {};
}

} // namespace latchkey::winmd
