// A server under test with its fresh database and its client: the centre, or the bare server.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "tests/bench/client_process.h"
#include "tests/bench/database.h"
#include "tests/bench/load.h"
#include "tests/drill/server.h"

namespace urna::bench {

enum class SubjectKind {
  kBare,    // (b)
  kCentre,  // (c)
};

// Everything that stays the same between subjects.
struct Scene {
  const Country* country = nullptr;
  const Office* office = nullptr;
  const Load* load = nullptr;
  Database* database = nullptr;
  std::filesystem::path folder;     // the Office's
  bool trust_certificates = false;  // by the bare server
};

// One stretch of load and what it cost.
struct Measured {
  StretchResult result;
  double server_cpu_s = 0;
  double database_cpu_s = 0;
  std::uint64_t wal_bytes = 0;

  double rate() const {
    return result.seconds > 0 ? static_cast<double>(result.records) / result.seconds : 0;
  }
  // Per record: server and database together, microseconds.
  double cpu_us_per_record() const;
  double wal_per_record() const;
  // Milliseconds; 0 when nothing was sent.
  double latency_ms(std::uint32_t permille) const;
};

class Subject {
 public:
  // On empty tables, with the client connected and warmed up on the first batch of each stream.
  // `batch_records` chooses among the load's batch sizes.
  static Result<Subject> start(SubjectKind kind, const Scene& scene, std::size_t batch_records);

  Result<Measured> measure(const Stretch& stretch);
  // Compares the store with what was sent, row by row, and, of the centre, the tally with the sums
  // of the figures. kInternal names the difference. The client is gone afterwards.
  Result<void> check();
  // Ends client and server. kInternal when the server did not end cleanly.
  Result<void> stop();

  pid_t process() const { return server_->process.pid(); }
  const std::string& status_page() const { return server_->status_page; }
  const std::vector<std::uint64_t>& sent() const { return sent_; }

 private:
  Subject(SubjectKind kind, const Scene& scene) : kind_(kind), scene_(scene) {}
  Result<drill::StartedServer> launch();
  std::string database_name() const;

  SubjectKind kind_;
  Scene scene_;
  std::string connection_;
  std::optional<drill::StartedServer> server_;
  std::optional<ClientProcess> client_;
  std::vector<std::uint64_t> sent_;
};

}  // namespace urna::bench
