// A PostgreSQL 15 server of one's own: for tests, the drill and the demo.
//
// It listens on a Unix socket inside its folder and nowhere else, and runs as the user `postgres`
// when started by root, which PostgreSQL itself refuses to run as, else as the current user. A
// supervisor stops it, and removes the folder unless it is kept, also when this process is killed.
// Durable like any other server unless asked otherwise.
#pragma once

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "tests/support/process.h"

namespace urna::test {

class PrivatePostgres {
 public:
  struct Options {
    // Made when it does not exist, used again when it holds a server's data. Empty: a fresh one
    // under TMPDIR, else /tmp. A socket's path has at most 107 bytes, so this one has at most 80.
    std::filesystem::path folder;
    // Leave the folder when stopping, so that it can be used again.
    bool keep = false;
    // fsync and its like off: several times faster, and everything is lost when the machine stops.
    // For tests that do not test durability.
    bool fast_and_unsafe = false;
    int connections_max = 20;
    // Begin as a streaming standby of the server with this connection, which must run as the same
    // user; empty: begin as an empty server.
    std::string standby_of = {};
    // Further settings, "name=value".
    std::vector<std::string> settings = {};
  };

  // Returns when the server answers. kUnavailable: PostgreSQL 15 is not installed, there is no user
  // `postgres`, another server runs in the folder, or the server does not start (with the end of
  // its log). kInvalidArgument: a folder whose path is too long, that is not empty and not ours, or
  // that the user `postgres` cannot reach.
  static Result<std::unique_ptr<PrivatePostgres>> start(Options options);

  // Stops the server and returns when it has ended; removes the folder unless it is kept.
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  // For libpq: "host=… dbname=… user=postgres". "postgres" is there from the start.
  std::string connection(std::string_view database = "postgres") const;
  // kInternal, with the server's words, when it exists already.
  Result<void> create_database(const std::string& name);

  // Stops it at once, as a crash would, and keeps the folder; start_again() recovers from the log.
  // `signal` goes to its first process: SIGQUIT makes it end the others without a checkpoint; after
  // SIGKILL they notice by themselves, and start_again() may fail while one of them is still there.
  void crash(int signal = SIGQUIT);
  Result<void> start_again();

  const std::filesystem::path& folder() const { return options_.folder; }
  // The server's first process, parent of all others of it; 0 when it does not run.
  pid_t process() const;

 private:
  explicit PrivatePostgres(Options options) : options_(std::move(options)) {}
  Result<void> initialise();
  Result<void> launch();
  Result<void> wait_until_ready();
  // Tells the supervisor "keep" or "remove" and waits for it.
  void stop(std::string_view order);

  Options options_;
  Child supervisor_;
  // Process and start time of a server that was killed, as it left them in its pid file.
  std::pair<pid_t, std::int64_t> left_behind_;
};

}  // namespace urna::test
