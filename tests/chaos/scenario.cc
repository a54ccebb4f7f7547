#include "tests/chaos/scenario.h"

namespace urna::chaos {

namespace {

constexpr int kStartsMax = 20;
constexpr Milliseconds kStartPause{250};
constexpr Milliseconds kPoll{20};

}  // namespace

Result<void> Stage::start_again(const std::string& unit) {
  Result<void> started;
  for (int i = 0; i < kStartsMax; ++i) {
    started = run().system.start_again(unit);
    if (started) return started;
    if (auto go_on = pause(kStartPause, kStartPause); !go_on) return go_on;
  }
  return started;
}

Result<void> Stage::wait_for_receipts(std::uint64_t records, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (run().acknowledged < records) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kInternal, "precincts have only " +
                                            std::to_string(run().acknowledged) + " of " +
                                            std::to_string(records) + " receipts");
    }
    if (auto go_on = pause(kPoll, kPoll); !go_on) return go_on;
  }
  return {};
}

std::string Stage::draw_node() {
  const auto& servers = run().setup.servers;
  return servers[1 + random().below(servers.size() - 1)].unit;
}

}  // namespace urna::chaos
