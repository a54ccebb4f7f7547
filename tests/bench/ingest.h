// How fast the centre takes records in, against two ceilings of the same run: (a) verifying
// signatures alone, (b) a bare server that verifies and inserts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/error.h"
#include "tests/bench/country.h"
#include "tests/bench/subject.h"

namespace urna::bench {

enum class Only { kAll, kVerify, kBare, kCentre };

struct IngestOptions {
  Shape shape = Shape::kParliament;
  std::uint32_t records = 60'000;  // sent as fast as possible, in each round
  std::uint32_t protocols_per_licence = 4;
  std::size_t streams = 16;
  std::size_t batch_records = 256;         // at full speed
  std::size_t latency_batch_records = 32;  // at the arrival rates
  std::uint32_t rounds = 5;                // after one that is not counted
  double stretch_s = 3;                    // at each arrival rate
  std::vector<std::uint32_t> load_percents = {25, 50, 75, 100};
  bool trust_certificates = false;
  std::uint64_t seed = 1;
  // One server alone, for a profiler: full speed for so long, from empty tables whenever the load
  // is used up.
  Only only = Only::kAll;
  double seconds = 20;
};

// What one round told of one server.
struct Round {
  Measured full;                // at full speed
  std::vector<Measured> loads;  // by IngestOptions::load_percents
};

struct IngestOutcome {
  double fsyncs_per_s = 0;
  std::uint64_t record_bytes = 0;  // on average
  std::vector<double> verify_all;
  std::vector<double> verify_one;
  std::vector<double> certificates_one;
  std::vector<Round> bare;
  std::vector<Round> centre;
};

// Runs it and prints the table. The exit status: 0, or 1 with a line on stderr.
int run_ingest(const IngestOptions& options);

// The table, ending in the line "c/b 0.NN".
void print_ingest(const IngestOptions& options, const IngestOutcome& outcome);

}  // namespace urna::bench
