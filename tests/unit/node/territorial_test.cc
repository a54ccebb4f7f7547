// What commissions sign is worked out again: every state, every reason by name, in any order.
#include "common/node/territorial.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/trust/sha256.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

using node::TerritorialPlace;
using node::TerritorialState;
using Kind = v1::TerritorialProtocol::Kind;

constexpr auto kTabulation = v1::TerritorialProtocol::KIND_DISTRICT_TABULATION;
constexpr auto kCollective = v1::TerritorialProtocol::KIND_COLLECTIVE;
constexpr auto kFinal = v1::TerritorialProtocol::KIND_FINAL;

// Key generation is what costs here.
SmallElection& shared() {
  static SmallElection election;
  return election;
}

// A centre that records are entered at.
class Centre {
 public:
  Centre() {
    std::vector<Bytes> blobs = shared().first().parts;
    enter(shared().national(), shared().first().record, blobs);
  }

  const node::TerritorialBook& book() const { return node_.core().projection().territorial(); }

  void enter(const Holder& holder, const Bytes& record, std::vector<Bytes> blobs = {}) {
    blobs.push_back(holder.certificate->der);
    const v1::Outcome outcome = wires_.enter(node_, record, blobs);
    ASSERT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    records_.push_back({&holder, record});
  }
  void sign(const Holder& holder, const v1::Body& body) {
    enter(holder, shared().sign(holder, body));
  }
  // The code with which a record is refused.
  std::string refusal(const Holder& holder, const v1::Body& body) {
    const auto outcome =
        wires_.enter(node_, shared().sign(holder, body), {holder.certificate->der});
    return outcome.refused().code();
  }
  v1::Body protocol(const std::string& contest, const std::string& precinct,
                    std::uint32_t votes = 100) {
    v1::Body body = shared().protocol(precinct, contest, votes);
    sign(shared().chair(precinct), body);
    return body;
  }
  void confirm(const std::string& unit, const v1::Body& body) {
    sign(shared().commission(unit), SmallElection::confirmation(body));
  }
  // Protocols of every precinct of the contest, confirmed by the commission of each.
  void count(const std::string& contest, const std::string& confirming = {}) {
    for (const std::string& precinct : shared().precincts(contest)) {
      const v1::Body body = protocol(contest, precinct);
      confirm(!confirming.empty()              ? confirming
              : precinct.starts_with("146200") ? "146200"
                                               : "140100",
              body);
    }
  }
  Result<v1::TerritorialProtocol> draft(Kind kind, const std::string& unit,
                                        const std::string& contest) const {
    return book().draft(key(kind, unit, contest));
  }
  // Draws up and signs; the body that was signed.
  v1::Body sign_draft(Kind kind, const std::string& unit, const std::string& contest,
                      const std::function<void(v1::TerritorialProtocol&)>& change = {}) {
    auto drawn = draft(kind, unit, contest);
    EXPECT_TRUE(drawn.has_value()) << drawn.error().message;
    v1::Body body;
    if (drawn) *body.mutable_territorial() = *drawn;
    if (change) change(*body.mutable_territorial());
    sign(shared().commission(unit), body);
    return body;
  }
  static TerritorialPlace key(Kind kind, const std::string& unit, const std::string& contest) {
    return {{*model::UnitId::parse(unit), {*model::ContestId::parse(contest), 1}}, kind};
  }
  // "final", or the state and its reasons.
  std::string state(const v1::Body& body) const {
    const v1::TerritorialProtocol& of = body.territorial();
    for (const auto& view :
         book().bodies(key(of.kind(), of.place().unit(), of.place().contest()))) {
      if (view.statement != SmallElection::statement(body)) continue;
      std::string text(node::territorial_state_name(view.state));
      for (const std::string& reason : view.reasons) text += "; " + reason;
      return text;
    }
    return "unknown";
  }
  // What every body is, for comparing two centres.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> all;
    for (const TerritorialPlace& place : book().places()) {
      for (const auto& view : book().bodies(place)) {
        std::string text(node::territorial_state_name(view.state));
        for (const std::string& reason : view.reasons) text += "; " + reason;
        all[view.statement.hex()] = text;
      }
    }
    return all;
  }
  const std::vector<std::pair<const Holder*, Bytes>>& records() const { return records_; }
  TestNode& node() { return node_; }

 private:
  TestNode node_{shared(), "PL"};
  Wires wires_;
  std::vector<std::pair<const Holder*, Bytes>> records_;
};

v1::Body tie_by_lot(Centre& centre, const node::PendingLot& lot, const std::string& option,
                    const std::string& unit = "140101") {
  v1::Body body;
  body.mutable_lot()->set_contest(lot.contest.contest.str());
  body.mutable_lot()->set_round(lot.contest.round);
  body.mutable_lot()->set_context(lot.context.str());
  for (const v1::LotWinner& one : lot.among) {
    if (one.option() == option) *body.mutable_lot()->add_winners() = one;
  }
  centre.sign(shared().commission(unit), body);
  return body;
}

std::map<std::string, std::string> outcomes(const v1::TerritorialProtocol& protocol) {
  std::map<std::string, std::string> all;
  for (const auto& outcome : protocol.outcomes()) {
    all[outcome.option() + "/" + std::to_string(outcome.candidate())] = outcome.outcome();
  }
  return all;
}

// ---- drawing up ----

TEST(Territorial, NothingIsDrawnUpBeforeEveryProtocolIsConfirmed) {
  Centre centre;
  EXPECT_EQ(centre.draft(kTabulation, "140100", "powiat-140100").error().code,
            ErrorCode::kUnavailable);
  std::vector<v1::Body> bodies;
  for (const std::string& precinct : shared().precincts("powiat-140100")) {
    bodies.push_back(centre.protocol("powiat-140100", precinct));
  }
  for (std::size_t i = 0; i + 1 < bodies.size(); ++i) centre.confirm("140100", bodies[i]);
  const auto early = centre.draft(kTabulation, "140100", "powiat-140100");
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().message, "no confirmed protocol of " +
                                       bodies.back().protocol().place().unit() +
                                       " that fits the definition is here");
  centre.confirm("140100", bodies.back());
  EXPECT_TRUE(centre.draft(kTabulation, "140100", "powiat-140100").has_value());
}

// Five precincts with 100 votes for list 1, 40 for list 2 and 10 invalid ones each.
TEST(Territorial, ATabulationAddsUpItsProtocols) {
  Centre centre;
  centre.count("powiat-140100");
  const auto drawn = centre.draft(kTabulation, "140100", "powiat-140100");
  ASSERT_TRUE(drawn.has_value()) << drawn.error().message;
  EXPECT_EQ(drawn->inputs_size(), 5);
  EXPECT_EQ(drawn->points(static_cast<int>(point_at(shared(), "powiat-140100", "p12"))),
            5 * 140u + 1);
  // List 1, its candidates, list 2, its candidates.
  EXPECT_EQ(std::vector<std::uint64_t>(drawn->votes().begin(), drawn->votes().end()),
            (std::vector<std::uint64_t>{501, 501, 1, 201, 201, 1}));
}

// d'Hondt for 2 seats of 500 and 200 votes: 500, 250, 200: both seats to list 1.
TEST(Territorial, AFinalProtocolSaysWhoIsElected) {
  Centre centre;
  centre.count("powiat-140100");
  EXPECT_FALSE(centre.draft(kFinal, "140100", "powiat-140100").has_value());
  const v1::Body tabulation = centre.sign_draft(kTabulation, "140100", "powiat-140100");
  EXPECT_EQ(centre.state(tabulation), "final");
  const v1::Body final_one = centre.sign_draft(kFinal, "140100", "powiat-140100");
  EXPECT_EQ(centre.state(final_one), "final");
  EXPECT_EQ(
      outcomes(final_one.territorial()),
      (std::map<std::string, std::string>{
          {"1/1", "elected"}, {"1/2", "elected"}, {"2/1", "not_elected"}, {"2/2", "not_elected"}}));
}

// Three precincts: 300 against 120 of 420 valid votes.
TEST(Territorial, AMayorsFinalProtocolAddsUpThePrecinctsItself) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "mayor-140101");
  EXPECT_EQ(centre.state(body), "final");
  EXPECT_EQ(body.territorial().inputs_size(), 3);
  EXPECT_EQ(outcomes(body.territorial()),
            (std::map<std::string, std::string>{{"1/0", "elected"}, {"2/0", "not_elected"}}));
}

TEST(Territorial, AnAssemblyIsCollectedByPowiatsAndCitiesAndDeterminedByTheVoivodeship) {
  Centre centre;
  centre.count("assembly-14");
  EXPECT_EQ(centre.draft(kTabulation, "140000", "assembly-14").error().message,
            "the collective of 140100 for assembly-14 is not here or not final; the collective of "
            "146200 for assembly-14 is not here or not final");
  const v1::Body powiat = centre.sign_draft(kCollective, "140100", "assembly-14");
  const v1::Body city = centre.sign_draft(kCollective, "146200", "assembly-14");
  EXPECT_EQ(powiat.territorial().inputs_size(), 5);
  EXPECT_EQ(city.territorial().inputs_size(), 2);
  const v1::Body tabulation = centre.sign_draft(kTabulation, "140000", "assembly-14");
  EXPECT_EQ(tabulation.territorial().inputs_size(), 2);
  EXPECT_EQ(tabulation.territorial().votes(0), 7 * 100u + 1);
  const v1::Body final_one = centre.sign_draft(kFinal, "140000", "assembly-14");
  for (const v1::Body* body : {&powiat, &city, &tabulation, &final_one}) {
    EXPECT_EQ(centre.state(*body), "final");
  }
}

// ---- what is wrong is named ----

TEST(Territorial, AChangedFigureIsNamed) {
  Centre centre;
  centre.count("powiat-140100");
  const v1::Body body =
      centre.sign_draft(kTabulation, "140100", "powiat-140100", [](auto& protocol) {
        protocol.set_votes(1, protocol.votes(1) + 1);
        protocol.set_points(0, protocol.points(0) - 1);
      });
  EXPECT_EQ(
      centre.state(body),
      "not_final; p1 is 4999, worked out here it is 5000; votes:1/1 is 501, worked out here it "
      "is 500");
}

TEST(Territorial, AChangedOutcomeIsNamed) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "mayor-140101", [](auto& protocol) {
    protocol.mutable_outcomes(0)->set_outcome("not_elected");
    protocol.mutable_outcomes(1)->set_outcome("elected");
  });
  EXPECT_EQ(
      centre.state(body),
      "not_final; mayor-140101, 1 is not_elected, worked out here it is elected; mayor-140101, "
      "2 is elected, worked out here it is not_elected");
}

TEST(Territorial, AMissingAndAForeignInputAreNamed) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  std::string dropped;
  const v1::Body body = centre.sign_draft(kFinal, "140101", "mayor-140101", [&](auto& protocol) {
    dropped = protocol.inputs(0);
    protocol.set_inputs(0, Bytes(32, '\0'));
  });
  const std::string state = centre.state(body);
  EXPECT_TRUE(state.starts_with("not_final; it adds up 000000000000000, which is no part of it"))
      << state;
  EXPECT_NE(state.find("it does not add up 140101-"), std::string::npos) << state;
}

// ---- what changes afterwards ----

TEST(Territorial, FallsWithAnInputAndIsRevised) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "mayor-140101");
  ASSERT_EQ(centre.state(body), "final");
  const v1::Body precinct = shared().protocol("140101-2", "mayor-140101", 100);
  centre.sign(shared().commission("140101"), SmallElection::taken_back(precinct));
  EXPECT_EQ(centre.state(body), "not_final; the protocol of 140101-2 is returned");

  const v1::Body corrected =
      SmallElection::revision(shared().protocol("140101-2", "mayor-140101", 90), precinct);
  centre.sign(shared().chair("140101-2"), corrected);
  centre.confirm("140101", corrected);
  EXPECT_EQ(centre.state(body), "not_final; the protocol of 140101-2 is superseded");
  const v1::Body revised = centre.sign_draft(kFinal, "140101", "mayor-140101");
  EXPECT_EQ(revised.territorial().revision(), 2u);
  EXPECT_EQ(centre.state(revised), "final");
  EXPECT_EQ(centre.state(body), "superseded; a later revision follows it");
}

TEST(Territorial, WaitsWhileAConfirmationIsMissing) {
  Centre whole;
  whole.count("mayor-140101", "140101");
  const v1::Body body = whole.sign_draft(kFinal, "140101", "mayor-140101");
  // Somewhere else the same protocol arrives before the last confirmation.
  Centre centre;
  std::vector<v1::Body> bodies;
  for (const std::string& precinct : shared().precincts("mayor-140101")) {
    bodies.push_back(centre.protocol("mayor-140101", precinct));
  }
  centre.sign(shared().commission("140101"), body);
  centre.confirm("140101", bodies[0]);
  centre.confirm("140101", bodies[1]);
  EXPECT_EQ(centre.state(body),
            "waiting; no confirmed protocol of 140101-3 that fits the definition is here");
  centre.confirm("140101", bodies[2]);
  EXPECT_EQ(centre.state(body), "final");
}

TEST(Territorial, IsReturnedWithTheLicenceThatSignedIt) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const auto drawn = centre.draft(kFinal, "140101", "mayor-140101");
  v1::Body body;
  *body.mutable_territorial() = *drawn;
  const Holder& second = shared().commission("140101", 2);
  centre.sign(second, body);
  ASSERT_EQ(centre.state(body), "final");
  centre.sign(shared().national(), SmallElection::revocation(second));
  EXPECT_EQ(centre.state(body), "returned; the licence that signed it is revoked");
  centre.sign(shared().commission("140101"), body);
  EXPECT_EQ(centre.state(body), "final");
}

TEST(Territorial, IsReturnedByTheCommissionAbove) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "mayor-140101");
  v1::Body back;
  *back.mutable_return_()->mutable_place() = body.territorial().place();
  back.mutable_return_()->set_statement(SmallElection::statement(body).str());
  back.mutable_return_()->set_reason("the seal is missing");
  centre.sign(shared().commissioner(), back);
  EXPECT_EQ(centre.state(body), "returned; returned to its commission");
  const auto next = centre.draft(kFinal, "140101", "mayor-140101");
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->revision(), 2u);
}

TEST(Territorial, TwoBodiesOfOnePlaceAreInConflict) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const v1::Body one = centre.sign_draft(kFinal, "140101", "mayor-140101");
  const v1::Body other = centre.sign_draft(kFinal, "140101", "mayor-140101", [](auto& protocol) {
    auto& remark = *protocol.add_remarks();
    remark.set_point("20");
    remark.set_text("the same figures, other words");
  });
  EXPECT_EQ(centre.state(one), "in_conflict; several bodies claim this place and none is chosen");
  v1::Body settled;
  *settled.mutable_settlement()->mutable_place() = one.territorial().place();
  settled.mutable_settlement()->set_chosen(SmallElection::statement(other).str());
  settled.mutable_settlement()->add_set_aside(SmallElection::statement(one).str());
  centre.sign(shared().commissioner(), settled);
  EXPECT_EQ(centre.state(one), "superseded; set aside by a settlement");
  EXPECT_EQ(centre.state(other), "final");
}

// ---- lots ----

// council-140101, top N for 2 seats: 300, 120, 120 votes, and in no precinct has one of the last
// two more than the other: chance decides between them.
TEST(Territorial, WaitsForTheLotAndTakesItForItsOwnFiguresOnly) {
  Centre centre;
  centre.count("council-140101", "140101");
  centre.sign_draft(kTabulation, "140101", "council-140101");
  const model::ContestRound contest{*model::ContestId::parse("council-140101"), 1};
  const auto open = centre.book().determination(contest);
  ASSERT_TRUE(open.has_value()) << open.error().message;
  ASSERT_EQ(open->pending.size(), 1u);
  const node::PendingLot lot = open->pending.front();
  EXPECT_EQ(lot.kind, "top-n");
  EXPECT_EQ(lot.places, 1u);
  EXPECT_EQ(lot.among.size(), 2u);
  EXPECT_EQ(trust::digest_of(lot.canonical), lot.context);
  EXPECT_EQ(centre.draft(kFinal, "140101", "council-140101").error().message,
            "a lot is to be drawn for council-140101 (top-n)");

  node::PendingLot other = lot;
  other.context.bytes.fill(7);
  tie_by_lot(centre, other, "2");
  EXPECT_FALSE(centre.draft(kFinal, "140101", "council-140101").has_value());
  tie_by_lot(centre, lot, "3");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "council-140101");
  EXPECT_EQ(centre.state(body), "final");
  EXPECT_EQ(outcomes(body.territorial()),
            (std::map<std::string, std::string>{
                {"1/1", "elected"}, {"2/1", "not_elected"}, {"3/1", "elected"}}));
}

TEST(Territorial, TwoLotsThatDisagreeAreNone) {
  Centre centre;
  centre.count("council-140101", "140101");
  centre.sign_draft(kTabulation, "140101", "council-140101");
  const auto open = centre.book().determination({*model::ContestId::parse("council-140101"), 1});
  tie_by_lot(centre, open->pending.front(), "3");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "council-140101");
  tie_by_lot(centre, open->pending.front(), "2");
  EXPECT_EQ(centre.state(body), "waiting; a lot is to be drawn for council-140101 (top-n)");
}

TEST(Territorial, ALotThatNamesNobodyOrSomebodyTwiceIsRefused) {
  Centre centre;
  centre.count("council-140101", "140101");
  v1::Body body;
  body.mutable_lot()->set_contest("council-140101");
  body.mutable_lot()->set_round(1);
  body.mutable_lot()->set_context(Bytes(32, 'c'));
  EXPECT_EQ(centre.refusal(shared().commission("140101"), body), "bad_reference");
  for (int i = 0; i < 2; ++i) body.mutable_lot()->add_winners()->set_option("3");
  EXPECT_EQ(centre.refusal(shared().commission("140101"), body), "bad_reference");
}

// Three are written down where one is drawn: as if nothing had been recorded, and correctable.
TEST(Territorial, ALotOfTheWrongNumberIsAsNone) {
  Centre centre;
  centre.count("council-140101", "140101");
  centre.sign_draft(kTabulation, "140101", "council-140101");
  const auto open = centre.book().determination({*model::ContestId::parse("council-140101"), 1});
  v1::Body wrong;
  wrong.mutable_lot()->set_contest("council-140101");
  wrong.mutable_lot()->set_round(1);
  wrong.mutable_lot()->set_context(open->pending.front().context.str());
  for (const v1::LotWinner& one : open->pending.front().among) {
    *wrong.mutable_lot()->add_winners() = one;
  }
  centre.sign(shared().commission("140101"), wrong);
  EXPECT_FALSE(centre.draft(kFinal, "140101", "council-140101").has_value());
  tie_by_lot(centre, open->pending.front(), "2");
  EXPECT_TRUE(centre.draft(kFinal, "140101", "council-140101").has_value());
}

TEST(Territorial, ALotWrittenDownWronglyIsTakenBackByTheCommissioner) {
  Centre centre;
  centre.count("council-140101", "140101");
  centre.sign_draft(kTabulation, "140101", "council-140101");
  const auto open = centre.book().determination({*model::ContestId::parse("council-140101"), 1});
  const v1::Body wrong = tie_by_lot(centre, open->pending.front(), "2");
  v1::Body back;
  v1::Place& place = *back.mutable_annulment()->mutable_place();
  place.set_unit("140101");
  place.set_contest("council-140101");
  place.set_round(1);
  back.mutable_annulment()->set_statement(SmallElection::statement(wrong).str());
  back.mutable_annulment()->set_reason("the other name was drawn");
  centre.sign(shared().commissioner(), back);
  EXPECT_FALSE(centre.draft(kFinal, "140101", "council-140101").has_value());
  tie_by_lot(centre, open->pending.front(), "3");
  const auto drawn = centre.draft(kFinal, "140101", "council-140101");
  ASSERT_TRUE(drawn.has_value()) << drawn.error().message;
  EXPECT_EQ(outcomes(*drawn)["3/1"], "elected");
}

TEST(Territorial, AfterAnAnnulmentTheCommissionMakesAnother) {
  Centre centre;
  centre.count("mayor-140101", "140101");
  const v1::Body body = centre.sign_draft(kFinal, "140101", "mayor-140101");
  v1::Body annulled;
  *annulled.mutable_annulment()->mutable_place() = body.territorial().place();
  annulled.mutable_annulment()->set_statement(SmallElection::statement(body).str());
  annulled.mutable_annulment()->set_reason("signed before the session");
  centre.sign(shared().commissioner(), annulled);
  const v1::Body again = centre.sign_draft(kFinal, "140101", "mayor-140101");
  EXPECT_EQ(again.territorial().revision(), 2u);
  EXPECT_EQ(centre.state(again), "final");
}

TEST(Territorial, ACommissionThatOnlyCollectsSignsNoFinalProtocolWhoeverTypesItIn) {
  Centre centre;
  centre.count("assembly-14");
  centre.sign_draft(kCollective, "140100", "assembly-14");
  centre.sign_draft(kCollective, "146200", "assembly-14");
  for (const Kind kind : {kTabulation, kFinal}) {
    auto drawn = centre.draft(kind, "140000", "assembly-14");
    v1::Body body;
    if (drawn) *body.mutable_territorial() = *drawn;
    body.mutable_territorial()->set_kind(kind);
    if (kind == kFinal) centre.sign_draft(kTabulation, "140000", "assembly-14");
    drawn = centre.draft(kind, "140000", "assembly-14");
    if (drawn) *body.mutable_territorial() = *drawn;
    body.mutable_territorial()->mutable_place()->set_unit("140100");
    const Holder& typist = shared().person(trust::Role::kCommissionerPlenipotentiary, "KW-1");
    EXPECT_EQ(centre.refusal(typist, body), "not_authorised");
  }
}

// ---- any order ----

RC_GTEST_PROP(TerritorialProperty, TheOrderOfRecordsChangesNothing, ()) {
  static const Centre* whole = [] {
    auto* centre = new Centre;
    centre->count("mayor-140101", "140101");
    centre->sign_draft(kFinal, "140101", "mayor-140101");
    const v1::Body precinct = shared().protocol("140101-2", "mayor-140101", 100);
    centre->sign(shared().commission("140101"), SmallElection::taken_back(precinct));
    const v1::Body corrected =
        SmallElection::revision(shared().protocol("140101-2", "mayor-140101", 90), precinct);
    centre->sign(shared().chair("140101-2"), corrected);
    centre->confirm("140101", corrected);
    centre->sign_draft(kFinal, "140101", "mayor-140101");
    centre->count("council-140101", "140101");
    centre->sign_draft(kTabulation, "140101", "council-140101");
    const auto open = centre->book().determination({*model::ContestId::parse("council-140101"), 1});
    tie_by_lot(*centre, open->pending.front(), "2");
    centre->sign_draft(kFinal, "140101", "council-140101");
    return centre;
  }();
  // The definition comes first: what names it would be deferred.
  std::vector<std::size_t> order(whole->records().size() - 1);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i + 1;
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  Centre centre;
  for (const std::size_t i : order) {
    centre.enter(*whole->records()[i].first, whole->records()[i].second);
  }
  RC_ASSERT(centre.everything() == whole->everything());
  centre.node().restart();
  RC_ASSERT(centre.everything() == whole->everything());
}

}  // namespace
}  // namespace urna::tests
