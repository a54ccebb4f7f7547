#include "common/base/clock.h"

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// Of Debian's package `faketime`: shifts what a program is told of the time of day.
constexpr const char* kLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
// What that does not shift (clock_waits.cc); beside this program.
constexpr const char* kWaits = "liburna_clock_waits.so";
constexpr std::int64_t kOffMs = 600'000;
constexpr std::int64_t kSeenMs = kOffMs * 9 / 10;
constexpr int kSteps = 5;
constexpr Milliseconds kStep{500};

class WrongClock final : public Scenario {
 public:
  explicit WrongClock(const Extent& extent) : random_(extent.seed) {}

  Result<void> prepare(drill::Run& run) override {
    if (!std::filesystem::exists(kLibrary)) {
      if (std::getenv("CI") != nullptr) {
        return fail(ErrorCode::kNotFound, std::string(kLibrary) + " is not here: install faketime");
      }
      std::cerr << "chaos: clock: SKIPPED, no " << kLibrary << "; install the package faketime\n";
      return {};
    }
    const std::string waits = (drill::own_folder() / kWaits).string();
    if (!std::filesystem::exists(waits)) {
      return fail(ErrorCode::kNotFound, waits + " is not here: it is built with this program");
    }
    const auto& servers = run.setup.servers;
    if (servers.size() < 2) {
      return fail(ErrorCode::kInvalidArgument, "no territorial node has a clock");
    }
    const std::size_t first = 1 + random_.below(servers.size() - 1);
    // Where there is one node alone, the centre's is the other clock.
    const std::size_t second = servers.size() == 2 ? 0 : 1 + first % (servers.size() - 1);
    off_ = {{servers[first].unit, kOffMs}, {servers[second].unit, -kOffMs}};
    for (const auto& [unit, off] : off_) {
      run.system.endurance().prefixes[unit] = {
          "/usr/bin/env", std::string("LD_PRELOAD=") + kLibrary + ":" + waits,
          "FAKETIME=" + std::string(off > 0 ? "+" : "") + std::to_string(off / 1'000) + "s",
          "FAKETIME_DONT_FAKE_MONOTONIC=1"};
    }
    return {};
  }

  Result<void> play(Stage& stage) override {
    for (int i = 1; i <= kSteps; ++i) {
      stage.reached(static_cast<double>(i) / kSteps);
      if (auto go_on = stage.pause(kStep, kStep); !go_on) return go_on;
    }
    return {};
  }

  // The clocks were really off, or nothing was tried.
  Result<void> finish(Stage& stage) override {
    if (off_.empty()) stage.note("clock", "SKIPPED: the package faketime is not installed");
    for (const auto& [unit, off] : off_) {
      const auto status = stage.run().status_of(unit);
      if (!status) return fail(ErrorCode::kUnavailable, unit + " does not tell its status");
      const auto told = status->value("updated_ms", std::int64_t{0});
      const std::int64_t ahead = told - static_cast<std::int64_t>(wall_clock_ms());
      if ((off > 0) != (ahead > 0) || std::abs(ahead) < kSeenMs) {
        return fail(ErrorCode::kInternal, "the clock of " + unit + " is not off");
      }
      stage.note("clock of " + unit, std::to_string(ahead / 1'000) + " s off");
    }
    return {};
  }

 private:
  drill::SplitMix64 random_;
  std::map<std::string, std::int64_t> off_;
};

}  // namespace

std::unique_ptr<Scenario> make_clock(const Extent& extent) {
  return std::make_unique<WrongClock>(extent);
}

}  // namespace urna::chaos
