// A scenario is something that happens to a running replay. Each plays by itself on one thread and
// says how far it is, so that there are precincts left to send for as long as it lasts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "tests/chaos/promises.h"
#include "tests/chaos/stretches.h"
#include "tests/drill/precinct_process.h"
#include "tests/drill/random.h"
#include "tests/drill/run.h"

namespace urna::chaos {

using Milliseconds = std::chrono::milliseconds;

// How much happens.
struct Extent {
  std::uint64_t seed = 1;       // chooses everything that is left to chance
  std::size_t scenarios = 1;    // that share the transfer
  std::size_t kills = 24;       // of the scenario "kills"
  std::size_t clients = 2'000;  // of the scenario "storm"
};

// What a scenario has in hand. Used by the scenario's thread alone.
class Stage {
 public:
  virtual ~Stage() = default;

  virtual drill::Run& run() = 0;
  virtual drill::SplitMix64& random() = 0;
  virtual drill::PrecinctProcesses& precincts() = 0;
  virtual Promises& promises() = 0;

  // Lets precincts begin up to this part of them, in [0, 1], of those that are this scenario's.
  virtual void reached(double part) = 0;
  // How many protocols those have, about.
  virtual std::uint64_t protocols() = 0;
  // Waits until all precincts that were let begin have their receipts, or gave up and said so.
  // kInternal when `patience` passes.
  virtual Result<void> wait_until_sent(std::chrono::seconds patience) = 0;
  // Waits, between the two by chance. kCancelled when the replay is stopped.
  virtual Result<void> pause(Milliseconds low, Milliseconds high) = 0;
  // A fault of this kind ended a moment ago. From now on it is measured how long it takes until
  // everything that has a receipt by now is at the centre.
  virtual void fault_over(const std::string& kind) = 0;
  // Waits until everything is well again after the faults that are over, or `patience` has passed.
  virtual Result<void> wait_until_well(std::chrono::seconds patience) = 0;
  // A line of the table at the end.
  virtual void note(const std::string& what, const std::string& figure) = 0;

  // Starts a server again as its supervisor would: tried several times, a little apart.
  Result<void> start_again(const std::string& unit);
  // Waits until precincts have receipts for so many records. kInternal when `patience` passes.
  Result<void> wait_for_receipts(std::uint64_t records, std::chrono::seconds patience);
  // Waits until the centre has everything that has a receipt. kInternal when `patience` passes.
  Result<void> wait_until_passed_on(std::chrono::seconds patience);
  // One of the territorial nodes.
  std::string draw_node();
};

class Scenario {
 public:
  virtual ~Scenario() = default;

  // Before anything is started.
  virtual Result<void> prepare(drill::Run&) { return {}; }
  // Beside its stretch of the transfer. All servers run again when it returns.
  virtual Result<void> play(Stage& stage) = 0;
  // When every precinct has its receipts.
  virtual Result<void> finish(Stage&) { return {}; }
  // Whether this precinct, by its number in the data set, is to begin in its stretch. After
  // prepare().
  virtual Wish wish(std::size_t) const { return Wish::kTakes; }
  // Whether this precinct of its stretch is to be a process of its own.
  virtual bool is_process(std::size_t) const { return false; }
};

}  // namespace urna::chaos
