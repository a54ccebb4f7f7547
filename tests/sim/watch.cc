// The observer's view of what logs mean: invariants 3, 5 and 6 of DESIGN §8, checked from outside
// the node.

#include <algorithm>

#include "tests/sim/world.h"

namespace urna::sim {

namespace {

std::string described(const Meaning& meaning) {
  return std::string(node::state_name(meaning.state)) + (meaning.confirmed ? ", confirmed" : "") +
         (meaning.needs_decision ? ", to be decided" : "");
}

bool same_effects(const node::Projection& one, const node::Projection& other) {
  const std::vector<model::PlaceId> places = one.places();
  return places == other.places() && std::ranges::all_of(places, [&](const model::PlaceId& place) {
           return std::ranges::equal(one.place(place), other.place(place),
                                     [](const auto& x, const auto& y) {
                                       return x.statement == y.statement && x.effect == y.effect;
                                     });
         });
}

}  // namespace

Oracle::BlockingCodes World::blocking_codes() {
  return [this](const StatementId& id) { return papers_.blocking(id); };
}

// Invariants 3 and 5, of a site in which something came in, was taken back or began anew since this
// was last asked. A step changes no other, so after every step they are known to hold everywhere.
void World::check_what_changed(Site& site) {
  if (!site.up() || site.state() == site.looked_at) return;
  site.looked_at = site.state();
  if (site.reading == nullptr) {
    site.reading = std::make_unique<Reading>(nation_, blocking_codes());
  }
  Reading& reading = *site.reading;
  while (reading.size() < site.mirror->ids.size()) {
    reading.add(told_.at(site.mirror->ids[reading.size()]));
  }
  std::size_t places = 0;
  for (const ContestPlan& contest : nation_.contests) {
    const Oracle::Meant& meant = reading.of(contest.key);
    places += meant.effects.size();
    check_meaning(site, {&contest, 1}, meant);
  }
  check_places(site, places);
  check_same_as_others(site);
}

// The same once more by one oracle that reads the whole log.
void World::check_whole_meaning(Site& site) {
  if (!site.up()) return;
  Oracle oracle(nation_, blocking_codes());
  for (const RecordId& id : site.mirror->ids) oracle.add(told_.at(id));
  const Oracle::Meant meant = oracle.meant();
  check_meaning(site, nation_.contests, meant);
  check_places(site, meant.effects.size());
}

// Effects, both tallies and what commissions signed are what the set of records of a site means.
void World::check_meaning(Site& site, std::span<const ContestPlan> contests,
                          const Oracle::Meant& expected) {
  check_effects(site, expected.effects);
  if (site.engine->core().projection().tally() == nullptr) return;
  for (const ContestPlan& contest : contests) check_sums(site, contest.key, expected.sums);
  check_territorial(site, expected.territorial);
}

void World::check_places(Site& site, std::size_t expected) {
  if (site.engine->core().projection().places().size() == expected) return;
  violation("5: " + site.name() + " knows other places");
}

void World::check_effects(Site& site, const Oracle::Effects& expected) {
  const node::Projection& projection = site.engine->core().projection();
  for (const auto& [place, bodies] : expected) {
    const auto views = projection.place(place);
    if (views.size() != bodies.size()) {
      violation("5: " + site.name() + " knows other protocols of " + place.str());
    }
    for (const auto& view : views) {
      const Meaning found{view.effect.state, view.effect.confirmed, view.effect.needs_decision};
      const auto wanted = bodies.find(view.statement);
      if (wanted != bodies.end() && found == wanted->second) continue;
      violation("5: at " + site.name() + ", " + place.str() + ": " + described(found) +
                " should be " + (wanted == bodies.end() ? "unknown" : described(wanted->second)));
    }
  }
}

void World::check_sums(Site& site, const model::ContestRound& contest,
                       const Oracle::SumsByKey& sums) {
  const node::Projection& projection = site.engine->core().projection();
  const results::Tally& tally = *projection.tally();
  if (!tally.has(contest)) {
    const auto definition = projection.book().in_force();
    const Digest* slice = definition == nullptr ? nullptr : definition->slice(contest);
    if (slice == nullptr || !projection.book().missing_of(*slice).empty()) return;
    return violation("3: at " + site.name() + ", " + contest.contest.str() + " is not added up");
  }
  const Nation::Layout& layout = nation_.layout(tally.slice(contest).digest());
  const Sums nothing(nation_.columns());
  for (model::UnitIndex unit = 0; unit < nation_.units()->size(); ++unit) {
    const model::UnitId& id = nation_.units()->at(unit).id;
    for (const bool confirmed : {false, true}) {
      const auto which = confirmed ? results::Which::kConfirmed : results::Which::kReceived;
      const results::Totals* totals = tally.totals(which, contest, unit);
      const auto found = sums.find({confirmed, contest, id});
      const Sums& wanted = found == sums.end() ? nothing : found->second;
      const auto same = [&](std::size_t column, std::uint64_t figure) {
        if (wanted[column] == figure) return;
        violation("3: at " + site.name() + ", " + contest.contest.str() + " in " + id.str() + ": " +
                  nation_.column_name(column) + " is " + std::to_string(figure) +
                  " and should be " + std::to_string(wanted[column]));
      };
      same(nation_.column("protocols"), totals == nullptr ? 0 : totals->protocols);
      if (totals == nullptr) continue;
      for (std::size_t i = 0; i < totals->points.size(); ++i) {
        same(layout.points[i], totals->points[i]);
      }
      for (std::size_t i = 0; i < totals->votes.size(); ++i) {
        same(layout.votes[i], totals->votes[i]);
      }
    }
  }
}

// Where the contest's slice is: without it nothing can be worked out.
void World::check_territorial(Site& site, const Oracle::Territorial& expected) {
  const node::Projection& projection = site.engine->core().projection();
  for (const auto& [place, bodies] : expected) {
    if (!projection.tally()->has(place.place.contest)) continue;
    const auto views = projection.territorial().bodies(place);
    for (const auto& view : views) {
      const auto found = bodies.find(view.statement);
      if (found == bodies.end()) {
        violation("5: " + site.name() + " knows another protocol of " + place.place.str());
      } else if (found->second && *found->second != view.state) {
        violation("5: at " + site.name() + ", " +
                  std::string(node::territorial_kind_name(place.kind)) + " of " +
                  place.place.str() + ": " + std::string(node::territorial_state_name(view.state)) +
                  " should be " + std::string(node::territorial_state_name(*found->second)) +
                  (view.reasons.empty() ? "" : ", for " + view.reasons.front()));
      } else if (found->second) {
        count("seen " + std::string(node::territorial_state_name(view.state)));
      }
    }
    if (views.size() != bodies.size()) {
      violation("5: " + site.name() + " lacks a protocol of " + place.place.str());
    }
  }
}

// Invariant 5 between sites: whoever holds the same records says the same. One other is enough, for
// it was compared with the next when it came to hold them.
void World::check_same_as_others(Site& site) {
  if (!site.up()) return;
  const auto same_set = [&](const Site* other) {
    return other != &site && other->up() && other->mirror->set_sum == site.mirror->set_sum;
  };
  const std::vector<Site*> all = machines();
  const auto found = std::ranges::find_if(all, same_set);
  if (found == all.end()) return;
  if (!same_effects(site.engine->core().projection(), (*found)->engine->core().projection())) {
    violation("5: " + site.name() + " and " + (*found)->name() + " differ");
  }
}

// Everything dropped and built again from the disk gives the same.
void World::check_rebuild(Site& site) {
  if (!site.up()) return;
  trust::CertificateBook certificates(keys_.anchors());
  const auto rebuilt = node::Engine::open(site.config, *site.disk, certificates, *site.identity,
                                          node::system_random());
  if (!rebuilt)
    return violation("1: " + site.name() + " cannot be rebuilt: " + rebuilt.error().message);
  const node::Projection& before = site.engine->core().projection();
  const node::Projection& after = (*rebuilt)->core().projection();
  const bool same_tally = (before.tally() == nullptr) == (after.tally() == nullptr) &&
                          (before.tally() == nullptr || *before.tally() == *after.tally());
  if (!same_tally || !same_effects(before, after)) {
    violation("3: " + site.name() + ", rebuilt from its disk, says something else");
  }
}

// Invariants 6 and, over restores, 1: everything admitted anywhere, and everything that was ever
// acknowledged by anybody, is with the centre; and every tier's log holds what concerns it.
bool World::converged(std::string* why) {
  if (open_submissions_ > 0) {
    *why = "people are still working: " + last_wait_;
    return false;
  }
  const LogMirror& centre = *site(nation_.centre).mirror;
  for (const Site* one : machines()) {
    if (!one->up()) {
      *why = one->name() + " is down";
      return false;
    }
    for (const RecordId& id : one->mirror->ids) {
      if (centre.known.contains(id)) continue;
      *why = "a " + std::string(trust::kind_name(told_.at(id)->kind)) + " of " + one->name() +
             ", " + id.hex().substr(0, 8) + ", is not at the centre";
      return false;
    }
  }
  for (const RecordId& id : promised_) {
    if (centre.known.contains(id)) continue;
    *why = "1: a " + std::string(trust::kind_name(told_.at(id)->kind)) +
           " that was acknowledged is gone";
    return false;
  }
  for (const Site* one : machines()) {
    if (!one->offline && !holds_its_own(*one, why)) return false;
    if (!holds_its_parts(*one, why)) return false;
  }
  return true;
}

bool World::holds_its_own(const Site& one, std::string* why) {
  for (const RecordId& id : site(nation_.centre).mirror->ids) {
    const Told& told = *told_.at(id);
    const bool everywhere =
        told.kind == trust::Kind::kManifest || told.kind == trust::Kind::kRevocation;
    const bool own = told.about && nation_.lies_under(*told.about, one.unit);
    if ((everywhere || own) && !one.mirror->known.contains(id)) {
      *why = one.name() + " lacks a " + std::string(trust::kind_name(told.kind)) +
             " that the centre has, " + id.hex().substr(0, 8);
      return false;
    }
  }
  return true;
}

// Every contest that concerns it is added up there, by the definition it has in force.
bool World::holds_its_parts(const Site& one, std::string* why) {
  const node::Projection& projection = one.engine->core().projection();
  const auto definition = projection.book().in_force();
  if (definition == nullptr || projection.tally() == nullptr) {
    *why = one.name() + " has no definition";
    return false;
  }
  for (const auto& [contest, slice] : nation_.version(definition->id())->slices) {
    if (!nation_.concerns(contest, one.unit)) continue;
    const bool complete = projection.book().missing_of(slice).empty();
    if (complete && projection.tally()->has(contest)) continue;
    *why = one.name() + " lacks parts of " + contest.contest.str();
    return false;
  }
  return true;
}

}  // namespace urna::sim
