// Official results, published by the National Electoral Commission: every district comes out as it
// was announced, with lots exactly where votes tie.

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "common/results/mayor.h"
#include "tests/integration/audit_results/tool.h"
#include "tests/support/official_data.h"

namespace urna::audit {
namespace {

using Key = std::pair<std::string, std::string>;  // teryt, district
using DistrictRows = std::map<Key, std::vector<Row>>;

DistrictRows by_district(const std::vector<Row>& rows) {
  DistrictRows districts;
  for (const Row& row : rows) districts[{row.at("teryt"), row.at("district")}].push_back(row);
  return districts;
}

bool elected(const Row& row) { return row.at("elected") == "1"; }
long votes(const Row& row) { return row.at("votes").empty() ? -1 : std::stol(row.at("votes")); }

// The official outcome, but a lot between `tied`.
std::string expected(const Row& row, bool tied) {
  return tied ? "lot" : elected(row) ? "elected" : "not_elected";
}

// Votes at the cut of a top-N district, when more candidates have them than seats are left; else
// -2.
long tied_votes(const std::vector<Row>& rows) {
  const auto seats = static_cast<std::size_t>(std::ranges::count_if(rows, elected));
  std::vector<long> all;
  for (const Row& row : rows) all.push_back(votes(row));
  std::ranges::sort(all, std::ranges::greater{});
  const bool tie = seats < all.size() && all[seats - 1] == all[seats] && all[seats] >= 0;
  return tie ? all[seats] : -2;
}

struct Counts {
  std::map<std::string, int> districts;  // by council
  int uncontested = 0;
  int ties = 0;
};

// Compares the output of one table with the official outcome; lots that were drawn, as a table.
std::string compare(const std::string& output, Counts& counts) {
  std::string lots = "teryt,district,list,position\n";
  for (const auto& [key, rows] : by_district(read_rows(output))) {
    ++counts.districts[rows.front().at("council")];
    const bool top_n = rows.front().at("council") == "gmina_council_up_to_20000";
    const long tied = top_n ? tied_votes(rows) : -2;
    counts.ties += tied >= 0 ? 1 : 0;
    counts.uncontested +=
        std::ranges::all_of(rows, [](const Row& row) { return votes(row) < 0; }) ? 1 : 0;
    for (const Row& row : rows) {
      const bool by_lot = votes(row) == tied;
      EXPECT_EQ(row.at("outcome"), expected(row, by_lot)) << key.first << "/" << key.second;
      if (by_lot && elected(row)) {
        lots +=
            key.first + "," + key.second + "," + row.at("list") + "," + row.at("position") + "\n";
      }
    }
  }
  return lots;
}

void expect_official(const std::string& output) {
  for (const Row& row : read_rows(output)) {
    EXPECT_EQ(row.at("outcome"), expected(row, false))
        << row.at("teryt") << "/" << row.at("district") << " list " << row.at("list")
        << " position " << row.at("position");
  }
}

// Every line of the output is the input's with one field more.
void expect_same_but_for_outcome(const std::filesystem::path& input, const std::string& output) {
  std::istringstream before(read_bytes(input)), after(read_bytes(output));
  std::string was, is;
  while (std::getline(before, was)) {
    ASSERT_TRUE(std::getline(after, is));
    ASSERT_EQ(is.substr(0, was.size() + 1), was + ",");
    ASSERT_EQ(is.find_first_of(",\"", was.size() + 1), std::string::npos);
  }
  EXPECT_FALSE(std::getline(after, is));
}

TEST(OfficialResults, EveryVisibleDistrictOf2010ComesOutWithLotsExactlyWhereVotesTie) {
  URNA_NEED_DATA("2010-local");
  const auto data = test::data_dir() / "2010-local";
  const Tables tables;
  Counts counts;
  for (const std::string voivodeship : {"04", "08", "10", "16", "18", "22", "28"}) {
    const std::string candidates = data / ("candidates-" + voivodeship + ".csv");
    std::vector<std::string> arguments{
        "determine",    "--rules",  "2010",     "--districts",         data / "districts.csv",
        "--candidates", candidates, "--output", tables.path("out.csv")};
    const Ran open = run(arguments);
    ASSERT_EQ(open.status, 0) << open.errors;
    EXPECT_EQ(open.errors, "");
    expect_same_but_for_outcome(candidates, tables.path("out.csv"));
    const std::string lots = compare(tables.path("out.csv"), counts);

    // With the lots recorded as the commissions drew them, the outcome is the announced one.
    arguments.insert(arguments.end(), {"--lots", tables.write("lots.csv", lots)});
    const Ran drawn = run(arguments);
    ASSERT_EQ(drawn.status, 0) << drawn.errors;
    expect_official(tables.path("out.csv"));
  }
  const std::map<std::string, int> visible = {{"city_council", 93},
                                              {"gmina_council_over_20000", 312},
                                              {"powiat_council", 493},
                                              {"voivodeship_assembly", 37},
                                              {"gmina_council_up_to_20000", 6907}};
  EXPECT_EQ(counts.districts, visible);
  EXPECT_EQ(counts.uncontested, 347);
  EXPECT_EQ(counts.ties, 74);
}

TEST(OfficialResults, EveryVisibleAssemblyDistrictOf2014ComesOut) {
  URNA_NEED_DATA("2014-sejmik");
  const auto data = test::data_dir() / "2014-sejmik";
  const Tables tables;
  const Ran ran =
      run({"determine", "--rules", "2014", "--districts", data / "districts.csv", "--candidates",
           data / "candidates.csv", "--output", tables.path("out.csv")});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  expect_official(tables.path("out.csv"));
  expect_same_but_for_outcome(data / "candidates.csv", tables.path("out.csv"));
  EXPECT_EQ(by_district(read_rows(tables.path("out.csv"))).size(), 62u);
}

TEST(OfficialResults, EveryVisibleDistrictOfParliament2019ComesOut) {
  URNA_NEED_DATA("2019-sejm");
  const auto data = test::data_dir() / "2019-sejm";
  const Tables tables;
  const Ran ran =
      run({"determine", "--rules", "2019", "--districts", data / "districts.csv", "--candidates",
           data / "candidates.csv", "--output", tables.path("out.csv")});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  expect_official(
      tables.path("out.csv"));  // struck-off candidates have no official flag: not elected
  EXPECT_EQ(by_district(read_rows(tables.path("out.csv"))).size(), 30u);
}

// The one tie of d'Hondt quotients in the visible data: powiat council 081000, district 2, 3 seats.
// List 12 has 1316 votes, list 2 has 658: 1316/2 = 658/1. The third seat went to list 12.
TEST(OfficialResults, TheTieOfQuotientsOf081000WasBrokenByMoreVotesInTheDistrict) {
  URNA_NEED_DATA("2010-local");
  const auto data = test::data_dir() / "2010-local";
  const Ran ran = run({"determine", "--rules", "2010", "--districts", data / "districts.csv",
                       "--candidates", data / "candidates-08.csv", "--explain", "081000/2"});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  EXPECT_NE(ran.output.find("  3. list 12: 1316 / 2 = 658\n  none: list 2: 658 / 1 = 658\n"),
            std::string::npos);
  EXPECT_NE(ran.output.find("  more votes in the district: list 12\n"), std::string::npos);
}

TEST(OfficialResults, EveryVisibleMayorOf2010ComesOutWithoutReadingTheAnnouncedOutcome) {
  URNA_NEED_DATA("2010-local");
  const auto data = test::data_dir() / "2010-local" / "mayors-round1.csv";
  const Tables tables;
  std::istringstream official(read_bytes(data));
  std::string blank, line;
  while (std::getline(official, line)) {
    blank += line.substr(0, line.rfind(',')) + (blank.empty() ? ",outcome\n" : ",none yet\n");
  }
  const Ran ran = run({"mayors", "--rules", "2010", "--votes", tables.write("blank.csv", blank),
                       "--output", tables.path("out.csv")});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 242) << "one note for each single candidate";
  EXPECT_TRUE(tables.bytes("out.csv") == read_bytes(data));
}

TEST(OfficialResults, EveryVisibleMayorOf2018ComesOutInBothRounds) {
  URNA_NEED_DATA("2018-mayors");
  const auto data = test::data_dir() / "2018-mayors" / "official.csv";
  const Tables tables;
  const Ran ran =
      run({"mayors", "--rules", "2018", "--votes", data, "--output", tables.path("out.csv")});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(ran.errors, "");
  std::map<std::string, std::set<std::string>> runoff, second;
  for (const Row& row : read_rows(tables.path("out.csv"))) {
    EXPECT_EQ(row.at("outcome") == "elected", elected(row)) << row.at("round") << row.at("teryt");
    EXPECT_NE(row.at("outcome"), "lot");
    if (row.at("outcome") == "runoff") runoff[row.at("teryt")].insert(row.at("candidate"));
    if (row.at("round") == "R2") second[row.at("teryt")].insert(row.at("candidate"));
  }
  // Two gminas have no second round in the data.
  EXPECT_EQ(runoff.erase("100402"), 1u);
  EXPECT_EQ(runoff.erase("302603"), 1u);
  EXPECT_EQ(runoff, second);
  EXPECT_EQ(second.size(), 501u);
}

// R37. The ballot of the second round keeps the order of the first.
TEST(OfficialResults, TheRunoffsOf2018DeriveFromRoundOneInTheirOrder) {
  URNA_NEED_DATA("2018-mayors");
  std::map<std::string, std::vector<results::Candidate>> first;
  std::map<std::string, std::vector<results::BallotName>> second;
  for (const Row& row : read_rows(test::data_dir() / "2018-mayors" / "official.csv")) {
    const results::BallotName name{0, static_cast<std::uint32_t>(std::stoul(row.at("candidate")))};
    if (row.at("round") == "R2") second[row.at("teryt")].push_back(name);
    if (row.at("round") == "R1") {
      first[row.at("teryt")].push_back({name, static_cast<std::uint32_t>(votes(row))});
    }
  }
  for (const auto& [teryt, names] : second) {
    results::MayorContest contest;
    contest.contest = {*model::ContestId::parse(teryt), 1};
    contest.rules = results::rule_set("2018");
    contest.candidates = first.at(teryt);
    const auto runoff = derive_runoff(contest, {});
    ASSERT_TRUE(runoff.has_value()) << runoff.error().message;
    EXPECT_EQ(runoff->candidates, names) << teryt;
    EXPECT_EQ(runoff->days_after_first_round, 14u);
  }
}

// Another system's public tests.
TEST(OfficialResults, TheApportionmentCasesComeOut) {
  URNA_NEED_DATA("apportionment");
  const auto cases =
      nlohmann::json::parse(read_bytes(test::data_dir() / "apportionment" / "dhondt-cases.json"));
  ASSERT_GE(cases.size(), 6u);
  const auto joined = [](const nlohmann::json& numbers) {
    std::string text;
    for (const auto& one : numbers) text += (text.empty() ? "" : ",") + one.dump();
    return text;
  };
  for (const auto& one : cases) {
    const Ran ran = run({"allocate", "--method", "dhondt", "--seats", one.at("seats").dump(),
                         "--votes", joined(one.at("votes"))});
    EXPECT_EQ(ran.status, 0) << ran.errors;
    EXPECT_EQ(ran.output, joined(one.at("dhondt_seats")) + "\n") << one.at("id");
  }
}

}  // namespace
}  // namespace urna::audit
