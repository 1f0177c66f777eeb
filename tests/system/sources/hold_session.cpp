// SPDX-License-Identifier: MIT
// hold_session UID: opens a session of the user at logind, as a login program does, and holds it until its input ends.
// Lines of the input: "idle on", "idle off", "lock on", "lock off".
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <systemd/sd-bus.h>
#include <unistd.h>

namespace {

constexpr char const* kService = "org.freedesktop.login1";
constexpr char const* kManager = "org.freedesktop.login1.Manager";
constexpr char const* kSession = "org.freedesktop.login1.Session";

int failed(char const* step, sd_bus_error const& error)
{
    std::fprintf(stderr, "%s: %s\n", step, error.message == nullptr ? "?" : error.message);
    return 1;
}

} // namespace

int main(int count, char** words)
{
    if (count != 2) return 2;
    sd_bus* bus = nullptr;
    sd_bus_error error{};
    sd_bus_message* answer = nullptr;
    if (sd_bus_open_system(&bus) < 0) return failed("the bus", error);
    auto const user = static_cast<unsigned>(std::strtoul(words[1], nullptr, 10));
    if (sd_bus_call_method(bus, kService, "/org/freedesktop/login1", kManager, "CreateSession", &error, &answer,
                           "uusssssussbssa(sv)", user, static_cast<unsigned>(::getpid()), "latchkey-test", "wayland",
                           "user", "", "", 0U, "", "", 0, "", "", 0U) < 0) {
        return failed("CreateSession", error);
    }
    char const* id = nullptr;
    char const* path = nullptr;
    char const* folder = nullptr;
    int held = -1; // the session lives as long as this descriptor
    if (sd_bus_message_read(answer, "soshusub", &id, &path, &folder, &held, nullptr, nullptr, nullptr, nullptr) < 0) {
        return failed("the answer", error);
    }
    std::printf("session %s\n", id);
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
        auto const* const member = line.rfind("idle", 0) == 0 ? "SetIdleHint" : "SetLockedHint";
        int const value = line.find(" on") != std::string::npos ? 1 : 0;
        if (sd_bus_call_method(bus, kService, path, kSession, member, &error, nullptr, "b", value) < 0) {
            return failed(member, error);
        }
    }
    sd_bus_message_unref(answer);
    return 0;
}
