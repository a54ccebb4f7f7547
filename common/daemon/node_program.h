// The life of urna-territorial and urna-central: start, serve until told to stop, stop cleanly.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/daemon/node_settings.h"
#include "common/journal/store.h"
#include "common/service/config.h"
#include "common/trust/role.h"

namespace urna::daemon {

// Name of a SQLite journal in its data folder.
inline constexpr std::string_view kJournalFile = "journal.db";

// What tells one kind of server from another.
struct Tier {
  std::string program;      // "urna-central"
  std::string description;  // for --help
  trust::Role role;         // of its certificate
  bool is_centre = false;
  // Reads its own keys of the configuration and says how to open the store, once per start.
  using OpenStore = std::function<Result<std::unique_ptr<journal::Store>>()>;
  struct Stores {
    OpenStore open;     // to write
    OpenStore read;     // beside a server that writes it
    OpenStore damaged;  // to read, whatever state it is in
    // Builds tiles and indexes anew from the entries, while nobody writes it.
    std::function<Result<void>()> rebuild;
    // The file it is; empty: it is in a database, which is copied by that database's own means.
    std::filesystem::path file;
  };
  // Those of a SQLite journal.
  static Stores sqlite_stores(const std::filesystem::path& file);
  std::function<Stores(service::ConfigSection root, const NodeSettings& settings)> store;
};

// main() of a server: subcommands serve, import, tally, results, runoff, desk and those of
// upkeep.h. Exit 0 on success, 1 on failure and 2 on bad usage, both with one line on stderr.
int run_node_program(const Tier& tier, int argc, char** argv);

}  // namespace urna::daemon
