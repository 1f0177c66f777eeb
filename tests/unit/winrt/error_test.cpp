// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.h"

#include <cerrno>

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;

namespace {
struct Failing : implements<Failing, IStringable> {
    explicit Failing(void (*failure)()) : m_failure(failure) {}
    hstring ToString()
    {
        m_failure();
        return L"unreachable";
    }

private:
    void (*m_failure)();
};

hresult_error failure_of(void (*thrown)())
{
    IStringable const object = make<Failing>(thrown);
    try {
        (void)object.ToString();
    } catch (hresult_error const& error) {
        return error;
    }
    return hresult_error(0);
}
} // namespace

TEST(Error, CrossesTheAbiWithItsCodeTypeAndText)
{
    IStringable const object = make<Failing>([] { throw hresult_access_denied(L"only the owner may ask"); });
    try {
        (void)object.ToString();
        FAIL() << "nothing was thrown";
    } catch (hresult_access_denied const& error) {
        EXPECT_EQ(error.code(), static_cast<int32_t>(0x80070005));
        EXPECT_EQ(error.message(), L"only the owner may ask");
    }
}

TEST(Error, StandardExceptionsBecomeTheCodesThatMeanTheSame)
{
    auto const bounds = failure_of([] { throw std::out_of_range("seventh of six"); });
    EXPECT_EQ(bounds.code(), static_cast<int32_t>(0x8000000B));
    EXPECT_EQ(bounds.message(), L"seventh of six");
    auto const argument = failure_of([] { throw std::invalid_argument("minus"); });
    EXPECT_EQ(argument.code(), static_cast<int32_t>(0x80070057));
    auto const other = failure_of([] { throw std::runtime_error("it rained"); });
    EXPECT_EQ(other.code(), static_cast<int32_t>(0x80004005));
    EXPECT_EQ(other.message(), L"it rained");
    EXPECT_EQ(failure_of([] { throw 5; }).code(), static_cast<int32_t>(0x80004005));

    IStringable const starved = make<Failing>([] { throw std::bad_alloc(); });
    EXPECT_THROW((void)starved.ToString(), std::bad_alloc);
}

TEST(Error, TheTextOfAnEarlierFailureIsNotTakenForALaterOne)
{
    (void)failure_of([] { throw hresult_access_denied(L"earlier"); });
    auto const later = failure_of([] { throw hresult_error(static_cast<int32_t>(0x80070005)); });
    EXPECT_NE(later.message(), L"earlier");
}

TEST(Error, ACodeWithoutTextIsDescribedByTheSystem)
{
    EXPECT_FALSE(hresult_class_not_registered().message().empty());
}

TEST(Error, CheckHresultThrowsTheMemberOfTheFamily)
{
    EXPECT_EQ(check_hresult(1), 1);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x80004001)), hresult_not_implemented);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x80004002)), hresult_no_interface);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x80040154)), hresult_class_not_registered);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x80040111)), hresult_class_not_available);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x8000000C)), hresult_changed_state);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x8000000E)), hresult_illegal_method_call);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x8000000D)), hresult_illegal_state_change);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x80000018)), hresult_illegal_delegate_assignment);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x8001010E)), hresult_wrong_thread);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x800704C7)), hresult_canceled);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x80070057)), hresult_invalid_argument);
    EXPECT_THROW(check_hresult(static_cast<int32_t>(0x8007000E)), std::bad_alloc);
}

TEST(Error, LastErrorIsErrnoInWindowsNumbers)
{
    try {
        errno = ENOENT;
        throw_last_error();
    } catch (hresult_error const& error) {
        EXPECT_EQ(error.code(), static_cast<int32_t>(0x80070002));
    }
    errno = EACCES;
    EXPECT_THROW(check_bool(0), hresult_access_denied);
    int value = 0;
    EXPECT_EQ(check_pointer(&value), &value);
    EXPECT_THROW(check_win32(5), hresult_access_denied);
}

TEST(Error, MessageOfAnyException)
{
    try {
        throw std::logic_error("text");
    } catch (...) {
        EXPECT_EQ(to_message(), L"text");
    }
    try {
        throw hresult_invalid_argument(L"wide");
    } catch (...) {
        EXPECT_EQ(to_message(), L"wide");
    }
}
