// SPDX-License-Identifier: MIT
// The structs of Windows.Foundation and Windows.Foundation.Numerics: the fields of Windows', and no arithmetic beyond
// what background code needs.
#pragma once

#include "winrt/base/identity.h"
#include "winrt/base/meta.h"

namespace winrt::Windows::Foundation::Numerics {
struct float2 {
    float x{}, y{};
    friend constexpr bool operator==(float2 const&, float2 const&) noexcept = default;
};
struct float3 {
    float x{}, y{}, z{};
    friend constexpr bool operator==(float3 const&, float3 const&) noexcept = default;
};
struct float4 {
    float x{}, y{}, z{}, w{};
    friend constexpr bool operator==(float4 const&, float4 const&) noexcept = default;
};
struct float3x2 {
    float m11{}, m12{}, m21{}, m22{}, m31{}, m32{};
    friend constexpr bool operator==(float3x2 const&, float3x2 const&) noexcept = default;
};
struct float4x4 {
    float m11{}, m12{}, m13{}, m14{};
    float m21{}, m22{}, m23{}, m24{};
    float m31{}, m32{}, m33{}, m34{};
    float m41{}, m42{}, m43{}, m44{};
    friend constexpr bool operator==(float4x4 const&, float4x4 const&) noexcept = default;
};
struct plane {
    float3 normal;
    float d{};
    friend constexpr bool operator==(plane const&, plane const&) noexcept = default;
};
struct quaternion {
    float x{}, y{}, z{}, w{};
    friend constexpr bool operator==(quaternion const&, quaternion const&) noexcept = default;
};
struct Rational {
    uint32_t Numerator{}, Denominator{};
    friend constexpr bool operator==(Rational const&, Rational const&) noexcept = default;
};

#define WINRT_IMPL_FLOAT_ARITHMETIC(TYPE, SUM, DIFFERENCE, SCALED)                                                     \
    constexpr TYPE operator+(TYPE const& a, TYPE const& b) noexcept                                                    \
    {                                                                                                                  \
        return SUM;                                                                                                    \
    }                                                                                                                  \
    constexpr TYPE operator-(TYPE const& a, TYPE const& b) noexcept                                                    \
    {                                                                                                                  \
        return DIFFERENCE;                                                                                             \
    }                                                                                                                  \
    constexpr TYPE operator*(TYPE const& a, float s) noexcept                                                          \
    {                                                                                                                  \
        return SCALED;                                                                                                 \
    }                                                                                                                  \
    constexpr TYPE operator*(float s, TYPE const& a) noexcept                                                          \
    {                                                                                                                  \
        return SCALED;                                                                                                 \
    }
WINRT_IMPL_FLOAT_ARITHMETIC(float2, (float2{a.x + b.x, a.y + b.y}), (float2{a.x - b.x, a.y - b.y}),
                            (float2{a.x * s, a.y* s}))
WINRT_IMPL_FLOAT_ARITHMETIC(float3, (float3{a.x + b.x, a.y + b.y, a.z + b.z}),
                            (float3{a.x - b.x, a.y - b.y, a.z - b.z}), (float3{a.x * s, a.y* s, a.z* s}))
WINRT_IMPL_FLOAT_ARITHMETIC(float4, (float4{a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w}),
                            (float4{a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w}),
                            (float4{a.x * s, a.y* s, a.z* s, a.w* s}))
#undef WINRT_IMPL_FLOAT_ARITHMETIC
} // namespace winrt::Windows::Foundation::Numerics

namespace winrt::Windows::Foundation {
struct Point {
    float X{}, Y{};

    constexpr Point() noexcept = default;
    constexpr Point(float x, float y) noexcept : X(x), Y(y) {}
    constexpr Point(Numerics::float2 const& value) noexcept : X(value.x), Y(value.y) {}
    constexpr operator Numerics::float2() const noexcept { return {X, Y}; }
    friend constexpr bool operator==(Point const&, Point const&) noexcept = default;
};
struct Size {
    float Width{}, Height{};

    constexpr Size() noexcept = default;
    constexpr Size(float width, float height) noexcept : Width(width), Height(height) {}
    constexpr Size(Numerics::float2 const& value) noexcept : Width(value.x), Height(value.y) {}
    constexpr operator Numerics::float2() const noexcept { return {Width, Height}; }
    friend constexpr bool operator==(Size const&, Size const&) noexcept = default;
};
struct Rect {
    float X{}, Y{}, Width{}, Height{};

    constexpr Rect() noexcept = default;
    constexpr Rect(float x, float y, float width, float height) noexcept : X(x), Y(y), Width(width), Height(height) {}
    constexpr Rect(Point const& point, Size const& size) noexcept
        : X(point.X), Y(point.Y), Width(size.Width), Height(size.Height)
    {}
    friend constexpr bool operator==(Rect const&, Rect const&) noexcept = default;
};
} // namespace winrt::Windows::Foundation

namespace winrt::impl {
#define WINRT_IMPL_STRUCT(TYPE, NAME, ...)                                                                             \
    template <>                                                                                                        \
    struct category<Windows::Foundation::TYPE> {                                                                       \
        using type = struct_category<__VA_ARGS__>;                                                                     \
    };                                                                                                                 \
    template <>                                                                                                        \
    inline constexpr auto& name_v<Windows::Foundation::TYPE> = L"Windows.Foundation." NAME;

WINRT_IMPL_STRUCT(Point, L"Point", float, float)
WINRT_IMPL_STRUCT(Size, L"Size", float, float)
WINRT_IMPL_STRUCT(Rect, L"Rect", float, float, float, float)
WINRT_IMPL_STRUCT(Numerics::float2, L"Numerics.Vector2", float, float)
WINRT_IMPL_STRUCT(Numerics::float3, L"Numerics.Vector3", float, float, float)
WINRT_IMPL_STRUCT(Numerics::float4, L"Numerics.Vector4", float, float, float, float)
WINRT_IMPL_STRUCT(Numerics::float3x2, L"Numerics.Matrix3x2", float, float, float, float, float, float)
WINRT_IMPL_STRUCT(Numerics::float4x4, L"Numerics.Matrix4x4", float, float, float, float, float, float, float, float,
                  float, float, float, float, float, float, float, float)
WINRT_IMPL_STRUCT(Numerics::plane, L"Numerics.Plane", Windows::Foundation::Numerics::float3, float)
WINRT_IMPL_STRUCT(Numerics::quaternion, L"Numerics.Quaternion", float, float, float, float)
WINRT_IMPL_STRUCT(Numerics::Rational, L"Numerics.Rational", uint32_t, uint32_t)
#undef WINRT_IMPL_STRUCT
} // namespace winrt::impl
