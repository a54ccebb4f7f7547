// The client of a load test: sends sealed batches on several Submit streams, each over a connection
// of its own, and notes when their receipts come. The same for every server under test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/uplink/credentials.h"
#include "tests/bench/load.h"
#include "tests/bench/statistics.h"

namespace urna::bench {

struct SenderOptions {
  std::string address;  // of the server
  model::UnitId unit;   // its unit
  model::ElectionId election;
  std::vector<uplink::TlsIdentity> identities;  // one for each stream
  std::filesystem::path load;                   // folder of stream files
};

// A stretch of load.
struct Stretch {
  std::uint64_t records_max =
      0;                   // batches are taken from the streams in turn until this is reached
  double rate = 0;         // records per second, open loop; 0: as fast as receipts come
  std::uint64_t seed = 0;  // of the arrivals
};

struct StretchResult {
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  double seconds = 0;  // from the start to the last receipt
  // From the moment a batch was meant to be sent to its receipt, weighted by its records, ns.
  std::vector<Weighted> latencies;
  std::vector<std::uint64_t> sent;  // records of each stream so far, earlier stretches included
};

class Sender {
 public:
  // Every stream is open when it returns. kUnavailable, kNotFound.
  static Result<std::unique_ptr<Sender>> connect(const SenderOptions& options);
  ~Sender();

  // Sends the next batches and waits for their receipts. Streams hold at most four unanswered
  // batches, as Urna's nodes do; what is due meanwhile waits, and its time runs.
  // kUnavailable: a stream broke, or no receipt came for 300 s; kInternal: a record was not
  // admitted.
  Result<StretchResult> run(const Stretch& stretch);

 private:
  struct Impl;
  explicit Sender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::bench
