#include "tests/chaos/scenario.h"

#include <nlohmann/json.hpp>

namespace urna::chaos {

namespace {

constexpr int kStartsMax = 20;
constexpr Milliseconds kStartPause{250};
constexpr Milliseconds kPoll{20};
constexpr Milliseconds kCentrePoll{200};

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

Result<void> Stage::wait_until_passed_on(std::chrono::seconds patience) {
  const std::uint64_t wanted = run().log_before + run().acknowledged;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto status = run().centre_status();
    const std::uint64_t size = status ? drill::log_size_in(*status) : 0;
    if (size >= wanted) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kInternal, "the centre has " + std::to_string(size) + " of " +
                                            std::to_string(wanted) + " records with receipts");
    }
    if (auto go_on = pause(kCentrePoll, kCentrePoll); !go_on) return go_on;
  }
}

std::string Stage::draw_node() {
  const auto& servers = run().setup.servers;
  return servers[1 + random().below(servers.size() - 1)].unit;
}

}  // namespace urna::chaos
