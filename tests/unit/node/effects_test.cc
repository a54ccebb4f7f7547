// The state machine of docs/effects.md, cell by cell. The table below is that page's table.
#include <gtest/gtest.h>

#include "tests/unit/node/place_records.h"

namespace urna::tests {
namespace {

using node::Effect;
using node::State;

constexpr int kGminaDepth = 3;
constexpr int kVoivodeshipDepth = 1;

// A state in the table's letters: a capital, then "c" when confirmed and "!" when listed for
// decision.
std::string letters(const Effect& effect) {
  std::string text;
  switch (effect.state) {
    case State::kEffective: text = "E"; break;
    case State::kAwaitingApproval: text = "A"; break;
    case State::kWaiting: text = "W"; break;
    case State::kInConflict: text = "X"; break;
    case State::kSuperseded: text = "S"; break;
    case State::kReturned: text = "R"; break;
    case State::kAnnulled: text = "N"; break;
  }
  if (effect.confirmed) text += "c";
  if (effect.needs_decision) text += "!";
  return text;
}

struct Scene {
  const char* state;  // letters before the event
  const char* name;
  void (*set)(PlaceBuilder&);
};

// Body "A", signed by "chair", in every state there is a way to be in.
const Scene kScenes[] = {
    {"E", "effective", [](PlaceBuilder& p) { p.body("A", "chair"); }},
    {"Ec", "effective, confirmed",
     [](PlaceBuilder& p) { p.body("A", "chair").confirm("A", "confirmer"); }},
    {"Ec!", "effective, confirmed, licence revoked",
     [](PlaceBuilder& p) { p.body("A", "chair").confirm("A", "confirmer").revoke("chair"); }},
    {"A", "awaiting approval", [](PlaceBuilder& p) { p.body("A", "chair", 1, "", {"B1"}); }},
    {"W", "waiting", [](PlaceBuilder& p) { p.body("A", "chair", 2, "missing"); }},
    {"X", "in conflict", [](PlaceBuilder& p) { p.body("A", "chair").body("B", "rival"); }},
    {"S", "set aside",
     [](PlaceBuilder& p) {
       p.body("A", "chair").body("B", "rival").settle("B", {"A"}, kGminaDepth, "settler");
     }},
    {"S", "followed by a revision",
     [](PlaceBuilder& p) { p.body("A", "chair").take_back("A").body("A2", "deputy", 2, "A"); }},
    {"R", "returned", [](PlaceBuilder& p) { p.body("A", "chair").take_back("A"); }},
    {"R", "returned by revocation", [](PlaceBuilder& p) { p.body("A", "chair").revoke("chair"); }},
    {"R", "returned by a new slice",
     [](PlaceBuilder& p) { p.body("A", "chair").slice_in_force("changed"); }},
    {"N", "annulled", [](PlaceBuilder& p) { p.body("A", "chair").annul("A"); }},
};

struct Event {
  const char* name;
  void (*happens)(PlaceBuilder&);
};

// The columns, in the order of the table.
const Event kEvents[] = {
    {"second body", [](PlaceBuilder& p) { p.body("C", "third"); }},
    {"signed again", [](PlaceBuilder& p) { p.body("A", "deputy"); }},
    {"revision of it", [](PlaceBuilder& p) { p.body("A3", "deputy", 2, "A"); }},
    {"return", [](PlaceBuilder& p) { p.take_back("A"); }},
    {"settled for it", [](PlaceBuilder& p) { p.settle("A", {"B"}, kGminaDepth, "other settler"); }},
    {"settled against it",
     [](PlaceBuilder& p) { p.settle("B", {"A"}, kGminaDepth, "other settler"); }},
    {"both, one rank",
     [](PlaceBuilder& p) {
       p.settle("A", {"B"}, kGminaDepth, "one").settle("B", {"A"}, kGminaDepth, "two");
     }},
    {"both, higher against",
     [](PlaceBuilder& p) {
       p.settle("A", {"B"}, kGminaDepth, "one").settle("B", {"A"}, kVoivodeshipDepth, "high");
     }},
    {"both, higher for",
     [](PlaceBuilder& p) {
       p.settle("B", {"A"}, kGminaDepth, "one").settle("A", {"B"}, kVoivodeshipDepth, "high");
     }},
    {"confirmation", [](PlaceBuilder& p) { p.confirm("A", "confirmer"); }},
    {"approval", [](PlaceBuilder& p) { p.approve("A", {"B1"}); }},
    {"annulment", [](PlaceBuilder& p) { p.annul("A"); }},
    {"licence revoked", [](PlaceBuilder& p) { p.revoke("chair"); }},
    {"confirmer revoked", [](PlaceBuilder& p) { p.revoke("confirmer"); }},
    {"new slice", [](PlaceBuilder& p) { p.slice_in_force("newest"); }},
};

// One row per scene, one cell per event: the state of A afterwards.
// clang-format off
const char* const kTable[std::size(kScenes)][std::size(kEvents)] = {
    //               2nd   again rev.  ret.  for   agnst both  hi.ag hi.fr conf. appr. annul lic.  cnfr  slice
    /* effective */ {"X",  "E",  "E",  "R",  "E",  "S",  "X",  "S",  "E",  "Ec", "E",  "N",  "R",  "E",  "R"},
    /* confirmed */ {"Ec", "Ec", "Ec", "Rc", "Ec", "Sc", "Xc", "Sc", "Ec", "Ec", "Ec", "Nc", "Ec!","E",  "Ec!"},
    /* … revoked */ {"Ec!","Ec", "Ec!","Rc", "Ec!","Sc", "Xc!","Sc", "Ec!","Ec!","Ec!","Nc", "Ec!","R",  "Ec!"},
    /* approval  */ {"X",  "A",  "A",  "R",  "A",  "S",  "X",  "S",  "A",  "Ac", "E",  "N",  "R",  "A",  "R"},
    /* waiting   */ {"W",  "W",  "W",  "R",  "W",  "W",  "W",  "W",  "W",  "Wc", "W",  "N",  "R",  "W",  "R"},
    /* conflict  */ {"X",  "X",  "X",  "R",  "E",  "S",  "X",  "S",  "E",  "Ec", "X",  "N",  "R",  "X",  "R"},
    /* set aside */ {"S",  "S",  "S",  "R",  "X",  "S",  "X",  "S",  "E",  "Sc", "S",  "N",  "R",  "S",  "R"},
    /* followed  */ {"S",  "S",  "S",  "S",  "S",  "S",  "S",  "S",  "S",  "Sc", "S",  "N",  "S",  "S",  "S"},
    /* returned  */ {"R",  "R",  "S",  "R",  "R",  "R",  "R",  "R",  "R",  "Rc", "R",  "N",  "R",  "R",  "R"},
    /* … revoked */ {"R",  "E",  "S",  "R",  "R",  "R",  "R",  "R",  "R",  "Ec!","R",  "N",  "R",  "R",  "R"},
    /* … slice   */ {"R",  "R",  "S",  "R",  "R",  "R",  "R",  "R",  "R",  "Ec!","R",  "N",  "R",  "R",  "R"},
    /* annulled  */ {"N",  "N",  "N",  "N",  "N",  "N",  "N",  "N",  "N",  "Nc", "N",  "N",  "N",  "N",  "N"},
};
// clang-format on

TEST(EffectsTable, EverySceneBeginsInTheStateItIsNamedAfter) {
  for (const Scene& scene : kScenes) {
    PlaceBuilder place;
    scene.set(place);
    EXPECT_EQ(letters(place.effect("A")), scene.state) << scene.name;
  }
}

TEST(EffectsTable, EveryCellHolds) {
  for (std::size_t row = 0; row < std::size(kScenes); ++row) {
    for (std::size_t column = 0; column < std::size(kEvents); ++column) {
      PlaceBuilder place;
      kScenes[row].set(place);
      kEvents[column].happens(place);
      EXPECT_EQ(letters(place.effect("A")), kTable[row][column])
          << kScenes[row].name << " × " << kEvents[column].name;
    }
  }
}

TEST(EffectsTable, EveryCellHoldsWhenTheEventComesFirst) {
  for (std::size_t row = 0; row < std::size(kScenes); ++row) {
    for (std::size_t column = 0; column < std::size(kEvents); ++column) {
      // A later definition is later by its version: order is no matter of arrival there.
      if (std::string_view(kEvents[column].name) == "new slice") continue;
      if (std::string_view(kScenes[row].name) == "awaiting approval" &&
          std::string_view(kEvents[column].name) == "signed again") {
        continue;  // the event alone would make another body of that name
      }
      if (std::string_view(kScenes[row].name) == "waiting") continue;  // the same
      PlaceBuilder place;
      kEvents[column].happens(place);
      kScenes[row].set(place);
      EXPECT_EQ(letters(place.effect("A")), kTable[row][column])
          << kEvents[column].name << ", then " << kScenes[row].name;
    }
  }
}

// ---- what the table cannot show: the other bodies of the place ----

TEST(Effects, NoBodyCountsWhileTwoClaimOnePlace) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival");
  EXPECT_EQ(place.effect("A").state, State::kInConflict);
  EXPECT_EQ(place.effect("B").state, State::kInConflict);
}

TEST(Effects, TwoConfirmedBodiesAreInConflict) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival").confirm("A", "one").confirm("B", "two");
  EXPECT_EQ(letters(place.effect("A")), "Xc");
  EXPECT_EQ(letters(place.effect("B")), "Xc");
}

TEST(Effects, ASettlementAndAConfirmationOfAnotherBodyContradictEachOther) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival").body("C", "third");
  place.settle("A", {"B"}, kGminaDepth, "settler").confirm("C", "confirmer");
  EXPECT_EQ(letters(place.effect("A")), "X");
  EXPECT_EQ(letters(place.effect("B")), "S");
  EXPECT_EQ(letters(place.effect("C")), "Xc");
}

TEST(Effects, ABodyThatComesAfterASettlementDoesNotPushOutTheChosenOne) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival").settle("A", {"B"}, kGminaDepth, "settler");
  place.body("C", "third");
  EXPECT_EQ(letters(place.effect("A")), "E");
  EXPECT_EQ(letters(place.effect("C")), "X");
}

TEST(Effects, ASettlementWhoseLicenceIsRevokedDecidesNothing) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival").settle("A", {"B"}, kGminaDepth, "settler");
  place.revoke("settler");
  EXPECT_EQ(letters(place.effect("A")), "X");
  EXPECT_EQ(letters(place.effect("B")), "X");
}

TEST(Effects, ReturnsAndAnnulmentsOutliveTheLicenceThatSignedThem) {
  PlaceBuilder place;
  place.body("A", "chair").take_back("A", "commission").revoke("commission");
  EXPECT_EQ(letters(place.effect("A")), "R");
  place.annul("A", "commissioner").revoke("commissioner");
  EXPECT_EQ(letters(place.effect("A")), "N");
}

TEST(Effects, AnApprovalFallsWithTheLicenceThatSignedIt) {
  PlaceBuilder place;
  place.body("A", "chair", 1, "", {"B1"}).approve("A", {"B1"}, "approver").revoke("approver");
  EXPECT_EQ(letters(place.effect("A")), "A");
}

TEST(Effects, EveryBlockingWarningNeedsItsApproval) {
  PlaceBuilder place;
  place.body("A", "chair", 1, "", {"B1", "B5"}).approve("A", {"B1"});
  EXPECT_EQ(letters(place.effect("A")), "A");
  place.approve("A", {"B5"}, "other approver");
  EXPECT_EQ(letters(place.effect("A")), "E");
}

TEST(Effects, ABodyCountsAsLongAsOneLicenceThatSignedItStands) {
  PlaceBuilder place;
  place.body("A", "chair").body("A", "deputy").revoke("chair");
  EXPECT_EQ(letters(place.effect("A")), "E");
  place.revoke("deputy");
  EXPECT_EQ(letters(place.effect("A")), "R");
}

// ---- revisions ----

TEST(Effects, ARevisionCountsOnceItsPredecessorIsReturned) {
  PlaceBuilder place;
  place.body("A", "chair").body("A2", "chair", 2, "A");
  EXPECT_EQ(letters(place.effect("A")), "E");
  EXPECT_EQ(letters(place.effect("A2")), "W");
  place.take_back("A");
  EXPECT_EQ(letters(place.effect("A")), "S");
  EXPECT_EQ(letters(place.effect("A2")), "E");
}

TEST(Effects, ARevisionWithAWrongNumberWaits) {
  PlaceBuilder place;
  place.body("A", "chair").take_back("A").body("A3", "chair", 3, "A");
  EXPECT_EQ(letters(place.effect("A")), "R");
  EXPECT_EQ(letters(place.effect("A3")), "W");
}

TEST(Effects, ARevisionOfAnAnnulledBodyWaits) {
  PlaceBuilder place;
  place.body("A", "chair").annul("A").body("A2", "chair", 2, "A");
  EXPECT_EQ(letters(place.effect("A2")), "W");
}

TEST(Effects, TwoRevisionsOfOneBodyAreInConflict) {
  PlaceBuilder place;
  place.body("A", "chair").take_back("A").body("A2", "chair", 2, "A").body("A3", "chair", 2, "A");
  EXPECT_EQ(letters(place.effect("A2")), "X");
  EXPECT_EQ(letters(place.effect("A3")), "X");
}

TEST(Effects, AChainOfRevisionsCountsAtItsEnd) {
  PlaceBuilder place;
  place.body("A3", "chair", 3, "A2").body("A2", "chair", 2, "A").body("A", "chair");
  place.take_back("A2").take_back("A");
  EXPECT_EQ(letters(place.effect("A")), "S");
  EXPECT_EQ(letters(place.effect("A2")), "S");
  EXPECT_EQ(letters(place.effect("A3")), "E");
}

TEST(Effects, AnnullingAReturnedBodyTakesNothingFromItsRevision) {
  PlaceBuilder place;
  place.body("A", "chair").take_back("A").body("A2", "chair", 2, "A").confirm("A2", "confirmer");
  place.annul("A");
  EXPECT_EQ(letters(place.effect("A")), "N");
  EXPECT_EQ(letters(place.effect("A2")), "Ec");
}

TEST(Effects, ARevisionOfABodyThatWasOnlyAnnulledWaits) {
  PlaceBuilder place;
  place.body("A", "chair").annul("A").body("A2", "chair", 2, "A");
  EXPECT_EQ(letters(place.effect("A2")), "W");
}

// Whoever may sign for one place may sign ten thousand times: the time taken stays linear.
TEST(Effects, TenThousandBodiesOfOnePlaceAreJudgedInOneGo) {
  node::PlaceRecords records;
  for (int i = 0; i < 10'000; ++i) {
    node::ProtocolBody body;
    body.statement = body_id("b" + std::to_string(i));
    body.revision = 2;
    body.supersedes = body_id("never" + std::to_string(i));
    body.slice = slice_named("slice");
    body.signatures.push_back({id_of<RecordId>("r" + std::to_string(i)), key("chair")});
    records.bodies.push_back(std::move(body));
  }
  node::EffectContext context;
  context.revoked = [](const KeyId&) { return false; };
  context.slice_in_force = slice_named("slice");
  for (const node::Effect& effect : node::effects_of(records, context)) {
    ASSERT_EQ(effect.state, node::State::kWaiting);
  }
}

TEST(Effects, ARevisionStartsAgainWhenItsPredecessorTurnsOutConfirmed) {
  // Returned for its revoked licence, revised, and only then is the confirmation known here.
  PlaceBuilder place;
  place.body("A", "chair").revoke("chair").body("A2", "deputy", 2, "A");
  EXPECT_EQ(letters(place.effect("A2")), "E");
  place.confirm("A", "confirmer");
  EXPECT_EQ(letters(place.effect("A")), "Ec!");
  EXPECT_EQ(letters(place.effect("A2")), "W");
}

// A place can need a settlement twice: once among first bodies, once among revisions.
TEST(Effects, ALaterSettlementOfAnotherConflictDoesNotDisagreeWithTheFirst) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival").settle("A", {"B"}, kGminaDepth, "settler");
  place.take_back("A").body("A2", "chair", 2, "A").body("A3", "deputy", 2, "A");
  EXPECT_EQ(letters(place.effect("A2")), "X");
  place.settle("A2", {"A3"}, kGminaDepth, "settler");
  EXPECT_EQ(letters(place.effect("A")), "S");
  EXPECT_EQ(letters(place.effect("B")), "S");
  EXPECT_EQ(letters(place.effect("A2")), "E");
  EXPECT_EQ(letters(place.effect("A3")), "S");
}

TEST(Effects, OfTwoChosenBodiesTheHigherUnitsCounts) {
  PlaceBuilder place;
  place.body("A", "chair").body("B", "rival").body("C", "third");
  place.settle("A", {"B"}, kGminaDepth, "settler").settle("C", {"B"}, kVoivodeshipDepth, "high");
  EXPECT_EQ(letters(place.effect("A")), "X");
  EXPECT_EQ(letters(place.effect("B")), "S");
  EXPECT_EQ(letters(place.effect("C")), "E");
}

TEST(Effects, ASliceThatComesBackIntoForceTakesItsProtocolsBackIn) {
  PlaceBuilder place;
  place.body("A", "chair").slice_in_force("changed");
  EXPECT_EQ(letters(place.effect("A")), "R");
  place.slice_in_force("slice");
  EXPECT_EQ(letters(place.effect("A")), "E");
}

}  // namespace
}  // namespace urna::tests
