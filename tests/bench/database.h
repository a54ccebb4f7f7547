// The PostgreSQL server that the servers under test store in: private, durable, default settings,
// the same for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "tests/support/private_postgres.h"

namespace urna::bench {

class Database {
 public:
  static Result<Database> start();
  // With a second server that replays everything: a commit returns when it is on both servers'
  // disks.
  static Result<Database> start_with_standby();

  // For libpq.
  std::string connection(const std::string& name) const { return server_->connection(name); }
  // Makes the database `name` anew, empty, and writes everything to disk, so that each measurement
  // begins alike. Its connection for libpq.
  Result<std::string> fresh(const std::string& name);
  Result<void> drop(const std::string& name);
  // Bytes of write-ahead log written so far.
  Result<std::uint64_t> wal_bytes();
  // Of the database on disk, indexes included, bytes.
  Result<std::uint64_t> size_of(const std::string& name);
  // Processor time of all its processes, seconds; the standby's too.
  double cpu_seconds() const;

 private:
  explicit Database(std::unique_ptr<test::PrivatePostgres> server) : server_(std::move(server)) {}
  Result<std::uint64_t> ask_number(const std::string& query);

  std::unique_ptr<test::PrivatePostgres> server_;
  std::unique_ptr<test::PrivatePostgres> standby_;
};

// What pg_test_fsync tells of the way PostgreSQL writes its log by default: operations per second
// of one 8 KiB write with fdatasync, on the disk of temporary folders. kUnavailable, kMalformed.
Result<double> measure_fsync();
// The figure in its output.
Result<double> parse_fsync(const std::string& output);

}  // namespace urna::bench
