// SPDX-License-Identifier: MIT
#include "text.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

struct Header {
    uint32_t flags, length, reserved1, reserved2;
    wchar_t const* text;
};

TEST(String, HasTheLayoutThatWindowsHeadersReadDirectly)
{
    Text const text{L"abc"};
    Header header{};
    std::memcpy(&header, text.get(), sizeof header);
    EXPECT_EQ(header.flags, 0u);
    EXPECT_EQ(header.length, 3u);
    EXPECT_EQ(header.text, reinterpret_cast<wchar_t const*>(static_cast<char const*>(text.get()) + 28));
    EXPECT_EQ(header.text[3], L'\0');
    int32_t references = 0;
    std::memcpy(&references, static_cast<char const*>(text.get()) + 24, sizeof references);
    EXPECT_EQ(references, 1);
}

TEST(String, MadeByHandWithMallocIsTakenAndFreedLikeOurOwn)
{
    // What code that has only Microsoft's headers does.
    auto* memory = static_cast<char*>(std::malloc(32 + 2 * sizeof(wchar_t)));
    Header const header{0, 2, 0, 0, reinterpret_cast<wchar_t*>(memory + 28)};
    std::memcpy(memory, &header, sizeof header);
    int32_t const references = 1;
    std::memcpy(memory + 24, &references, sizeof references);
    std::memcpy(memory + 28, L"hi", 3 * sizeof(wchar_t));

    Text copy;
    EXPECT_EQ(WindowsDuplicateString(memory, copy.put()), 0);
    EXPECT_EQ(copy.get(), memory);
    EXPECT_EQ(WindowsDeleteString(memory), 0);
    EXPECT_EQ(copy.str(), L"hi");
}

TEST(String, IsNullWhenItIsEmpty)
{
    Text empty;
    EXPECT_EQ(WindowsCreateString(L"", 0, empty.put()), 0);
    EXPECT_EQ(empty.get(), nullptr);
    EXPECT_EQ(WindowsCreateString(nullptr, 0, empty.put()), 0);
    EXPECT_EQ(WindowsGetStringLen(nullptr), 0u);
    EXPECT_STREQ(WindowsGetStringRawBuffer(nullptr, nullptr), L"");
    EXPECT_EQ(WindowsDeleteString(nullptr), 0);
}

TEST(String, RefusesTextThatIsNullAndLengthsThatNoMemoryHolds)
{
    Text text;
    EXPECT_EQ(WindowsCreateString(nullptr, 3, text.put()), hresult(0x80004003));
    EXPECT_EQ(WindowsCreateString(L"x", 0xFFFFFFFF, text.put()), hresult(0x80080011));
    EXPECT_EQ(WindowsCreateString(L"x", 1, nullptr), hresult(0x80070057));
    EXPECT_EQ(text.get(), nullptr);
}

TEST(String, ByReferenceBorrowsTheTextAndIsCopiedWhenDuplicated)
{
    std::wstring source = L"borrowed";
    Header header{};
    void* reference = nullptr;
    ASSERT_EQ(WindowsCreateStringReference(source.c_str(), 8, &header, &reference), 0);
    EXPECT_EQ(reference, &header);
    EXPECT_EQ(header.flags, 1u);
    EXPECT_EQ(WindowsGetStringRawBuffer(reference, nullptr), source.c_str());
    Text copy;
    ASSERT_EQ(WindowsDuplicateString(reference, copy.put()), 0);
    EXPECT_NE(copy.get(), reference);
    EXPECT_EQ(WindowsDeleteString(reference), 0);
    source = L"changed.";
    EXPECT_EQ(copy.str(), L"borrowed");
}

TEST(String, ByReferenceMustBeTerminated)
{
    Header header{};
    void* reference = nullptr;
    EXPECT_EQ(WindowsCreateStringReference(L"abc", 2, &header, &reference), hresult(0x80000017));
    EXPECT_EQ(WindowsCreateStringReference(nullptr, 2, &header, &reference), hresult(0x80004003));
    EXPECT_EQ(WindowsCreateStringReference(L"", 0, &header, &reference), 0);
    EXPECT_EQ(reference, nullptr);
}

TEST(String, ComparesByCodePointAndJoins)
{
    Text const a{L"a"}, b{L"b"};
    int32_t order = 9;
    EXPECT_EQ(WindowsCompareStringOrdinal(a.get(), b.get(), &order), 0);
    EXPECT_EQ(order, -1);
    WindowsCompareStringOrdinal(b.get(), a.get(), &order);
    EXPECT_EQ(order, 1);
    WindowsCompareStringOrdinal(a.get(), a.get(), &order);
    EXPECT_EQ(order, 0);
    WindowsCompareStringOrdinal(nullptr, a.get(), &order);
    EXPECT_EQ(order, -1);

    Text joined;
    EXPECT_EQ(WindowsConcatString(a.get(), b.get(), joined.put()), 0);
    EXPECT_EQ(joined.str(), L"ab");
    EXPECT_EQ(WindowsConcatString(nullptr, b.get(), joined.put()), 0);
    EXPECT_EQ(joined.get(), b.get());
}

TEST(StringBuffer, BecomesAStringWithoutACopy)
{
    wchar_t* text = nullptr;
    void* buffer = nullptr;
    ASSERT_EQ(WindowsPreallocateStringBuffer(3, &text, &buffer), 0);
    std::memcpy(text, L"new", 3 * sizeof(wchar_t));
    Text promoted;
    ASSERT_EQ(WindowsPromoteStringBuffer(buffer, promoted.put()), 0);
    EXPECT_EQ(promoted.str(), L"new");
    EXPECT_EQ(WindowsGetStringRawBuffer(promoted.get(), nullptr), text);
}

TEST(StringBuffer, IsRefusedWhenItsTerminatorWasOverwrittenOrItIsNoBuffer)
{
    wchar_t* text = nullptr;
    void* buffer = nullptr;
    ASSERT_EQ(WindowsPreallocateStringBuffer(3, &text, &buffer), 0);
    text[3] = L'!';
    Text promoted;
    EXPECT_EQ(WindowsPromoteStringBuffer(buffer, promoted.put()), hresult(0x80070057));
    EXPECT_EQ(WindowsDeleteStringBuffer(buffer), 0);
    Text const string{L"no buffer"};
    EXPECT_EQ(WindowsPromoteStringBuffer(string.get(), promoted.put()), hresult(0x80070057));
    EXPECT_EQ(WindowsDeleteStringBuffer(string.get()), hresult(0x80070057));
}

TEST(StringBuffer, OfNoLengthBecomesTheEmptyString)
{
    wchar_t* text = nullptr;
    void* buffer = nullptr;
    ASSERT_EQ(WindowsPreallocateStringBuffer(0, &text, &buffer), 0);
    Text promoted;
    EXPECT_EQ(WindowsPromoteStringBuffer(buffer, promoted.put()), 0);
    EXPECT_EQ(promoted.get(), nullptr);
}

TEST(String, CountsItsOwnersCorrectlyFromManyThreads)
{
    Text const shared{L"shared"};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 10'000; ++n) {
                void* copy = nullptr;
                WindowsDuplicateString(shared.get(), &copy);
                WindowsDeleteString(copy);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    int32_t references = 0;
    std::memcpy(&references, static_cast<char const*>(shared.get()) + 24, sizeof references);
    EXPECT_EQ(references, 1);
}

} // namespace
