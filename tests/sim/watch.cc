// The observer's view of what logs mean: invariants 3, 5 and 6 of DESIGN §8, checked from outside
// the node.

#include <algorithm>

#include "tests/sim/world.h"

namespace urna::sim {

Oracle World::oracle_of(const Site& site) {
  Oracle oracle(nation_, [this](const StatementId& id) { return papers_.blocking(id); });
  for (const RecordId& id : site.mirror->ids) oracle.add(told_.at(id));
  return oracle;
}

// Invariants 3 and 5: effects, both tallies and what commissions signed are what the set of records
// of a site means.
void World::check_meaning(Site& site) {
  if (!site.up()) return;
  const Oracle oracle = oracle_of(site);
  const Oracle::Effects effects = oracle.effects();
  check_effects(site, effects);
  if (site.engine->core().projection().tally() == nullptr) return;
  const Oracle::SumsByKey sums = oracle.sums(effects);
  check_sums(site, sums);
  check_territorial(site, oracle.territorial(effects, sums));
}

void World::check_effects(Site& site, const Oracle::Effects& expected) {
  const node::Projection& projection = site.engine->core().projection();
  Oracle::Effects actual;
  for (const model::PlaceId& place : projection.places()) {
    auto& here = actual[place];
    for (const auto& view : projection.place(place)) {
      here[view.statement] = {view.effect.state, view.effect.confirmed, view.effect.needs_decision};
    }
  }
  if (actual == expected) return;
  for (const auto& [place, bodies] : expected) {
    for (const auto& [statement, meaning] : bodies) {
      const Meaning found = actual[place][statement];
      if (found == meaning) continue;
      violation("5: at " + site.name() + ", " + place.str() + ": " +
                std::string(node::state_name(found.state)) + " should be " +
                std::string(node::state_name(meaning.state)));
    }
  }
  if (report_.violations.empty()) violation("5: " + site.name() + " knows other places");
}

void World::check_sums(Site& site, const Oracle::SumsByKey& sums) {
  const node::Projection& projection = site.engine->core().projection();
  const results::Tally& tally = *projection.tally();
  static const Sums kNothing;
  for (const auto& [key, sum] : sums) {
    const auto definition = projection.book().in_force();
    const Digest* slice = definition == nullptr ? nullptr : definition->slice(key.contest);
    if (tally.has(key.contest) || slice == nullptr) continue;
    if (!projection.book().missing_of(*slice).empty()) continue;
    violation("3: at " + site.name() + ", " + key.contest.contest.str() + " is not added up");
  }
  for (const model::ContestRound& contest : tally.contests()) {
    const model::Slice& slice = tally.slice(contest);
    for (model::UnitIndex unit = 0; unit < nation_.units()->size(); ++unit) {
      for (const bool confirmed : {false, true}) {
        const auto* totals = tally.totals(
            confirmed ? results::Which::kConfirmed : results::Which::kReceived, contest, unit);
        const auto found = sums.find({confirmed, contest, nation_.units()->at(unit).id});
        const Sums& wanted = found == sums.end() ? kNothing : found->second;
        const auto same = [&](const std::string& name, std::uint64_t figure) {
          const auto at = wanted.find(name);
          if ((at == wanted.end() ? 0 : at->second) == figure) return;
          violation("3: at " + site.name() + ", " + contest.contest.str() + " in " +
                    nation_.units()->at(unit).id.str() + ": " + name + " is " +
                    std::to_string(figure));
        };
        same("protocols", totals == nullptr ? 0 : totals->protocols);
        if (totals == nullptr || (wanted.empty() && totals->protocols == 0)) continue;
        for (std::size_t i = 0; i < totals->points.size(); ++i) {
          same(slice.form().points(static_cast<int>(i)).code(), totals->points[i]);
        }
        std::size_t cell = 0;
        for (const v1::Option& option : slice.data().options()) {
          const std::string list = "votes:" + option.code();
          same(list, totals->votes[cell++]);
          for (const v1::Candidate& candidate : option.candidates()) {
            same(list + "/" + std::to_string(candidate.position()), totals->votes[cell++]);
          }
        }
      }
    }
  }
}

// Where the contest's slice is: without it nothing can be worked out.
void World::check_territorial(Site& site, const Oracle::Territorial& expected) {
  const node::Projection& projection = site.engine->core().projection();
  for (const auto& [place, bodies] : expected) {
    if (!projection.tally()->has(place.place.contest)) continue;
    for (const auto& view : projection.territorial().bodies(place)) {
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
    if (projection.territorial().bodies(place).size() != bodies.size()) {
      violation("5: " + site.name() + " lacks a protocol of " + place.place.str());
    }
  }
}

// Invariant 5 between sites: whoever holds the same records says the same.
void World::check_same_set_same_effects() {
  std::map<std::array<std::uint64_t, 4>, Site*> by_set;
  for (Site* one : machines()) {
    if (!one->up()) continue;
    const auto [found, fresh] = by_set.emplace(one->mirror->set_sum, one);
    if (fresh) continue;
    const node::Projection& mine = one->engine->core().projection();
    const node::Projection& other = found->second->engine->core().projection();
    const std::vector<model::PlaceId> places = mine.places();
    bool same = places == other.places();
    for (const model::PlaceId& place : places) {
      const auto a = mine.place(place);
      const auto b = other.place(place);
      same = same && std::ranges::equal(a, b, [](const auto& x, const auto& y) {
               return x.statement == y.statement && x.effect == y.effect;
             });
    }
    if (!same) violation("5: " + one->name() + " and " + found->second->name() + " differ");
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
  bool same = same_tally && before.places() == after.places();
  for (const model::PlaceId& place : before.places()) {
    same = same && std::ranges::equal(before.place(place), after.place(place),
                                      [](const auto& x, const auto& y) {
                                        return x.statement == y.statement && x.effect == y.effect;
                                      });
  }
  if (!same) violation("3: " + site.name() + ", rebuilt from its disk, says something else");
}

std::set<StatementId> World::protocols_in(const Site& site, const model::UnitId& area) const {
  std::set<StatementId> statements;
  for (const RecordId& id : site.mirror->ids) {
    const Told& told = *told_.at(id);
    if (told.kind == trust::Kind::kProtocol && nation_.lies_under(*told.about, area)) {
      statements.insert(told.statement);
    }
  }
  return statements;
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
  }
  return true;
}

bool World::holds_its_own(const Site& one, std::string* why) {
  const Site& centre = site(nation_.centre);
  if (protocols_in(one, one.unit) != protocols_in(centre, one.unit)) {
    *why = one.name() + " does not hold the protocols of its area";
    return false;
  }
  for (const RecordId& id : centre.mirror->ids) {
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

}  // namespace urna::sim
