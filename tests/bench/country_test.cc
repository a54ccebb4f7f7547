#include "tests/bench/country.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/validation/check.h"
#include "tests/drill/builder.h"

namespace urna::bench {
namespace {

// Codes of everything a node would refuse or hold back.
std::set<std::string> errors_in(const Country& country) {
  std::set<std::string> codes;
  const auto election = drill::build_election(country.data());
  EXPECT_TRUE(election.has_value());
  for (std::size_t precinct = 0; precinct < country.data().precincts.size(); ++precinct) {
    for (std::uint32_t which = 0; which < country.size().protocols_per_precinct; ++which) {
      const auto protocol = country.protocol(precinct, which);
      const v1::Body body = drill::body_of(country.data(), *election, protocol);
      const auto& contest = election->contests[protocol.contest];
      const auto unit = *model::UnitId::parse(country.data().precinct_of(protocol).id);
      for (const auto& finding : validation::check(contest.form, body.protocol(), unit,
                                                   validation::Completeness::kFinal)) {
        if (finding.severity != v1::SEVERITY_WARNING) codes.insert(finding.code);
      }
    }
  }
  return codes;
}

TEST(Country, HasThePublishedNumbersOfUnits) {
  const Country country({.shape = Shape::kParliament, .precincts = 25'464});
  std::map<v1::UnitKind, std::size_t> kinds;
  std::set<std::string> ids;
  for (const drill::DatasetUnit& unit : country.data().units) {
    ++kinds[unit.kind];
    EXPECT_TRUE(ids.insert(unit.id).second) << unit.id;
    EXPECT_TRUE(unit.parent.empty() || ids.contains(unit.parent)) << unit.id;
  }
  EXPECT_EQ(kinds[v1::UNIT_KIND_VOIVODESHIP], 16U);
  EXPECT_EQ(kinds[v1::UNIT_KIND_POWIAT], 379U);
  EXPECT_EQ(kinds[v1::UNIT_KIND_GMINA], 2'479U);
  EXPECT_EQ(country.data().precincts.size(), 25'464U);
  EXPECT_TRUE(std::ranges::is_sorted(country.data().precincts, {}, &drill::DatasetPrecinct::id));
}

// A parliament has 41 districts; a protocol "some 130" candidates (DESIGN §11).
TEST(Country, AParliamentHasFortyOneDistrictsAndSomeHundredAndThirtyCandidatesInEach) {
  const Country country({Shape::kParliament, 5'000, 1, 1});
  EXPECT_EQ(country.data().contests.size(), 41U);
  std::size_t figures = 0;
  for (std::size_t precinct = 0; precinct < 5'000; ++precinct) {
    figures += country.protocol(precinct, 0).candidate_votes.size();
  }
  EXPECT_NEAR(static_cast<double>(figures) / 5'000, 130, 5);
}

TEST(Country, NoProtocolBreaksARuleThatBlocks) {
  EXPECT_EQ(errors_in(Country({Shape::kParliament, 300, 2, 9})), std::set<std::string>());
  EXPECT_EQ(errors_in(Country({Shape::kLocal, 300, 4, 9})), std::set<std::string>());
}

TEST(Country, FiguresAreTheSameWheneverTheyAreAskedFor) {
  const Country one({Shape::kLocal, 50, 4, 3});
  const Country same({Shape::kLocal, 50, 4, 3});
  const Country other({Shape::kLocal, 50, 4, 4});
  EXPECT_EQ(one.protocol(17, 3).points, same.protocol(17, 3).points);
  EXPECT_EQ(one.protocol(17, 3).candidate_votes, same.protocol(17, 3).candidate_votes);
  EXPECT_NE(one.protocol(17, 3).points, other.protocol(17, 3).points);
  EXPECT_NE(one.protocol(17, 3).points, one.protocol(18, 3).points);
}

TEST(Country, APrecinctLiesInTheVoivodeshipItsNameBeginsWith) {
  const Country country({Shape::kParliament, 3'000, 1, 1});
  for (std::size_t i = 0; i < country.data().precincts.size(); ++i) {
    EXPECT_EQ(country.data().precincts[i].id.substr(0, 2),
              country.voivodeship(country.voivodeship_of(i)).substr(0, 2));
  }
}

}  // namespace
}  // namespace urna::bench
