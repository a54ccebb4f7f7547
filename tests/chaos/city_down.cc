#include <algorithm>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

constexpr std::chrono::seconds kSendPatience{1'800};
constexpr std::chrono::seconds kWellPatience{120};

// Those below a node: other nodes, and precincts that send to it first.
struct Below {
  std::size_t nodes = 0;
  std::size_t precincts = 0;
  auto operator<=>(const Below&) const = default;
};

}  // namespace

std::string middle_of(const drill::Run& run) {
  std::map<std::string, Below> below;
  for (const drill::ServerPlan& server : run.setup.servers) {
    for (const std::string& upstream : server.upstreams) ++below[upstream].nodes;
  }
  for (const drill::DatasetPrecinct& precinct : run.data.precincts) {
    ++below[run.setup.routes.at(precinct.teryt).front()].precincts;
  }
  below.erase(run.system.centre());
  const auto most =
      std::ranges::max_element(below, {}, [](const auto& server) { return server.second; });
  return most == below.end() ? std::string() : most->first;
}

namespace {

// Away for all of its stretch: with no other scenario, for the whole transfer.
class CityDown final : public Scenario {
 public:
  Result<void> prepare(drill::Run& run) override {
    run_ = &run;
    city_ = middle_of(run);
    if (!city_.empty()) return {};
    return fail(ErrorCode::kInvalidArgument,
                "no node stands between precincts and the centre in this data set");
  }

  Wish wish(std::size_t precinct) const override {
    const drill::Route& way = run_->setup.routes.at(run_->data.precincts[precinct].teryt);
    return std::ranges::find(way, city_) == way.end() ? Wish::kTakes : Wish::kWants;
  }

  Result<void> play(Stage& stage) override {
    // What it alone has would be away with it.
    if (auto all = stage.wait_until_passed_on(kWellPatience); !all) return all;
    if (auto killed = run_->system.kill(city_); !killed) return killed;
    auto around = send_around(stage);
    back_ = std::chrono::steady_clock::now();
    auto started = stage.start_again(city_);
    return around ? started : around;
  }

  Result<void> finish(Stage& stage) override {
    if (auto all = run_->wait_for_all(run_->has_evening()); !all) return all;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - back_;
    char text[48];
    std::snprintf(text, sizeof text, "%.1f s after it was back", took.count());
    stage.note("all nodes had all their places, " + city_ + " too", text);
    return {};
  }

 private:
  // Everything finds its way to the centre without it.
  Result<void> send_around(Stage& stage) const {
    const std::uint64_t before = run_->acknowledged;
    stage.reached(1);
    if (auto sent = stage.wait_until_sent(kSendPatience); !sent) return sent;
    const std::uint64_t meanwhile = run_->acknowledged - before;
    stage.note("records with receipts while " + city_ + " was away", std::to_string(meanwhile));
    if (meanwhile == 0) return fail(ErrorCode::kInternal, "nothing was sent while it was away");
    stage.fault_over("the middle node away: all at the centre");
    return stage.wait_until_passed_on(kWellPatience);
  }

  drill::Run* run_ = nullptr;
  std::string city_;
  std::chrono::steady_clock::time_point back_;
};

}  // namespace

std::unique_ptr<Scenario> make_city_down(const Extent&) { return std::make_unique<CityDown>(); }

}  // namespace urna::chaos
