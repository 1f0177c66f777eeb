// SPDX-License-Identifier: MIT
#include "text.h"

#include <cerrno>
#include <thread>

#include <gtest/gtest.h>

namespace {

TEST(ErrorText, IsTakenOnceByTheThreadThatLeftItAndForItsCodeOnly)
{
    Text const message{L"the disk is on fire"};
    LatchkeySetErrorText(hresult(0x80004005), message.get());
    EXPECT_NE(error_text(hresult(0x80070057)), "the disk is on fire");
    std::thread([] { EXPECT_EQ(error_text(hresult(0x80004005)), "Unspecified failure"); }).join();
    EXPECT_EQ(error_text(hresult(0x80004005)), "the disk is on fire");
    EXPECT_EQ(error_text(hresult(0x80004005)), "Unspecified failure");
}

TEST(ErrorText, LeftLaterReplacesTheEarlierOne)
{
    LatchkeySetErrorText(hresult(0x80004005), Text{L"first"}.get());
    LatchkeySetErrorText(hresult(0x80070005), Text{L"second"}.get());
    EXPECT_EQ(error_text(hresult(0x80004005)), "Unspecified failure");
    EXPECT_EQ(error_text(hresult(0x80070005)), "second");
}

TEST(ErrorText, OfNobodyIsTheSystemsDescription)
{
    EXPECT_EQ(error_text(hresult(0x80040154)), "The class is not registered");
    EXPECT_EQ(error_text(hresult(0x80070005)), "Access is denied");
    EXPECT_EQ(error_text(hresult(0x80070490)),
              "The element was not found; for background tasks: the process has no package identity");
    EXPECT_EQ(error_text(hresult(0xA0EE0000 | ELOOP)), "Too many levels of symbolic links");
    EXPECT_EQ(error_text(hresult(0x8BADF00D)), "");
    EXPECT_EQ(error_text(hresult(0xA0EEFFFF)), "");
}

TEST(ErrorText, OriginatesOnlyForFailures)
{
    EXPECT_EQ(RoOriginateError(0, Text{L"fine"}.get()), 0);
    EXPECT_EQ(RoOriginateError(hresult(0x8000000B), Text{L"index 7 of 3"}.get()), 1);
    EXPECT_EQ(error_text(hresult(0x8000000B)), "index 7 of 3");
}

TEST(ErrorText, CanBeTakenBeforeItsCodeIsKnown)
{
    LatchkeySetErrorText(hresult(0x80004005), Text{L"unseen"}.get());
    int32_t error = 0;
    Text message;
    EXPECT_EQ(LatchkeyTakeLastError(&error, message.put()), 1);
    EXPECT_EQ(error, hresult(0x80004005));
    EXPECT_EQ(message.str(), L"unseen");
    EXPECT_EQ(LatchkeyTakeLastError(&error, message.put()), 0);
    EXPECT_EQ(error, 0);
}

TEST(ErrorText, OfAnErrnoHasTheCodeThatWindowsProgramsCompareWith)
{
    EXPECT_EQ(LatchkeyErrorFromErrno(0), 0);
    EXPECT_EQ(LatchkeyErrorFromErrno(ENOENT), hresult(0x80070002));
    EXPECT_EQ(LatchkeyErrorFromErrno(EACCES), hresult(0x80070005));
    EXPECT_EQ(LatchkeyErrorFromErrno(ENOMEM), hresult(0x8007000E));
    EXPECT_EQ(LatchkeyErrorFromErrno(EINVAL), hresult(0x80070057));
    EXPECT_EQ(LatchkeyErrorFromErrno(ELOOP), hresult(0xA0EE0000 | ELOOP));
    for (int error = 1; error < 134; ++error) {
        if (strerrorname_np(error)) {
            EXPECT_LT(LatchkeyErrorFromErrno(error), 0) << error;
            EXPECT_NE(error_text(LatchkeyErrorFromErrno(error)), "") << error;
        }
    }
}

TEST(Apartment, CountsInitializations)
{
    std::thread([] {
        EXPECT_EQ(RoInitialize(1), 0);
        EXPECT_EQ(RoInitialize(0), 1);
        RoUninitialize();
        RoUninitialize();
        RoUninitialize();
        EXPECT_EQ(RoInitialize(1), 0);
    }).join();
}

TEST(TaskMemory, GivesAPointerEvenForNoBytes)
{
    void* none = CoTaskMemAlloc(0);
    EXPECT_NE(none, nullptr);
    CoTaskMemFree(none);
    CoTaskMemFree(nullptr);
}

} // namespace
