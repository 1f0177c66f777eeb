// SPDX-License-Identifier: MIT
// Any bytes as what a packager answers and as a record on disk. What is read can be written and read again. The first
// byte chooses whether the checksum is made right, so that what lies behind it is reached.
#include "packages/package_record.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace latchkey::packages;

namespace {

constexpr std::size_t kChecksumBytes = 8;

// The same sum as in record_bytes.cpp.
void mend(std::string& bytes)
{
    if (bytes.size() < kChecksumBytes) return;
    std::uint64_t sum = 0xcbf29ce484222325ULL;
    for (std::size_t i = 0; i < bytes.size() - kChecksumBytes; ++i)
        sum = (sum ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3ULL;
    for (std::size_t i = 0; i < kChecksumBytes; ++i)
        bytes[bytes.size() - kChecksumBytes + i] = static_cast<char>((sum >> (8 * i)) & 0xFF);
}

template <class Value, class Decode>
void check_again(Value const& value, Decode decode)
{
    auto const again = decode(encode(value));
    if (!again || !(*again == value)) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    if ((data[0] & 1) != 0) mend(bytes);
    if (auto const package = decode_installed_package(bytes)) check_again(*package, decode_installed_package);
    if (auto const answer = decode_packager_answer(bytes)) check_again(*answer, decode_packager_answer);
    if (auto const request = decode_packager_request(bytes)) check_again(*request, decode_packager_request);
    return 0;
}
