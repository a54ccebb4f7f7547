// A nation of the country's size is like the country: its units and laws, and the rates at which
// its protocols break rules.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "common/validation/across.h"
#include "common/validation/check.h"
#include "tests/drill/builder.h"
#include "tests/drill/dataset_generated.h"
#include "tests/drill/generate.h"
#include "tests/drill/generate_law.h"
#include "tests/drill/generate_test_parts.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

class Country : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const test::TemporaryFolder folder;
    const auto written =
        generate({.output = folder.path() / "n"}, [](std::uint32_t) { return true; });
    ASSERT_TRUE(written) << written.error().message;
    auto data = read_generated(folder.path() / "n");
    ASSERT_TRUE(data) << data.error().message;
    auto plan = plan_nation(proportions::kPrecincts, 1);
    ASSERT_TRUE(plan);
    made_ = std::make_unique<Made>(std::move(*data), std::move(*plan));
  }
  static void TearDownTestSuite() { made_.reset(); }
  void SetUp() override { ASSERT_NE(made_, nullptr); }

  static const Dataset& data() { return made_->data; }
  static std::size_t units(v1::UnitKind kind) {
    return static_cast<std::size_t>(std::ranges::count(data().units, kind, &DatasetUnit::kind));
  }
  struct Made {
    Dataset data;
    NationPlan plan;
  };
  static std::unique_ptr<Made> made_;
};
std::unique_ptr<Country::Made> Country::made_;

// 2010: 16 voivodeships, 379 powiats and cities with powiat rights, 2,479 gminas with these cities,
// 25,464 precincts; Warsaw has 18 districts.
TEST_F(Country, HasAsManyUnitsAndPrecincts) {
  EXPECT_EQ(units(v1::UNIT_KIND_NATIONAL), 1u);
  EXPECT_EQ(units(v1::UNIT_KIND_VOIVODESHIP), 16u);
  EXPECT_EQ(units(v1::UNIT_KIND_POWIAT) + units(v1::UNIT_KIND_CITY), 379u);
  EXPECT_EQ(units(v1::UNIT_KIND_GMINA) + units(v1::UNIT_KIND_CITY), 2'479u);
  EXPECT_EQ(units(v1::UNIT_KIND_WARSAW_DISTRICT), 18u);
  EXPECT_EQ(data().precincts.size(), 25'464u);
}

// The country has 2,479 mayors, 314 powiat councils and 16 assemblies; 65 city councils; in 2010
// 2,152 gminas of 15 seats and 262 with more; 18 districts' councils.
TEST_F(Country, HasEveryKindOfContestAsOften) {
  std::map<v1::ContestKind, std::set<std::string>> areas;
  for (const DatasetContest& contest : data().contests) areas[contest.kind].insert(contest.area);
  EXPECT_EQ(areas[v1::CONTEST_KIND_MAYOR].size(), 2'479u);
  EXPECT_EQ(areas[v1::CONTEST_KIND_COUNCIL_POWIAT].size(), 314u);
  EXPECT_EQ(areas[v1::CONTEST_KIND_ASSEMBLY].size(), 16u);
  EXPECT_EQ(areas[v1::CONTEST_KIND_COUNCIL_CITY].size(), 65u);
  EXPECT_EQ(areas[v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT].size(), 18u);
  // Inhabitants decide, and they are drawn: a few may be on the other side of 20,000.
  EXPECT_NEAR(static_cast<double>(areas[v1::CONTEST_KIND_COUNCIL_LARGE_GMINA].size()), 262, 10);
  EXPECT_EQ(areas[v1::CONTEST_KIND_COUNCIL_LARGE_GMINA].size() +
                areas[v1::CONTEST_KIND_COUNCIL_SMALL_GMINA].size(),
            2'414u);
  // 239 of 1,705 small gminas had a single candidate for mayor in 2010 and 3 of 203 large ones.
  const auto single =
      std::ranges::count(data().contests, "mayor-single-2014", &DatasetContest::form);
  EXPECT_NEAR(static_cast<double>(single), 306, 60);
}

// 117,810 protocols of 27,409 precincts in 2018: 4.3 each.
TEST_F(Country, HasAsManyProtocolsPerPrecinct) {
  EXPECT_NEAR(static_cast<double>(data().protocols.size()) / 25'464, 4.3, 0.3);
}

// 30.6 million were eligible in 2010; 1,289 of 25,464 precincts were closed.
TEST_F(Country, HasAsManyVoters) {
  std::uint64_t eligible = 0;
  for (const DatasetProtocol& protocol : data().protocols) {
    if (data().contest_of(protocol).kind != v1::CONTEST_KIND_MAYOR) continue;
    const std::uint32_t own = protocol.figure("p1");
    eligible += own;
    if (data().precinct_of(protocol).type == v1::PRECINCT_TYPE_PERMANENT) {
      EXPECT_GE(own, 100u);
      EXPECT_LE(own, 2'510u);
    } else {
      EXPECT_LE(own, 500u);
    }
  }
  EXPECT_NEAR(static_cast<double>(eligible) / 1e6, 30.6, 1.5);
  const auto closed = std::ranges::count_if(data().precincts, [](const DatasetPrecinct& precinct) {
    return precinct.type != v1::PRECINCT_TYPE_PERMANENT;
  });
  EXPECT_NEAR(static_cast<double>(closed), 1'289, 150);
}

TEST_F(Country, EveryCouncilHasTheSeatsOfItsInhabitants) {
  std::map<std::string, std::uint32_t> seats;
  for (const DatasetContest& contest : data().contests) seats[contest.group] += contest.seats;
  for (const VoivodeshipPlan& voivodeship : made_->plan.voivodeships) {
    std::uint64_t in_voivodeship = 0;
    for (const PowiatPlan& powiat : voivodeship.powiats) {
      std::uint64_t in_powiat = 0;
      for (std::size_t i = 0; i < powiat.gminas.size(); ++i) {
        const GminaPlan& gmina = powiat.gminas[i];
        in_powiat += gmina.inhabitants;
        if (gmina.kind == GminaKind::kCity) continue;
        const bool district = gmina.kind == GminaKind::kCapitalDistrict;
        EXPECT_EQ(seats[(district ? "district_council-" : "gmina_council-") +
                        gmina_id(voivodeship, powiat, i)],
                  gmina_council_seats(gmina.inhabitants));
        EXPECT_EQ(gmina.kind == GminaKind::kSmall, !district && gmina.inhabitants <= 20'000);
      }
      in_voivodeship += in_powiat;
      const std::string unit = powiat_id(voivodeship, powiat);
      const std::uint32_t of_city = powiat.is_capital() ? 60 : gmina_council_seats(in_powiat);
      EXPECT_EQ(seats[(powiat.city ? "city_council-" : "powiat_council-") + unit],
                powiat.city ? of_city : powiat_council_seats(in_powiat));
    }
    EXPECT_EQ(seats["assembly-" + voivodeship_id(voivodeship)], assembly_seats(in_voivodeship));
  }
}

TEST_F(Country, DistrictsAndListsAreOfALawfulSize) {
  for (const DatasetContest& contest : data().contests) {
    std::uint32_t min = 1;
    std::uint32_t max = 1;
    switch (contest.kind) {
      case v1::CONTEST_KIND_COUNCIL_POWIAT: min = 3, max = 10; break;
      case v1::CONTEST_KIND_ASSEMBLY: min = 5, max = 15; break;
      case v1::CONTEST_KIND_COUNCIL_LARGE_GMINA:
      case v1::CONTEST_KIND_COUNCIL_CITY:
      case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT: min = 5, max = 8; break;
      default: break;
    }
    EXPECT_GE(contest.seats, min) << contest.id;
    EXPECT_LE(contest.seats, max) << contest.id;
    EXPECT_GE(contest.options.size(), max > 1 || contest.kind == v1::CONTEST_KIND_MAYOR ? 2u : 1u);
    for (const DatasetOption& option : contest.options) {
      if (max == 1) {
        EXPECT_EQ(option.candidates, 0u) << contest.id;
        continue;
      }
      EXPECT_GE(option.candidates, contest.seats) << contest.id;
      EXPECT_LE(option.candidates, 2 * contest.seats) << contest.id;
    }
  }
}

// 2014, assemblies, 19,375 protocols: B3 168, B5 142, W1 264, W2 3,029, W3 846; B4 13, W5 7, W10 3;
// none of the others but W13 and B2, once in 4,430 protocols of Warsaw.
TEST_F(Country, RulesAreBrokenAsOftenAsInTheCountry) {
  const Dataset only = only_contests(data(), [](const DatasetContest& contest) {
    return contest.kind == v1::CONTEST_KIND_ASSEMBLY;
  });
  const auto election = build_election(only);
  ASSERT_TRUE(election) << election.error().message;
  std::map<std::string, double> rates;  // in a thousand protocols
  for (const DatasetProtocol& protocol : only.protocols) {
    const v1::Body body = body_of(only, *election, protocol);
    for (const validation::Finding& finding :
         validation::check(election->contests[protocol.contest].form, body.protocol(),
                           *model::UnitId::parse(body.protocol().place().unit()),
                           validation::Completeness::kFinal)) {
      rates[finding.code] += 1'000.0 / static_cast<double>(only.protocols.size());
    }
  }
  const std::pair<const char*, double> often[] = {
      {"B3", 8.7}, {"B5", 7.3}, {"W1", 13.6}, {"W2", 156.3}, {"W3", 43.7}};
  for (const auto& [code, rate] : often) {
    EXPECT_NEAR(rates[code], rate, rate * 0.25) << code;
    rates.erase(code);
  }
  for (const char* rare : {"B2", "B4", "W5", "W10", "W13"}) {
    EXPECT_LT(rates[rare], 1.5) << rare;
    rates.erase(rare);
  }
  for (const auto& [code, rate] : rates) ADD_FAILURE() << code << ": " << rate << " in a thousand";
}

// Warsaw 2014: X1 in 3 and X2 in 98 of 886 precincts.
TEST_F(Country, RegistersDifferAsOftenAsInTheCapital) {
  std::map<std::size_t, std::vector<validation::PrecinctProtocol>> precincts;
  std::map<std::size_t, std::vector<v1::ContestKind>> uncontested;
  for (const DatasetProtocol& protocol : data().protocols) {
    const DatasetContest& contest = data().contest_of(protocol);
    const auto cell = [&](const char* point) {
      const auto found = protocol.points.find(point);
      return found == protocol.points.end() ? model::kEmptyCell : model::cell_of(found->second);
    };
    precincts[protocol.precinct].push_back(
        {contest.kind, cell("p1"), cell("p1a"), cell("p4"), cell("p5")});
  }
  for (const DatasetContest& contest : data().contests) {
    if (!is_uncontested(contest)) continue;
    for (const std::size_t precinct : contest.precincts) {
      uncontested[precinct].push_back(contest.kind);
    }
  }
  std::map<std::string_view, std::set<std::size_t>> found;
  for (const auto& [precinct, protocols] : precincts) {
    for (const auto& finding : validation::check_across(protocols, uncontested[precinct])) {
      found[finding.code].insert(precinct);
    }
  }
  EXPECT_NEAR(static_cast<double>(found["X1"].size()) / 25'464, 3.0 / 886, 0.003);
  EXPECT_NEAR(static_cast<double>(found["X2"].size()) / 25'464, 98.0 / 886, 0.02);
  EXPECT_EQ(found["X3"].size(), 0u);
}

}  // namespace
}  // namespace urna::drill
