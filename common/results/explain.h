// A result worked out step by step in plain text: for the printed protocol (R10, R11), and for
// anyone who asks why this candidate.
#pragma once

#include <string>

#include "common/results/council.h"
#include "common/results/mayor.h"

namespace urna::results {

enum class Language : std::uint8_t { kEnglish, kPolish };

// The arithmetic of the threshold for each list, the quotients in order with the largest that won
// nothing, every tie with the steps that broke it and the rule they come from, the candidates of
// each list in order, vacant seats and lots still to be drawn. A rule marked (unverified) is
// believed and was neither read nor reproduced on official results (docs/results.md).
//
// `result` is what determine_council gave for exactly this district. Lines end with a line feed, no
// line is cut to a width. Names of lists and candidates are their numbers: joining names is the
// caller's.
std::string explain(const CouncilDistrict& district, const CouncilResult& result,
                    Language language = Language::kEnglish);

// The same for round one (`first_round`) or a runoff of a mayor's election.
std::string explain(const MayorContest& contest, const MayorResult& result, bool first_round,
                    Language language = Language::kEnglish);

}  // namespace urna::results
