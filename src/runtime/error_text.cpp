// SPDX-License-Identifier: MIT
#include "runtime/error_text.h"

#include "runtime/error_table.h"
#include "runtime/hresult.h"

#include <latchkey/runtime.h>

namespace latchkey::runtime {

namespace {

// The text of the last failure that this thread announced. Freed when the thread ends; what a later destructor of the
// same thread still announces then stays until the process ends, since nothing more will free it.
struct Remembered {
    int32_t error = 0;
    void* message = nullptr;

    void replace(int32_t new_error, void* new_message) noexcept
    {
        void* old = message;
        error = new_error;
        message = new_message;
        WindowsDeleteString(old);
    }

    ~Remembered() { replace(0, nullptr); }
};

thread_local Remembered t_remembered;

} // namespace

int32_t fail(int32_t error, std::string_view message) noexcept
{
    void* text = nullptr;
    LatchkeyStringFromUtf8(message.data(), message.size(), &text);
    t_remembered.replace(error, text);
    return error;
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

void LatchkeySetErrorText(int32_t error, void* message) noexcept
{
    void* copy = nullptr;
    // Without memory for the text the code still reaches the caller, and that is what matters.
    WindowsDuplicateString(message, &copy);
    t_remembered.replace(error, copy);
}

int32_t LatchkeyTakeErrorText(int32_t error, void** message) noexcept
{
    if (!message) return kInvalidArgument;
    *message = nullptr;
    if (t_remembered.error == error && t_remembered.message) {
        *message = t_remembered.message;
        t_remembered.message = nullptr;
        t_remembered.error = 0;
        return kOk;
    }
    return guarded([&] {
        std::string const text = describe(error);
        return LatchkeyStringFromUtf8(text.data(), text.size(), message);
    });
}

int32_t LatchkeyTakeLastError(int32_t* error, void** message) noexcept
{
    if (!error || !message) return 0;
    *error = t_remembered.error;
    *message = t_remembered.message;
    t_remembered.error = 0;
    t_remembered.message = nullptr;
    return *error != 0 ? 1 : 0;
}

int32_t RoOriginateError(int32_t error, void* message) noexcept
{
    if (error >= 0) return 0;
    LatchkeySetErrorText(error, message);
    return 1;
}
