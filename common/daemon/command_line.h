// Arguments of a program, and how wrong ones are told.
#pragma once

#include <optional>

namespace CLI {
class App;
}

namespace urna::daemon {

// Parses; nullopt: go on. Otherwise the program ends with this status: 0 after --help or --version,
// 2 for wrong usage, told in one line on standard error that begins with the program's name and
// names an unknown command or option.
std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv);

}  // namespace urna::daemon
