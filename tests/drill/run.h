// What the parts of a replay share: transfer, evening and comparison.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/service/signals.h"
#include "tests/drill/agenda.h"
#include "tests/drill/replay.h"
#include "tests/drill/replay_report.h"
#include "tests/drill/setup.h"
#include "tests/drill/system.h"

namespace urna::drill {

struct Run {
  Run(const Dataset& data, const Published& published, const ReplayOptions& options,
      std::filesystem::path folder, Setup setup, service::ShutdownSignals& signals);

  // Says that something is not as it must be.
  void complain(const std::string& what);
  // Whether somebody asked to stop. Safe from any thread.
  bool stopping();
  Result<void> check_stopping();
  // Protocols that must be accepted.
  std::size_t unspoiled() const { return data.protocols.size() - outcome.spoiled.size(); }
  // A spoiled election cannot be completed.
  bool has_evening() const { return outcome.spoiled.empty(); }

  // What a server's status page tells, the centre's; nullopt when it does not answer.
  std::optional<nlohmann::json> status_of(const std::string& unit) const;
  std::optional<nlohmann::json> centre_status() const;
  // The HTTP status of a server's /healthz; nullopt when it does not answer.
  std::optional<int> health_of(const std::string& unit) const;
  // Waits until the centre has received this many places and has a log of at least this size; what
  // the page told last. Complains when nothing more comes. `on_received` is told how many places
  // there are.
  Result<nlohmann::json> wait_for_centre(std::uint64_t received, std::uint64_t log_size,
                                         const std::function<void(std::uint64_t)>& on_received);
  // Waits until every server counts as many places as it must, whichever way they came to it, one
  // of which is in no tally when `disputed`. Complains of those that do not in time.
  Result<void> wait_for_all(bool disputed);

  // Waits until every server has as many records as concern it, once the centre has all. Complains
  // of those that do not in time.
  Result<void> wait_until_followed();

  const Dataset& data;
  const Published& published;
  const ReplayOptions& options;
  const std::filesystem::path folder;
  Setup setup;
  service::ShutdownSignals& signals;
  System system;
  ReplayOutcome outcome;
  // Set where there is an evening.
  Incidents incidents;
  ExpectedResults expected;
  Bodies bodies() const { return Bodies(data, setup.election, incidents); }
  std::chrono::steady_clock::time_point begun;
  std::uint64_t log_before = 0;   // size of the centre's log when the system stood
  bool all_there_before = false;  // a second replay into a kept system
  bool evening_before = false;    // whose evening was played to its end
  // Records that precincts have receipts for.
  std::atomic<std::uint64_t> acknowledged = 0;
  int wrong = 0;

 private:
  // Waits until each server's `figure_of` is at least what is wanted of it; those of which it is
  // not when nothing moves any more.
  using Wanted = std::map<std::string, std::uint64_t>;
  Result<Wanted> wait_for_each(Wanted wanted, std::uint64_t (*figure_of)(const nlohmann::json&));

  std::mutex mutex_;
  bool stopped_ = false;
};

// Places in the received tally of a status page.
std::uint64_t received_in(const nlohmann::json& status);
// Records in the log of a status page.
std::uint64_t log_size_in(const nlohmann::json& status);

}  // namespace urna::drill
