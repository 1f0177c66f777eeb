// SPDX-License-Identifier: MIT
// Takes the stall away from whoever moves processes between cgroups, as systemd 252 does with each service that it
// starts. The first to write a cgroup.procs waits milliseconds for every processor (the kernel brings a lock from its
// readers' fast state into its writers'); who writes soon after does not. This writes its own again and again.
// Usage, as root: cgroup_keeper FOLDER, a cgroup of its own. Ends with its parent.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

int main(int count, char** words)
{
    char file[512];
    struct timespec const pause = {0, 1000000};
    if (count < 2 || snprintf(file, sizeof file, "%s/cgroup.procs", words[1]) >= (int)sizeof file) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int const procs = open(file, O_WRONLY | O_CLOEXEC);
    if (procs < 0) return 1;
    while (pwrite(procs, "0", 1, 0) == 1)
        nanosleep(&pause, NULL);
    return 1;
}
