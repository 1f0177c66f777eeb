// SPDX-License-Identifier: MIT
#include "packages/files/digest.h"

#include <cassert>
#include <vector>

#include <openssl/evp.h>

namespace latchkey::packages {

namespace {

// utf8 is valid: the XML reader has checked it.
std::vector<std::byte> utf16_little_endian(std::string_view utf8)
{
    std::vector<std::byte> out;
    auto const put = [&](std::uint32_t unit) {
        out.push_back(static_cast<std::byte>(unit & 0xFF));
        out.push_back(static_cast<std::byte>(unit >> 8));
    };
    for (std::size_t i = 0; i < utf8.size();) {
        auto const lead = static_cast<unsigned char>(utf8[i]);
        int const following = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        std::uint32_t c = following == 0 ? lead : lead & (0x3Fu >> following);
        for (int j = 0; j < following && i + 1 < utf8.size(); ++j)
            c = c << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F);
        ++i;
        if (c < 0x10000) {
            put(c);
        } else {
            put(0xD800 + ((c - 0x10000) >> 10));
            put(0xDC00 + ((c - 0x10000) & 0x3FF));
        }
    }
    return out;
}

} // namespace

Sha256 sha256(std::span<std::byte const> bytes)
{
    Sha256 digest{};
    unsigned int length = 0;
    int const done = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
    assert(done == 1 && length == digest.size());
    static_cast<void>(done);
    return digest;
}

std::string base64(std::span<std::uint8_t const> bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock adds a NUL
    int const length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string publisher_id(std::string_view publisher)
{
    constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
    constexpr int kCharacters = 13; // 65 bits: 64 of the digest and a zero
    Sha256 const digest = sha256(utf16_little_endian(publisher));
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i)
        bits = bits << 8 | digest[i];
    std::string id;
    for (int i = 0; i < kCharacters - 1; ++i)
        id += kDigits[(bits >> (59 - 5 * i)) & 31];
    id += kDigits[(bits & 15) << 1];
    return id;
}

} // namespace latchkey::packages
