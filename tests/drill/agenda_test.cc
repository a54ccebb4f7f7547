#include "tests/drill/agenda.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/validation/check.h"
#include "tests/drill/candidates.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

constexpr std::uint64_t kSeed = 1;

// A data set with everything that is signed in its evening.
struct Planned {
  Dataset data;
  BuiltElection election;
  Incidents incidents;
  Agenda agenda;

  Bodies bodies() const { return Bodies(data, election, incidents); }
};

Planned plan(Dataset data) {
  EXPECT_TRUE(invent_candidates(data, kSeed));
  Planned all{std::move(data), {}, {}, {}};
  auto election = build_election(all.data);
  EXPECT_TRUE(election);
  all.election = std::move(*election);
  const auto incidents = choose_incidents(all.data, all.election, "", kSeed);
  EXPECT_TRUE(incidents);
  all.incidents = *incidents;
  all.agenda = plan_evening(all.data, all.election, all.bodies(), all.incidents,
                            expect_results(all.data, kSeed));
  return all;
}

std::size_t count(const Commands& commands, std::string_view begin, std::string_view unit = "") {
  std::size_t found = 0;
  for (const auto& [where, lines] : commands) {
    if (!unit.empty() && where != unit) continue;
    for (const std::string& line : lines) found += line.starts_with(begin);
  }
  return found;
}

// In any stage.
std::size_t count(const Agenda& agenda, std::string_view begin, std::string_view unit = "") {
  return count(agenda.decisions, begin, unit) + count(agenda.after_revision, begin, unit) +
         count(agenda.protocols, begin, unit);
}

TEST(Incidents, NoneCanBeChosenWhereEveryPrecinctIsSpared) {
  Dataset data = make_synthetic(kSeed, {1, 4});
  ASSERT_TRUE(invent_candidates(data, kSeed));
  const auto election = build_election(data);
  ASSERT_TRUE(election);
  const auto incidents = choose_incidents(data, *election, data.precincts.front().teryt, kSeed);
  ASSERT_FALSE(incidents);
  EXPECT_EQ(incidents.error().code, ErrorCode::kInvalidArgument);
}

TEST(Incidents, AWrongBodyHasOtherFiguresAndBreaksNoErrorRule) {
  const Planned all = plan(make_synthetic(kSeed));
  for (const auto& [number, wrong] :
       {std::pair(all.incidents.disputed, all.bodies().rival()),
        std::pair(all.incidents.mistaken, all.bodies().first(all.incidents.mistaken))}) {
    const DatasetProtocol& protocol = all.data.protocols[number];
    const v1::Body right = body_of(all.data, all.election, protocol);
    EXPECT_NE(wrong.protocol().SerializeAsString(), right.protocol().SerializeAsString());
    const BuiltContest& contest = all.election.contests[protocol.contest];
    ASSERT_TRUE(validation::check_shape(*contest.slice, wrong.protocol()));
    EXPECT_FALSE(validation::has_errors(validation::check(
        contest.form, wrong.protocol(), *model::UnitId::parse(wrong.protocol().place().unit()),
        validation::Completeness::kFinal)));
  }
}

TEST(Incidents, TheRevisionHasTheDataSetsFiguresAndNamesWhatItReplaces) {
  const Planned all = plan(make_synthetic(kSeed));
  const v1::Body right =
      body_of(all.data, all.election, all.data.protocols[all.incidents.mistaken]);
  v1::Protocol revised = all.bodies().revised().protocol();
  EXPECT_EQ(revised.revision(), 2u);
  EXPECT_EQ(revised.supersedes().size(), 32u);
  revised.set_revision(1);
  revised.clear_supersedes();
  EXPECT_EQ(revised.SerializeAsString(), right.protocol().SerializeAsString());
}

TEST(Evening, EveryProtocolIsConfirmedOnceUnderItsOwnCode) {
  const Planned all = plan(make_synthetic(kSeed));
  std::set<std::string> codes;
  for (const Commands* stage : {&all.agenda.decisions, &all.agenda.after_revision}) {
    for (const auto& [unit, lines] : *stage) {
      for (const std::string& line : lines) {
        if (!line.starts_with("confirm ")) continue;
        EXPECT_TRUE(codes.insert(line.substr(8, 19)).second) << line;
      }
    }
  }
  EXPECT_EQ(codes.size(), all.data.protocols.size());
  EXPECT_FALSE(codes.contains(control_code_of(all.bodies().rival())));
  EXPECT_FALSE(codes.contains(control_code_of(all.bodies().first(all.incidents.mistaken))));
}

// LAW.md: the gmina confirms council and mayor, the powiat its council and the assembly; the powiat
// signs the assembly's collective protocol, the voivodeship its tabulation and the final one.
TEST(Evening, EveryCommissionDoesWhatTheTableOfTheLawSays) {
  const Planned all = plan(make_synthetic(kSeed));
  EXPECT_EQ(count(all.agenda.decisions, "confirm ", "305000"), 2u * 120u);
  EXPECT_EQ(count(all.agenda.decisions, "confirm ") + 1, all.data.protocols.size());
  EXPECT_EQ(count(all.agenda, "sign collective assembly-1 1", "305000"), 1u);
  EXPECT_EQ(count(all.agenda, "sign collective "), 1u);
  EXPECT_EQ(all.agenda.protocols.at("300000"),
            (std::vector<std::string>{"sign tabulation assembly-1 1", "sign final assembly-1 1"}));
  EXPECT_EQ(count(all.agenda, "sign final powiat_council-305000-1 1", "305000"), 1u);
  EXPECT_EQ(count(all.agenda, "sign tabulation powiat_council-", "305000"), 3u);
  EXPECT_EQ(count(all.agenda, "sign final mayor-305001 1", "305001"), 1u);
  EXPECT_EQ(count(all.agenda, "sign tabulation mayor-"), 0u);
  EXPECT_EQ(count(all.agenda.decisions, "settle "), 1u);
  EXPECT_EQ(count(all.agenda.decisions, "return "), 1u);
  EXPECT_GE(count(all.agenda, "lot "), 1u);
}

// What another commission confirms or signs cannot be added up in the stage in which it does.
TEST(Evening, OnlyWhatAddsUpOthersWaitsForTheLastStage) {
  const Planned all = plan(make_synthetic(kSeed));
  EXPECT_EQ(all.agenda.protocols.size(), 1u);
  EXPECT_TRUE(all.agenda.protocols.contains("300000"));
  const DatasetContest& returned = all.data.contest_of(all.data.protocols[all.incidents.mistaken]);
  EXPECT_EQ(count(all.agenda.decisions, "sign final " + returned.group), 0u);
  EXPECT_EQ(count(all.agenda.after_revision, "sign final " + returned.group), 1u);
  for (const auto& [unit, lines] : all.agenda.decisions) {
    const auto is_signing = [](const std::string& line) { return line.starts_with("sign "); };
    const auto first = std::ranges::find_if(lines, is_signing);
    EXPECT_TRUE(std::none_of(first, lines.end(), [](const std::string& line) {
      return line.starts_with("confirm ");
    })) << unit;
  }
}

// LAW.md, allocation 7: nobody reports from it, so there is nothing to add up.
TEST(Evening, ADistrictWithoutAVoteIsNotTabulatedAndItsCouncilIsDetermined) {
  Dataset data = make_synthetic(kSeed);
  const auto district =
      std::ranges::find(data.contests, v1::CONTEST_KIND_COUNCIL_SMALL_GMINA, &DatasetContest::kind);
  ASSERT_NE(district, data.contests.end());
  EXPECT_FALSE(is_uncontested(*district));
  district->options.resize(1);
  EXPECT_TRUE(is_uncontested(*district));
  const std::string id = district->id;
  const std::string group = district->group;
  const auto at = static_cast<std::size_t>(district - data.contests.begin());
  std::erase_if(data.protocols, [&](const DatasetProtocol& one) { return one.contest == at; });
  const Planned all = plan(std::move(data));
  const auto given = [&](const std::string& begin) {
    return count(all.agenda.decisions, begin) + count(all.agenda.after_revision, begin) +
           count(all.agenda.protocols, begin);
  };
  EXPECT_EQ(given("sign tabulation " + id + " "), 0u);
  EXPECT_EQ(given("sign tabulation " + group + "-"), 9u);
  EXPECT_EQ(given("sign final " + group + "-"), 1u);
}

// Counts of the data folder's README: B2 1, B3 63 + 23 + 35 + 40 + 30, B4 4 + 2 + 5 + 2, B5 23 + 11
// + 13 + 19 + 24; one approval per protocol. X1 in 3 precincts, X2 in 98 and 99.
TEST(Evening, WarsawNeedsApprovalsAndReasonsWhereItsRealProtocolsDo) {
  URNA_NEED_DATA("2014-warsaw");
  auto data = read_warsaw(test::data_dir());
  ASSERT_TRUE(data);
  const Planned all = plan(std::move(*data));
  std::map<std::string, std::size_t> codes;
  std::size_t reasons = 0;
  for (const auto& [unit, lines] : all.agenda.decisions) {
    for (const std::string& line : lines) {
      if (line.starts_with("confirm ") && line.size() > 27) ++reasons;
      if (!line.starts_with("approve ")) continue;
      const std::string named = line.substr(28, line.find(' ', 28) - 28);
      for (std::size_t at = 0; at < named.size(); at += 3) ++codes[named.substr(at, 2)];
    }
  }
  EXPECT_EQ(codes,
            (std::map<std::string, std::size_t>{{"B2", 1}, {"B3", 191}, {"B4", 13}, {"B5", 90}}));
  EXPECT_GE(reasons, 98u * 4u - 1u);
  EXPECT_LE(reasons, 110u * 4u);
  EXPECT_EQ(count(all.agenda.decisions, "confirm ", "146501") +
                count(all.agenda.after_revision, "confirm ", "146501"),
            4u * 886u);
  EXPECT_EQ(count(all.agenda, "sign collective ", "146501"), 3u);
  EXPECT_EQ(count(all.agenda.protocols, "sign tabulation ", "140000"), 3u);
  EXPECT_EQ(count(all.agenda, "sign final ", "146501"), 3u);
  EXPECT_EQ(count(all.agenda, "sign final "), 18u + 3u + 1u);
}

}  // namespace
}  // namespace urna::drill
