// SPDX-License-Identifier: MIT
#include "declarations.h"

#include <chrono>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace {

constexpr uint32_t kUtf8 = 65001;

TEST(CompatText, ConvertsUtf8BothWaysAfterAskingForTheSize)
{
    std::string const bytes = "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80";
    int32_t const size = static_cast<int32_t>(bytes.size());
    int32_t const length = MultiByteToWideChar(kUtf8, 0, bytes.data(), size, nullptr, 0);
    ASSERT_EQ(length, 6);
    std::wstring wide(6, L'\0');
    EXPECT_EQ(MultiByteToWideChar(kUtf8, 0, bytes.data(), size, wide.data(), length), 6);
    EXPECT_EQ(wide, L"gr\u00FC\u00DF \U0001F600");
    ASSERT_EQ(WideCharToMultiByte(kUtf8, 0, wide.data(), length, nullptr, 0, nullptr, nullptr), size);
    std::string back(bytes.size(), '\0');
    EXPECT_EQ(WideCharToMultiByte(kUtf8, 0, wide.data(), length, back.data(), size, nullptr, nullptr), size);
    EXPECT_EQ(back, bytes);
}

TEST(CompatText, CountsTheTerminatorWhenTheLengthIsMinusOne)
{
    EXPECT_EQ(MultiByteToWideChar(kUtf8, 0, "abc", -1, nullptr, 0), 4);
    EXPECT_EQ(WideCharToMultiByte(kUtf8, 0, L"abc", -1, nullptr, 0, nullptr, nullptr), 4);
}

TEST(CompatText, RefusesWhatDoesNotFitAndWhatIsMalformed)
{
    wchar_t wide[2];
    EXPECT_EQ(MultiByteToWideChar(kUtf8, 0, "abc", 3, wide, 2), 0);
    EXPECT_EQ(GetLastError(), 122u);
    EXPECT_EQ(MultiByteToWideChar(kUtf8, 8, "a\xFF", 2, nullptr, 0), 0);
    EXPECT_EQ(GetLastError(), 1113u);
    EXPECT_EQ(MultiByteToWideChar(kUtf8, 8, "\xEF\xBF\xBD", 3, nullptr, 0), 1);
    EXPECT_EQ(MultiByteToWideChar(1252, 0, "a", 1, nullptr, 0), 0);
    EXPECT_EQ(GetLastError(), 87u);
    EXPECT_EQ(MultiByteToWideChar(kUtf8, 0, "a", 0, nullptr, 0), 0);
    wchar_t const lone[] = {static_cast<wchar_t>(0xD800)};
    EXPECT_EQ(WideCharToMultiByte(kUtf8, 128, lone, 1, nullptr, 0, nullptr, nullptr), 0);
    EXPECT_EQ(WideCharToMultiByte(kUtf8, 0, lone, 1, nullptr, 0, nullptr, nullptr), 3);
}

TEST(CompatText, DescribesAFailureInMemoryThatTheHeapFrees)
{
    wchar_t* message = nullptr;
    // As message_from_hresult asks: allocate, from the system, ignore inserts.
    uint32_t const length =
        FormatMessageW(0x1300, nullptr, 0x80070005, 0x400, reinterpret_cast<wchar_t*>(&message), 0, nullptr);
    ASSERT_GT(length, 0u);
    EXPECT_EQ(std::wstring(message), L"Access is denied");
    HeapFree(GetProcessHeap(), 0, message);
    wchar_t buffer[64];
    EXPECT_EQ(FormatMessageW(0x1200, nullptr, 5, 0, buffer, 64, nullptr), 16u);
    EXPECT_STREQ(buffer, L"Access is denied");
    EXPECT_EQ(FormatMessageW(0x1200, nullptr, 5, 0, buffer, 16, nullptr), 0u);
    EXPECT_EQ(FormatMessageW(0x1200, nullptr, 0x8BADF00D, 0, buffer, 64, nullptr), 0u);
}

TEST(CompatText, ABstrKnowsItsLength)
{
    bstr text = SysAllocString(L"four");
    EXPECT_EQ(SysStringLen(text), 4u);
    EXPECT_STREQ(text, L"four");
    SysFreeString(text);
    SysFreeString(nullptr);
    EXPECT_EQ(SysStringLen(nullptr), 0u);
    EXPECT_EQ(SysAllocString(nullptr), nullptr);
}

TEST(CompatText, ReadsAGuid)
{
    guid id{};
    EXPECT_EQ(IIDFromString(L"{00112233-4455-6677-8899-AAbbccDDeeff}", &id), 0);
    EXPECT_EQ(id.data1, 0x00112233u);
    EXPECT_EQ(id.data2, 0x4455u);
    EXPECT_EQ(id.data3, 0x6677u);
    EXPECT_EQ(id.data4[0], 0x88u);
    EXPECT_EQ(id.data4[7], 0xFFu);
    for (wchar_t const* wrong : {L"", L"00112233-4455-6677-8899-AAbbccDDeeff",
                                 L"{00112233-4455-6677-8899-AAbbccDDeefg}", L"{00112233-4455-6677-8899-AAbbccDDeeff}x"})
        EXPECT_EQ(IIDFromString(wrong, &id), hresult(0x800401F3));
}

TEST(CompatHeap, AllocatesAndTellsTheTime)
{
    auto* memory = static_cast<char*>(HeapAlloc(GetProcessHeap(), 8, 16));
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(memory[15], 0);
    EXPECT_EQ(HeapFree(GetProcessHeap(), 0, memory), 1);

    int64_t ticks = 0;
    GetSystemTimePreciseAsFileTime(&ticks);
    auto const unix_seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_NEAR(static_cast<double>(ticks / 10'000'000 - 11'644'473'600), static_cast<double>(unix_seconds), 2.0);
}

} // namespace
