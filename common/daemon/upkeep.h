// The commands that look after a journal, the same for every program: fsck, salvage, backup,
// restore.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "common/daemon/backup.h"
#include "common/daemon/node_program.h"

namespace CLI {
class App;
}

namespace urna::daemon {

struct UpkeepArguments {
  bool rebuild = false;
  std::filesystem::path salvage_output;
  std::filesystem::path backup_output;
  std::filesystem::path restore_from;
  std::filesystem::path set_aside;
  bool in_place = false;
};

// Adds the commands; `added` is called with each, to give it what all commands have. What is parsed
// goes into `arguments`, which outlives the parsing.
void add_upkeep_commands(CLI::App& app, UpkeepArguments& arguments,
                         const std::function<CLI::App*(CLI::App*)>& added);

// True when one of these commands was given.
bool is_upkeep(const CLI::App& app);

// Runs it. The exit status, 0 or 1; what is wrong is told on standard error, in one line.
int run_upkeep(const CLI::App& app, const Tier& tier, const NodeSettings& settings,
               const Tier::Stores& stores, const UpkeepArguments& arguments);

}  // namespace urna::daemon
