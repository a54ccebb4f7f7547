// Who is elected, line by line: as the centre prints it, and as it must be.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "tests/drill/expected.h"

namespace urna::drill {

// One line of a final protocol, as the centre holds it: what its `results` command prints.
struct ResultLine {
  std::string contest;  // Urna's names
  std::uint32_t round = 1;
  std::string option;
  std::uint32_t candidate = 0;  // position on the list; 0 = the option itself
  std::uint64_t votes = 0;
  std::string outcome;  // "elected", "not_elected", "runoff"
  auto operator<=>(const ResultLine&) const = default;
};
// kMalformed with the line's number.
Result<std::vector<ResultLine>> parse_results(std::string_view csv);

// What must come out, in the order of contests and ballots.
std::vector<ResultLine> expected_lines(const Dataset& data, const ExpectedResults& expected);
// One sentence for every line that is missing, too many or different.
std::vector<std::string> differences(const std::vector<ResultLine>& have,
                                     const std::vector<ResultLine>& want);

}  // namespace urna::drill
