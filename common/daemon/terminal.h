// What programs write on a terminal, and the passwords typed there.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace urna::daemon {

// Text from elsewhere (a peer, a file, a record) made safe to print within a line: what a terminal
// would obey (control characters, marks that reorder text) and bytes that are not UTF-8 come out as
// "\x1b" or "\u{202e}". A backslash stays as it is.
std::string printable(std::string_view text);

// "PROGRAM: MESSAGE" on standard error, one line whatever the message holds.
void complain(std::string_view program, std::string_view message);

// Asks for one line that is not shown while it is typed. SIGINT and SIGTERM end it, also where the
// program has them blocked (service::ShutdownSignals), and the terminal shows typing again.
// kInvalidArgument: there is no terminal to ask on; kCancelled: a signal, or the input ended.
Result<std::string> read_password(const std::string& prompt);

}  // namespace urna::daemon
