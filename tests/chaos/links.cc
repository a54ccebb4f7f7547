#include <algorithm>
#include <array>

#include "tests/chaos/fault_proxy.h"
#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// One thing that networks do, and for how long.
struct Weather {
  const char* name;
  LinkFaults faults;
  Milliseconds length;
  bool everywhere;  // else on a third of the links, chosen by chance
};

// A dead connection is noticed by its keep-alive, 20 s and 10 s (common/uplink/channel.cc), so it
// comes first: the others fall into that time.
std::vector<Weather> weathers() {
  LinkFaults silent;
  silent.silent = true;
  LinkFaults slow;
  slow.delay_ms_max = 30;
  LinkFaults sliced;
  sliced.slice_bytes_max = 50;
  LinkFaults corrupt;
  corrupt.corrupt_permille = 50;
  LinkFaults cut;
  cut.cut_permille = 50;
  LinkFaults all = slow;
  all.slice_bytes_max = 700;
  all.corrupt_permille = 5;
  all.cut_permille = 5;
  return {{"links that say nothing", silent, Milliseconds(2'000), false},
          {"slow links", slow, Milliseconds(2'000), true},
          {"links in small slices", sliced, Milliseconds(2'000), true},
          {"links that corrupt bytes", corrupt, Milliseconds(4'000), true},
          {"links that break", cut, Milliseconds(4'000), true},
          {"slow, sliced, corrupting and breaking links", all, Milliseconds(4'000), true}};
}

class Links final : public Scenario {
 public:
  explicit Links(const Extent& extent) : seed_(extent.seed) {}

  Result<void> prepare(drill::Run& run) override {
    auto proxy = FaultProxy::start(seed_);
    if (!proxy) return std::unexpected(std::move(proxy.error()));
    proxy_ = std::move(*proxy);
    run.system.endurance().link = [this](const std::string& from, const std::string& to,
                                         const std::string& address) {
      return proxy_->add((from.empty() ? "precincts" : from) + " to " + to, address);
    };
    return {};
  }

  Result<void> play(Stage& stage) override {
    const std::vector<Weather> all = weathers();
    for (std::size_t i = 0; i < all.size(); ++i) {
      // A part of the precincts each second, so that all of its time has something to spoil.
      const auto seconds = static_cast<std::size_t>(all[i].length / Milliseconds(1'000));
      break_out(stage, all[i]);
      for (std::size_t second = 1; second <= seconds; ++second) {
        stage.reached(
            (static_cast<double>(i) + static_cast<double>(second) / static_cast<double>(seconds)) /
            static_cast<double>(all.size()));
        if (auto go_on = stage.pause(Milliseconds(1'000), Milliseconds(1'000)); !go_on) {
          return go_on;
        }
      }
      proxy_->set_all({});
      stage.fault_over(all[i].name);
    }
    return {};
  }

  Result<void> finish(Stage& stage) override {
    const FaultProxy::Counts done = proxy_->counts();
    stage.note("connections, pieces of their bytes",
               std::to_string(done.connections) + ", " + std::to_string(done.pieces));
    stage.note("pieces delayed, sliced",
               std::to_string(done.delayed) + ", " + std::to_string(done.sliced));
    stage.note("pieces corrupted, cut, swallowed", std::to_string(done.corrupted) + ", " +
                                                       std::to_string(done.cut) + ", " +
                                                       std::to_string(done.swallowed));
    const bool idle = done.delayed == 0 || done.sliced == 0 || done.corrupted == 0 ||
                      done.cut == 0 || done.swallowed == 0;
    return idle ? fail(ErrorCode::kInternal, "a fault of links met nothing to spoil")
                : Result<void>();
  }

 private:
  void break_out(Stage& stage, const Weather& weather) {
    if (weather.everywhere) return proxy_->set_all(weather.faults);
    bool any = false;
    const std::vector<std::string> links = proxy_->links();
    for (const std::string& link : links) {
      if (!stage.random().chance(333)) continue;
      any = true;
      static_cast<void>(proxy_->set(link, weather.faults));
    }
    if (!any) static_cast<void>(proxy_->set(links.front(), weather.faults));
  }

  const std::uint64_t seed_;
  std::unique_ptr<FaultProxy> proxy_;
};

}  // namespace

std::unique_ptr<Scenario> make_links(const Extent& extent) {
  return std::make_unique<Links>(extent);
}

}  // namespace urna::chaos
