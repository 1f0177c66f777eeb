// SPDX-License-Identifier: MIT
#include "projection/mapped_types.h"

#include <array>

namespace latchkey::projection {

namespace {

constexpr std::string_view kFoundation = "Windows.Foundation";
constexpr std::string_view kNumerics = "Windows.Foundation.Numerics";

constexpr std::array kMapped{
    MappedType{"System", "Guid", "winrt::guid", "winrt::guid"},
    MappedType{kFoundation, "DateTime", "winrt::Windows::Foundation::DateTime", "int64_t"},
    MappedType{kFoundation, "EventRegistrationToken", "winrt::event_token", "winrt::event_token"},
    MappedType{kFoundation, "HResult", "winrt::hresult", "int32_t"},
    MappedType{kFoundation, "Point", "winrt::Windows::Foundation::Point", "winrt::Windows::Foundation::Point"},
    MappedType{kFoundation, "Rect", "winrt::Windows::Foundation::Rect", "winrt::Windows::Foundation::Rect"},
    MappedType{kFoundation, "Size", "winrt::Windows::Foundation::Size", "winrt::Windows::Foundation::Size"},
    MappedType{kFoundation, "TimeSpan", "winrt::Windows::Foundation::TimeSpan", "int64_t"},
    MappedType{kNumerics, "Matrix3x2", "winrt::Windows::Foundation::Numerics::float3x2",
               "winrt::Windows::Foundation::Numerics::float3x2"},
    MappedType{kNumerics, "Matrix4x4", "winrt::Windows::Foundation::Numerics::float4x4",
               "winrt::Windows::Foundation::Numerics::float4x4"},
    MappedType{kNumerics, "Plane", "winrt::Windows::Foundation::Numerics::plane",
               "winrt::Windows::Foundation::Numerics::plane"},
    MappedType{kNumerics, "Quaternion", "winrt::Windows::Foundation::Numerics::quaternion",
               "winrt::Windows::Foundation::Numerics::quaternion"},
    MappedType{kNumerics, "Rational", "winrt::Windows::Foundation::Numerics::Rational",
               "winrt::Windows::Foundation::Numerics::Rational"},
    MappedType{kNumerics, "Vector2", "winrt::Windows::Foundation::Numerics::float2",
               "winrt::Windows::Foundation::Numerics::float2"},
    MappedType{kNumerics, "Vector3", "winrt::Windows::Foundation::Numerics::float3",
               "winrt::Windows::Foundation::Numerics::float3"},
    MappedType{kNumerics, "Vector4", "winrt::Windows::Foundation::Numerics::float4",
               "winrt::Windows::Foundation::Numerics::float4"},
};

} // namespace

MappedType const* find_mapped(std::string_view name_space, std::string_view name)
{
    if (name_space != kFoundation && name_space != kNumerics && name_space != "System") return nullptr;
    for (auto const& mapped : kMapped)
        if (mapped.name == name && mapped.name_space == name_space) return &mapped;
    return nullptr;
}

} // namespace latchkey::projection
