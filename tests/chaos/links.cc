#include <algorithm>
#include <array>

#include "tests/chaos/fault_proxy.h"
#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// One thing that networks do, and for how long at least.
struct Weather {
  const char* name;
  LinkFaults faults;
  Milliseconds length;
  bool everywhere;  // else on a third of the links, chosen by chance
  std::uint64_t FaultProxy::Counts::* met;
};
constexpr Milliseconds kSecond{1'000};
// What met nothing in its time goes on, everywhere and harder: nodes that say nothing else ask each
// other within this time whether they still live.
constexpr Milliseconds kMeetMax{45'000};
constexpr std::uint32_t kHarderPermille = 500;

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
  using Counts = FaultProxy::Counts;
  return {
      {"links that say nothing", silent, Milliseconds(2'000), false, &Counts::swallowed},
      {"slow links", slow, Milliseconds(2'000), true, &Counts::delayed},
      {"links in small slices", sliced, Milliseconds(2'000), true, &Counts::sliced},
      {"links that corrupt bytes", corrupt, Milliseconds(4'000), true, &Counts::corrupted},
      {"links that break", cut, Milliseconds(4'000), true, &Counts::cut},
      {"slow, sliced, corrupting and breaking links", all, Milliseconds(4'000), true,
       &Counts::delayed},
  };
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
      const auto seconds = static_cast<std::size_t>(all[i].length / kSecond);
      const std::uint64_t before = proxy_->counts().*all[i].met;
      break_out(stage, all[i]);
      for (std::size_t second = 1; second <= seconds; ++second) {
        stage.reached(
            (static_cast<double>(i) + static_cast<double>(second) / static_cast<double>(seconds)) /
            static_cast<double>(all.size()));
        if (auto go_on = stage.pause(kSecond, kSecond); !go_on) return go_on;
      }
      if (auto met = wait_until_met(stage, all[i], before); !met) return met;
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
    return {};
  }

 private:
  Result<void> wait_until_met(Stage& stage, const Weather& weather, std::uint64_t before) {
    const auto met = [&] { return proxy_->counts().*weather.met > before; };
    if (met()) return {};
    LinkFaults harder = weather.faults;
    if (harder.corrupt_permille > 0) harder.corrupt_permille = kHarderPermille;
    if (harder.cut_permille > 0) harder.cut_permille = kHarderPermille;
    proxy_->set_all(harder);
    for (Milliseconds more{0}; more < kMeetMax; more += kSecond) {
      if (auto go_on = stage.pause(kSecond, kSecond); !go_on) return go_on;
      if (met()) return {};
    }
    return fail(ErrorCode::kInternal, std::string(weather.name) + " met nothing to spoil");
  }

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
