// How fast the centre takes records in, against two ceilings of the same run: (a) verifying
// signatures alone, (b) a bare server that verifies and inserts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/country.h"
#include "tests/bench/duel.h"

namespace urna::bench {

enum class Only { kAll, kVerify, kBare, kCentre };

struct IngestOptions {
  Shape shape = Shape::kParliament;
  std::uint32_t records = 48'000;  // sent as fast as possible, in each round
  std::uint32_t protocols_per_licence = 4;
  std::size_t streams = 16;
  std::size_t batch_records = 256;         // at full speed
  std::size_t latency_batch_records = 32;  // at the arrival rates
  std::uint32_t rounds = 5;                // after one that is not counted
  double stretch_s = 2.5;                  // at each arrival rate
  // Arrivals in percent of what the centre takes at full speed.
  std::vector<std::uint32_t> load_percents = {25, 50, 75, 100};
  bool trust_certificates = false;
  bool fsync = true;  // run pg_test_fsync first: a quarter of a minute
  std::uint64_t seed = 1;
  // Afterwards the ratio for other kinds of load, and with a synchronous standby.
  bool full = false;
  // One server alone, for a profiler: full speed for so long, from empty tables whenever the load
  // is used up.
  Only only = Only::kAll;
  double seconds = 20;
};

struct IngestOutcome {
  double fsyncs_per_s = 0;         // 0: not measured
  std::uint64_t record_bytes = 0;  // on average
  // Per second: signatures on all cores and on one, certificates on one.
  std::vector<double> verify_all;
  std::vector<double> verify_one;
  std::vector<double> certificates_one;
  std::vector<Round> bare;
  std::vector<Round> centre;
  double standby_ratio = 0;  // the centre with a standby against without; 0: not measured
  // The ratio c/b of other loads.
  struct Variant {
    std::string name;
    std::vector<Round> bare;
    std::vector<Round> centre;
  };
  std::vector<Variant> variants;
};

// Median over the rounds of the centre's rate divided by the bare server's.
double ratio(const std::vector<Round>& centre, const std::vector<Round>& bare);

// Runs it and prints the table. The exit status: 0, or 1 with a line on stderr.
int run_ingest(const IngestOptions& options);

// The table, ending in the line "c/b 0.NN".
void print_ingest(const IngestOptions& options, const IngestOutcome& outcome);

}  // namespace urna::bench
