// Plays scenarios one after another beside a replay, each in its stretch of the transfer, measures
// how long everything takes to be well again, and checks afterwards that every promise was kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/scenario.h"
#include "tests/drill/disturbance.h"

namespace urna::chaos {

// The most that may be resident, KiB. DESIGN §11: precinct 64 MB, territorial node 256 MB. For the
// centre it names no figure; twice a node's.
inline constexpr std::uint64_t kPrecinctResidentKibMax = 64 * 1'024;
inline constexpr std::uint64_t kNodeResidentKibMax = 256 * 1'024;
inline constexpr std::uint64_t kCentreResidentKibMax = 2 * kNodeResidentKibMax;

class Conductor final : public drill::Disturbance {
 public:
  Conductor(std::vector<std::unique_ptr<Scenario>> scenarios, const Extent& extent);
  // Servers that were started again end now.
  ~Conductor() override;

  Result<void> prepare(drill::Run& run) override;
  void arrange(std::vector<std::size_t>& order) override;
  Result<void> begin(drill::Run& run) override;
  void admit(std::size_t number, std::size_t count) override;
  drill::PrecinctProcesses* processes() override { return precincts_ ? &*precincts_ : nullptr; }
  bool is_process(std::size_t precinct) const override;
  void settled(std::size_t number) override;
  void client_done(const std::string& unit, journal::Store& journal,
                   std::uint64_t settled) override;
  Result<void> end() override;
  void leave() override;
  Result<void> verify(const OpenJournal& open) override;
  void print() const override;

 private:
  class OnStage;
  // From the end of a fault until all that had a receipt then was at the centre.
  struct Recovery {
    std::string kind;
    std::chrono::steady_clock::time_point over;
    std::uint64_t log_size = 0;  // of the centre's log, when all is there
    std::optional<double> seconds;
  };

  void play_all();
  void play_and_finish();
  Result<void> play_each();
  Result<void> finish_each();
  Result<void> wait_until_sent(std::chrono::seconds patience);
  void watch();
  void look_at_centre();
  void check_memory(const std::map<std::string, std::uint64_t>& peaks);
  bool stopping() const;
  void let_go(std::size_t admitted);

  const std::vector<std::unique_ptr<Scenario>> scenarios_;
  std::optional<Stretches> stretches_;
  drill::SplitMix64 random_;
  drill::Run* run_ = nullptr;
  std::optional<drill::PrecinctProcesses> precincts_;
  Promises promises_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t admitted_ = 0;  // precincts that may begin
  std::size_t settled_ = 0;   // of those, with all their receipts, or none to come any more
  bool all_sent_ = false;     // every precinct has its receipts
  bool played_ = false;       // nothing more happens
  bool leaving_ = false;      // the run is not to be touched any more
  bool gone_ = false;         // servers may end
  std::vector<Recovery> recoveries_;
  std::vector<std::pair<std::string, std::string>> notes_;

  std::thread player_;  // parent of the servers it starts
  std::thread watcher_;
};

}  // namespace urna::chaos
