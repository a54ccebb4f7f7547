#include "tests/sim/world.h"

namespace urna::sim {

namespace {

constexpr std::uint64_t kRoughMs = 40'000;     // faults and people
constexpr std::uint64_t kCalmMsMax = 400'000;  // by then everything has arrived
constexpr std::uint64_t kTickMs = 1'000;
constexpr std::uint64_t kHeavyEvery = 64;  // steps
constexpr std::uint64_t kStepsMax = 400'000;

Weather draw_weather(Random& random) {
  Weather weather;
  const auto sometimes = [&](unsigned high) {
    return random.chance(700) ? static_cast<unsigned>(random.between(1, high)) : 0;
  };
  weather.cut_stream = sometimes(40);
  weather.repeat_batch = sometimes(200);
  weather.crash = sometimes(60);
  weather.lose_output = sometimes(10);
  weather.disk_full = sometimes(15);
  weather.partition = sometimes(25);
  weather.delay_ms_max = random.chance(500) ? 50 : 3'000;
  return weather;
}

}  // namespace

World::World(std::uint64_t seed, Keyring& keys)
    : seed_(seed),
      keys_(keys),
      random_(seed),
      nation_(random_, keys),
      papers_(nation_, random_),
      weather_(draw_weather(random_)) {
  report_.seed = seed;
  report_.digest = 0xcbf29ce484222325u;
}

void World::after(std::uint64_t delay_ms, std::function<void()> what) {
  events_.push({now_ms_ + delay_ms, event_number_++, std::move(what)});
}

void World::violation(const std::string& what) {
  if (report_.violations.size() < 20) {
    report_.violations.push_back("at " + std::to_string(now_ms_ - kEpochMs) + " ms: " + what);
  }
}

// FNV-1a.
void World::digest(std::string_view text) {
  for (const char c : text) {
    report_.digest = (report_.digest ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
}

void World::add_site(const model::UnitId& unit, trust::Role role,
                     std::vector<model::UnitId> upstreams) {
  auto added = std::make_unique<Site>();
  added->unit = unit;
  added->identity = &keys_.node(unit, role);
  added->config = {.election = keys_.election(), .unit = unit, .is_centre = unit == nation_.centre};
  added->upstreams = std::move(upstreams);
  LogId log_id;
  for (unsigned char& byte : log_id.bytes) byte = static_cast<unsigned char>(random_.next());
  added->disk = std::make_unique<journal::MemoryStore>(log_id);
  sites_[unit] = std::move(added);
}

void World::build_sites() {
  add_site(nation_.centre, trust::Role::kCentralNode, {});
  add_site(nation_.middle, trust::Role::kTerritorialNode, {nation_.centre});
  for (const model::UnitId& gmina : nation_.gminas) {
    add_site(gmina, trust::Role::kTerritorialNode, {nation_.middle, nation_.centre});
  }
  for (const PrecinctPlan& precinct : nation_.precincts) {
    std::vector<model::UnitId> upstreams{precinct.gmina, nation_.middle, nation_.centre};
    if (precinct.by_medium) upstreams.clear();
    add_site(precinct.unit, trust::Role::kPrecinctNode, std::move(upstreams));
    site(precinct.unit).offline = precinct.by_medium;
  }
  for (auto& [unit, one] : sites_) {
    reopen(*one);
    Site* each = one.get();
    after(random_.below(kTickMs), [this, each] { tick(*each); });
  }
}

void World::tick(Site& site) {
  after(kTickMs, [this, &site] { tick(site); });
  if (site.up()) call(site, [&](node::Engine& engine) { return engine.tick(now_ms_); });
}

void World::step() {
  // The queue holds const elements; what is run must be moved out before it adds others.
  const Event event = events_.top();
  events_.pop();
  now_ms_ = event.at_ms;
  ++report_.steps;
  event.what();
  if (report_.steps % kHeavyEvery != 0) return;
  // One site in turn: all of them at every step would cost more than the run itself.
  auto at = std::next(sites_.begin(),
                      static_cast<std::ptrdiff_t>((report_.steps / kHeavyEvery) % sites_.size()));
  check_meaning(*at->second);
  check_same_set_same_effects();
}

RunReport World::run() {
  build_sites();
  plan_script();
  forecast();
  const std::uint64_t calm_at_ms = kEpochMs + kRoughMs;
  std::string why = "no time passed";
  bool done = false;
  while (!done && report_.violations.empty()) {
    if (!calm_ && events_.top().at_ms >= calm_at_ms) {
      calm_ = true;
      cut_off_until_ms_.clear();
      for (auto& [unit, one] : sites_) one->disk->set_full(false);
    }
    step();
    done = calm_ && report_.steps % 16 == 0 && converged(&why);
    if (now_ms_ > calm_at_ms + kCalmMsMax || report_.steps > kStepsMax) {
      violation("6: not everything arrived: " + why);
    }
  }
  for (auto& [unit, one] : sites_) {
    check_promises(*one);
    check_history(*one);
    check_meaning(*one);
    check_rebuild(*one);
  }
  check_same_set_same_effects();
  report_.records = site(nation_.centre).mirror.ids.size();
  report_.virtual_ms = now_ms_ - kEpochMs;
  return report_;
}

}  // namespace urna::sim
