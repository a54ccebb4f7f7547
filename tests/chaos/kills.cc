#include <algorithm>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// A third of the precincts are processes of their own, that can be ended, but no more than about
// so many: each costs a process.
constexpr std::size_t kProcessEvery = 3;
constexpr std::size_t kProcessesMax = 300;
constexpr Milliseconds kPrecinctPatience{500};  // for one that runs
constexpr Milliseconds kRunMax{60};  // a precinct's program does its work in about this time
constexpr Milliseconds kQuietMax{150};
constexpr Milliseconds kAwayMax{800};

class Kills final : public Scenario {
 public:
  explicit Kills(const Extent& extent) : kills_(extent.kills) {}

  Result<void> prepare(drill::Run& run) override {
    every_ = std::max(kProcessEvery, run.data.precincts.size() / kProcessesMax);
    return {};
  }

  bool is_process(std::size_t precinct) const override { return precinct % every_ == 0; }

  Result<void> play(Stage& stage) override {
    for (std::size_t i = 0; i < kills_; ++i) {
      stage.reached(static_cast<double>(i + 1) / static_cast<double>(kills_));
      if (auto go_on = stage.pause({}, kQuietMax); !go_on) return go_on;
      if (auto done = kill(stage, i % 3); !done) return done;
    }
    return {};
  }

  Result<void> finish(Stage& stage) override {
    stage.note("killed with SIGKILL, all tiers", std::to_string(killed_) + " times");
    return {};
  }

 private:
  Result<void> kill(Stage& stage, std::size_t tier) {
    if (tier == 2) return kill_server(stage, stage.run().system.centre(), "the centre");
    if (tier == 0) {
      const auto killed = kill_precinct(stage);
      if (!killed) return std::unexpected(killed.error());
      if (*killed) return {};
    }
    return kill_server(stage, stage.draw_node(), "a territorial node");
  }

  // It is begun again by whoever runs it. False when none runs.
  Result<bool> kill_precinct(Stage& stage) {
    if (!stage.precincts().wait_for_one(kPrecinctPatience)) return false;
    if (auto go_on = stage.pause({}, kRunMax); !go_on) return std::unexpected(go_on.error());
    if (!stage.precincts().kill_one(stage.random().next())) return false;
    ++killed_;
    stage.fault_over("kill -9 of a precinct client");
    return true;
  }

  Result<void> kill_server(Stage& stage, const std::string& unit, const std::string& what) {
    if (auto killed = stage.run().system.kill(unit); !killed) return killed;
    ++killed_;
    const Milliseconds away = stage.random().chance(500) ? kAwayMax : Milliseconds(0);
    if (auto go_on = stage.pause({}, away); !go_on) return go_on;
    stage.fault_over("kill -9 of " + what);
    return stage.start_again(unit);
  }

  const std::size_t kills_;
  std::size_t every_ = kProcessEvery;
  std::size_t killed_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> make_kills(const Extent& extent) {
  return std::make_unique<Kills>(extent);
}

}  // namespace urna::chaos
