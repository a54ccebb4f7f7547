// What programs write on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace urna::daemon {

// Text from elsewhere (a peer, a file, a record) made safe to print within a line: what a terminal
// would obey (control characters, marks that reorder text) and bytes that are not UTF-8 come out as
// "\x1b" or "\u{202e}". A backslash stays as it is.
std::string printable(std::string_view text);

// "PROGRAM: MESSAGE" on standard error, one line whatever the message holds.
void complain(std::string_view program, std::string_view message);

}  // namespace urna::daemon
