// Effects are a pure function of the set of records: claims that hold for every set.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/node/place_records.h"

namespace urna::tests {
namespace {

using node::State;

// One record about the place, or one revocation, drawn from few names so that sets collide.
struct Fact {
  enum Kind { kBody, kConfirm, kReturn, kAnnul, kApprove, kSettle, kRevoke } kind;
  int subject;  // body
  int other;    // another body, for settlements
  int signer;
  bool high;  // a settlement of the higher unit
};

struct BodyRow {
  const char* name;
  std::uint32_t revision;
  const char* supersedes;
  std::vector<std::string> blocking;
  const char* slice;
};
const BodyRow kBodies[] = {
    {"A", 1, "", {}, "slice"},
    {"B", 1, "", {"B1"}, "slice"},
    {"C", 1, "", {}, "old slice"},
    {"A2", 2, "A", {}, "slice"},
    {"A2'", 2, "A", {}, "slice"},
    {"B2", 2, "B", {"B1"}, "slice"},
    {"A3", 3, "A2", {}, "slice"},
    {"A9", 9, "A", {}, "slice"},
    {"Z2", 2, "never here", {}, "slice"},
};
constexpr int kBodyCount = static_cast<int>(std::size(kBodies));
constexpr int kSigners = 4;

// How a counterexample prints.
std::ostream& operator<<(std::ostream& out, const Fact& fact) {
  constexpr const char* kNames[] = {"body",    "confirm", "return", "annul",
                                    "approve", "settle",  "revoke"};
  return out << kNames[fact.kind] << ' ' << kBodies[fact.subject].name << '/'
             << kBodies[fact.other].name << " by " << fact.signer << (fact.high ? " high" : " low");
}

void put(PlaceBuilder& place, const Fact& fact) {
  const BodyRow& row = kBodies[fact.subject];
  const std::string signer = "signer " + std::to_string(fact.signer);
  switch (fact.kind) {
    case Fact::kBody:
      place.body(row.name, signer, row.revision, row.supersedes, row.blocking, row.slice);
      break;
    case Fact::kConfirm: place.confirm(row.name, signer); break;
    case Fact::kReturn: place.take_back(row.name, signer); break;
    case Fact::kAnnul: place.annul(row.name, signer); break;
    case Fact::kApprove: place.approve(row.name, {"B1"}, signer); break;
    case Fact::kSettle:
      if (fact.other != fact.subject) {
        place.settle(row.name, {kBodies[fact.other].name}, fact.high ? 1 : 3, signer);
      }
      break;
    case Fact::kRevoke: place.revoke(signer); break;
  }
}

PlaceBuilder place_of(const std::vector<Fact>& facts) {
  PlaceBuilder place;
  for (const Fact& fact : facts) put(place, fact);
  return place;
}

rc::Gen<Fact> any_fact() {
  // Bodies twice as often as each decision: a decision about nothing shows nothing.
  return rc::gen::map(
      rc::gen::tuple(rc::gen::element(Fact::kBody, Fact::kBody, Fact::kBody, Fact::kConfirm,
                                      Fact::kReturn, Fact::kReturn, Fact::kAnnul, Fact::kApprove,
                                      Fact::kSettle, Fact::kSettle, Fact::kRevoke),
                     rc::gen::inRange(0, kBodyCount), rc::gen::inRange(0, kBodyCount),
                     rc::gen::inRange(0, kSigners), rc::gen::arbitrary<bool>()),
      [](const auto& drawn) {
        return Fact{std::get<0>(drawn), std::get<1>(drawn), std::get<2>(drawn), std::get<3>(drawn),
                    std::get<4>(drawn)};
      });
}

std::vector<Fact> any_facts() { return *rc::gen::container<std::vector<Fact>>(any_fact()); }

std::vector<Fact> shuffled(const std::vector<Fact>& facts) {
  std::vector<Fact> left = facts;
  std::vector<Fact> out;
  while (!left.empty()) {
    const auto at = *rc::gen::inRange<std::size_t>(0, left.size());
    out.push_back(left[at]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return out;
}

bool is_out(State state) {
  return state == State::kReturned || state == State::kSuperseded || state == State::kAnnulled;
}

RC_GTEST_PROP(EffectsProperty, TheOrderOfRecordsDoesNotMatter, ()) {
  const auto facts = any_facts();
  RC_ASSERT(place_of(facts).effects() == place_of(shuffled(facts)).effects());
}

RC_GTEST_PROP(EffectsProperty, RepeatedRecordsChangeNothing, ()) {
  const auto facts = any_facts();
  std::vector<Fact> twice = facts;
  twice.insert(twice.end(), facts.begin(), facts.end());
  RC_ASSERT(place_of(facts).effects() == place_of(twice).effects());
}

RC_GTEST_PROP(EffectsProperty, AtMostOneBodyOfAPlaceCounts, ()) {
  int counting = 0;
  for (const auto& [statement, effect] : place_of(any_facts()).effects()) {
    counting += node::counts(effect.state);
  }
  RC_ASSERT(counting <= 1);
}

// Annulled over returned over everything else, whatever else the set holds and however it grows.
RC_GTEST_PROP(EffectsProperty, NothingBringsBackWhatAReturnOrAnnulmentNames, ()) {
  const auto facts = any_facts();
  const auto effects = place_of(facts).effects();
  for (const Fact& fact : facts) {
    const auto found = effects.find(body_id(kBodies[fact.subject].name));
    if (found == effects.end()) continue;
    if (fact.kind == Fact::kAnnul) RC_ASSERT(found->second.state == State::kAnnulled);
    if (fact.kind == Fact::kReturn) RC_ASSERT(is_out(found->second.state));
  }
}

// A body that is returned though no return names it (its licences are revoked, or its slice
// changed) comes back only through a signature on it that stands, a confirmation of it that stands,
// or its slice in force again: never through any other record.
RC_GTEST_PROP(EffectsProperty, AReturnedBodyComesBackOnlyBySignatureOrConfirmationOfItself, ()) {
  const auto before = any_facts();
  const auto effects = place_of(before).effects();
  const auto added = any_facts();
  for (const auto& [statement, effect] : effects) {
    if (!is_out(effect.state)) continue;
    if (effect.state == State::kSuperseded)
      continue;  // set aside: a settlement may fall or be overruled
    std::vector<Fact> after = before;
    for (const Fact& fact : added) {
      const bool of_it = body_id(kBodies[fact.subject].name) == statement;
      if (of_it && (fact.kind == Fact::kBody || fact.kind == Fact::kConfirm)) continue;
      after.push_back(fact);
    }
    RC_ASSERT(is_out(place_of(after).effects().at(statement).state));
  }
}

// A confirmed body that counts is never pushed out by other bodies. (A revision whose predecessor
// no return names can lose its footing: another standing signature brings the predecessor back.)
RC_GTEST_PROP(EffectsProperty, MoreBodiesNeverPushOutAConfirmedOne, ()) {
  auto before = any_facts();
  std::erase_if(before, [](const Fact& fact) { return fact.kind == Fact::kSettle; });
  const auto effects = place_of(before).effects();
  std::vector<Fact> after = before;
  for (const Fact& fact : any_facts()) {
    if (fact.kind == Fact::kBody) after.push_back(fact);
  }
  for (const auto& [statement, effect] : effects) {
    if (!effect.confirmed || !node::counts(effect.state)) continue;
    // A confirmation already in the set may name another body that comes, or comes back, only now.
    const bool named_in_advance = std::ranges::any_of(before, [&](const Fact& fact) {
      return fact.kind == Fact::kConfirm && body_id(kBodies[fact.subject].name) != statement;
    });
    if (named_in_advance) continue;
    const bool first = std::ranges::any_of(kBodies, [&](const BodyRow& row) {
      return body_id(row.name) == statement && row.revision == 1;
    });
    if (!first) continue;
    RC_ASSERT(node::counts(place_of(after).effects().at(statement).state));
  }
}

// What counts is signed by a licence that stands or is confirmed, and follows a returned
// predecessor.
RC_GTEST_PROP(EffectsProperty, ARevisionCountsOnlyAfterItsReturnedPredecessor, ()) {
  const auto effects = place_of(any_facts()).effects();
  for (const BodyRow& row : kBodies) {
    const auto found = effects.find(body_id(row.name));
    if (found == effects.end() || row.revision == 1 || !node::counts(found->second.state)) continue;
    const auto predecessor = effects.find(body_id(row.supersedes));
    RC_ASSERT(predecessor != effects.end());
    // Superseded, or annulled after it was returned.
    RC_ASSERT(predecessor->second.state == State::kSuperseded ||
              predecessor->second.state == State::kAnnulled);
  }
}

}  // namespace
}  // namespace urna::tests
