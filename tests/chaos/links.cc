#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/chaos/fault_proxy.h"
#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// One thing that networks do, and for how long at least.
struct Weather {
  const char* name;
  LinkFaults faults;
  Milliseconds length;
  bool everywhere;  // else see break_out()
  std::uint64_t FaultProxy::Counts::* met;
};
constexpr Milliseconds kSecond{1'000};
constexpr std::string_view kPrecincts = "precincts";
constexpr const char* kTo = " to ";
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
    centre_ = run.system.centre();
    run.system.endurance().link = [this](const std::string& from, const std::string& to,
                                         const std::string& address) {
      return proxy_->add((from.empty() ? std::string(kPrecincts) : from) + kTo + to, address);
    };
    return {};
  }

  Result<void> play(Stage& stage) override {
    const std::vector<Weather> all = weathers();
    for (std::size_t i = 0; i < all.size(); ++i) {
      // A part of the precincts each second, so that all of its time has something to spoil.
      const auto seconds = static_cast<std::size_t>(all[i].length / kSecond);
      const ByTiers before = by_tiers();
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
    for (const auto& [tiers, done] : by_tiers()) {
      stage.note(tiers + ": connections, pieces",
                 std::to_string(done.connections) + ", " + std::to_string(done.pieces));
      stage.note(tiers + ": delayed, sliced",
                 std::to_string(done.delayed) + ", " + std::to_string(done.sliced));
      stage.note(tiers + ": corrupted, cut, swallowed", std::to_string(done.corrupted) + ", " +
                                                            std::to_string(done.cut) + ", " +
                                                            std::to_string(done.swallowed));
      if (done.connections > 0 && done.delayed + done.sliced == 0) {
        return fail(ErrorCode::kInternal, "nothing happened between " + tiers);
      }
    }
    return {};
  }

 private:
  using ByTiers = std::map<std::string, FaultProxy::Counts>;

  std::string tiers_of(const std::string& link) const {
    if (link.starts_with(kPrecincts)) return "precincts and above";
    return link.ends_with(kTo + centre_) ? "commissions and centre" : "commissions";
  }

  ByTiers by_tiers() const {
    ByTiers all;
    for (const auto& [link, counts] : proxy_->counts_by_link()) all[tiers_of(link)] += counts;
    return all;
  }

  // Between which tiers the weather has met nothing since; empty when between all. Nodes talk all
  // the time, so between any of them it must have; who is done with its protocols says no more.
  std::string missed(const Weather& weather, const ByTiers& before) const {
    std::uint64_t met = 0;
    std::string quiet;
    for (const auto& [tiers, now] : by_tiers()) {
      const auto then = before.find(tiers);
      const std::uint64_t more =
          now.*weather.met - (then == before.end() ? 0 : then->second.*weather.met);
      met += more;
      const bool talked = then != before.end() && then->second.connections > 0;
      if (more == 0 && talked && !tiers.starts_with(kPrecincts)) quiet = tiers;
    }
    return met == 0 ? "anybody" : quiet;
  }

  Result<void> wait_until_met(Stage& stage, const Weather& weather, const ByTiers& before) {
    std::string quiet = missed(weather, before);
    if (quiet.empty()) return {};
    LinkFaults harder = weather.faults;
    if (harder.corrupt_permille > 0) harder.corrupt_permille = kHarderPermille;
    if (harder.cut_permille > 0) harder.cut_permille = kHarderPermille;
    proxy_->set_all(harder);
    for (Milliseconds more{0}; more < kMeetMax; more += kSecond) {
      if (auto go_on = stage.pause(kSecond, kSecond); !go_on) return go_on;
      quiet = missed(weather, before);
      if (quiet.empty()) return {};
    }
    return fail(ErrorCode::kInternal,
                std::string(weather.name) + " met nothing to spoil between " + quiet);
  }

  // Not everywhere: between all precincts and who is above them, on a third of the links between
  // nodes, and on one at least between nodes and centre and among nodes. Links of precincts come to
  // be when they are first used.
  void break_out(Stage& stage, const Weather& weather) {
    proxy_->set_all(weather.faults);
    if (weather.everywhere) return;
    std::map<std::string, std::vector<std::string>> spared;
    std::set<std::string> struck;
    for (const std::string& link : proxy_->links()) {
      if (link.starts_with(kPrecincts)) continue;
      if (stage.random().chance(333)) {
        struck.insert(tiers_of(link));
      } else {
        spared[tiers_of(link)].push_back(link);
      }
    }
    for (auto& [tiers, links] : spared) {
      if (!struck.contains(tiers)) links.pop_back();
      for (const std::string& link : links) static_cast<void>(proxy_->set(link, {}));
    }
  }

  const std::uint64_t seed_;
  std::string centre_;
  std::unique_ptr<FaultProxy> proxy_;
};

}  // namespace

std::unique_ptr<Scenario> make_links(const Extent& extent) {
  return std::make_unique<Links>(extent);
}

}  // namespace urna::chaos
