// Districts for tests, owned and easy to write down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/results/council.h"

namespace urna::results {

inline model::ContestRound contest_named(const char* name, std::uint32_t round = 1) {
  return {*model::ContestId::parse(name), round};
}

// A list: its number and its candidates' votes in the order of their places, -1 struck off.
struct SampleList {
  std::uint32_t number;
  std::vector<int> votes;
  CommitteeKind kind = CommitteeKind::kUnspecified;
};

// A district that is a unit of its own, with everything a CouncilDistrict points to.
class Sample {
 public:
  Sample(const char* rules, std::uint32_t seats, const std::vector<SampleList>& all,
         Method method = Method::kDHondt)
      : rules_(*rule_set(rules)), method_(method), seats_(seats) {
    for (const SampleList& list : all) {
      std::uint64_t sum = 0;
      std::uint32_t place = 0;
      for (const int votes : list.votes) {
        Candidate one{{list.number, ++place}, std::nullopt};
        if (votes >= 0) one.votes = static_cast<std::uint32_t>(votes);
        sum += one.votes.value_or(0);
        candidates.push_back(one);
      }
      if (method == Method::kDHondt) lists.push_back({list.number, list.kind, sum, sum});
      unit_valid_votes += sum;
    }
  }

  CouncilDistrict district() const {
    CouncilDistrict one;
    one.contest = contest_named("081000-2");
    one.rules = &rules_;
    one.method = method_;
    one.seats = seats_;
    one.voted = voted;
    one.unit_valid_votes = unit_valid_votes;
    one.lists = lists;
    one.candidates = candidates;
    if (precincts > 0) one.precincts = PrecinctFigures{precincts, list_table, candidate_table};
    one.lots = lots;
    return one;
  }
  Result<CouncilResult> determine() const { return determine_council(district()); }
  // Outcomes as letters E, N, L; or the error's message.
  std::string letters() const {
    const auto result = determine();
    if (!result) return result.error().message;
    std::string text;
    for (const Outcome outcome : result->outcomes) text += "NEL"[static_cast<int>(outcome)];
    return text;
  }
  // Records a lot for the first one that is asked for.
  void draw(const std::vector<BallotName>& winners) {
    lots.push_back({determine()->pending.at(0).canonical(), winners});
  }
  RuleSet& rules() { return rules_; }

  std::vector<List> lists;
  std::vector<Candidate> candidates;
  std::uint64_t unit_valid_votes = 0;
  bool voted = true;
  std::size_t precincts = 0;
  std::vector<std::uint32_t> list_table, candidate_table;
  std::vector<Lot> lots;

 private:
  RuleSet rules_;
  Method method_;
  std::uint32_t seats_;
};

}  // namespace urna::results
