// Who must be elected, worked out from a data set by LAW.md's text alone and by other means than
// the programs': all quotients are written down and sorted, so that it can contradict them. Slow
// and meant to be.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/drill/dataset.h"

namespace urna::drill {

// An option, or a candidate of one.
struct BallotLine {
  std::size_t option = 0;       // into DatasetContest::options
  std::uint32_t candidate = 0;  // position on the list; 0 = the option itself
  auto operator<=>(const BallotLine&) const = default;
};

struct ExpectedOutcome {
  BallotLine line;
  std::uint64_t votes = 0;
  std::string outcome;  // "elected", "not_elected", "runoff"
};

// A drawing of lots that the law demands, with winners drawn from the seed.
struct Drawing {
  std::size_t contest = 0;  // into Dataset::contests
  std::vector<BallotLine> among;
  std::vector<BallotLine> winners;  // ascending
};

struct ExpectedResults {
  // By Dataset::contests: every candidate, and every option without candidates but NO, in ballot
  // order; empty where nobody is elected (Decided::kNot).
  std::vector<std::vector<ExpectedOutcome>> contests;
  // Lots among lists before those inside the lists that they decide about.
  std::vector<Drawing> drawings;
};

// By the rules of 2014 and 2019; councils with lists that are decided have candidates
// (candidates.h). The same data set and seed give the same results.
ExpectedResults expect_results(const Dataset& data, std::uint64_t seed);

}  // namespace urna::drill
