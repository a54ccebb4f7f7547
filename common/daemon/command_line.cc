#include "common/daemon/command_line.h"

#include <CLI/CLI.hpp>

#include "common/daemon/terminal.h"

namespace urna::daemon {

namespace {

// CLI11 says of an unknown command only that one is required.
std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& error) {
  if (!app.get_subcommands().empty()) return error.what();
  const std::vector<std::string> unknown = app.remaining();
  if (unknown.empty()) {
    return "no command is given";
  }
  if (unknown.front().starts_with("-")) return "unknown option " + unknown.front();
  return "unknown command '" + unknown.front() + "'";
}

std::string commands_of(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return names;
}

}  // namespace

std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const auto chosen = app.get_subcommands();
    const std::string help =
        app.get_name() + (chosen.empty() ? "" : " " + chosen.front()->get_name()) + " --help";
    complain(app.get_name(), what_is_wrong(app, error) +
                                 (chosen.empty() ? "; the commands are " + commands_of(app) : "") +
                                 " (see " + help + ")");
    return 2;
  }
}

}  // namespace urna::daemon
