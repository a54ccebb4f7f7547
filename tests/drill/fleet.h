// Many precinct clients in one process: each has its own certificate, journal and stream, and is
// the code of urna-precinct. Some may be processes of their own, that can be ended at any moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/journal/store.h"
#include "common/node/transfer_file.h"
#include "common/trust/certificate.h"
#include "common/uplink/client.h"
#include "tests/drill/precinct_process.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::drill {

// One protocol for a precinct to sign.
struct FleetProtocol {
  std::size_t number = 0;  // the caller's own
  v1::Body body;
};

struct FleetClient {
  trust::Identity node;   // certificate of the installation
  trust::Identity chair;  // licence of the chair
  std::shared_ptr<const node::OpenedDefinition> definition;
  std::vector<uplink::Upstream> upstreams;
  std::vector<FleetProtocol> protocols;
  // Write a medium instead of connecting.
  bool by_medium = false;
  // Sign here, into a journal in this folder, and let urna-precinct send it as a process of its
  // own. Empty: send from here.
  std::filesystem::path process_folder;
};

// Told of a client that is done, with its journal and the length of what has receipts in it.
using ClientDone =
    std::function<void(const std::string& unit, journal::Store& journal, std::uint64_t settled)>;

struct FleetOptions {
  trust::Anchors anchors;
  std::uint64_t signed_at_ms = 0;  // the same in a second replay, so that records are the same
  std::size_t streams_max = 64;
  std::chrono::seconds patience{120};  // for one client's receipts
  std::chrono::milliseconds failover{10'000};
  std::chrono::milliseconds backoff_max{20'000};
  PrecinctProcesses* processes = nullptr;  // where clients with a process_folder run
  ClientDone on_done = nullptr;            // from several threads
};

// What came of one protocol at its own precinct.
struct FleetRefusal {
  std::size_t number = 0;
  std::vector<std::string> codes;  // of the findings that are errors
  Bytes record;                    // signed all the same, for a client that skips the check
};

// Codes of the findings that are errors; the refusal's own code when there are none.
std::vector<std::string> error_codes(const v1::Refusal& refusal);

struct FleetResult {
  std::vector<FleetRefusal> refused;
  std::string medium;  // the file's bytes, when by_medium
  std::string error;   // empty when everything was settled
};

using OnSettled = std::function<void(std::size_t client, std::size_t protocols)>;

// Runs `count` clients, at most streams_max of them alive at once: each is made by `make`, from
// several threads, when its turn comes, and is gone when it is done, so that a country needs no
// more memory or descriptors than a city. One result per client, in order. `on_settled` is told of
// each client that is done and how many protocols it has receipts for, none when it gave up, from
// several threads. Stops starting clients once `stopping` says so.
std::vector<FleetResult> run_fleet(std::size_t count,
                                   const std::function<Result<FleetClient>(std::size_t)>& make,
                                   const FleetOptions& options, const OnSettled& on_settled,
                                   const std::function<bool()>& stopping);

}  // namespace urna::drill
