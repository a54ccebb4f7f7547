// Sums of an election, in the data set's own values, from three sides that must agree: the centre's
// tally of signed records, the protocols a reader made of the files, and the files' rows
// themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "tests/drill/spoil.h"

namespace urna::drill {

// One contest of the data set, all its districts together.
struct ContestTotals {
  std::string contest;
  std::uint64_t protocols = 0;
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
  bool operator==(const ContestTotals&) const = default;
};

// Contest, teryt, district, option: the data set's values; a column it lacks is an empty string.
using RowKey = std::tuple<std::string, std::string, std::string, std::string>;
using Rows = std::map<RowKey, std::uint64_t>;

struct Sums {
  std::vector<ContestTotals> contests;  // in the data set's order
  Rows rows;                            // of the units that precincts lie in
};

// The point of a form that is the number of valid votes; empty where they are only its options'
// sum.
std::string_view valid_votes_point(std::string_view form);
// Names of the contests, in the data set's order.
std::vector<std::string> contest_names(const Dataset& data);

// Summed over the protocols of the data set without the spoiled ones.
Sums sums_of(const Dataset& data, const std::vector<Spoil>& spoiled);
// What of `whole` is in units that are `chosen`: rows as they stand, totals by the data set's
// protocols, since files tell them of all units together.
Sums part_of(const Sums& whole, const Dataset& data, const std::vector<Spoil>& spoiled,
             const std::function<bool(const std::string& teryt)>& chosen);
// What the spoiled protocols alone add up to is taken off `whole`.
Sums without(Sums whole, const Dataset& data, const std::vector<Spoil>& spoiled);

// One sentence for every total and, counted, for the rows that differ. A row of 0 votes is as none.
std::vector<std::string> differences(const Sums& have, const Sums& want);

// Straight from the rows of the data set's files: figures are added up as they are read, by the
// names that stand beside them; nothing is made into protocols. nullopt for a data set that has no
// files or is not summed so (2014-warsaw). Errors as the readers'.
Result<std::optional<Sums>> sum_files(const std::string& dataset,
                                      const std::filesystem::path& data_dir,
                                      std::span<const std::string> prefixes);

// What a server's `tally` command prints, added up piece by piece; nothing of it is kept.
class TallyReader {
 public:
  // `whole`: the unit whose figures are the totals, the server's own; of the centre's the country.
  TallyReader(const Dataset& data, std::string whole);

  // kMalformed with the line's number; the reader is of no use then.
  Result<void> take(std::string_view piece);

  struct Tallied {
    Sums sums;
    // Votes of the whole contest, by Dataset::contests: option, then its candidates, one option
    // after the other.
    std::vector<std::vector<std::uint64_t>> votes;
  };
  // After the last piece.
  Result<Tallied> finish();

 private:
  struct Line;
  Result<void> take_line(std::string_view line);
  void add(const Line& line);

  const Dataset& data_;
  const std::string whole_;
  std::unordered_map<std::string, std::size_t> contest_by_name_;  // "mayor-020101 1"
  std::unordered_set<std::string> lowest_;  // units that precincts lie in: each vote stands once
  std::vector<std::unordered_map<std::string, std::size_t>> cell_by_code_;  // "3", "3/2"
  std::map<std::string, ContestTotals> totals_;
  std::vector<bool> counted_;  // by contest: its protocols
  Tallied tallied_;
  std::string unread_;
  std::size_t line_ = 0;
};

}  // namespace urna::drill
