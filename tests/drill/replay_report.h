// The report of a replay: figures of the centre's received tally and the results, in the data set's
// own values.
#pragma once

#include <compare>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "tests/drill/official.h"
#include "tests/drill/result_lines.h"
#include "tests/drill/spoil.h"
#include "tests/drill/sums.h"

namespace urna::drill {

struct Refusal {
  std::size_t protocol = 0;  // into Dataset::protocols
  std::string code;
  std::string tier;  // "precinct", "territorial", "central"
  auto operator<=>(const Refusal&) const = default;
};

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
  Sums sums;  // of the centre's received tally
  std::vector<Refusal> refused;
  std::vector<Spoil> spoiled;
  EveningCounts evening;
  double evening_seconds = 0;
  std::vector<ResultLine> results;             // empty when the evening ended after the transfer
  std::optional<OfficialComparison> official;  // where something was published and is read
};

// Writes the JSON report; replaced at once, never half written.
Result<void> write_report(const std::filesystem::path& file, const Dataset& data,
                          const ReplayOutcome& outcome);

}  // namespace urna::drill
