// SPDX-License-Identifier: MIT
// Included first, as precompiled headers do: it must not disturb what follows.
#include <gtest/gtest.h>
#include <unknwn.h>
#include <winrt/Windows.Foundation.h>

using namespace winrt;

TEST(WindowsCompat, DebugTextGoesToTheStandardErrorAsUtf8)
{
    testing::internal::CaptureStderr();
    OutputDebugStringW(L"ta\u00DFk \U0001F511\n");
    OutputDebugString(L"plain\n");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "ta\xC3\x9Fk \xF0\x9F\x94\x91\nplain\n");
}

TEST(WindowsCompat, ClocksAdvanceAndAgreeWithWinrtsClock)
{
    auto const before = GetTickCount64();
    Sleep(2);
    EXPECT_GE(GetTickCount64(), before + 2);
    FILETIME time{};
    auto const first = clock::now();
    GetSystemTimeAsFileTime(&time);
    EXPECT_LE(first - std::chrono::microseconds(1), clock::from_FILETIME(time));
    EXPECT_GE(clock::now(), clock::from_FILETIME(time));
    EXPECT_EQ(clock::from_FILETIME(clock::to_FILETIME(first)), first);
}

TEST(WindowsCompat, HasWindowsWidthsAndCodes)
{
    static_assert(sizeof(HRESULT) == 4 && sizeof(LONG) == 4 && sizeof(DWORD) == 4);
    EXPECT_TRUE(FAILED(E_ACCESSDENIED));
    EXPECT_TRUE(SUCCEEDED(S_FALSE));
    EXPECT_THROW(check_hresult(E_ACCESSDENIED), hresult_access_denied);
    EXPECT_NE(GetCurrentThreadId(), 0u);
}
