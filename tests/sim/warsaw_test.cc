#include "tests/sim/warsaw.h"

#include <gtest/gtest.h>

#include "common/csv/csv.h"
#include "tests/support/official_data.h"

namespace urna::sim {

namespace {

using Row = std::map<std::string, std::string>;

void for_each_row(const std::filesystem::path& file, const std::function<void(const Row&)>& visit) {
  auto csv = must(csv::CsvReader::open(file));
  while (must(csv.next())) {
    Row row;
    for (std::size_t i = 0; i < csv.header().size(); ++i) row[csv.header()[i]] = csv.field(i);
    visit(row);
  }
}

// Votes by (contest, Warsaw district, electoral district, option), straight from the files.
using VotesKey = std::tuple<std::string, std::string, std::string, std::string>;
std::map<VotesKey, std::uint64_t> official_votes(const std::filesystem::path& dir) {
  std::map<std::tuple<std::string, std::string, std::string>, std::string> district;
  for_each_row(dir / "protocols.csv.gz", [&](const Row& row) {
    district[{row.at("contest"), row.at("teryt"), row.at("precinct")}] = row.at("district");
  });
  std::map<VotesKey, std::uint64_t> votes;
  for_each_row(dir / "votes.csv.gz", [&](const Row& row) {
    const std::string& in = district.at({row.at("contest"), row.at("teryt"), row.at("precinct")});
    votes[{row.at("contest"), row.at("teryt"), in, row.at("option")}] +=
        std::stoull(row.at("votes"));
  });
  return votes;
}

// data/README.md, 2014-warsaw: 886 precincts in each contest, valid votes, eligible.
const std::map<std::string, ContestTotals> kPublished = {
    {"mayor_round1", {886, 623'882, 1'338'555}},
    {"mayor_round2", {886, 584'647, 1'337'624}},
    {"city_council", {886, 591'188, 1'338'605}},
    {"district_council", {886, 599'466, 1'335'652}},
    {"voivodeship_assembly", {886, 586'932, 1'341'670}}};

}  // namespace

TEST(Warsaw, EveryProtocolReachesTheCentreAndEveryTotalIsTheOfficialOne) {
  URNA_NEED_DATA("2014-warsaw");
  const auto dataset = must(drill::read_warsaw(test::data_dir()));
  Keyring keys;
  Warsaw warsaw(dataset, keys, 2014);
  EXPECT_EQ(warsaw.run(), std::vector<std::string>{});
  EXPECT_EQ(warsaw.totals(), kPublished);
  std::uint64_t compared = 0;
  for (const auto& [key, votes] : official_votes(test::data_dir() / "2014-warsaw")) {
    const auto& [contest, teryt, district, option] = key;
    std::uint64_t here = 0;
    for (std::size_t i = 0; i < dataset.contests.size(); ++i) {
      if (dataset.contests[i].contest != contest || dataset.contests[i].district != district)
        continue;
      here += warsaw.votes(i, teryt, option);
    }
    EXPECT_EQ(here, votes) << contest << " " << teryt << " " << district << " " << option;
    ++compared;
  }
  EXPECT_GT(compared, 500u);
  EXPECT_EQ(warsaw.differences(), std::vector<std::string>{});
}

}  // namespace urna::sim
