// SPDX-License-Identifier: MIT
//
// The three interfaces that activation itself calls, by slot.
#pragma once

#include <cstdint>

#include <latchkey/runtime.h>

namespace latchkey::runtime {

struct Unknown {
    virtual int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept = 0;
    virtual uint32_t AddRef() noexcept = 0;
    virtual uint32_t Release() noexcept = 0;

protected:
    ~Unknown() = default; // never through this type; a virtual one would add slots
};

struct Inspectable : Unknown {
    virtual int32_t GetIids(uint32_t* count, LatchkeyGuid** iids) noexcept = 0;
    virtual int32_t GetRuntimeClassName(void** name) noexcept = 0;
    virtual int32_t GetTrustLevel(int32_t* level) noexcept = 0;

protected:
    ~Inspectable() = default;
};

struct ActivationFactory : Inspectable {
    virtual int32_t ActivateInstance(void** instance) noexcept = 0;

protected:
    ~ActivationFactory() = default;
};

inline constexpr LatchkeyGuid kActivationFactoryIid{0x00000035, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

} // namespace latchkey::runtime
