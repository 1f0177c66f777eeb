// SPDX-License-Identifier: MIT
//
// The bare COM object, for the few that this library hands out.
#pragma once

#include <atomic>
#include <cstdint>

#include <latchkey/runtime.h>

namespace latchkey::compat {

inline constexpr int32_t kOk = 0;
inline constexpr int32_t kNoInterface = static_cast<int32_t>(0x80004002);
inline constexpr int32_t kNotImplemented = static_cast<int32_t>(0x80004001);
inline constexpr int32_t kPointer = static_cast<int32_t>(0x80004003);
inline constexpr int32_t kOutOfMemory = static_cast<int32_t>(0x8007000E);

inline constexpr LatchkeyGuid kUnknownIid{0x00000000, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

inline bool operator==(LatchkeyGuid const& left, LatchkeyGuid const& right)
{
    bool same = left.data1 == right.data1 && left.data2 == right.data2 && left.data3 == right.data3;
    for (int i = 0; i < 8; ++i)
        same = same && left.data4[i] == right.data4[i];
    return same;
}

struct Unknown {
    virtual int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept = 0;
    virtual uint32_t AddRef() noexcept = 0;
    virtual uint32_t Release() noexcept = 0;

protected:
    ~Unknown() = default; // a virtual one would add slots
};

class ReferenceCount {
public:
    uint32_t add() { return static_cast<uint32_t>(m_count.fetch_add(1, std::memory_order_relaxed) + 1); }
    uint32_t remove() { return static_cast<uint32_t>(m_count.fetch_sub(1, std::memory_order_acq_rel) - 1); }

private:
    std::atomic<int32_t> m_count{1};
};

} // namespace latchkey::compat
