#include "tests/drill/by_totals.h"

#include <algorithm>
#include <map>

#include "common/results/council.h"

namespace urna::drill {

namespace {

using Votes = std::vector<std::uint64_t>;
// Of a group, by list.
using UnitVotes = std::map<std::string, std::uint64_t>;

// Where an option's own votes stand; its candidates follow.
std::size_t option_cell(const DatasetContest& contest, std::size_t option) {
  return option + first_candidate(contest, option);
}

struct District {
  std::vector<results::List> lists;
  std::vector<results::Candidate> candidates;
};

District district_of(const DatasetContest& contest, const Votes& votes, const UnitVotes& unit) {
  District district;
  for (std::size_t i = 0; i < contest.options.size(); ++i) {
    const DatasetOption& option = contest.options[i];
    const std::size_t cell = option_cell(contest, i);
    const auto number = static_cast<std::uint32_t>(i + 1);
    district.lists.push_back(
        {number, results::parse_committee_kind(option.committee).value_or(results::CommitteeKind()),
         votes[cell], unit.at(option.code)});
    for (std::uint32_t position = 1; position <= option.candidates; ++position) {
      results::Candidate candidate{{number, position}, std::nullopt};
      if (!std::ranges::binary_search(option.struck_off, position)) {
        candidate.votes = static_cast<std::uint32_t>(votes[cell + position]);
      }
      district.candidates.push_back(candidate);
    }
  }
  return district;
}

Result<void> determine(const DatasetContest& contest, const Votes& votes, const UnitVotes& unit,
                       std::vector<ResultLine>& lines) {
  const District district = district_of(contest, votes, unit);
  results::CouncilDistrict input;
  input.contest = {*model::ContestId::parse(contest.id), contest.round};
  input.rules = results::rule_set(contest.rule_set);
  input.seats = contest.seats;
  for (const auto& [list, all] : unit) input.unit_valid_votes += all;
  input.lists = district.lists;
  input.candidates = district.candidates;
  const auto result = results::determine_council(input);
  if (!result) return std::unexpected(result.error());
  if (!result->pending.empty()) {
    return fail(ErrorCode::kConflict, contest.id + ": a lot is needed, or figures of precincts");
  }
  for (std::size_t i = 0; i < district.candidates.size(); ++i) {
    const results::Candidate& one = district.candidates[i];
    lines.push_back(
        {contest.id, contest.round, contest.options[one.name.list - 1].code, one.name.place,
         one.votes.value_or(0),
         result->outcomes[i] == results::Outcome::kElected ? "elected" : "not_elected"});
  }
  return {};
}

}  // namespace

Result<std::vector<ResultLine>> results_by_totals(const Dataset& data,
                                                  std::span<const Votes> votes) {
  std::map<std::string, UnitVotes> units;  // by group
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    const DatasetContest& contest = data.contests[i];
    for (std::size_t j = 0; j < contest.options.size(); ++j) {
      units[contest.group][contest.options[j].code] += votes[i][option_cell(contest, j)];
    }
  }
  std::vector<ResultLine> lines;
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    const DatasetContest& contest = data.contests[i];
    if (contest.decided != Decided::kByTotals) continue;
    if (auto done = determine(contest, votes[i], units[contest.group], lines); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  return lines;
}

}  // namespace urna::drill
