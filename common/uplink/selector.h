// Chooses which upstream to try and when. Pure: the clock and the jitter come in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace urna::uplink {

class Selector {
 public:
  struct Limits {
    std::uint64_t backoff_ms_min = 200;
    std::uint64_t backoff_ms_max = 20'000;
    std::uint64_t failover_ms = 10'000;
  };

  Selector(std::size_t upstreams, Limits limits) : limits_(limits), upstreams_(upstreams) {}

  struct Choice {
    std::size_t upstream = 0;
    std::uint64_t wait_ms = 0;
  };

  // The upstream to try next, and how long to wait before. `jitter` in [0, 1).
  // A later upstream is tried only once every earlier one has been failing for failover_ms, and
  // then at once, however long the earlier ones back off.
  Choice next(std::uint64_t now_ms, double jitter) const {
    Choice best{0, wait_for(0, now_ms, jitter)};
    std::uint64_t allowed_ms = 0;
    for (std::size_t i = 1; i < upstreams_.size() && best.wait_ms > 0; ++i) {
      const State& before = upstreams_[i - 1];
      if (before.failures == 0) break;
      allowed_ms = std::max(allowed_ms, before.failing_since_ms + limits_.failover_ms);
      const std::uint64_t until_allowed = allowed_ms > now_ms ? allowed_ms - now_ms : 0;
      const std::uint64_t wait = std::max(until_allowed, wait_for(i, now_ms, jitter));
      if (wait < best.wait_ms) best = {i, wait};
    }
    return best;
  }

  // An attempt ended without having proved good; it had been of no use since `since_ms`: since it
  // began, or since a moment ago when it was a good one that broke.
  void failed(std::size_t upstream, std::uint64_t since_ms, std::uint64_t now_ms) {
    State& state = upstreams_[upstream];
    if (state.failures == 0) state.failing_since_ms = since_ms;
    state.failures = std::min(state.failures + 1, 32U);
    state.last_failure_ms = now_ms;
    state.at_once = false;
  }
  // The upstream is of use. A greeting alone is not enough: one that greets and dies each time
  // would be tried again at once for ever, and the next one never.
  void proved(std::size_t upstream) { upstreams_[upstream] = State{}; }
  // Every upstream before this one is tried again without a wait. One that still fails goes on
  // having failed since it first did, so that this one is returned to at once.
  void try_before(std::size_t upstream) {
    for (std::size_t i = 0; i < upstream; ++i) upstreams_[i].at_once = true;
  }

 private:
  struct State {
    unsigned failures = 0;
    std::uint64_t failing_since_ms = 0;
    std::uint64_t last_failure_ms = 0;
    bool at_once = false;
  };

  // Full jitter over the upper half of the exponential backoff.
  std::uint64_t wait_for(std::size_t upstream, std::uint64_t now_ms, double jitter) const {
    const State& state = upstreams_[upstream];
    if (state.failures == 0 || state.at_once) return 0;
    const std::uint64_t doubled = limits_.backoff_ms_min << std::min(state.failures - 1, 20U);
    const auto backoff = static_cast<double>(std::min(doubled, limits_.backoff_ms_max));
    const auto wait = static_cast<std::uint64_t>(backoff * (0.5 + 0.5 * jitter));
    const std::uint64_t due = state.last_failure_ms + wait;
    return due > now_ms ? due - now_ms : 0;
  }

  Limits limits_;
  std::vector<State> upstreams_;
};

}  // namespace urna::uplink
