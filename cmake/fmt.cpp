// SPDX-License-Identifier: MIT
// The compiled part of {fmt}, from its own headers: what latchkey_fmt is made of (cmake/Dependencies.cmake).
#include <fmt/format-inl.h>
#include <fmt/os.h>

namespace fmt {
inline namespace v9 {
namespace detail {

template FMT_API dragonbox::decimal_fp<float> dragonbox::to_decimal(float x) noexcept;
template FMT_API dragonbox::decimal_fp<double> dragonbox::to_decimal(double x) noexcept;
template FMT_API void buffer<char>::append(char const*, char const*);
template FMT_API thousands_sep_result<char> thousands_sep_impl(locale_ref);
template FMT_API char decimal_point_impl(locale_ref);
template FMT_API locale_ref::locale_ref(std::locale const& locale);
template FMT_API std::locale locale_ref::get<std::locale>() const;
template FMT_API void vformat_to(buffer<char>&, string_view, basic_format_args<FMT_BUFFER_CONTEXT(char)>, locale_ref);

} // namespace detail
} // namespace v9
} // namespace fmt
