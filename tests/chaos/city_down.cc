#include <algorithm>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// The node that most others send to, the centre aside; empty when there is none.
std::string middle_of(const drill::Setup& setup) {
  std::map<std::string, std::size_t> below;
  for (const drill::ServerPlan& server : setup.servers) {
    for (const std::string& upstream : server.upstreams) ++below[upstream];
  }
  below.erase(setup.servers.front().unit);
  const auto most =
      std::ranges::max_element(below, {}, [](const auto& server) { return server.second; });
  return most == below.end() ? std::string() : most->first;
}

class CityDown final : public Scenario {
 public:
  Result<void> prepare(drill::Run& run) override {
    city_ = middle_of(run.setup);
    if (!city_.empty()) return {};
    return fail(ErrorCode::kInvalidArgument,
                "no node stands between others and the centre in this data set");
  }

  Result<void> play(Stage& stage) override {
    if (auto killed = stage.run().system.kill(city_); !killed) return killed;
    stage.reached(1);
    return {};
  }

  Result<void> finish(Stage& stage) override {
    stage.fault_over("the middle node away all the while");
    const auto begun = std::chrono::steady_clock::now();
    if (auto started = stage.start_again(city_); !started) return started;
    if (auto all = stage.run().wait_for_all(stage.run().has_evening()); !all) return all;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", took.count());
    stage.note(city_ + " back: every node had everything after", text);
    return {};
  }

 private:
  std::string city_;
};

}  // namespace

std::unique_ptr<Scenario> make_city_down(const Extent&) { return std::make_unique<CityDown>(); }

}  // namespace urna::chaos
