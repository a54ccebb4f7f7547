// Machines that are not what they were: disks that come back from an old copy, copies that run
// beside their original, clocks that jump, certificates that are replaced.

#include <algorithm>

#include "tests/sim/world.h"

namespace urna::sim {

namespace {

constexpr std::size_t kArchiveMax = 4;
constexpr std::uint64_t kLookAgainMs = 3'000;

}  // namespace

void World::forecast_copies(Site& site) {
  if (weather_.restore == 0 && weather_.copy == 0) return;
  if (random_.chance(150)) keep_copy(site);
  if (random_.chance(weather_.restore)) restore(site);
  if (random_.chance(weather_.copy)) start_copy(site);
}

void World::keep_copy(Site& site) {
  auto copy = site.disk->backup();
  if (site.archive.size() < kArchiveMax) {
    site.archive.push_back(std::move(copy));
  } else {
    site.archive[random_.below(kArchiveMax)] = std::move(copy);
  }
}

// The machine is lost; another takes its place with what an old copy of its disk holds.
void World::restore(Site& site) {
  if (site.archive.empty()) return;
  count("restores");
  went_back_ = true;
  const bool was_up = site.up();
  site.stop();
  drop_all_streams(site);
  site.disk = random_.pick(site.archive)->backup();
  forget_what_is_lost(site);
  trace([&] {
    return site.name() + " is restored to " + std::to_string(site.mirror->ids.size()) + " entries";
  });
  if (random_.chance(300)) empty_batteries(site);
  if (was_up) after(random_.between(100, 8'000), [this, &site] { reopen(site); });
}

// The power was out in the whole house: those that send to a machine come back without a clock, and
// are refused until somebody sets it.
void World::empty_batteries(const Site& above) {
  for (Site* one : machines()) {
    if (one->upstreams.empty() || one->upstreams.front() != above.unit) continue;
    count("clocks years off");
    one->clock_ahead_ms = -static_cast<std::int64_t>(now_ms_) + 1;
    after(random_.between(2'000, 15'000), [one] { one->clock_ahead_ms = 0; });
  }
}

void World::forget_what_is_lost(Site& site) {
  site.mirror = std::make_shared<LogMirror>();
  site.reading.reset();
  if (site.unit == nation_.centre) centre_lives_.push_back(site.mirror);
  observe(site);
  std::erase_if(site.acknowledged, [&](const auto& promise) {
    return must(site.disk->find(promise.first)) != promise.second;
  });
  // What it kept of others' checkpoints may be gone as well.
  std::erase_if(held_, [&](const auto& held) { return std::get<0>(held.first) == &site; });
}

// Somebody starts a copy of a disk on a second machine, and for a while nobody notices.
void World::start_copy(Site& site) {
  // A second centre would be a second root of the tree, with nobody above to hear of it.
  if (site.copy || site.offline || site.unit == nation_.centre) return;
  count("copied nodes");
  went_back_ = true;
  auto copy = std::make_unique<Site>();
  copy->unit = site.unit;
  copy->role = site.role;
  copy->identity = site.identity;
  copy->config = site.config;
  copy->upstreams = site.upstreams;
  copy->copy = true;
  const bool old = !site.archive.empty() && random_.chance(500);
  copy->disk = old ? random_.pick(site.archive)->backup() : site.disk->backup();
  Site& fresh = *copies_.emplace_back(std::move(copy));
  trace([&] { return "a copy of " + fresh.unit.str() + " is started"; });
  observe(fresh);
  reopen(fresh);
  tick(fresh);
  if (random_.chance(600)) {
    after(random_.between(2'000, 20'000), [this, &fresh] { scrap(fresh); });
  }
}

void World::scrap(Site& copy) {
  count("copies scrapped");
  trace([&] { return copy.name() + " is scrapped"; });
  copy.stop();
  drop_all_streams(copy);
  copy.scrapped = true;
  forget_what_is_lost(copy);
}

// Two machines under one name are noticed, for each takes a new log id whenever it meets what the
// other left. The copy is switched off, and its original begins anew with an empty disk as soon as
// all it holds is with the centre: of what the copy passed on, peers think that the original has
// it.
void World::find_copies() {
  std::set<model::UnitId> units;
  for (const auto& copy : copies_) {
    units.insert(copy->unit);
    if (!copy->scrapped) scrap(*copy);
  }
  for (const model::UnitId& unit : units) begin_empty(unit);
}

void World::begin_empty(const model::UnitId& unit) {
  ++open_submissions_;
  after(1'000, [this, unit] {
    --open_submissions_;
    Site& one = site(unit);
    const LogMirror& centre = *site(nation_.centre).mirror;
    const bool all_there = std::ranges::all_of(
        one.mirror->ids, [&](const RecordId& id) { return centre.known.contains(id); });
    last_wait_ = unit.str() + " is to begin anew";
    if (!one.up() || !all_there) return begin_empty(unit);
    count("nodes that began empty");
    trace([&] { return one.name() + " begins with an empty disk"; });
    one.stop();
    drop_all_streams(one);
    one.disk = empty_disk();
    forget_what_is_lost(one);
    reopen(one);
  });
}

void World::set_clock(Site& site) {
  count("clock jumps");
  constexpr std::int64_t kMinuteMs = 60'000;
  const auto minutes = static_cast<std::int64_t>(random_.between(1, 90));
  site.clock_ahead_ms = (random_.chance(500) ? 1 : -1) * minutes * kMinuteMs;
  if (random_.chance(100)) {
    // A flat battery: years off, outside the validity of every certificate.
    count("clocks years off");
    site.clock_ahead_ms *= 60 * 24 * 365;
    if (site.clock_ahead_ms < 0) site.clock_ahead_ms = -static_cast<std::int64_t>(now_ms_) + 1;
  }
  if (random_.chance(300)) site.clock_ahead_ms = 0;
}

// A node's certificate is revoked; somewhat later its machines are given another.
void World::renew_node() {
  std::vector<model::UnitId> units;
  for (const auto& [unit, one] : sites_) units.push_back(unit);
  const model::UnitId unit = random_.pick(units);
  Site& one = site(unit);
  count("node certificates revoked");
  trace([&] { return "the certificate of " + unit.str() + " is revoked"; });
  const unsigned number = node_numbers_.emplace(unit, 1).first->second++;
  const node::NodeIdentity& before = keys_.node(unit, one.role, number);
  v1::Body body;
  body.mutable_revocation()->set_key_id(before.certificate->id.str());
  body.mutable_revocation()->set_unit(unit.str());
  decide_at(random_.chance(500) ? nation_.centre : nation_.middle,
            keys_.licence(nation_.centre, trust::Role::kNationalCommission), std::move(body), 0,
            "revocation of a node");
  after(random_.between(500, 12'000), [this, unit, role = one.role] {
    const node::NodeIdentity& fresh = keys_.node(unit, role, node_numbers_.at(unit));
    for (Site* machine : machines_of(unit)) change_identity(*machine, fresh);
  });
}

void World::change_identity(Site& site, const node::NodeIdentity& identity) {
  const bool was_up = site.up();
  site.stop();
  drop_all_streams(site);
  site.identity = &identity;
  if (was_up) reopen(site);
}

bool World::lacks_parts(const Site& site, const StatementId& definition) const {
  if (!site.up()) return false;
  const node::DefinitionBook& book = site.engine->core().book();
  if (book.find(definition) == nullptr) return true;
  return std::ranges::any_of(nation_.version(definition)->slices, [&](const auto& slice) {
    return !book.missing_of(slice.second).empty();
  });
}

// People keep what they signed until it is with the centre. What only a lost disk held they hand in
// again; what waits at a precinct without a network they bring once more.
void World::look_after() {
  after(kLookAgainMs, [this] { look_after(); });
  std::set<model::UnitId> to_bring;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const Kept kept = kept_[i];
    // The file of a definition is read in again where it came from when its parts are lost, and
    // nobody is above who owes them: those below hold what concerns them, and no more.
    const bool by_hand = told_.at(kept.id)->kind == trust::Kind::kManifest &&
                         site(kept.at).upstreams.empty() &&
                         lacks_parts(site(kept.at), told_.at(kept.id)->statement);
    if (site(nation_.centre).mirror->known.contains(kept.id) && !by_hand) continue;
    const bool on_line = std::ranges::any_of(machines(), [&](Site* one) {
      return !one->offline && one->mirror->known.contains(kept.id);
    });
    if (on_line && !by_hand) continue;
    Site& where = site(kept.at);
    if (by_hand || !where.mirror->known.contains(kept.id)) {
      count("handed in again");
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i--));
      submit(where, kept.submission);
    } else if (where.offline && !on_line && !on_the_way_.contains(kept.at)) {
      to_bring.insert(kept.at);
    }
  }
  for (const model::UnitId& unit : to_bring) bring_medium(site(unit));
}

}  // namespace urna::sim
