// A whole election system as real processes: private PostgreSQL, centre, territorial nodes. Started
// in order, stopped in the opposite one; removed at the end unless it is to be kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/server.h"
#include "tests/support/private_postgres.h"

namespace urna::drill {

// One server to run. Upstreams come before those that send to them.
struct ServerPlan {
  std::string unit;
  std::vector<std::string> upstreams;  // units, first choice first; empty for the centre
};

class System {
 public:
  struct Options {
    std::filesystem::path
        folder;  // holds definition.urna, trust.pem and servers/UNIT/node.{crt,key}
    std::filesystem::path programs;  // folder of urna-central and urna-territorial
    std::vector<ServerPlan> servers;
    bool keep = false;  // leave the database when stopping
  };

  explicit System(Options options) : options_(std::move(options)) {}
  ~System();

  // Everything listens when it returns. On failure the message holds the end of the server's log.
  Result<void> start();
  // The address a server takes streams on.
  const std::string& address(const std::string& unit) const { return addresses_.at(unit); }
  // "127.0.0.1:PORT" of the centre's status page.
  const std::string& status_page() const { return status_page_; }
  // Unit of a server that ended by itself; empty when all run.
  std::string ended();
  // Stops territorial nodes, then the centre. kInternal when one did not end cleanly.
  Result<void> stop();
  void stop_database() { postgres_.reset(); }
  const test::PrivatePostgres& postgres() const { return *postgres_; }

  const std::string& centre() const { return options_.servers.front().unit; }
  std::filesystem::path program_of(const std::string& unit) const;

 private:
  Result<void> launch(const ServerPlan& server);

  const Options options_;
  std::unique_ptr<test::PrivatePostgres> postgres_;
  std::vector<std::pair<std::string, Child>> running_;
  std::map<std::string, std::string> addresses_;
  std::string status_page_;
};

}  // namespace urna::drill
