// Child processes, started without a shell in between.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::test {

// Runs a program to its end and returns what it wrote, output and errors together. The program is
// found through PATH. kUnavailable when it cannot be started; kInternal, with what it wrote, when
// it exits with anything but 0.
Result<std::string> run(const std::vector<std::string>& command);

// A child whose standard input comes from here. It ends when this process ends, however
// it ends, which tells the child.
struct Child {
  pid_t pid = -1;
  int input = -1;
};
// Starts it in a session of its own, so that Ctrl-C in a terminal does not reach it. Its output
// goes to the file `log`, appended.
Result<Child> start(const std::vector<std::string>& command, const std::string& log);

// The same, but what it writes to its standard output is read from `Child::input`; only its errors
// go to the file `log`.
Result<Child> start_talking(const std::vector<std::string>& command, const std::string& log);

// Writes to the child's standard input. Harmless when the child is gone.
void tell(const Child& child, std::string_view words);

}  // namespace urna::test
