#include "common/daemon/recount_compare.h"

#include <algorithm>

namespace urna::daemon {
namespace {

using node::State;

Letter letter_of(State state) {
  switch (state) {
    case State::kEffective: return Letter::kEffective;
    case State::kAwaitingApproval: return Letter::kAwaitingApproval;
    case State::kWaiting: return Letter::kWaiting;
    case State::kInConflict: return Letter::kInConflict;
    case State::kSuperseded: return Letter::kSuperseded;
    case State::kReturned: return Letter::kReturned;
    case State::kAnnulled: return Letter::kAnnulled;
  }
  return Letter::kWaiting;
}

std::string name_of(const model::ContestRound& key) {
  return "contest " + key.contest.str() + "/" + std::to_string(key.round);
}

// nullptr: nothing counts there.
const Sums* find(const Recount::Tallies& tallies, const Recount::Key& key) {
  const auto found = tallies.find(key);
  return found == tallies.end() ? nullptr : &found->second;
}

bool same(const results::Totals& held, const Sums* added) {
  if (added != nullptr) {
    return held.protocols == added->protocols && held.points == added->points &&
           held.votes == added->votes;
  }
  const auto nothing = [](const std::vector<std::uint64_t>& sums) {
    return std::ranges::all_of(sums, [](std::uint64_t sum) { return sum == 0; });
  };
  return held.protocols == 0 && nothing(held.points) && nothing(held.votes);
}

void compare_effects(const Recounted& again, const node::Projection& projection,
                     Comparison& comparison) {
  Recount::Meanings here;
  for (const model::PlaceId& place : projection.places()) {
    auto& bodies = here[place];
    for (const node::Projection::BodyView& body : projection.place(place)) {
      bodies[body.statement] = {letter_of(body.effect.state), body.effect.confirmed,
                                body.effect.needs_decision};
    }
  }
  const auto say = [&](const model::PlaceId& place, const StatementId& id, const std::string& is,
                       const std::string& should) {
    comparison.effects.push_back(place.str() + ", protocol " + id.hex() + ": it is " + is +
                                 " here and " + should + " when worked out again");
  };
  for (const auto& [place, bodies] : again.meanings) {
    auto& known = here[place];
    for (const auto& [id, meaning] : bodies) {
      ++comparison.bodies;
      const auto found = known.find(id);
      if (found == known.end()) {
        say(place, id, "unknown", to_string(meaning));
      } else if (found->second != meaning) {
        say(place, id, to_string(found->second), to_string(meaning));
      }
    }
    for (const auto& [id, meaning] : known) {
      if (!bodies.contains(id)) say(place, id, to_string(meaning), "unknown");
    }
  }
  for (const auto& [place, bodies] : here) {
    if (again.meanings.contains(place)) continue;
    for (const auto& [id, meaning] : bodies) say(place, id, to_string(meaning), "unknown");
  }
}

void compare_contest(const Recounted& again, const node::Projection& projection,
                     const model::ContestRound& key, Comparison& comparison) {
  const results::Tally& tally = *projection.tally();
  for (const bool confirmed : {false, true}) {
    const auto which = confirmed ? results::Which::kConfirmed : results::Which::kReceived;
    for (const model::UnitIndex index : tally.units_of(key)) {
      const model::UnitId& unit = projection.definition()->units().at(index).id;
      const results::Totals& held = *tally.totals(which, key, index);
      const Sums* added = find(again.tallies, {confirmed, key, unit});
      if (!confirmed && index == 0) comparison.protocols += added == nullptr ? 0 : added->protocols;
      if (same(held, added)) continue;
      const std::uint64_t protocols = added == nullptr ? 0 : added->protocols;
      comparison.tally.push_back(name_of(key) + ", unit " + unit.str() + ": the " +
                                 (confirmed ? "confirmed" : "received") + " tally has " +
                                 std::to_string(held.protocols) + " protocols, " +
                                 std::to_string(protocols) + " were added up again" +
                                 (held.protocols == protocols ? "; their figures differ" : ""));
    }
  }
}

}  // namespace

Comparison compare(const Recounted& again, const node::Projection& projection) {
  Comparison comparison;
  compare_effects(again, projection, comparison);
  const results::Tally* tally = projection.tally();
  std::vector<model::ContestRound> contests;
  if (tally != nullptr && projection.definition() != nullptr) contests = tally->contests();
  for (const model::ContestRound& key : contests) {
    ++comparison.contests;
    compare_contest(again, projection, key, comparison);
  }
  for (const auto& [key, sums] : again.tallies) {
    const bool known = tally != nullptr && tally->has(key.contest);
    if (!known) {
      comparison.tally.push_back(name_of(key.contest) + ", unit " + key.unit.str() + ": " +
                                 std::to_string(sums.protocols) +
                                 " protocols were added up again, and no tally has them");
    }
  }
  return comparison;
}

std::vector<std::string> compare(const Recounted& again, const ServerFigures& shown) {
  std::vector<std::string> differences;
  const auto say = [&](const std::string& of, std::uint64_t shows, std::uint64_t should) {
    if (shows == should) return;
    differences.push_back(of + ": the server shows " + std::to_string(shows) + ", " +
                          std::to_string(should) + " was worked out again");
  };
  std::map<Letter, std::uint64_t> letters;
  for (const auto& [place, bodies] : again.meanings) {
    for (const auto& [id, meaning] : bodies) ++letters[meaning.letter];
  }
  for (const State state : node::kAllStates) {
    const std::string name(node::state_name(state));
    const auto found = shown.states.find(name);
    say("protocols " + name, found == shown.states.end() ? 0 : found->second,
        letters[letter_of(state)]);
  }
  const auto unit = model::UnitId::parse(shown.unit);
  if (!unit) return differences;
  std::set<model::ContestRound> keys;
  for (const auto& [key, contest] : shown.contests) keys.insert(key);
  for (const auto& [key, sums] : again.tallies) {
    if (!key.confirmed && key.unit == *unit) keys.insert(key.contest);
  }
  for (const model::ContestRound& key : keys) {
    const Sums* added = find(again.tallies, {false, key, *unit});
    const auto found = shown.contests.find(key);
    const ServerFigures::Contest contest =
        found == shown.contests.end() ? ServerFigures::Contest() : found->second;
    say(name_of(key) + ", protocols", contest.received, added == nullptr ? 0 : added->protocols);
    for (const auto& [code, cell] : again.recount.options(key)) {
      const auto votes = contest.votes.find(code);
      say(name_of(key) + ", votes for " + code, votes == contest.votes.end() ? 0 : votes->second,
          added == nullptr ? 0 : added->votes[cell]);
    }
  }
  return differences;
}

}  // namespace urna::daemon
