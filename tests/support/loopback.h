// TCP on the loopback address, for tests that speak to a server by hand.
#pragma once

#include <string>

namespace urna::test {

// A connected TCP socket to "127.0.0.1:PORT", or -1.
int connect_to(const std::string& address);

}  // namespace urna::test
