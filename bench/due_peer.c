// SPDX-License-Identifier: MIT
// The job of a systemd unit that due_bench compares with: says when it began, as the task does.
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int main(int count, char** words)
{
    int64_t const stamp[2] = {read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (count < 2) return 2;
    strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    int const socket_to_bench = socket(AF_UNIX, SOCK_DGRAM, 0);
    return sendto(socket_to_bench, stamp, sizeof stamp, 0, (struct sockaddr*)&address, sizeof address) < 0;
}
