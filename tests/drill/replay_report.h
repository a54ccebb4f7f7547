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

struct ReplayOutcome {
  double seconds = 0;
  std::vector<TallyLine> tally;  // of the centre
  std::vector<Refusal> refused;
  std::vector<Spoil> spoiled;
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

// Writes the JSON report; replaced at once, never half written.
Result<void> write_report(const std::filesystem::path& file, const Dataset& data,
                          const ReplayOutcome& outcome);

}  // namespace urna::drill
