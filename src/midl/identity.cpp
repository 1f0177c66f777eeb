// SPDX-License-Identifier: MIT
#include "midl/identity.h"

#include <bit>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

// The name space of all synthesized IIDs. Chosen once, for ever.
constexpr winmd::Guid kFamily{0x6e1c9a54, 0x2f0b, 0x4c8e, {0x9d, 0x37, 0x5b, 0x10, 0xc4, 0x7e, 0xa2, 0x61}};

uint32_t big_endian_word(std::string_view bytes)
{
    uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i)
        word = word << 8 | static_cast<unsigned char>(bytes[i]);
    return word;
}

void add_block(std::array<uint32_t, 5>& state, std::string_view block)
{
    std::array<uint32_t, 80> words{};
    for (std::size_t i = 0; i < 16; ++i)
        words[i] = big_endian_word(block.substr(4 * i, 4));
    for (std::size_t i = 16; i < 80; ++i)
        words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
        uint32_t mix = 0;
        uint32_t constant = 0;
        switch (i / 20) {
        case 0:
            mix = (b & c) | (~b & d), constant = 0x5a827999;
            break;
        case 1:
            mix = b ^ c ^ d, constant = 0x6ed9eba1;
            break;
        case 2:
            mix = (b & c) | (b & d) | (c & d), constant = 0x8f1bbcdc;
            break;
        default:
            mix = b ^ c ^ d, constant = 0xca62c1d6;
            break;
        }
        auto const next = std::rotl(a, 5) + mix + e + constant + words[i];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    std::size_t at = 0;
    for (auto const value : {a, b, c, d, e})
        state[at++] += value;
}

std::string_view passing_word(Passing passing)
{
    switch (passing) {
    case Passing::Out:
        return "out ";
    case Passing::RefConst:
        return "ref const ";
    case Passing::FillArray:
        return "fill ";
    case Passing::ReceiveArray:
        return "receive ";
    default:
        return "";
    }
}

} // namespace

std::array<uint8_t, 20> sha1(std::string_view bytes)
{
    std::array<uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    std::string tail{bytes.substr(bytes.size() / 64 * 64)};
    for (std::size_t at = 0; at + 64 <= bytes.size(); at += 64)
        add_block(state, bytes.substr(at, 64));
    tail += '\x80';
    while (tail.size() % 64 != 56)
        tail += '\0';
    auto const bits = static_cast<uint64_t>(bytes.size()) * 8;
    for (int shift = 56; shift >= 0; shift -= 8)
        tail += static_cast<char>(bits >> shift & 0xff);
    for (std::size_t at = 0; at < tail.size(); at += 64)
        add_block(state, std::string_view{tail}.substr(at, 64));
    std::array<uint8_t, 20> result{};
    for (std::size_t i = 0; i < 20; ++i)
        result[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)) & 0xff);
    return result;
}

winmd::Guid uuid_v5(winmd::Guid const& name_space, std::string_view name)
{
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8)
        text += static_cast<char>(name_space.data1 >> shift & 0xff);
    for (auto const half : {name_space.data2, name_space.data3}) {
        text += static_cast<char>(half >> 8);
        text += static_cast<char>(half & 0xff);
    }
    for (auto const byte : name_space.data4)
        text += static_cast<char>(byte);
    auto hash = sha1(text.append(name));
    hash[6] = static_cast<uint8_t>((hash[6] & 0x0f) | 0x50);
    hash[8] = static_cast<uint8_t>((hash[8] & 0x3f) | 0x80);
    winmd::Guid result;
    result.data1 = static_cast<uint32_t>(hash[0]) << 24 | static_cast<uint32_t>(hash[1]) << 16 |
                   static_cast<uint32_t>(hash[2]) << 8 | hash[3];
    result.data2 = static_cast<uint16_t>(hash[4] << 8 | hash[5]);
    result.data3 = static_cast<uint16_t>(hash[6] << 8 | hash[7]);
    for (std::size_t i = 0; i < 8; ++i)
        result.data4[i] = hash[8 + i];
    return result;
}

std::string identity_text(InterfaceModel const& interface)
{
    std::string text = fmt::format("{}\n", interface.symbol->full_name());
    for (auto const& base : interface.bases)
        text += fmt::format("requires {}\n", to_string(base));
    for (auto const& method : interface.methods) {
        text += fmt::format("{} {}(", to_string(method.return_type), method.abi_name);
        for (std::size_t i = 0; i < method.parameters.size(); ++i)
            text += fmt::format("{}{}{}", i == 0 ? "" : ", ", passing_word(method.parameters[i].passing),
                                to_string(method.parameters[i].type));
        text += ")\n";
    }
    // Two empty interfaces of one name cannot exist, but this is what Microsoft's rule asks of marker interfaces.
    if (interface.methods.empty() && interface.symbol->made_for != nullptr)
        text += fmt::format("class {}\n", interface.symbol->made_for->full_name());
    return text;
}

winmd::Guid synthesized_iid(InterfaceModel const& interface)
{
    return uuid_v5(kFamily, identity_text(interface));
}

} // namespace latchkey::midl
