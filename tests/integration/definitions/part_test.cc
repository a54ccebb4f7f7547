// A node that holds a part of a council: its slices do not tell who is above the threshold.
#include "tests/integration/definitions/described_centre.h"

namespace urna::tests {
namespace {

constexpr const char* kFirst = "powiat-140100-1";
constexpr const char* kSecond = "powiat-140100-2";

Json list(const char* code, int candidates) {
  Json json = {{"code", code}, {"name", std::string("KW ") + code}};
  for (int i = 1; i <= candidates; ++i) {
    json["candidates"].push_back({{"position", i}, {"name", "Kos " + std::to_string(i)}});
  }
  return json;
}

// The powiat's council in two districts: one in each gmina.
Json two_districts() {
  Json description = first_description();
  Json contest = description["contests"][4];
  contest["group"] = "powiat-140100";
  contest["seats"] = 4;
  contest["options"] = Json::array({list("A", 4), list("B", 2), list("C", 1)});
  const std::pair<const char*, Json> districts[] = {{kFirst, {"140101-1"}},
                                                    {kSecond, {"140102-1"}}};
  description["contests"] = Json::array();
  for (const auto& [id, precincts] : districts) {
    contest["id"] = id;
    contest["precincts"] = precincts;
    description["contests"].push_back(contest);
  }
  return description;
}

model::ContestRound key(const char* contest) { return {*model::ContestId::parse(contest), 1}; }

// In the first district A has 50 votes, B 30, C 20: there C is above 5% and its 20 would win the
// last of 4 seats (50, 30, 25, 20). In both districts together C has 20 of 500 votes, 4%: the seat
// is A's by 50/3.
class PartOfACouncil : public testing::Test {
 protected:
  void SetUp() override {
    centre_.define(two_districts());
    centre_.wires().follow(gmina_, centre_.node());
    first_ = centre_.enter_protocol(kFirst, "140101-1", {50, 20, 15, 10, 5, 30, 20, 10, 20, 20});
    second_ =
        centre_.enter_protocol(kSecond, "140102-1", {250, 100, 80, 50, 20, 150, 100, 50, 0, 0});
    for (const v1::Body& one : {first_, second_}) centre_.confirm("140100", one);
    centre_.wires().run();
  }
  const node::Projection& at_gmina() const { return gmina_.core().projection(); }

  DescribedCentre centre_;
  TestNode gmina_{DescribedCentre::keys(), "140101"};
  v1::Body first_, second_;
};

TEST_F(PartOfACouncil, DeterminesNothingWithoutTheOtherDistricts) {
  // Everything of its own district is there, and confirmed.
  ASSERT_NE(at_gmina().tally(), nullptr);
  ASSERT_TRUE(at_gmina().tally()->has(key(kFirst)));
  ASSERT_FALSE(at_gmina().tally()->has(key(kSecond)));
  EXPECT_TRUE(at_gmina().is_in_confirmed_tally({*model::UnitId::parse("140101-1"), key(kFirst)}));

  EXPECT_EQ(at_gmina().territorial().group_of(key(kFirst)).size(), 2U);
  const auto determined = at_gmina().territorial().determination(key(kFirst));
  ASSERT_FALSE(determined.has_value());
  EXPECT_EQ(determined.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(determined.error().message, "the definition of powiat-140100-2 is not here");
}

// Brought to the gmina on a medium: the record is admitted, and its outcomes cannot be worked out.
TEST_F(PartOfACouncil, TakesTheOutcomesOfAFinalProtocolNotOnFaith) {
  const Holder& powiat = DescribedCentre::keys().commission("140100");
  const auto sign = [&](v1::TerritorialProtocol::Kind kind, const char* contest) {
    const auto draft = centre_.projection().territorial().draft(
        {{*model::UnitId::parse("140100"), key(contest)}, kind});
    EXPECT_TRUE(draft.has_value()) << draft.error().message;
    v1::Body body;
    *body.mutable_territorial() = draft.value_or(v1::TerritorialProtocol());
    const Bytes record = DescribedCentre::keys().sign_under(powiat, body, centre_.manifest());
    const Bytes& certificate = powiat.certificate->der;
    EXPECT_TRUE(centre_.wires().enter(centre_.node(), record, {certificate}).has_admitted_at());
    return centre_.wires().enter(gmina_, record, {certificate});
  };
  EXPECT_TRUE(sign(v1::TerritorialProtocol::KIND_DISTRICT_TABULATION, kFirst).has_admitted_at());
  EXPECT_TRUE(sign(v1::TerritorialProtocol::KIND_DISTRICT_TABULATION, kSecond).has_deferred());
  EXPECT_TRUE(sign(v1::TerritorialProtocol::KIND_FINAL, kFirst).has_admitted_at());
  const node::TerritorialPlace place{{*model::UnitId::parse("140100"), key(kFirst)},
                                     v1::TerritorialProtocol::KIND_FINAL};
  EXPECT_NE(centre_.projection().territorial().final_at(place), nullptr);
  EXPECT_EQ(at_gmina().territorial().final_at(place), nullptr);
  const auto bodies = at_gmina().territorial().bodies(place);
  ASSERT_EQ(bodies.size(), 1U);
  EXPECT_EQ(bodies[0].state, node::TerritorialState::kWaiting);
}

TEST_F(PartOfACouncil, IsDeterminedByTheThresholdOfAllDistrictsWhereAllAre) {
  const auto determined = centre_.projection().territorial().determination(key(kFirst));
  ASSERT_TRUE(determined.has_value()) << determined.error().message;
  std::map<std::string, int> seats;
  for (const auto& outcome : determined->outcomes) {
    if (outcome.contest() == kFirst && outcome.outcome() == "elected") ++seats[outcome.option()];
  }
  EXPECT_EQ(seats, (std::map<std::string, int>{{"A", 3}, {"B", 1}}));
}

}  // namespace
}  // namespace urna::tests
