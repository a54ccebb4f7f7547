#include "tests/drill/official.h"

#include <algorithm>
#include <set>

#include "common/csv/csv.h"
#include "tests/drill/dataset_table.h"

namespace urna::drill {

namespace {

constexpr const char* kVotes = "votes";
constexpr const char* kSeats = "seats";
constexpr const char* kElected = "elected";
constexpr const char* kRunoff = "runoff";
constexpr const char* kParliament = "000000";

// Gives every row of a table to `take`, which says what is wrong with it.
template <class Take>
Result<void> each_row(const std::filesystem::path& file, std::span<const char* const> columns,
                      Take take) {
  auto table = open_table(file, columns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    if (auto taken = take(*table); !taken) return taken;
  }
}

// The figure of a column; nullopt when it is empty.
Result<std::optional<std::uint64_t>> figure_in(const Table& table, std::size_t column) {
  if (table[column].empty()) return std::nullopt;
  const auto figure = csv::parse_figure(table[column]);
  if (figure) return *figure;
  return std::unexpected(invalid(table.reader, "no figure: '" + table[column] + "'"));
}

Result<std::optional<Official>> read_mayors(const std::filesystem::path& dir) {
  static constexpr const char* kColumns[] = {"round", "teryt",    "candidate",
                                             "votes", "votes_no", "elected"};
  Official official;
  official.must = {
      {kVotes, Agreement::kEqual}, {kElected, Agreement::kEqual}, {kRunoff, Agreement::kEqual}};
  std::set<std::string> told;  // gminas of which it is known whether there is a runoff
  const auto take = [&](const Table& row) -> Result<void> {
    const auto votes = figure_in(row, 3);
    const auto no = figure_in(row, 4);
    if (!votes) return std::unexpected(votes.error());
    if (!no) return std::unexpected(no.error());
    if (row[0] == "R2") {
      official.figures[{kRunoff, row[1], "", row[2]}] = 1;
      told.insert(row[1]);
      return {};
    }
    if (row[0] != "R1")
      return std::unexpected(invalid(row.reader, "unknown round '" + row[0] + "'"));
    official.figures[{kVotes, row[1], "", row[2]}] = *votes;
    official.figures[{kElected, row[1], "", row[2]}] = row[5] == "1";
    official.figures.try_emplace({kRunoff, row[1], "", row[2]}, 0);
    if (row[5] == "1") told.insert(row[1]);
    if (*no) official.figures[{kVotes, row[1], "", "NO"}] = *no;
    return {};
  };
  if (auto read = each_row(dir / "official.csv", kColumns, take); !read) {
    return std::unexpected(std::move(read.error()));
  }
  // Nobody elected and no second round: nothing is told of who stands in it.
  std::erase_if(official.figures, [&](const auto& figure) {
    return figure.first.figure == kRunoff && !told.contains(figure.first.teryt);
  });
  return official;
}

Result<std::optional<Official>> read_sejm(const std::filesystem::path& dir) {
  static constexpr const char* kColumns[] = {"district", "list", "position", "votes", "elected"};
  Official official;
  official.must = {
      {kVotes, Agreement::kListed}, {kSeats, Agreement::kEqual}, {kElected, Agreement::kEqual}};
  const auto take = [&](const Table& row) -> Result<void> {
    const auto votes = figure_in(row, 3);
    if (!votes) return std::unexpected(votes.error());
    const std::string list = "l" + row[1];
    const std::string candidate = list + "c" + row[2];
    official.figures[{kVotes, kParliament, row[0], candidate}] = *votes;
    official.figures[{kElected, kParliament, row[0], candidate}] = row[4] == "1";
    auto& seats = official.figures[{kSeats, kParliament, row[0], list}];
    seats = seats.value_or(0) + (row[4] == "1");
    return {};
  };
  if (auto read = each_row(dir / "candidates.csv", kColumns, take); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return official;
}

// Candidates' votes add up to their list's; the list's districts to its voivodeship's.
Result<std::optional<Official>> read_sejmik(const std::filesystem::path& dir) {
  static constexpr const char* kColumns[] = {"teryt", "list", "votes"};
  Official official;
  official.must = {{kVotes, Agreement::kListed}};
  const auto take = [&](const Table& row) -> Result<void> {
    const auto votes = figure_in(row, 2);
    if (!votes) return std::unexpected(votes.error());
    auto& sum = official.figures[{kVotes, row[0], "", row[1]}];
    sum = sum.value_or(0) + votes->value_or(0);
    return {};
  };
  if (auto read = each_row(dir / "candidates.csv", kColumns, take); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return official;
}

void add_votes(const DatasetContest& contest, const std::vector<std::uint64_t>& votes,
               OfficialFigures& figures) {
  const std::string teryt = reported_teryt(contest);
  std::size_t cell = 0;
  for (const DatasetOption& option : contest.options) {
    const std::uint64_t own = votes[cell++];
    if (option.candidates == 0) {
      auto& sum = figures[{kVotes, teryt, contest.district, option.reported()}];
      sum = sum.value_or(0) + own;
    }
    for (std::uint32_t position = 1; position <= option.candidates; ++position, ++cell) {
      if (std::ranges::binary_search(option.struck_off, position)) continue;
      figures[{kVotes, teryt, contest.district,
               option.reported() + "c" + std::to_string(position)}] = votes[cell];
    }
  }
}

void add_result(const DatasetContest& contest, const ResultLine& line, OfficialFigures& figures) {
  const auto option = std::ranges::find(contest.options, line.option, &DatasetOption::code);
  if (option == contest.options.end() ||
      std::ranges::binary_search(option->struck_off, line.candidate)) {
    return;
  }
  const std::string teryt = reported_teryt(contest);
  const bool elected = line.outcome == "elected";
  std::string name = option->reported();
  if (line.candidate != 0) {
    auto& seats = figures[{kSeats, teryt, contest.district, name}];
    seats = seats.value_or(0) + elected;
    name += "c" + std::to_string(line.candidate);
  } else {
    figures[{kRunoff, teryt, contest.district, name}] = line.outcome == "runoff";
  }
  figures[{kElected, teryt, contest.district, name}] = elected;
}

}  // namespace

Result<std::optional<Official>> read_official(const std::string& dataset,
                                              const std::filesystem::path& data_dir) {
  const std::filesystem::path dir = data_dir / dataset;
  if (dataset == "2018-mayors") return read_mayors(dir);
  if (dataset == "2019-sejm") return read_sejm(dir);
  if (dataset == "2014-sejmik") return read_sejmik(dir);
  return std::optional<Official>();
}

OfficialFigures figures_here(const Dataset& data,
                             const std::vector<std::vector<std::uint64_t>>& votes,
                             const std::vector<ResultLine>& results) {
  OfficialFigures figures;
  std::map<std::pair<std::string, std::uint32_t>, const DatasetContest*> by_name;
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    const DatasetContest& contest = data.contests[i];
    by_name[{contest.id, contest.round}] = &contest;
    // Without districts the figures of a whole group add up to one.
    if (contest.district.empty() ? contest.group_whole : contest.whole) {
      add_votes(contest, votes[i], figures);
    }
  }
  for (const ResultLine& line : results) {
    const auto contest = by_name.find({line.contest, line.round});
    if (contest == by_name.end() || !contest->second->group_whole) continue;
    add_result(*contest->second, line, figures);
  }
  return figures;
}

OfficialComparison compare(const Official& official, const OfficialFigures& here) {
  // What both tell of a district at all.
  using District = std::tuple<std::string, std::string, std::string>;
  const auto district_of = [](const OfficialKey& key) {
    return District(key.figure, key.teryt, key.district);
  };
  std::set<District> ours;
  std::set<District> theirs;
  for (const auto& [key, figure] : here) ours.insert(district_of(key));
  for (const auto& [key, figure] : official.figures) theirs.insert(district_of(key));
  OfficialComparison comparison;
  const auto look = [&](const OfficialKey& key, std::optional<std::uint64_t> published,
                        std::optional<std::uint64_t> own) {
    ++comparison.compared;
    if (published == own) return;
    const Agreement must = official.must.at(key.figure);
    comparison.differences.push_back({key, published, own, must == Agreement::kEqual});
  };
  for (const auto& [key, published] : official.figures) {
    if (!ours.contains(district_of(key))) continue;
    const auto own = here.find(key);
    look(key, published, own == here.end() ? std::nullopt : own->second);
  }
  for (const auto& [key, own] : here) {
    if (!theirs.contains(district_of(key)) || official.figures.contains(key)) continue;
    look(key, std::nullopt, own);
  }
  return comparison;
}

}  // namespace urna::drill
