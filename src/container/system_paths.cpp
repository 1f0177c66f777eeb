// SPDX-License-Identifier: MIT
#include "container/system_paths.h"

namespace latchkey::container {

std::vector<std::string> configuration_files(Network network)
{
    std::vector<std::string> files{"/etc/ld.so.cache",  "/etc/localtime", "/etc/timezone",        "/etc/nsswitch.conf",
                                   "/etc/alternatives", "/etc/ssl/certs", "/etc/ca-certificates", "/etc/mime.types"};
    if (network != Network::None) {
        for (char const* const name : {"resolv.conf", "hosts", "host.conf", "gai.conf", "services", "protocols"})
            files.push_back(std::string("/etc/") + name);
    }
    return files;
}

} // namespace latchkey::container
