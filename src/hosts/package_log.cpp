// SPDX-License-Identifier: MIT
#include "hosts/package_log.h"

#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>

namespace latchkey::hosts {

ipc::Fd open_package_log(std::string const& path)
{
    auto const open = [&path] {
        return ipc::Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
    };
    ipc::Fd log = open();
    struct stat info {};
    // Whoever still prints to it goes on doing so under the other name.
    bool const full = log && ::fstat(log.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > kMaxLogBytes;
    if (full && ::rename(path.c_str(), (path + ".1").c_str()) == 0) log = open();
    return log ? std::move(log) : ipc::Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
}

} // namespace latchkey::hosts
