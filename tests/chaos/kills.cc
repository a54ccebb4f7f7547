#include <algorithm>
#include <array>
#include <iterator>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// A third of the precincts are processes of their own, that can be ended, but no more than about
// so many, since each costs a process; and all of few, since each runs for a moment only.
constexpr std::size_t kProcessEvery = 3;
constexpr std::size_t kProcessesMax = 300;
constexpr std::size_t kFew = 60;
constexpr Milliseconds kPrecinctPatience{2'000};  // for one that runs
constexpr Milliseconds kRunMax{60};  // a precinct's program does its work in about this time
constexpr int kTries = 4;            // to end one before it is done
// So often each tier's turn comes at least twice.
constexpr std::size_t kKillsEnough = 6;

enum class Tier : std::size_t { kPrecinct, kNode, kCentre };
constexpr const char* kTierNames[] = {"a precinct client", "a territorial node", "the centre"};
constexpr Milliseconds kQuietMax{150};
constexpr Milliseconds kAwayMax{800};

class Kills final : public Scenario {
 public:
  explicit Kills(const Extent& extent) : kills_(extent.kills), scenarios_(extent.scenarios) {}

  Result<void> prepare(drill::Run& run) override {
    const std::size_t own = run.data.precincts.size() / scenarios_;
    every_ = own <= kFew ? 1 : std::max(kProcessEvery, own / kProcessesMax);
    return {};
  }

  bool is_process(std::size_t precinct) const override { return precinct % every_ == 0; }

  Result<void> play(Stage& stage) override {
    constexpr std::size_t kTiers = std::size(kTierNames);
    for (std::size_t i = 0; i < kills_; ++i) {
      // Precincts begin when it is their turn to be ended: they run for a moment only.
      if (i % kTiers == 0) {
        stage.reached(static_cast<double>(i + kTiers) / static_cast<double>(kills_));
      } else if (auto go_on = stage.pause({}, kQuietMax); !go_on) {
        return go_on;
      }
      if (auto done = kill(stage, static_cast<Tier>(i % kTiers)); !done) return done;
    }
    return {};
  }

  Result<void> finish(Stage& stage) override {
    std::string never;
    for (std::size_t tier = 0; tier < std::size(kTierNames); ++tier) {
      stage.note(std::string("SIGKILL of ") + kTierNames[tier],
                 std::to_string(killed_[tier]) + " times");
      if (killed_[tier] == 0) never += std::string(never.empty() ? "" : ", ") + kTierNames[tier];
    }
    if (never.empty() || kills_ < kKillsEnough) return {};
    return fail(ErrorCode::kInternal, "kills: never ended: " + never);
  }

 private:
  // No precinct's program may run just then; a node's turn comes instead.
  Result<void> kill(Stage& stage, Tier tier) {
    if (tier == Tier::kCentre) return kill_server(stage, stage.run().system.centre(), tier);
    if (tier == Tier::kPrecinct) {
      const auto killed = kill_precinct(stage);
      if (!killed) return std::unexpected(killed.error());
      if (*killed) return {};
    }
    return kill_server(stage, stage.draw_node(), Tier::kNode);
  }

  // It is begun again by whoever runs it. False when none runs.
  Result<bool> kill_precinct(Stage& stage) {
    Milliseconds run = kRunMax;
    for (int i = 0; i < kTries; ++i, run /= 2) {
      if (!stage.precincts().wait_for_one(kPrecinctPatience)) return false;
      if (auto go_on = stage.pause({}, run); !go_on) return std::unexpected(go_on.error());
      if (!stage.precincts().kill_one(stage.random().next())) continue;
      over(stage, Tier::kPrecinct);
      return true;
    }
    return false;
  }

  Result<void> kill_server(Stage& stage, const std::string& unit, Tier tier) {
    if (auto killed = stage.run().system.kill(unit); !killed) return killed;
    const Milliseconds away = stage.random().chance(500) ? kAwayMax : Milliseconds(0);
    if (auto go_on = stage.pause({}, away); !go_on) return go_on;
    over(stage, tier);
    return stage.start_again(unit);
  }

  void over(Stage& stage, Tier tier) {
    const auto at = static_cast<std::size_t>(tier);
    ++killed_[at];
    stage.fault_over(std::string("kill -9 of ") + kTierNames[at]);
  }

  const std::size_t kills_;
  const std::size_t scenarios_;
  std::size_t every_ = kProcessEvery;
  std::array<std::size_t, std::size(kTierNames)> killed_{};
};

}  // namespace

std::unique_ptr<Scenario> make_kills(const Extent& extent) {
  return std::make_unique<Kills>(extent);
}

}  // namespace urna::chaos
