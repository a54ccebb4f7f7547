// urna-results mayors: who is elected mayor, and who goes to a runoff.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "common/base/error.h"
#include "common/results/rules.h"

namespace urna::audit {

struct MayorsRequest {
  const results::RuleSet* rules = nullptr;
  std::filesystem::path votes;
  std::filesystem::path output;
};

// votes.csv: teryt, votes, candidate or position; where present round (R1, R2; without it all is
// round one) and votes_no. Other columns, `outcome` and `elected` among them, are not looked at.
// Rows in any order. An empty field of votes beside others' votes: struck off. A single candidate
// in a table without votes_no is elected, with a line to `notes`.
//
// kMalformed with file, line and reason; and as write_outcomes.
Result<void> mayors(const MayorsRequest& request, std::ostream& notes);

}  // namespace urna::audit
