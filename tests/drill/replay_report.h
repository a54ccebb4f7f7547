// The report of a replay: figures of the centre's received tally in the data set's own values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "tests/drill/expected.h"
#include "tests/drill/spoil.h"

namespace urna::drill {

// One line of a tally: what a server's `tally` command prints.
struct TallyLine {
  std::string contest;  // Urna's names
  std::uint32_t round = 1;
  std::string unit;
  std::uint64_t protocols = 0;
  std::string kind;  // "point", "option", "candidate"
  std::string code;
  std::uint64_t figure = 0;
};
// kMalformed with the line's number.
Result<std::vector<TallyLine>> parse_tally(std::string_view csv);

struct Refusal {
  std::size_t protocol = 0;  // into Dataset::protocols
  std::string code;
  std::string tier;  // "precinct", "territorial", "central"
  auto operator<=>(const Refusal&) const = default;
};

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

// What commissions did in the evening.
struct EveningCounts {
  std::size_t approved = 0;
  std::size_t settled = 0;
  std::size_t returned = 0;
  std::size_t confirmed = 0;
  std::size_t lots = 0;
  std::size_t territorial = 0;  // protocols signed by commissions
};

struct ReplayOutcome {
  double seconds = 0;
  std::vector<TallyLine> tally;  // of the centre
  std::vector<Refusal> refused;
  std::vector<Spoil> spoiled;
  EveningCounts evening;
  double evening_seconds = 0;
  std::vector<ResultLine> results;  // empty when the evening ended after the transfer
};

// One contest of the data set (all its districts), as the centre added it up.
struct ContestTotals {
  std::string contest;
  std::uint64_t protocols = 0;
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
};
// In the data set's order.
std::vector<ContestTotals> contest_totals(const Dataset& data, const ReplayOutcome& outcome);
// The same summed straight from the data set without the spoiled protocols: what must come out.
std::vector<ContestTotals> expected_totals(const Dataset& data, const std::vector<Spoil>& spoiled);

// Votes per (contest, teryt, district, option) in the data set's values.
using RowKey = std::tuple<std::string, std::string, std::string, std::string>;
std::map<RowKey, std::uint64_t> rows(const Dataset& data, const ReplayOutcome& outcome);
std::map<RowKey, std::uint64_t> expected_rows(const Dataset& data,
                                              const std::vector<Spoil>& spoiled);

// What the final protocols must say, in the order of contests and ballots.
std::vector<ResultLine> expected_lines(const Dataset& data, const ExpectedResults& expected);
// One sentence for every line that is missing, too many or different.
std::vector<std::string> differences(const std::vector<ResultLine>& have,
                                     const std::vector<ResultLine>& want);

// Writes the JSON report; replaced at once, never half written.
Result<void> write_report(const std::filesystem::path& file, const Dataset& data,
                          const ReplayOutcome& outcome);

}  // namespace urna::drill
