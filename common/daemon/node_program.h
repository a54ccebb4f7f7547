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

// What tells one kind of server from another.
struct Tier {
  std::string program;      // "urna-central"
  std::string description;  // for --help
  trust::Role role;         // of its certificate
  bool is_centre = false;
  // Reads its own keys of the configuration and says how to open the store, once per start.
  using OpenStore = std::function<Result<std::unique_ptr<journal::Store>>()>;
  // A store to write, and one to read beside a server that writes it.
  struct Stores {
    OpenStore open;
    OpenStore read;
  };
  std::function<Stores(service::ConfigSection root, const NodeSettings& settings)> store;
};

// main() of a server: subcommands serve, import, verify, tally, results, runoff, desk. Exit 0 on
// success, 1 on failure and 2 on bad usage, both with one line on stderr.
int run_node_program(const Tier& tier, int argc, char** argv);

}  // namespace urna::daemon
