// SPDX-License-Identifier: MIT
// Failures: an HRESULT at the ABI, winrt::hresult_error in C++. The text of a failure travels beside the code:
// to_hresult leaves it with the thread when an exception reaches the ABI, and check_hresult takes it up on the other
// side.
#pragma once

#include "winrt/base/prelude.h"
#include "winrt/base/string.h"

#include <cerrno>

namespace winrt::impl {
inline constexpr hresult error_ok{0};
inline constexpr hresult error_false{1};
inline constexpr hresult error_not_implemented{static_cast<int32_t>(0x80004001)};
inline constexpr hresult error_no_interface{static_cast<int32_t>(0x80004002)};
inline constexpr hresult error_pointer{static_cast<int32_t>(0x80004003)};
inline constexpr hresult error_fail{static_cast<int32_t>(0x80004005)};
inline constexpr hresult error_out_of_bounds{static_cast<int32_t>(0x8000000B)};
inline constexpr hresult error_changed_state{static_cast<int32_t>(0x8000000C)};
inline constexpr hresult error_illegal_state_change{static_cast<int32_t>(0x8000000D)};
inline constexpr hresult error_illegal_method_call{static_cast<int32_t>(0x8000000E)};
inline constexpr hresult error_closed{static_cast<int32_t>(0x80000013)};
inline constexpr hresult error_illegal_delegate_assignment{static_cast<int32_t>(0x80000018)};
inline constexpr hresult error_wrong_thread{static_cast<int32_t>(0x8001010E)};
inline constexpr hresult error_disconnected{static_cast<int32_t>(0x80010108)};
inline constexpr hresult error_server_unavailable{static_cast<int32_t>(0x800706BA)};
inline constexpr hresult error_script_cannot_execute{static_cast<int32_t>(0x89020001)};
inline constexpr hresult error_class_not_available{static_cast<int32_t>(0x80040111)};
inline constexpr hresult error_class_not_registered{static_cast<int32_t>(0x80040154)};
inline constexpr hresult error_access_denied{static_cast<int32_t>(0x80070005)};
inline constexpr hresult error_out_of_memory{static_cast<int32_t>(0x8007000E)};
inline constexpr hresult error_invalid_argument{static_cast<int32_t>(0x80070057)};
inline constexpr hresult error_timeout{static_cast<int32_t>(0x800705B4)};
inline constexpr hresult error_canceled{static_cast<int32_t>(0x800704C7)};
inline constexpr hresult error_bad_alloc{static_cast<int32_t>(0x8007000E)};

// The code of a Windows system error number.
constexpr hresult hresult_from_win32(uint32_t error) noexcept
{
    return static_cast<int32_t>(error) <= 0 ? static_cast<int32_t>(error)
                                            : static_cast<int32_t>((error & 0xFFFF) | 0x80070000);
}
constexpr hresult hresult_from_nt(uint32_t status) noexcept
{
    return static_cast<int32_t>(status | 0x10000000);
}

// The Windows error that says what an errno says; E_FAIL for the rest.
inline hresult hresult_from_errno(int error) noexcept
{
    struct pair {
        int number;
        uint32_t win32;
    };
    static constexpr pair pairs[]{
        {ENOENT, 2},       {ENOTDIR, 3},         {EMFILE, 4},          {ENFILE, 4},       {EACCES, 5},
        {EPERM, 5},        {EBADF, 6},           {ENOMEM, 14},         {EXDEV, 17},       {EROFS, 19},
        {ENODEV, 20},      {ETXTBSY, 32},        {EINVAL, 87},         {EDOM, 87},        {EPIPE, 109},
        {ENOSPC, 112},     {EDQUOT, 112},        {ENOSYS, 120},        {ENOTEMPTY, 145},  {EBUSY, 170},
        {EEXIST, 183},     {ENAMETOOLONG, 206},  {EFBIG, 223},         {EISDIR, 267},     {EIO, 1117},
        {ECANCELED, 1223}, {ECONNREFUSED, 1225}, {ECONNABORTED, 1236}, {ETIMEDOUT, 1460}, {EAGAIN, 1237},
    };
    if (error == 0) return error_ok;
    for (auto const& known : pairs) {
        if (known.number == error) return hresult_from_win32(known.win32);
    }
    return error_fail;
}

// The text that came with code, or the system's description of it.
inline hstring take_error_text(hresult code) noexcept
{
    void* text{};
    LatchkeyTakeErrorText(code, &text);
    return {text, take_ownership_from_abi};
}

inline hstring trimmed(hstring const& text)
{
    std::wstring_view view = text;
    size_t const last = view.find_last_not_of(L" \t\r\n");
    if (last + 1 == view.size()) return text;
    return hstring(view.substr(0, last + 1));
}
} // namespace winrt::impl

namespace winrt {
/// A failed call of the Windows Runtime.
struct hresult_error {
    hresult_error() noexcept = default;
    explicit hresult_error(hresult code) noexcept : m_code(code) {}
    hresult_error(hresult code, param::hstring const& message)
        : m_code(code), m_message(static_cast<hstring const&>(message))
    {}
    /// Takes the text that the failing call left with this thread.
    hresult_error(hresult code, take_ownership_from_abi_t) noexcept
        : m_code(code), m_message(impl::take_error_text(code))
    {}

    hresult code() const noexcept { return m_code; }

    /// The text given where it was thrown, else the system's description of the code.
    hstring message() const noexcept { return m_message.empty() ? impl::take_error_text(m_code) : m_message; }

    /// Leaves the text for whoever receives the code that is returned here.
    hresult to_abi() const noexcept
    {
        LatchkeySetErrorText(m_code, get_abi(m_message));
        return m_code;
    }

private:
    hresult m_code{impl::error_fail};
    hstring m_message;
};

#define WINRT_IMPL_ERROR(NAME, CODE)                                                                                   \
    struct NAME : hresult_error {                                                                                      \
        NAME() noexcept : hresult_error(CODE) {}                                                                       \
        NAME(param::hstring const& message) : hresult_error(CODE, message) {}                                          \
        NAME(take_ownership_from_abi_t) noexcept : hresult_error(CODE, take_ownership_from_abi) {}                     \
    };

WINRT_IMPL_ERROR(hresult_access_denied, impl::error_access_denied)
WINRT_IMPL_ERROR(hresult_wrong_thread, impl::error_wrong_thread)
WINRT_IMPL_ERROR(hresult_not_implemented, impl::error_not_implemented)
WINRT_IMPL_ERROR(hresult_invalid_argument, impl::error_invalid_argument)
WINRT_IMPL_ERROR(hresult_out_of_bounds, impl::error_out_of_bounds)
WINRT_IMPL_ERROR(hresult_no_interface, impl::error_no_interface)
WINRT_IMPL_ERROR(hresult_class_not_available, impl::error_class_not_available)
WINRT_IMPL_ERROR(hresult_class_not_registered, impl::error_class_not_registered)
WINRT_IMPL_ERROR(hresult_changed_state, impl::error_changed_state)
WINRT_IMPL_ERROR(hresult_illegal_method_call, impl::error_illegal_method_call)
WINRT_IMPL_ERROR(hresult_illegal_state_change, impl::error_illegal_state_change)
WINRT_IMPL_ERROR(hresult_illegal_delegate_assignment, impl::error_illegal_delegate_assignment)
WINRT_IMPL_ERROR(hresult_canceled, impl::error_canceled)
#undef WINRT_IMPL_ERROR

/// Throws the failure that result says: the member of the hresult_error family that has its code, std::bad_alloc for
/// E_OUTOFMEMORY.
[[noreturn]] inline void throw_hresult(hresult result)
{
    switch (result.value) {
    case impl::error_bad_alloc.value:
        throw std::bad_alloc();
    case impl::error_access_denied.value:
        throw hresult_access_denied(take_ownership_from_abi);
    case impl::error_wrong_thread.value:
        throw hresult_wrong_thread(take_ownership_from_abi);
    case impl::error_not_implemented.value:
        throw hresult_not_implemented(take_ownership_from_abi);
    case impl::error_invalid_argument.value:
        throw hresult_invalid_argument(take_ownership_from_abi);
    case impl::error_out_of_bounds.value:
        throw hresult_out_of_bounds(take_ownership_from_abi);
    case impl::error_no_interface.value:
        throw hresult_no_interface(take_ownership_from_abi);
    case impl::error_class_not_available.value:
        throw hresult_class_not_available(take_ownership_from_abi);
    case impl::error_class_not_registered.value:
        throw hresult_class_not_registered(take_ownership_from_abi);
    case impl::error_changed_state.value:
        throw hresult_changed_state(take_ownership_from_abi);
    case impl::error_illegal_method_call.value:
        throw hresult_illegal_method_call(take_ownership_from_abi);
    case impl::error_illegal_state_change.value:
        throw hresult_illegal_state_change(take_ownership_from_abi);
    case impl::error_illegal_delegate_assignment.value:
        throw hresult_illegal_delegate_assignment(take_ownership_from_abi);
    case impl::error_canceled.value:
        throw hresult_canceled(take_ownership_from_abi);
    default:
        throw hresult_error(result, take_ownership_from_abi);
    }
}

inline hresult check_hresult(hresult result)
{
    if (result < 0) throw_hresult(result);
    return result;
}

namespace impl {
inline hresult failure_with_text(hresult code, char const* utf8) noexcept
{
    void* text{};
    LatchkeyStringFromUtf8(utf8, std::strlen(utf8), &text);
    LatchkeySetErrorText(code, text);
    release_string(text);
    return code;
}
} // namespace impl

/// In a catch block: the HRESULT of the exception, whose text is left for the caller.
inline hresult to_hresult() noexcept
{
    try {
        throw;
    } catch (hresult_error const& error) {
        return error.to_abi();
    } catch (std::bad_alloc const&) {
        return impl::error_bad_alloc;
    } catch (std::out_of_range const& error) {
        return impl::failure_with_text(impl::error_out_of_bounds, error.what());
    } catch (std::invalid_argument const& error) {
        return impl::failure_with_text(impl::error_invalid_argument, error.what());
    } catch (std::exception const& error) {
        return impl::failure_with_text(impl::error_fail, error.what());
    } catch (...) {
        return impl::failure_with_text(impl::error_fail, "an exception of unknown type");
    }
}

/// In a catch block: the text of the exception.
inline hstring to_message()
{
    try {
        throw;
    } catch (hresult_error const& error) {
        return error.message();
    } catch (std::exception const& error) {
        return hstring(error.what());
    } catch (...) {
        return hstring(L"an exception of unknown type");
    }
}

/// Throws what errno says.
[[noreturn]] inline void throw_last_error()
{
    int const error = errno;
    hresult const code = impl::hresult_from_errno(error);
    throw_hresult(impl::failure_with_text(code < 0 ? code : impl::error_fail, std::strerror(error)));
}

/// The functions of Windows whose results these check leave the reason in errno here.
template <typename T>
void check_bool(T result)
{
    if (!result) throw_last_error();
}
template <typename T>
T* check_pointer(T* pointer)
{
    if (!pointer) throw_last_error();
    return pointer;
}
template <typename T>
void check_nt(T result)
{
    if (result != 0) throw_hresult(impl::hresult_from_nt(static_cast<uint32_t>(result)));
}
template <typename T>
void check_win32(T result)
{
    if (result != 0) throw_hresult(impl::hresult_from_win32(static_cast<uint32_t>(result)));
}

/// Ends the process: for failures that nobody can be told about.
[[noreturn]] inline void terminate() noexcept
{
    std::terminate();
}
} // namespace winrt
