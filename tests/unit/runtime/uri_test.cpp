// SPDX-License-Identifier: MIT
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>

// Not in the unnamed namespace, where a compiler would know that nobody implements it.
struct ByteAccess {
    virtual int32_t QueryInterface(winrt::guid const&, void**) noexcept = 0;
    virtual uint32_t AddRef() noexcept = 0;
    virtual uint32_t Release() noexcept = 0;
    virtual int32_t GetBuffer(uint8_t** bytes, uint32_t* capacity) noexcept = 0;

protected:
    ~ByteAccess() = default;
};

namespace {

using namespace winrt;
using namespace winrt::Windows::Foundation;

TEST(Uri, IsTakenApart)
{
    Uri const uri{L"HTTP://user:secret@WWW.Example.com:8080/a/b.txt?x=1&y=a+b%20c#top"};
    EXPECT_EQ(uri.SchemeName(), L"http");
    EXPECT_EQ(uri.UserName(), L"user");
    EXPECT_EQ(uri.Password(), L"secret");
    EXPECT_EQ(uri.Host(), L"www.example.com");
    EXPECT_EQ(uri.Domain(), L"example.com");
    EXPECT_EQ(uri.Port(), 8080);
    EXPECT_EQ(uri.Path(), L"/a/b.txt");
    EXPECT_EQ(uri.Extension(), L".txt");
    EXPECT_EQ(uri.Query(), L"?x=1&y=a+b%20c");
    EXPECT_EQ(uri.Fragment(), L"#top");
    EXPECT_EQ(uri.QueryParsed().GetFirstValueByName(L"y"), L"a b c");
    EXPECT_EQ(uri.QueryParsed().Size(), 2u);
    EXPECT_FALSE(uri.Suspicious());
    EXPECT_EQ(uri.DisplayUri(), L"http://www.example.com:8080/a/b.txt?x=1&y=a+b%20c#top");
}

TEST(Uri, IsPutIntoItsCanonicalForm)
{
    EXPECT_EQ(Uri{L"https://Example.com:443"}.AbsoluteUri(), L"https://example.com/");
    EXPECT_EQ(Uri{L"http://h/a/./b/../c"}.AbsoluteUri(), L"http://h/a/c");
    EXPECT_EQ(Uri{L"http://h/a b"}.AbsoluteUri(), L"http://h/a%20b");
    EXPECT_TRUE(Uri{L"http://h/a b"}.Suspicious());
    EXPECT_EQ(Uri{L"http://h/\u00E4"}.DisplayIri(), L"http://h/\u00E4");
    EXPECT_EQ(Uri{L"mailto:a@b.c"}.Path(), L"a@b.c");
    EXPECT_EQ(Uri{L"http://[::1]:81/"}.Host(), L"[::1]");
    EXPECT_EQ(Uri{L"http://[::1]:81/"}.Port(), 81);
    EXPECT_EQ(Uri{L"wss://h"}.Port(), 443);
    EXPECT_EQ(Uri{L"http://127.0.0.1/"}.Domain(), L"");
    EXPECT_TRUE(Uri{L"HTTP://H"}.Equals(Uri{L"http://h:80/"}));
}

// The examples of RFC 3986, 5.4.
TEST(Uri, ResolvesReferencesAsTheStandardShows)
{
    struct {
        wchar_t const* relative;
        wchar_t const* result;
    } const examples[] = {
        {L"g:h", L"g:h"},
        {L"g", L"http://a/b/c/g"},
        {L"./g", L"http://a/b/c/g"},
        {L"g/", L"http://a/b/c/g/"},
        {L"/g", L"http://a/g"},
        {L"//g", L"http://g/"},
        {L"?y", L"http://a/b/c/d;p?y"},
        {L"g?y", L"http://a/b/c/g?y"},
        {L"#s", L"http://a/b/c/d;p?q#s"},
        {L"g#s", L"http://a/b/c/g#s"},
        {L";x", L"http://a/b/c/;x"},
        {L"", L"http://a/b/c/d;p?q"},
        {L".", L"http://a/b/c/"},
        {L"..", L"http://a/b/"},
        {L"../g", L"http://a/b/g"},
        {L"../..", L"http://a/"},
        {L"../../../g", L"http://a/g"},
        {L"/./g", L"http://a/g"},
        {L"g.", L"http://a/b/c/g."},
        {L"g;x=1/../y", L"http://a/b/c/y"},
    };
    Uri const base{L"http://a/b/c/d;p?q"};
    for (auto const& example : examples)
        EXPECT_EQ(to_string(base.CombineUri(example.relative).AbsoluteUri()), to_string(example.result));
    EXPECT_EQ(Uri(L"http://a/b", L"c").AbsoluteUri(), L"http://a/c");
}

TEST(Uri, RefusesWhatIsNone)
{
    for (wchar_t const* wrong :
         {L"", L"relative/path", L"http://h:port/", L"http://h:70000/", L"http://[::1/", L"1a:b"})
        EXPECT_THROW(Uri{wrong}, hresult_invalid_argument) << to_string(wrong);
}

TEST(Uri, EscapesComponents)
{
    EXPECT_EQ(Uri::EscapeComponent(L"a b/\u00FC"), L"a%20b%2F%C3%BC");
    EXPECT_EQ(Uri::UnescapeComponent(L"a%20b%2F%C3%BC%zz%4"), L"a b/\u00FC%zz%4");
}

TEST(WwwFormUrlDecoder, GivesNamesAndValuesInOrder)
{
    WwwFormUrlDecoder const form{L"?b=2&a&b=3&=4&"};
    EXPECT_EQ(form.Size(), 4u);
    EXPECT_EQ(form.GetAt(1).Name(), L"a");
    EXPECT_EQ(form.GetAt(1).Value(), L"");
    EXPECT_EQ(form.GetFirstValueByName(L"b"), L"2");
    EXPECT_THROW(form.GetFirstValueByName(L"c"), hresult_invalid_argument);
    std::wstring names;
    for (auto const& entry : form)
        names += entry.Name();
    EXPECT_EQ(names, L"bab");
}

TEST(MemoryBuffer, GivesItsBytesThroughAReference)
{
    constexpr guid kByteAccess{0x5B0D3235, 0x4DBA, 0x4D44, {0x86, 0x5E, 0x8F, 0x1D, 0x0E, 0x4F, 0xD0, 0x4D}};
    MemoryBuffer const buffer{64};
    IMemoryBufferReference const reference = buffer.CreateReference();
    EXPECT_EQ(reference.Capacity(), 64u);
    void* found = nullptr;
    ASSERT_EQ(static_cast<ByteAccess*>(get_abi(reference))->QueryInterface(kByteAccess, &found), 0);
    auto* access = static_cast<ByteAccess*>(found);
    uint8_t* bytes = nullptr;
    uint32_t capacity = 0;
    EXPECT_EQ(access->GetBuffer(&bytes, &capacity), 0);
    ASSERT_EQ(capacity, 64u);
    std::memset(bytes, 1, capacity);

    int closed = 0;
    reference.Closed([&](auto&&...) { ++closed; });
    buffer.Close();
    EXPECT_EQ(reference.Capacity(), 64u);
    EXPECT_THROW(buffer.CreateReference(), hresult_error);
    reference.as<IClosable>().Close();
    EXPECT_EQ(closed, 1);
    EXPECT_EQ(reference.Capacity(), 0u);
    EXPECT_EQ(access->GetBuffer(&bytes, &capacity), static_cast<int32_t>(0x80000013));
    access->Release();
}

} // namespace
