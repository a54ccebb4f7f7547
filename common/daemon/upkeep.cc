#include "common/daemon/upkeep.h"

#include <CLI/CLI.hpp>

#include "common/daemon/fsck.h"
#include "common/daemon/salvage.h"
#include "common/daemon/terminal.h"

namespace urna::daemon {

namespace {

constexpr const char* kCommands[] = {"fsck", "salvage", "backup", "restore"};

template <class T>
int report(const Tier& tier, const Result<T>& result) {
  if (!result) {
    complain(tier.program, result.error().message);
    return 1;
  }
  if constexpr (std::is_same_v<T, bool>) return *result ? 0 : 1;
  return 0;
}

}  // namespace

void add_upkeep_commands(CLI::App& app, UpkeepArguments& arguments,
                         const std::function<CLI::App*(CLI::App*)>& added) {
  added(app.add_subcommand(
            "fsck",
            "Look through the whole journal: every page, hash, signature, effect and total, and "
            "every root of the log that was signed for; also beside a running server. Ends with 1 "
            "when something is damaged, and says where and what to do"))
      ->alias("verify")
      ->add_flag("--rebuild", arguments.rebuild,
                 "make tiles and indexes anew when nothing else is wrong; not while the server "
                 "runs");
  added(app.add_subcommand(
            "salvage",
            "Save every record of a damaged journal that still verifies as a medium file, and tell "
            "what was lost at which positions; changes nothing. Not while the server runs"))
      ->add_option("--output", arguments.salvage_output,
                   "a new file; FILE.2, … when one is not enough")
      ->required();
  added(app.add_subcommand("backup",
                           "Copy the journal as it is at this moment, without keys, and check the "
                           "copy; also while the server runs"))
      ->add_option("--output", arguments.backup_output, "a new file")
      ->required();
  CLI::App* restore = added(app.add_subcommand(
      "restore",
      "Put a backup in the journal's place, looked through first; its log goes on under a new id, "
      "and peers send what it lacks. Not while the server runs"));
  auto* from = restore->add_option("--from", arguments.restore_from, "a file made by backup")
                   ->check(CLI::ExistingFile);
  restore
      ->add_option("--set-aside", arguments.set_aside,
                   "a folder for the journal that is there now, on the same file system")
      ->needs(from);
  restore
      ->add_flag("--in-place", arguments.in_place,
                 "the journal was put back by other means, such as the database's own: only check "
                 "it and take a new log id")
      ->excludes(from);
  // One of the two must be given.
  restore->callback([&arguments] {
    if (arguments.restore_from.empty() && !arguments.in_place) {
      throw CLI::RequiredError("restore: --from or --in-place");
    }
  });
}

bool is_upkeep(const CLI::App& app) {
  return std::ranges::any_of(kCommands, [&](const char* name) { return app.got_subcommand(name); });
}

int run_upkeep(const CLI::App& app, const Tier& tier, const NodeSettings& settings,
               const Tier::Stores& stores, const UpkeepArguments& arguments) {
  if (app.got_subcommand("fsck")) {
    return report(tier, run_fsck(tier, settings, stores, arguments.rebuild));
  }
  if (app.got_subcommand("salvage")) {
    return report(tier, run_salvage(tier, settings, stores, arguments.salvage_output));
  }
  if (app.got_subcommand("backup")) {
    return report(tier, run_backup(tier, settings, stores, arguments.backup_output));
  }
  RestoreOrder order;
  if (!arguments.restore_from.empty()) order.from = arguments.restore_from;
  if (!arguments.set_aside.empty()) order.set_aside = arguments.set_aside;
  return report(tier, run_restore(tier, settings, stores, order));
}

}  // namespace urna::daemon
