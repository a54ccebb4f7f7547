// The real protocols of Warsaw 2014: each rule fires exactly as often as the data's own description
// says (README of the data set, table "2014-warsaw").
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "common/validation/forms.h"
#include "tests/unit/validation/official_data.h"
#include "tests/unit/validation/scene.h"

namespace urna::validation {
namespace {

std::string form_id(const std::string& contest) {
  if (contest.starts_with("mayor")) return "mayor-2014";
  return contest == "voivodeship_assembly" ? "council-2014" : "council-2014-ab";
}

// "p11_two_marks" is p11a, "p11_no_mark" is p11b; of the others the point stands before the '_'.
std::string point_of(const std::string& column) {
  if (column == "p11_two_marks") return "p11a";
  if (column == "p11_no_mark") return "p11b";
  return column.substr(0, column.find('_'));
}

std::string unit_of(const Row& row) { return row.at("teryt") + "-" + row.at("precinct"); }

// One contest as published: the protocols of one council in one district, or of the mayor.
struct Contest {
  std::vector<const Row*> protocols;
  std::map<std::string, std::map<std::string, std::string>> votes;  // option, then unit
  std::shared_ptr<const model::Slice> slice;
};

void make_slice(const std::string& name, Contest& contest) {
  v1::Slice data;
  data.set_contest("test-contest");
  data.set_round(1);
  data.set_kind(v1::CONTEST_KIND_COUNCIL_CITY);  // no rule looks at it
  data.set_area("146501");
  for (const auto& [option, votes] : contest.votes) data.add_options()->set_code(option);
  std::map<std::string, const Row*> ordered;
  for (const Row* row : contest.protocols) ordered[unit_of(*row)] = row;
  for (const auto& [unit, row] : ordered) {
    v1::Precinct& precinct = *data.add_precincts();
    precinct.set_unit(unit);
    precinct.set_parent(row->at("teryt"));
    precinct.set_type(row->at("precinct_type") == "P" ? v1::PRECINCT_TYPE_PERMANENT
                                                      : v1::PRECINCT_TYPE_SEPARATE);
  }
  contest.slice = parse_slice(data, builtin_form(form_id(name)).value(), {});
}

v1::Protocol protocol_of(const Row& row, const Contest& contest) {
  std::map<std::string, std::string> figures;
  for (const auto& [column, text] : row) {
    if (column.starts_with('p') && column != "precinct" && column != "precinct_type") {
      figures[point_of(column)] = text;
    }
  }
  v1::Protocol protocol;
  protocol.set_revision(1);
  for (const v1::FormPoint& point : contest.slice->form().points()) {
    protocol.add_points(cell_of_text(figures.at(point.code())));
  }
  for (const v1::Option& option : contest.slice->data().options()) {
    protocol.add_votes(cell_of_text(contest.votes.at(option.code()).at(unit_of(row))));
  }
  return protocol;
}

// Findings per code over all protocols of one contest, all districts together.
struct Counted {
  std::uint64_t protocols = 0;
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
  std::map<std::string, int> findings;
};

void count(const Contest& contest, Counted& counted) {
  const auto form = CompiledForm::compile(*contest.slice);
  ASSERT_TRUE(form.has_value()) << form.error().message;
  const std::size_t p1 = *contest.slice->point("p1");
  const std::size_t p12 = *contest.slice->point("p12");
  for (const Row* row : contest.protocols) {
    const v1::Protocol protocol = protocol_of(*row, contest);
    const auto shape = check_shape(*contest.slice, protocol);
    ASSERT_TRUE(shape.has_value()) << unit_of(*row) << ": " << shape.error().message;
    ++counted.protocols;
    counted.eligible += model::figure_of(protocol.points(static_cast<int>(p1)));
    counted.valid_votes += model::figure_of(protocol.points(static_cast<int>(p12)));
    for (const Finding& finding :
         check(*form, protocol, *model::UnitId::parse(unit_of(*row)), Completeness::kFinal)) {
      ++counted.findings[finding.code];
    }
  }
}

std::map<std::string, Counted> count_all() {
  const auto protocols = read_table(data_folder("2014-warsaw") / "protocols.csv.gz");
  const auto votes = read_table(data_folder("2014-warsaw") / "votes.csv.gz");
  std::map<std::pair<std::string, std::string>, Contest> contests;  // by contest and district
  std::map<std::pair<std::string, std::string>, Contest*> by_protocol;
  for (const Row& row : protocols) {
    // Districts of the district councils are numbered in each Warsaw district anew.
    const bool per_teryt = row.at("contest") == "district_council";
    Contest& contest = contests[{row.at("contest"),
                                 (per_teryt ? row.at("teryt") : "") + "/" + row.at("district")}];
    contest.protocols.push_back(&row);
    by_protocol[{row.at("contest"), unit_of(row)}] = &contest;
  }
  for (const Row& row : votes) {
    Contest* contest = by_protocol.at({row.at("contest"), unit_of(row)});
    contest->votes[row.at("option")][unit_of(row)] = row.at("votes");
  }
  std::map<std::string, Counted> counted;
  for (auto& [key, contest] : contests) {
    make_slice(key.first, contest);
    count(contest, counted[key.first]);
  }
  return counted;
}

struct Expected {
  const char* contest;
  std::uint64_t valid_votes, eligible;
  std::map<std::string, int> findings;
};

TEST(Warsaw, EveryRuleFiresAsOftenAsTheDataSetSays) {  // R15
  URNA_NEEDS_DATA("2014-warsaw");
  const Expected table[] = {
      {"mayor_round1",
       623'882,
       1'338'555,
       {{"B2", 1},
        {"B3", 63},
        {"B4", 4},
        {"B5", 23},
        {"W1", 47},
        {"W2", 253},
        {"W3", 105},
        {"W10", 2},
        {"W13", 1}}},
      {"mayor_round2",
       584'647,
       1'337'624,
       {{"B3", 23}, {"B5", 11}, {"W1", 17}, {"W2", 123}, {"W3", 37}}},
      {"city_council",
       591'188,
       1'338'605,
       {{"B3", 35}, {"B4", 2}, {"B5", 13}, {"W1", 27}, {"W2", 271}, {"W3", 97}}},
      {"district_council",
       599'466,
       1'335'652,
       {{"B3", 40},
        {"B4", 5},
        {"B5", 19},
        {"W1", 31},
        {"W2", 268},
        {"W3", 106},
        {"W5", 3},
        {"W10", 1}}},
      {"voivodeship_assembly",
       586'932,
       1'341'670,
       {{"B3", 30}, {"B4", 2}, {"B5", 24}, {"W1", 32}, {"W2", 308}, {"W3", 132}}}};
  const auto counted = count_all();
  ASSERT_EQ(counted.size(), std::size(table));
  for (const Expected& expected : table) {
    const Counted& actual = counted.at(expected.contest);
    EXPECT_EQ(actual.protocols, 886u) << expected.contest;
    EXPECT_EQ(actual.valid_votes, expected.valid_votes) << expected.contest;
    EXPECT_EQ(actual.eligible, expected.eligible) << expected.contest;
    EXPECT_EQ(actual.findings, expected.findings) << expected.contest;
  }
}

}  // namespace
}  // namespace urna::validation
