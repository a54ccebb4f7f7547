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

// What all subjects of a run share.
struct Scene {
  const Country* country = nullptr;
  const Office* office = nullptr;
  const Load* load = nullptr;
  std::filesystem::path folder;  // each subject makes one of its own inside
};

// Which server, and where it stores.
struct Contender {
  std::string name;  // of its database and folder: [a-z_]
  SubjectKind kind = SubjectKind::kCentre;
  Database* database = nullptr;
  bool trust_certificates = false;  // the bare server does not verify who issued a licence
};

// Load and what it cost.
struct Measured {
  StretchResult result;
  double server_cpu_s = 0;
  double database_cpu_s = 0;
  std::uint64_t wal_bytes = 0;

  double rate() const {
    return result.seconds > 0 ? static_cast<double>(result.records) / result.seconds : 0;
  }
  // Stretches one after the other, taken together.
  Measured& operator+=(const Measured& other);
  // Per record: server and database together, microseconds.
  double cpu_us_per_record() const;
  double wal_per_record() const;
  // Milliseconds; 0 when nothing was sent.
  double latency_ms(std::uint32_t permille) const;
};

class Subject {
 public:
  // On empty tables, with every stream of the client open. `batch_records` chooses among the load's
  // batch sizes.
  static Result<Subject> start(const Contender& contender, const Scene& scene,
                               std::size_t batch_records);

  // The first batch of each stream, an eighth of the load at most; not measured.
  Result<void> warm_up();
  Result<Measured> measure(const Stretch& stretch);
  // Compares the store with what was sent, row by row, and, of the centre, the live tally with the
  // sums of the figures. kInternal names the difference. The client is gone afterwards.
  Result<void> check();
  // Ends client and server. kInternal when the server did not end cleanly.
  Result<void> stop();
  // Of the centre, after stop(): every figure of every point, option and candidate, as
  // `urna-central tally` works it out from the journal, against the sums.
  Result<void> check_journal();

  // The server's; valid until stop().
  pid_t process() const { return server_->process.pid(); }
  const std::string& status_page() const { return server_->status_page; }
  // Of the centre: stops it and starts it again on what it has; seconds until it takes streams.
  Result<double> restart();
  const Contender& contender() const { return contender_; }
  const std::vector<std::uint64_t>& sent() const { return sent_; }

 private:
  Subject(const Contender& contender, const Scene& scene, std::size_t batch_records)
      : contender_(contender), scene_(scene), batch_records_(batch_records) {}
  std::filesystem::path folder() const { return scene_.folder / contender_.name; }
  Result<drill::StartedServer> launch();
  Result<drill::StartedServer> launch_bare();
  Result<void> connect();

  Contender contender_;
  Scene scene_;
  std::size_t batch_records_;
  std::string connection_;
  std::optional<drill::StartedServer> server_;
  std::optional<ClientProcess> client_;
  std::vector<std::uint64_t> sent_;
};

}  // namespace urna::bench
