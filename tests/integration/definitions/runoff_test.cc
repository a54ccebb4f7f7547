// R37: the definition of the runoff derives from round one.
#include "common/daemon/runoff.h"

#include <algorithm>

#include "common/daemon/description.h"
#include "common/trust/sha256.h"
#include "tests/integration/definitions/described_centre.h"

namespace urna::tests {
namespace {

using daemon::RunoffOrder;

RunoffOrder order(std::vector<std::string> withdrawn = {}) {
  return {*parse_day("2014-11-17"), std::move(withdrawn)};
}

// Candidates 2 and 3 go to a runoff: of 600 votes 90, 240, 200, 70.
const MayorVotes kRunoffOfTwoAndThree = {{30, 80, 70, 20}, {30, 80, 70, 20}, {30, 80, 60, 30}};

Result<daemon::RunoffDescription> describe(const DescribedCentre& round,
                                           std::vector<std::string> withdrawn = {}) {
  return daemon::describe_runoff(round.projection(), order(std::move(withdrawn)));
}

// What the description says, and that it can be read.
Json description(const DescribedCentre& round, std::vector<std::string> withdrawn = {}) {
  const auto made = describe(round, std::move(withdrawn));
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? Json::parse(made->text) : Json();
}

// The contest of round 2; null when there is none.
Json second(const Json& description, const std::string& contest = "mayor-140101") {
  for (const Json& one : description["contests"]) {
    if (one["id"] == contest && one["round"] == 2) return one;
  }
  return {};
}

std::vector<std::string> codes(const Json& contest) {
  std::vector<std::string> all;
  for (const Json& option : contest["options"]) all.push_back(option["code"]);
  return all;
}
using Codes = std::vector<std::string>;

std::string notes(const Result<daemon::RunoffDescription>& made) {
  std::string all;
  if (made) {
    for (const std::string& note : made->notes) all += note + "\n";
  }
  return all;
}

// ---- what cannot be described ----

TEST(RunoffDefinition, WithoutADefinitionThereIsNothingToDescribe) {
  const DescribedCentre round;
  const auto made = describe(round);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(made.error().message, "no definition is here");
}

TEST(RunoffDefinition, WithoutAMayorsContestThereIsNoRunoff) {
  Json councils = first_description();
  councils["contests"].erase(0);
  councils["contests"].erase(0);
  councils["contests"].erase(0);
  DescribedCentre round;
  round.define(councils);
  const auto made = describe(round);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message, "the definition has no mayor's contest of round one");
}

TEST(RunoffDefinition, ANodeThatLacksAContestSendsToTheCentre) {
  auto described = DescribedCentre::read(first_description());
  // Nobody sent the slice of the powiat's council.
  const std::string lacking = described.manifest.slices(4).slice();
  ASSERT_EQ(described.manifest.slices(4).contest(), "powiat-140100");
  std::erase_if(described.parts,
                [&](const Bytes& part) { return trust::digest_of(part).view() == lacking; });
  DescribedCentre round;
  round.define(described);
  const auto made = describe(round);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(made.error().message,
            "powiat-140100/1: not here; the centre has every contest of the definition");
}

// Described by its name, it would become this program's form, and the contest another one.
TEST(RunoffDefinition, AFormThatThisProgramHasOtherwiseIsNamed) {
  auto described = DescribedCentre::read(first_description());
  v1::SliceRef& ref = *described.manifest.mutable_slices(4);
  const auto named = [&](const std::string& digest) {
    return std::ranges::find_if(described.parts, [&](const Bytes& part) {
      return trust::digest_of(part).view() == digest;
    });
  };
  v1::Slice slice;
  ASSERT_TRUE(slice.ParseFromString(*named(ref.slice())));
  v1::Form form;
  ASSERT_TRUE(form.ParseFromString(*named(slice.form())));
  form.mutable_points(0)->set_label_pl("inaczej");
  described.parts.push_back(form.SerializeAsString());
  slice.set_form(trust::digest_of(described.parts.back()).str());
  described.parts.push_back(slice.SerializeAsString());
  ref.set_slice(trust::digest_of(described.parts.back()).str());
  DescribedCentre round;
  round.define(described);
  const auto made = describe(round);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message,
            "powiat-140100/1: its form 'council-2014' is not the one this program knows by that "
            "name");
}

TEST(RunoffDefinition, WhoWithdrewMustStandInARunoff) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"mayor-140101"}, "--withdrawn 'mayor-140101': write CONTEST=OPTION"},
      {{"=2"}, "--withdrawn '=2': write CONTEST=OPTION"},
      {{"mayor-140109=2"}, "--withdrawn 'mayor-140109=2': the definition has no such mayor's"},
      {{"council-140101=1"}, "the definition has no such mayor's contest"},
      {{"mayor-140102=9"}, "--withdrawn: mayor-140102 needs no runoff"},
      {{"mayor-140101=5"}, "mayor-140101: \"5\" is no candidate"},
      {{"mayor-140101="}, "mayor-140101: \"\" is no candidate"},
      {{"mayor-140101=2", "mayor-140101=2"}, "withdrawn candidate 2 does not stand or is named"}};
  for (const auto& [withdrawn, part] : cases) {
    const auto made = describe(round, withdrawn);
    ASSERT_FALSE(made.has_value()) << part;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(made.error().message.find(part), std::string::npos) << made.error().message;
  }
}

// ---- what is not decided yet ----

TEST(RunoffDefinition, EveryContestThatIsNotDecidedIsNamedWithTheReason) {
  DescribedCentre round;
  round.define(first_description());
  const auto nothing = describe(round);
  ASSERT_TRUE(nothing.has_value());
  EXPECT_EQ(nothing->undecided, 3U);
  EXPECT_EQ(nothing->runoffs, 0U);
  EXPECT_EQ(notes(nothing),
            "mayor-140101: not decided: no confirmed protocol of 140101-1 that fits the definition "
            "is here\n"
            "mayor-140102: not decided: no confirmed protocol of 140102-1 that fits the definition "
            "is here\n"
            "mayor-146200: not decided: no confirmed protocol of 146200-1 that fits the definition "
            "is here\n");

  round.decide_the_others();
  for (const v1::Body& one : round.count("140101", kRunoffOfTwoAndThree)) {
    round.confirm("140101", one);
  }
  EXPECT_EQ(notes(describe(round)),
            "mayor-140101: not decided: its final protocol is not signed\n");
  EXPECT_TRUE(second(description(round)).is_null());
}

// 200, 150, 150 and 100 of 600; each of those equal is ahead in one precinct, equal in the third.
TEST(RunoffDefinition, ATieForTheSecondPlaceWaitsForItsLotAndTakesIt) {
  DescribedCentre round;
  round.define(first_description());
  round.decide_the_others();
  const auto protocols =
      round.count("140101", {{60, 60, 40, 40}, {70, 40, 60, 30}, {70, 50, 50, 30}});
  for (const v1::Body& one : protocols) round.confirm("140101", one);
  EXPECT_EQ(notes(describe(round)),
            "mayor-140101: not decided: a lot decides among 2, 3 (runoff-place)\n");
  round.draw("140101", "3");
  EXPECT_EQ(describe(round)->undecided, 1U);
  round.sign_final("140101");
  EXPECT_EQ(codes(second(description(round))), (Codes{"1", "3"}));
}

TEST(RunoffDefinition, AFinalProtocolThatNoLongerHoldsDecidesNothing) {
  DescribedCentre round;
  round.define(first_description());
  round.decide_the_others();
  const auto protocols = round.count("140101", kRunoffOfTwoAndThree);
  round.decide("140101", protocols);
  ASSERT_EQ(describe(round)->undecided, 0U);
  const v1::Body taken_back = SmallElection::taken_back(protocols[1]);
  ASSERT_TRUE(
      round.enter(DescribedCentre::keys().commission("140101"), taken_back).has_admitted_at());
  const auto made = describe(round);
  EXPECT_EQ(made->undecided, 1U);
  EXPECT_EQ(made->runoffs, 0U);
}

// ---- the runoff ----

TEST(RunoffDefinition, TheTwoWithMostVotesStandInTheOrderOfTheBallotUnderTheirExactNames) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  const auto made = describe(round);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->runoffs, 1U);
  EXPECT_EQ(made->changed, 1U);
  EXPECT_EQ(made->undecided, 0U);
  EXPECT_EQ(notes(made),
            "mayor-140101: runoff between 2 (Nowak\u00a0Jan Müller) and 3 (Łąka-Świerszcz "
            "<b>Ewa</b>), 14 days after round one\n");

  const Json whole = Json::parse(made->text);
  EXPECT_EQ(whole["version"], 2);
  EXPECT_EQ(whole["date"], "2014-11-17");
  EXPECT_EQ(whole["contests"].size(), 6U);
  // Round one's contest but for these three.
  Json expected = whole["contests"][1];
  ASSERT_EQ(expected["id"], "mayor-140101");
  ASSERT_EQ(expected["round"], 1);
  expected["round"] = 2;
  expected["options"].erase(3);
  expected["options"].erase(0);
  EXPECT_EQ(second(whole), expected);
  EXPECT_EQ(second(whole)["options"][0]["name"],
            first_description()["contests"][0]["options"][1]["name"]);
  EXPECT_EQ(second(whole)["options"][1]["name"],
            first_description()["contests"][0]["options"][2]["name"]);
}

// 200, 150, 150 and 100 of 600; the third is ahead of the second in two precincts of three.
TEST(RunoffDefinition, ATieForTheSecondPlaceIsDecidedByThePrecincts) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", {{70, 60, 40, 30}, {70, 45, 55, 30}, {60, 45, 55, 40}});
  round.decide_the_others();
  EXPECT_EQ(codes(second(description(round))), (Codes{"1", "3"}));
}

TEST(RunoffDefinition, WhenNobodyNeedsARunoffNothingChanges) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", {{30, 120, 30, 20}, {30, 120, 30, 20}, {30, 120, 30, 20}});
  round.decide_the_others();
  const auto made = describe(round);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->runoffs + made->undecided + made->changed, 0U);
  EXPECT_EQ(notes(made), "");
}

TEST(RunoffDefinition, ASingleCandidateWhoIsRefusedLeavesItToTheCouncil) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide("140102", MayorVotes{{51, 30, 19}, {50, 25, 25}});
  round.decide("146200", MayorVotes{{50, 50}});
  const auto made = describe(round);
  EXPECT_NE(notes(made).find("mayor-146200: the council elects\n"), std::string::npos);
  EXPECT_TRUE(second(Json::parse(made->text), "mayor-146200").is_null());
}

// ---- who withdraws ----

TEST(RunoffDefinition, WhoWithdrewIsFollowedByTheNext) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  // Candidate 1 has 90 votes, candidate 4 has 70.
  EXPECT_EQ(codes(second(description(round, {"mayor-140101=3"}))), (Codes{"1", "2"}));
  EXPECT_NE(notes(describe(round, {"mayor-140101=3"})).find("28 days after round one"),
            std::string::npos);
  EXPECT_EQ(codes(second(description(round, {"mayor-140101=3", "mayor-140101=1"}))),
            (Codes{"2", "4"}));
}

TEST(RunoffDefinition, TheOneCandidateLeftIsVotedOnWithYesAndNo) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  const Json whole = description(round, {"mayor-140101=1", "mayor-140101=3", "mayor-140101=4"});
  const Json contest = second(whole);
  EXPECT_EQ(contest["form"], "mayor-single-2014");
  EXPECT_EQ(codes(contest), (Codes{"YES", "NO"}));
  EXPECT_EQ(contest["options"][0]["name"], "Nowak\u00a0Jan Müller");
  EXPECT_EQ(contest["options"][1]["name"], "NIE");
  // 14 days: nobody takes a place.
  EXPECT_NE(notes(describe(round, {"mayor-140101=1", "mayor-140101=3", "mayor-140101=4"}))
                .find("14 days after round one"),
            std::string::npos);
  round.define(whole);
  round.decide("140101", MayorVotes{{60, 40}, {60, 40}, {60, 40}}, 2);
}

TEST(RunoffDefinition, WhenNobodyIsLeftTheCouncilElects) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  const auto made =
      describe(round, {"mayor-140101=1", "mayor-140101=2", "mayor-140101=3", "mayor-140101=4"});
  EXPECT_EQ(notes(made), "mayor-140101: nobody is left, the council elects\n");
  EXPECT_EQ(made->changed, 0U);
}

// Candidates 1 and 4 are equal behind 2 and 3, and each is ahead in one precinct.
TEST(RunoffDefinition, ATieForThePlaceOfWhoWithdrewIsNotDecided) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", {{40, 80, 50, 30}, {30, 80, 50, 40}, {30, 80, 60, 30}});
  round.decide_the_others();
  const auto made = describe(round, {"mayor-140101=2"});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->undecided, 1U);
  EXPECT_EQ(notes(made),
            "mayor-140101: not decided: a lot decides among 1, 4 (runoff-replacement)\n");
}

// ---- signed and in force ----

TEST(RunoffDefinition, WhatWasThereBeforeComesOutTheSameToTheByte) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  const auto first = DescribedCentre::read(first_description());
  const auto next = DescribedCentre::read(description(round));
  EXPECT_EQ(next.manifest.units(), first.manifest.units());
  EXPECT_EQ(next.manifest.mode(), first.manifest.mode());
  ASSERT_EQ(next.manifest.slices_size(), first.manifest.slices_size() + 1);
  for (const v1::SliceRef& before : first.manifest.slices()) {
    EXPECT_TRUE(std::ranges::any_of(next.manifest.slices(), [&](const v1::SliceRef& now) {
      return now.SerializeAsString() == before.SerializeAsString();
    })) << before.contest();
  }
}

TEST(RunoffDefinition, RoundOneStandsAndRoundTwoIsCountedUnderTheNewDefinition) {
  DescribedCentre round;
  round.define(first_description());
  const auto confirmed = round.count("140101", kRunoffOfTwoAndThree);
  round.decide("140101", confirmed);
  // A changed slice would return what is not confirmed.
  const auto received = round.count("146200", {{60, 40}});
  round.define(description(round));
  ASSERT_EQ(round.projection().definition()->version(), 2U);
  const auto effect_of = [&](const v1::Body& body) {
    const v1::Place& place = body.protocol().place();
    const auto bodies = round.projection().place(
        {*model::UnitId::parse(place.unit()), {*model::ContestId::parse(place.contest()), 1}});
    return bodies.at(0).effect;
  };
  for (const v1::Body& one : confirmed) EXPECT_TRUE(effect_of(one).confirmed);
  EXPECT_EQ(effect_of(received[0]).state, node::State::kEffective);

  round.decide("140101", MayorVotes{{90, 110}, {100, 90}, {90, 100}}, 2);
  const auto* final_one = round.projection().territorial().final_at(
      {{*model::UnitId::parse("140101"), {*model::ContestId::parse("mayor-140101"), 2}},
       v1::TerritorialProtocol::KIND_FINAL});
  ASSERT_NE(final_one, nullptr);
  ASSERT_EQ(final_one->outcomes_size(), 2);
  EXPECT_EQ(final_one->outcomes(0).option(), "2");  // 280 of 580
  EXPECT_EQ(final_one->outcomes(0).outcome(), "not_elected");
  EXPECT_EQ(final_one->outcomes(1).option(), "3");  // 300
  EXPECT_EQ(final_one->outcomes(1).outcome(), "elected");
}

TEST(RunoffDefinition, ContestsDecidedLaterJoinAndThoseDefinedBeforeStayAsTheyAre) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  Json second_version = description(round);
  // What the office adds by hand before it signs is kept.
  for (Json& contest : second_version["contests"]) {
    if (contest["round"] == 2) contest["reference"]["140101-1"]["planned_print"] = 900;
  }
  round.define(second_version);
  round.decide("140102", MayorVotes{{40, 40, 20}, {45, 35, 20}});
  round.decide("146200", MayorVotes{{60, 40}});
  const auto made = describe(round);
  EXPECT_EQ(made->runoffs, 2U);
  EXPECT_EQ(made->changed, 1U);
  const Json third_version = Json::parse(made->text);
  EXPECT_EQ(third_version["version"], 3);
  EXPECT_EQ(second(third_version), second(second_version));
  EXPECT_EQ(codes(second(third_version, "mayor-140102")), (Codes{"9", "7"}));
  round.define(third_version);
  EXPECT_EQ(describe(round)->changed, 0U);
}

TEST(RunoffDefinition, AContestDefinedBeforeIsReplacedWhenOthersStandAndLeftOutWhenNobodyDoes) {
  DescribedCentre round;
  round.define(first_description());
  round.decide("140101", kRunoffOfTwoAndThree);
  round.decide_the_others();
  round.define(description(round));
  const auto replaced = describe(round, {"mayor-140101=2"});
  EXPECT_EQ(replaced->changed, 1U);
  EXPECT_NE(notes(replaced).find("mayor-140101: its round 2 is replaced: others stood in it\n"),
            std::string::npos);
  EXPECT_EQ(codes(second(Json::parse(replaced->text))), (Codes{"1", "3"}));

  const auto nobody =
      describe(round, {"mayor-140101=1", "mayor-140101=2", "mayor-140101=3", "mayor-140101=4"});
  EXPECT_EQ(nobody->changed, 1U);
  EXPECT_TRUE(second(Json::parse(nobody->text)).is_null());
}

}  // namespace
}  // namespace urna::tests
