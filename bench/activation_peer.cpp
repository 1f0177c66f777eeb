// SPDX-License-Identifier: MIT
// What a host cannot do without: the same libraries, the same dlopen, and nothing else. activation_bench starts it to
// know the limit.
//   activation_peer spawn LIBRARY    opens the library, writes the time to descriptor 3, ends
//   activation_peer zygote LIBRARY   the same in a fork for each byte that it reads from descriptor 3
#include <cstdint>
#include <cstdio>
#include <string_view>

#include <dlfcn.h>
#include <latchkey/runtime.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr int kSocket = 3;

void open_and_stamp(char const* library)
{
    void* const loaded = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* const entry = loaded == nullptr ? nullptr : ::dlsym(loaded, "WINRT_GetActivationFactory");
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    std::int64_t const stamp = entry == nullptr ? 0 : now.tv_sec * 1'000'000'000 + now.tv_nsec;
    [[maybe_unused]] ssize_t const written = ::write(kSocket, &stamp, sizeof stamp);
}

} // namespace

int main(int count, char** arguments)
{
    if (count != 3) return 2;
    RoInitialize(1);
    if (std::string_view(arguments[1]) == "spawn") {
        open_and_stamp(arguments[2]);
        return 0;
    }
    char byte = 0;
    while (::read(kSocket, &byte, 1) == 1) {
        pid_t const pid = ::fork();
        if (pid == 0) {
            open_and_stamp(arguments[2]);
            ::_exit(0);
        }
        ::waitpid(pid, nullptr, 0);
    }
    return 0;
}
