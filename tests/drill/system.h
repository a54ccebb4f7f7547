// A whole election system as real processes: private PostgreSQL, centre, territorial nodes. Started
// in order, stopped in the opposite one; removed at the end unless it is to be kept.
//
// Safe from any thread, except start() and stop(). A server ends with the thread that started it
// (child.h), so start_again() is for a thread that outlives it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
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

// How a system is run that servers of are going to be ended and started again.
struct Endurance {
  // Every server has its addresses before it is started, outside the range the kernel takes ports
  // of outgoing connections from, and has the same ones when it is started again.
  bool fixed_addresses = false;
  std::chrono::milliseconds failover{10'000};
  // A second database server that replays everything, on whose disk a commit is before it is
  // answered. The centre may then go on with whichever of the two takes writes.
  bool standby = false;
  // Where `from` (a unit, or empty for a precinct) is to reach `to` that listens on `address`.
  std::function<Result<std::string>(const std::string& from, const std::string& to,
                                    const std::string& address)>
      link;
  // Words in front of the program's, by unit.
  std::map<std::string, std::vector<std::string>> prefixes;
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

  explicit System(Options options);
  ~System();

  // Before start().
  Endurance& endurance() { return endurance_; }

  // Everything listens when it returns. On failure the message holds the end of the server's log.
  Result<void> start();
  // The address a server takes streams on, for a precinct.
  std::string address(const std::string& unit) const;
  // The same without whatever stands between the two.
  std::string own_address(const std::string& unit) const;
  // "127.0.0.1:PORT" of a server's status page, of the centre's.
  std::string status_page(const std::string& unit) const;
  std::string status_page() const { return status_page(centre()); }
  // Unit of a server that ended by itself; empty when all run that nobody ended.
  std::string ended();
  // Stops territorial nodes, then the centre. kInternal when one did not end cleanly.
  Result<void> stop();

  // Ends a server at once, as a power failure would; or lets it stop in order, which it must do
  // cleanly (kInternal). kNotFound when it does not run.
  Result<void> kill(const std::string& unit);
  Result<void> stop(const std::string& unit);
  // kAlreadyExists when it runs. Needs fixed addresses.
  Result<void> start_again(const std::string& unit);
  bool runs(const std::string& unit);
  // Lets a server do nothing until it is let go on; its connections stay. kNotFound when it does
  // not run.
  Result<void> freeze(const std::string& unit);
  Result<void> thaw(const std::string& unit);

  void stop_database();
  const test::PrivatePostgres& postgres() const { return *postgres_; }
  test::PrivatePostgres& postgres() { return *postgres_; }
  // For libpq, of the election's database.
  std::string database() const;
  // Ends the database for good, at once, and makes the standby the one that is written to.
  // kNotFound when there is none.
  Result<void> promote_standby();

  // The most memory each server had resident so far, KiB, as the kernel counts it; of one that was
  // ended, up to that moment.
  std::map<std::string, std::uint64_t> peak_resident_kib();

  const std::string& centre() const { return options_.servers.front().unit; }
  std::filesystem::path program_of(const std::string& unit) const;

 private:
  struct Running {
    ServerPlan plan;
    std::optional<Child> process;
    std::string address;
    std::string status_page;
    std::uint64_t peak_resident_kib = 0;
  };

  Result<void> start_database();
  Result<void> start_standby();
  Result<void> launch(Running& server);
  Result<ServerConfig> config_of(const Running& server) const;
  Result<std::string> reach(const std::string& from, const std::string& to) const;
  Running& at(const std::string& unit);
  const Running& at(const std::string& unit) const;
  void note_memory(Running& server);
  Result<void> signal(const std::string& unit, int number);

  const Options options_;
  Endurance endurance_;
  std::unique_ptr<test::PrivatePostgres> postgres_;
  std::unique_ptr<test::PrivatePostgres> standby_;
  // One start or end of a server at a time; guards which processes there are.
  mutable std::mutex control_;
  mutable std::mutex mutex_;  // guards addresses and figures in servers_
  std::vector<Running> servers_;
};

}  // namespace urna::drill
