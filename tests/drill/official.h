// What was published of an election's outcome, compared with what came out here. The published
// figures are not those of the protocols: some were corrected later, and of some elections not
// every precinct is in the data.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "tests/drill/result_lines.h"
#include "tests/drill/sums.h"

namespace urna::drill {

// One published figure, in the data set's own values.
struct OfficialKey {
  std::string figure;  // "votes", "seats", "elected", "runoff" (0 or 1 the last two)
  std::string teryt;
  std::string district;
  std::string option;
  auto operator<=>(const OfficialKey&) const = default;
};
// nullopt: published without a figure.
using OfficialFigures = std::map<OfficialKey, std::optional<std::uint64_t>>;

// What must hold between a published figure and ours.
enum class Agreement {
  kEqual,
  kListed,  // differences are known to be, or precincts to be missing; they are only told
};

struct Official {
  OfficialFigures figures;
  std::map<std::string, Agreement> must;  // by figure
};

// 2018-mayors: official.csv, where in two gminas (100402, 302603) nobody was elected and no second
// round is told of; 2019-sejm and 2014-sejmik: candidates.csv. nullopt for a data set
// without official results here. Errors as the readers'.
Result<std::optional<Official>> read_official(const std::string& dataset,
                                              const std::filesystem::path& data_dir);

// The same figures by the centre's tally (`votes` as TallyReader::Tallied) and the results worked
// out; of what is whole only: a district of which every protocol was replayed, seats and those
// elected when that holds for all that count together.
OfficialFigures figures_here(const Dataset& data,
                             const std::vector<std::vector<std::uint64_t>>& votes,
                             const std::vector<ResultLine>& results);

struct OfficialDifference {
  OfficialKey key;
  std::optional<std::uint64_t> official;
  std::optional<std::uint64_t> here;
  bool wrong = false;
};
struct OfficialComparison {
  std::size_t compared = 0;
  std::vector<OfficialDifference> differences;
};
// Only districts (teryt, district) of which both sides have a figure of the kind.
OfficialComparison compare(const Official& official, const OfficialFigures& here);

}  // namespace urna::drill
