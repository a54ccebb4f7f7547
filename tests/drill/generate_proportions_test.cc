// The constants of generate_proportions.h, counted again from the official results they come from.
#include "tests/drill/generate_proportions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "common/csv/csv.h"
#include "tests/support/official_data.h"

namespace urna::drill::proportions {
namespace {

using Row = std::map<std::string, std::string>;
using Table = std::vector<Row>;

Table read(const std::string& file) {
  Table rows;
  auto reader = csv::CsvReader::open(test::data_dir() / file);
  EXPECT_TRUE(reader) << reader.error().message;
  while (reader) {
    const auto more = reader->next();
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) break;
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < reader->header().size(); ++i) {
      row[reader->header()[i]] = reader->field(i);
    }
  }
  return rows;
}

double figure(const Row& row, const std::string& column) {
  const std::string& text = row.at(column);
  return text.empty() ? 0 : std::stod(text);
}

// The hundredth part, the deciles, the ninety-ninth, by nearest rank.
std::vector<double> deciles_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t last = values.size() - 1;
  std::vector<double> deciles = {values[(last + 50) / 100]};
  for (std::size_t tenth = 1; tenth < 10; ++tenth)
    deciles.push_back(values[(last * tenth + 5) / 10]);
  deciles.push_back(values[(last * 99 + 50) / 100]);
  return deciles;
}

void expect_deciles(const char* what, const Deciles& have, std::vector<double> values,
                    double unit = 1) {
  ASSERT_FALSE(values.empty()) << what;
  const auto want = deciles_of(std::move(values));
  for (std::size_t i = 0; i < have.size(); ++i) {
    EXPECT_NEAR(have[i], want[i] * unit, 0.51) << what << ", decile " << i;
  }
}

bool is_warsaw(const std::string& teryt) { return teryt.starts_with("1465"); }
bool is_city(const std::string& teryt) { return teryt.substr(2, 2) > "60"; }

// 2010-local, and who is large by its council's seats.
class Proportions2010 : public testing::Test {
 protected:
  void SetUp() override {
    URNA_NEED_DATA("2010-local");
    precincts_ = read("2010-local/precincts.csv");
    districts_ = read("2010-local/districts.csv");
    for (const Row& row : districts_) {
      if (row.at("council") != "gmina_council" && row.at("council") != "city_council") continue;
      seats_[row.at("teryt")] += static_cast<int>(figure(row, "seats"));
      eligible_[row.at("teryt")] += figure(row, "inhabitants");
    }
  }
  const GminaClass& class_of(const std::string& teryt) const {
    if (is_warsaw(teryt)) return kCapital;
    if (is_city(teryt)) return kCity;
    return seats_.at(teryt) == 15 ? kSmall : kLarge;
  }

  Table precincts_;
  Table districts_;
  std::map<std::string, int> seats_;
  std::map<std::string, double> eligible_;
};

TEST_F(Proportions2010, UnitsAreCountedRight) {
  std::set<std::string> powiats, cities, gminas;
  std::map<std::string, VoivodeshipShare> shares;
  std::map<std::string, std::uint32_t> districts;
  for (const Row& row : precincts_) {
    const std::string& teryt = row.at("teryt");
    auto& share = shares[teryt.substr(0, 2)];
    if (is_warsaw(teryt)) {
      ++districts[teryt];
    } else if (gminas.insert(teryt).second && is_city(teryt)) {
      cities.insert(teryt);
      ++share.cities;
    } else if (!is_city(teryt) && powiats.insert(teryt.substr(0, 4)).second) {
      ++share.powiats;
    }
  }
  EXPECT_EQ(precincts_.size(), kPrecincts);
  EXPECT_EQ(powiats.size(), kPowiats);
  EXPECT_EQ(cities.size() + 1, kCities);
  EXPECT_EQ(gminas.size() + 1, kGminas);
  ASSERT_EQ(shares.size(), kVoivodeships.size());
  std::size_t at = 0;
  for (const auto& [code, share] : shares) {
    EXPECT_EQ(share.powiats, kVoivodeships[at].powiats) << code;
    EXPECT_EQ(share.cities, kVoivodeships[at].cities) << code;
    EXPECT_EQ(code == "14", at == kCapitalVoivodeship);
    ++at;
  }
  std::vector<std::uint32_t> sizes;
  for (const auto& [teryt, size] : districts) sizes.push_back(size);
  std::ranges::sort(sizes);
  EXPECT_TRUE(std::ranges::equal(sizes, kCapitalDistricts));
}

TEST_F(Proportions2010, PrecinctsOfEachClassAreCountedRight) {
  struct Counted {
    std::uint32_t all = 0, closed = 0;
  };
  std::map<const GminaClass*, Counted> classes;
  std::map<std::string, Counted> gminas;
  std::map<std::string, std::uint32_t> types;
  std::set<std::string> large;
  for (const Row& row : precincts_) {
    const bool closed = row.at("precinct_type") != "General";
    const std::string teryt = is_warsaw(row.at("teryt")) ? "146501" : row.at("teryt");
    const GminaClass& of = class_of(teryt);
    ++types[row.at("precinct_type")];
    for (Counted* counted : {&classes[&of], &gminas[teryt]}) {
      ++counted->all;
      counted->closed += closed;
    }
    if (&of == &kLarge) large.insert(teryt);
  }
  EXPECT_EQ(large.size(), kLargeGminas);
  for (const auto& [of, counted] : classes) {
    EXPECT_EQ(of->precincts_of_all, counted.all);
    EXPECT_NEAR(of->closed, 1'000.0 * counted.closed / counted.all, 0.51);
  }
  const char* const names[] = {"Hospital", "Social help centre", "Penal institution",
                               "Detention centre"};
  for (std::size_t i = 0; i < kClosedTypes.size(); ++i) EXPECT_EQ(types[names[i]], kClosedTypes[i]);
  const double all = std::accumulate(eligible_.begin(), eligible_.end(), 0.0,
                                     [](double sum, const auto& one) { return sum + one.second; });
  // Of 38.2 million inhabitants.
  EXPECT_NEAR(all / 38.2e6 * 1'000, kEligiblePerThousand, 5);
}

TEST_F(Proportions2010, ListsAndCandidatesAreCountedRight) {
  const auto lists = [&](const char* what, const Lists& have, const auto& is_meant) {
    std::vector<double> numbers, candidates;
    for (const Row& row : districts_) {
      if (!is_meant(row)) continue;
      numbers.push_back(figure(row, "lists"));
      candidates.push_back(figure(row, "candidates") / figure(row, "lists") / figure(row, "seats"));
    }
    expect_deciles(what, have.lists, numbers);
    expect_deciles(what, have.candidates, candidates, 100);
  };
  const auto of = [](const char* council) {
    return [council](const Row& row) { return row.at("council") == council; };
  };
  lists("assembly", kListsAssembly, of("voivodeship_assembly"));
  lists("powiat", kListsPowiat, of("powiat_council"));
  lists("city", kListsCity, of("city_council"));
  lists("Warsaw district", kListsWarsawDistrict, of("warsaw_district_council"));
  lists("large gmina", kListsLargeGmina, [&](const Row& row) {
    return row.at("council") == "gmina_council" && seats_.at(row.at("teryt")) > 15;
  });
  std::array<std::uint32_t, 8> candidates{};
  for (const Row& row : districts_) {
    if (row.at("council") != "gmina_council" || row.at("seats") != "1") continue;
    const auto count = static_cast<std::size_t>(figure(row, "candidates"));
    ++candidates[std::min<std::size_t>(count, candidates.size()) - 1];
  }
  EXPECT_EQ(candidates, kCandidatesForOneSeat);
}

TEST_F(Proportions2010, CandidatesForMayorAreCountedRight) {
  std::map<std::string, std::uint32_t> standing;
  for (const Row& row : read("2010-local/mayors-round1.csv")) ++standing[row.at("teryt")];
  std::map<const GminaClass*, std::array<std::uint32_t, 12>> counted;
  for (const auto& [teryt, count] : standing) {
    if (!is_warsaw(teryt)) ++counted[&class_of(teryt)][count - 1];
  }
  for (const GminaClass* of : {&kSmall, &kLarge, &kCity}) EXPECT_EQ(of->mayors, counted[of]);
}

// Protocols of assemblies, 2014; closed precincts, whose type was not published, are left out by
// their size: below 100 eligible in small gminas, below 400 elsewhere.
class Proportions2014 : public Proportions2010 {
 protected:
  void SetUp() override {
    Proportions2010::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    URNA_NEED_DATA("2014-sejmik");
    URNA_NEED_DATA("2014-warsaw");
    for (Row& row : read("2014-sejmik/protocols.csv.gz")) {
      if (is_warsaw(row.at("teryt"))) continue;
      const GminaClass& of = class_of(row.at("teryt"));
      if (figure(row, "p1_eligible") >= (&of == &kSmall ? 100 : 400)) {
        open_[&of].push_back(std::move(row));
      }
    }
    for (Row& row : read("2014-warsaw/protocols.csv.gz")) {
      Table& rows = warsaw_[row.at("contest")][row.at("precinct_type") == "P"];
      rows.push_back(std::move(row));
    }
    open_[&kCapital] = warsaw_.at("voivodeship_assembly").at(true);
  }

  static std::vector<double> each(const Table& rows,
                                  const std::function<double(const Row&)>& value) {
    std::vector<double> values;
    for (const Row& row : rows) values.push_back(value(row));
    return values;
  }
  static std::vector<double> invalid_votes(const Table& rows) {
    std::vector<double> shares;
    for (const Row& row : rows) {
      const double valid = figure(row, "p10_valid_ballots");
      if (valid > 0) shares.push_back(figure(row, "p11_invalid_votes") / valid);
    }
    return shares;
  }
  static double over(const Row& row) {
    return figure(row, "p8_from_urn") - figure(row, "p8a_from_envelopes") -
           figure(row, "p4_issued");
  }
  static double unaccounted(const Row& row) {
    return figure(row, "p3_unused") + figure(row, "p4_issued") - figure(row, "p2_received");
  }
  static double in_a_thousand(const Table& rows, const std::function<bool(const Row&)>& is_so) {
    return 1'000.0 * static_cast<double>(std::ranges::count_if(rows, is_so)) /
           static_cast<double>(rows.size());
  }

  std::map<const GminaClass*, Table> open_;
  std::map<std::string, std::map<bool, Table>> warsaw_;
};

TEST_F(Proportions2014, TurnoutPrintAndInvalidVotesAreCountedRight) {
  for (const auto& [of, rows] : open_) {
    const auto per_eligible = [&](const char* column) {
      return each(rows,
                  [&](const Row& row) { return figure(row, column) / figure(row, "p1_eligible"); });
    };
    expect_deciles("turnout", of->turnout, per_eligible("p4_issued"), 1'000);
    expect_deciles("printed", of->printed, per_eligible("p2_received"), 1'000);
    expect_deciles("invalid", of->invalid, invalid_votes(rows), 1'000);
    std::map<std::string, std::vector<double>> gminas;
    for (const Row& row : rows) gminas[row.at("teryt")].push_back(figure(row, "p1_eligible"));
    std::vector<double> spread;
    for (const auto& [teryt, sizes] : gminas) {
      if (sizes.size() <= 3) continue;
      const double sum = std::accumulate(sizes.begin(), sizes.end(), 0.0);
      for (const double size : sizes) {
        spread.push_back(size * static_cast<double>(sizes.size()) / sum);
      }
    }
    expect_deciles("spread", of->spread, spread, 1'000);
  }
  const auto of = [&](const char* contest) { return invalid_votes(warsaw_.at(contest).at(true)); };
  expect_deciles("mayor", kInvalidMayor, of("mayor_round1"), 1'000);
  expect_deciles("city", kInvalidCity, of("city_council"), 1'000);
  expect_deciles("district", kInvalidWarsawDistrict, of("district_council"), 1'000);
}

TEST_F(Proportions2014, BrokenRulesAreCountedRight) {
  for (const auto& [of, rows] : open_) {
    const std::pair<std::uint32_t, std::function<bool(const Row&)>> rates[] = {
        {of->b3, [](const Row& row) { return over(row) > 0; }},
        {of->w2, [](const Row& row) { return over(row) < 0; }},
        {of->b5, [](const Row& row) { return unaccounted(row) > 0; }},
        {of->w1, [](const Row& row) { return unaccounted(row) < 0; }},
        {of->w3, [](const Row& row) { return figure(row, "p9_invalid_ballots") > 0; }},
        {of->proxy, [](const Row& row) { return figure(row, "p5_proxy") > 0; }},
        {of->postal, [](const Row& row) { return figure(row, "p6_packages") > 0; }}};
    for (const auto& [have, is_so] : rates) EXPECT_NEAR(have, in_a_thousand(rows, is_so), 1);
    std::vector<double> off;
    for (const Row& row : rows) {
      for (const double by : {over(row), unaccounted(row), figure(row, "p9_invalid_ballots")}) {
        if (by != 0) off.push_back(std::abs(by));
      }
    }
    expect_deciles("off", of->off, off);
  }
}

TEST_F(Proportions2014, FewVotersAreCountedRight) {
  std::vector<double> proxies, packages, part_b;
  for (const auto& [of, rows] : open_) {
    for (const Row& row : rows) {
      if (figure(row, "p5_proxy") > 0) proxies.push_back(figure(row, "p5_proxy"));
      if (figure(row, "p6_packages") > 0) packages.push_back(figure(row, "p6_packages"));
    }
  }
  expect_deciles("proxies", kProxies, proxies);
  expect_deciles("packages", kPackages, packages);
  const auto sum = [](const Table& rows, const char* column) {
    double all = 0;
    for (const Row& row : rows) all += figure(row, column);
    return all;
  };
  const Table& assembly = open_.at(&kCapital);
  EXPECT_NEAR(kReturned, 1'000 * sum(assembly, "p7_envelopes") / sum(assembly, "p6_packages"),
              0.51);
  const Table& city = warsaw_.at("city_council").at(true);
  for (const Row& row : city) {
    if (figure(row, "p1b_eu") > 0) part_b.push_back(figure(row, "p1b_eu"));
  }
  EXPECT_NEAR(kCapital.part_b,
              in_a_thousand(city, [](const Row& row) { return figure(row, "p1b_eu") > 0; }), 0.51);
  expect_deciles("part B", kPartB, part_b);
  EXPECT_NEAR(kPartBTurnout, 1'000 * sum(city, "p4b_eu") / sum(city, "p1b_eu"), 0.51);
  const Table& mayor = warsaw_.at("mayor_round1").at(true);
  EXPECT_NEAR(kTwoMarks, 1'000 * sum(mayor, "p11_two_marks") / sum(mayor, "p11_invalid_votes"),
              0.51);
}

TEST_F(Proportions2014, ClosedPrecinctsAreCountedRight) {
  const Table& closed = warsaw_.at("city_council").at(false);
  const auto eligible = [](const Row& row) { return figure(row, "p1_eligible"); };
  expect_deciles("eligible", kClosedEligible, each(closed, eligible));
  expect_deciles(
      "turnout", kClosedTurnout,
      each(closed, [&](const Row& row) { return figure(row, "p4_issued") / eligible(row); }),
      1'000);
}

TEST(Proportions2018, SingleCandidatesAreCountedRight) {
  URNA_NEED_DATA("2018-mayors");
  std::map<std::string, std::pair<double, double>> votes;  // YES and NO by gmina
  for (const Row& row : read("2018-mayors/votes.csv.gz")) {
    if (row.at("votes_no").empty()) continue;
    votes[row.at("teryt")].first += figure(row, "votes");
    votes[row.at("teryt")].second += figure(row, "votes_no");
  }
  std::vector<double> yes;
  double lost = 0;
  for (const auto& [teryt, both] : votes) {
    yes.push_back(both.first / (both.first + both.second));
    if (both.first <= both.second) ++lost;
  }
  expect_deciles("YES", kYes, yes, 1'000);
  EXPECT_NEAR(kYesLoses, 1'000 * lost / static_cast<double>(yes.size()), 0.51);
}

}  // namespace
}  // namespace urna::drill::proportions
