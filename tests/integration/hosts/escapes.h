// SPDX-License-Identifier: MIT
#pragma once

// What a hostile task tries to get out of its container (docs/security.md). Each way is tried by the task itself.

#include <string>

namespace latchkey::hosts::test {

// outside: a folder that is not the app's, with a file "secret" and a listening socket "socket" in it; its name without
// slashes is also an abstract socket. The names of what succeeded; empty: nothing did.
std::string try_to_escape(std::string const& outside, int broker);
// Which calls of a server are possible: "socket", "bind", "listen".
std::string try_to_serve();

} // namespace latchkey::hosts::test
