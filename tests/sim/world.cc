#include "tests/sim/world.h"

#include <algorithm>

namespace urna::sim {

namespace {

constexpr std::uint64_t kRoughMs = 40'000;     // faults and people
constexpr std::uint64_t kCalmMsMax = 400'000;  // by then everything has arrived
constexpr std::uint64_t kTickMs = 1'000;
constexpr std::uint64_t kMeetAgainMs = 5'000;
constexpr std::uint64_t kMeetings = 5;
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
  weather.restore = sometimes(12);
  weather.copy = random.chance(400) ? static_cast<unsigned>(random.between(1, 8)) : 0;
  weather.clock_jump = sometimes(20);
  weather.hostile = sometimes(600);
  weather.renew_node = sometimes(60);
  weather.delay_ms_max = random.chance(500) ? 50 : 3'000;
  return weather;
}

}  // namespace

std::pair<std::uint64_t, std::uint64_t> World::when(const Event& event) {
  return {event.at_ms, event.number};
}

World::World(std::uint64_t seed, Keyring& keys, Trace trace)
    : seed_(seed),
      trace_(std::move(trace)),
      keys_(keys),
      random_(seed),
      nation_(random_, keys),
      papers_(nation_, random_),
      weather_(draw_weather(random_)),
      apart_(~seed),
      detours_(!apart_.chance(300)) {
  report_.seed = seed;
  if (random_.chance(500)) papers_.split_evenly();
  report_.digest = 0xcbf29ce484222325u;
}

void World::after(std::uint64_t delay_ms, std::function<void()> what) {
  events_.push_back({now_ms_ + delay_ms, event_number_++, std::move(what)});
  std::ranges::push_heap(events_, std::ranges::greater{}, when);
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
  added->role = role;
  added->identity = &keys_.node(unit, role);
  added->config = {.election = keys_.election(), .unit = unit, .is_centre = unit == nation_.centre};
  added->upstreams = std::move(upstreams);
  added->disk = empty_disk();
  if (unit == nation_.centre) centre_lives_.push_back(added->mirror);
  sites_[unit] = std::move(added);
}

LogId World::draw_log_id() {
  LogId id;
  for (unsigned char& byte : id.bytes) byte = static_cast<unsigned char>(random_.next());
  return id;
}

// It takes in whatever it is told to, for the observer to see.
std::unique_ptr<journal::MemoryStore> World::empty_disk() {
  auto disk = std::make_unique<journal::MemoryStore>(draw_log_id());
  disk->set_trusting(true);
  return disk;
}

void World::build_sites() {
  if (!detours_) count("nations without detours");
  const auto up_through = [&](std::vector<model::UnitId> upstreams) {
    if (!detours_) upstreams.resize(1);
    return upstreams;
  };
  add_site(nation_.centre, trust::Role::kCentralNode, {});
  add_site(nation_.middle, trust::Role::kTerritorialNode, {nation_.centre});
  for (const model::UnitId& gmina : nation_.gminas) {
    add_site(gmina, trust::Role::kTerritorialNode, up_through({nation_.middle, nation_.centre}));
  }
  for (const PrecinctPlan& precinct : nation_.precincts) {
    std::vector<model::UnitId> upstreams =
        up_through({precinct.gmina, nation_.middle, nation_.centre});
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

std::vector<Site*> World::machines_of(const model::UnitId& unit) {
  std::vector<Site*> all{&site(unit)};
  for (const auto& copy : copies_) {
    if (copy->unit == unit && !copy->scrapped) all.push_back(copy.get());
  }
  return all;
}

std::vector<Site*> World::machines() {
  std::vector<Site*> all;
  for (const auto& [unit, one] : sites_) all.push_back(one.get());
  for (const auto& copy : copies_) {
    if (!copy->scrapped) all.push_back(copy.get());
  }
  return all;
}

Site& World::workplace(const model::UnitId& unit) {
  const std::vector<Site*> all = machines_of(unit);
  return all.size() == 1 ? *all.front() : *random_.pick(all);
}

void World::tick(Site& site) {
  if (site.scrapped) return;
  after(kTickMs, [this, &site] { tick(site); });
  if (site.up()) call(site, [&](node::Engine& engine) { return engine.tick(clock(site)); });
}

void World::step() {
  // Moved out of the queue before it runs, for it may add others.
  std::ranges::pop_heap(events_, std::ranges::greater{}, when);
  const Event event = std::move(events_.back());
  events_.pop_back();
  now_ms_ = event.at_ms;
  ++report_.steps;
  event.what();
}

void World::calm_down() {
  calm_ = true;
  cut_off_until_ms_.clear();
  for (Site* one : machines()) {
    one->disk->set_full(false);
    one->clock_ahead_ms = 0;
  }
  look_after();
  // Streams are left as they are: everything must arrive on them. Only what a machine forgot that
  // came back from a copy, or what two of them told under one name, needs everybody to meet again.
  met_again_ = !went_back_;
  if (met_again_) return;
  // A machine hears what another under its name has sent when it greets after that, and a machine
  // that found its upstream away may leave out a meeting or two.
  for (std::uint64_t i = 1; i < kMeetings; ++i) after(i * kMeetAgainMs, [this] { meet_again(); });
  after(kMeetings * kMeetAgainMs, [this] {
    check_forks();
    find_copies();
    meet_again();
    met_again_ = true;
  });
}

// Everybody hangs up and begins with the upstream that is preferred.
void World::meet_again() {
  for (Site* one : machines()) {
    sizes_when_met_.try_emplace(one, one->mirror->ids.size());
    one->submit.upstream = one->follow.upstream = 0;
    drop_all_streams(*one);
  }
}

RunReport World::run() {
  build_sites();
  plan_script();
  forecast();
  const std::uint64_t calm_at_ms = kEpochMs + kRoughMs;
  std::string why = "no time passed";
  bool done = false;
  while (!done && report_.violations.empty()) {
    if (!calm_ && events_.front().at_ms >= calm_at_ms) calm_down();
    step();
    done = met_again_ && report_.steps % 16 == 0 && converged(&why);
    if (now_ms_ > calm_at_ms + kCalmMsMax || report_.steps > kStepsMax) {
      violation(why.starts_with("1: ") ? why : "6: not everything arrived: " + why);
    }
  }
  for (Site* one : machines()) {
    check_promises(*one);
    check_history(*one);
    check_notices(*one);
    check_whole_meaning(*one);
    check_rebuild(*one);
    check_same_as_others(*one);
  }
  if (report_.violations.empty()) check_what_peers_hold();
  count_turnout();
  report_.records = site(nation_.centre).mirror->ids.size();
  report_.virtual_ms = now_ms_ - kEpochMs;
  return report_;
}

}  // namespace urna::sim
