#include "tests/drill/dataset_generated.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "common/csv/csv.h"
#include "tests/drill/generate_ballot.h"
#include "tests/drill/generate_files.h"

namespace urna::drill {

namespace {

struct Label {
  std::string_view contest;
  v1::ContestKind kind;
};
// In the order in which a report shows them.
constexpr Label kLabels[] = {
    {kMayor, v1::CONTEST_KIND_MAYOR},
    {kSingleMayor, v1::CONTEST_KIND_MAYOR},
    {kSmallCouncil, v1::CONTEST_KIND_COUNCIL_SMALL_GMINA},
    {kLargeCouncil, v1::CONTEST_KIND_COUNCIL_LARGE_GMINA},
    {kCityCouncil, v1::CONTEST_KIND_COUNCIL_CITY},
    {kDistrictCouncil, v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT},
    {kPowiatCouncil, v1::CONTEST_KIND_COUNCIL_POWIAT},
    {kAssembly, v1::CONTEST_KIND_ASSEMBLY},
};

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::unexpected<Error> invalid(const csv::CsvReader& reader, std::string_view reason) {
  Error error = reader.error_here(reason);
  error.code = ErrorCode::kInvalidArgument;
  return std::unexpected(std::move(error));
}

Result<csv::CsvReader> open_table(const std::filesystem::path& path,
                                  const std::vector<std::string>& columns) {
  auto reader = csv::CsvReader::open(path);
  if (reader && reader->header() != columns) {
    return invalid(*reader, "the columns are not those of a generated nation");
  }
  return reader;
}

// Exactly `count` figures with a space between two; none for an option without candidates.
bool read_candidates(std::string_view text, std::uint32_t count, std::vector<std::uint32_t>& into) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t end = text.find(' ');
    const auto figure = csv::parse_figure(text.substr(0, end));
    if (!figure || (end == text.npos) != (i + 1 == count)) return false;
    into.push_back(*figure);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return text.empty();
}

class Reading {
 public:
  explicit Reading(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<Dataset> read() {
    using Step = Result<void> (Reading::*)();
    for (const Step step : {&Reading::read_nation, &Reading::read_tables, &Reading::index_precincts,
                            &Reading::read_ballots, &Reading::read_voivodeships, &Reading::order}) {
      if (auto done = (this->*step)(); !done) return std::unexpected(std::move(done.error()));
    }
    return std::move(data_);
  }

 private:
  using Row = const csv::CsvReader&;
  using Take = Result<void> (Reading::*)(Row);

  // What nation.csv tells of the rows of the other files.
  struct Counts {
    std::uint64_t precincts, units, contests, options, uncontested, protocols, votes;
  };

  Result<void> read_nation();
  Result<void> read_tables();
  Result<void> index_precincts();
  Result<void> read_ballots();
  Result<void> read_voivodeships();
  Result<void> order();

  Result<void> take_nation(Row row);
  Result<void> take_unit(Row row);
  Result<void> take_precinct(Row row);
  Result<void> take_contest(Row row);
  Result<void> take_option(Row row);
  Result<void> take_uncontested(Row row);
  Result<void> take_protocol(Row row, csv::CsvReader& votes);
  Result<void> take_votes(Row protocol, csv::CsvReader& votes, const DatasetContest& contest,
                          DatasetProtocol& into);
  Result<void> read_protocols(const std::string& code);

  // Gives every row to `take`; there must be `expected` of them.
  Result<void> read_table(std::string_view file, const std::vector<std::string>& columns, Take take,
                          std::uint64_t expected);
  Result<void> check_rows(std::string_view file, std::uint64_t rows, std::uint64_t expected) const;
  Result<std::size_t> contest_at(Row row) const;
  Result<std::size_t> precinct_at(Row row) const;

  const std::filesystem::path folder_;
  Dataset data_;
  Counts counts_{};
  std::unordered_set<std::string> units_;
  std::unordered_map<std::string, std::size_t> contest_by_id_;
  std::unordered_map<std::string, std::size_t> precinct_by_id_;
  std::uint64_t vote_rows_ = 0;
};

Result<void> Reading::check_rows(std::string_view file, std::uint64_t rows,
                                 std::uint64_t expected) const {
  if (rows == expected) return {};
  return fail(ErrorCode::kInvalidArgument, (folder_ / file).string() + ": " + std::to_string(rows) +
                                               " rows, and nation.csv says " +
                                               std::to_string(expected));
}

Result<void> Reading::read_table(std::string_view file, const std::vector<std::string>& columns,
                                 Take take, std::uint64_t expected) {
  auto reader = open_table(folder_ / file, columns);
  if (!reader) return std::unexpected(std::move(reader.error()));
  for (std::uint64_t rows = 0;; ++rows) {
    const auto more = reader->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return check_rows(file, rows, expected);
    if (auto taken = (this->*take)(*reader); !taken) return taken;
  }
}

Result<std::size_t> Reading::contest_at(Row row) const {
  const auto found = contest_by_id_.find(row.field(0));
  if (found != contest_by_id_.end()) return found->second;
  return invalid(row, "unknown contest '" + row.field(0) + "'");
}

Result<std::size_t> Reading::precinct_at(Row row) const {
  const std::string id = row.field(1) + "-" + row.field(2);
  const auto found = precinct_by_id_.find(id);
  if (found != precinct_by_id_.end()) return found->second;
  return invalid(row, "unknown precinct '" + id + "'");
}

Result<void> Reading::read_nation() {
  auto read = read_table(kNationFile, nation_columns(), &Reading::take_nation, 1);
  if (read || read.error().code != ErrorCode::kNotFound) return read;
  return fail(ErrorCode::kNotFound,
              (folder_ / kNationFile).string() +
                  " is not there: no generated nation, or one whose making was stopped");
}

Result<void> Reading::take_nation(Row row) {
  if (row.field(0) != kGeneratedFormat) {
    return invalid(row, "format '" + row.field(0) + "' is not known");
  }
  std::uint64_t seed = 0;
  std::uint64_t* const into[] = {&counts_.precincts, &seed,
                                 &counts_.units,     &counts_.contests,
                                 &counts_.options,   &counts_.uncontested,
                                 &counts_.protocols, &counts_.votes};
  for (std::size_t i = 0; i < std::size(into); ++i) {
    const auto count = parse_count(row.field(i + 1));
    if (!count) return invalid(row, nation_columns()[i + 1] + " is no number");
    *into[i] = *count;
  }
  data_.name = "generated-" + row.field(1) + "-" + row.field(2);
  data_.election = data_.name;
  data_.date = "2014-11-16";
  return {};
}

Result<void> Reading::read_tables() {
  auto done = read_table(kUnitsFile, unit_columns(), &Reading::take_unit, counts_.units);
  if (done) {
    done =
        read_table(kPrecinctsFile, precinct_columns(), &Reading::take_precinct, counts_.precincts);
  }
  return done;
}

Result<void> Reading::take_unit(Row row) {
  const v1::UnitKind kind = parse_unit_kind(row.field(1));
  if (!model::UnitId::parse(row.field(0)) || kind == v1::UNIT_KIND_UNSPECIFIED) {
    return invalid(row, "bad unit or kind");
  }
  if (!(units_.contains(row.field(2)) || data_.units.empty())) {
    return invalid(row, "the unit '" + row.field(2) + "' above it does not stand before it");
  }
  if (!units_.insert(row.field(0)).second) return invalid(row, "the unit stands twice");
  data_.units.push_back({row.field(0), kind, row.field(2), row.field(3)});
  if (kind == v1::UNIT_KIND_VOIVODESHIP) data_.servers.push_back(row.field(0));
  return {};
}

Result<void> Reading::take_precinct(Row row) {
  const v1::PrecinctType type = parse_precinct_type(row.field(2));
  if (!units_.contains(row.field(0)) || !csv::parse_figure(row.field(1)) ||
      type == v1::PRECINCT_TYPE_UNSPECIFIED) {
    return invalid(row, "bad teryt, precinct or precinct type");
  }
  data_.precincts.push_back({row.field(0) + "-" + row.field(1), row.field(0), row.field(1), type});
  return {};
}

Result<void> Reading::index_precincts() {
  std::ranges::sort(data_.precincts, {}, &DatasetPrecinct::id);
  for (std::size_t i = 0; i < data_.precincts.size(); ++i) {
    if (precinct_by_id_.emplace(data_.precincts[i].id, i).second) continue;
    return fail(ErrorCode::kInvalidArgument, (folder_ / kPrecinctsFile).string() + ": precinct " +
                                                 data_.precincts[i].id + " stands twice");
  }
  return {};
}

Result<void> Reading::read_ballots() {
  auto done =
      read_table(kContestsFile, contest_columns(), &Reading::take_contest, counts_.contests);
  if (done) {
    done = read_table(kOptionsFile, option_columns(), &Reading::take_option, counts_.options);
  }
  if (done) {
    done = read_table(kUncontestedFile, uncontested_columns(), &Reading::take_uncontested,
                      counts_.uncontested);
  }
  return done;
}

Result<void> Reading::take_contest(Row row) {
  DatasetContest contest;
  contest.id = row.field(0);
  contest.contest = row.field(1);
  contest.group = row.field(2);
  contest.area = row.field(3);
  contest.district = row.field(4);
  contest.rule_set = row.field(6);
  contest.form = row.field(7);
  contest.synthetic = true;
  const auto* label = std::ranges::find(kLabels, contest.contest, &Label::contest);
  const auto seats = csv::parse_figure(row.field(5));
  if (label == std::end(kLabels) || !seats || *seats == 0 || !model::ContestId::parse(contest.id) ||
      !units_.contains(contest.area)) {
    return invalid(row, "bad id, contest, area or seats");
  }
  contest.kind = label->kind;
  contest.seats = *seats;
  if (!contest_by_id_.emplace(contest.id, data_.contests.size()).second) {
    return invalid(row, "the contest stands twice");
  }
  data_.contests.push_back(std::move(contest));
  return {};
}

Result<void> Reading::take_option(Row row) {
  const auto contest = contest_at(row);
  if (!contest) return std::unexpected(contest.error());
  auto& options = data_.contests[*contest].options;
  const auto candidates = csv::parse_figure(row.field(3));
  if (!candidates) return invalid(row, "candidates is no figure");
  if (std::ranges::find(options, row.field(1), &DatasetOption::code) != options.end()) {
    return invalid(row, "the option stands twice");
  }
  options.push_back({row.field(1), row.field(2), *candidates});
  return {};
}

Result<void> Reading::take_uncontested(Row row) {
  const auto contest = contest_at(row);
  if (!contest) return std::unexpected(contest.error());
  const auto precinct = precinct_at(row);
  if (!precinct) return std::unexpected(precinct.error());
  if (!is_uncontested(data_.contests[*contest])) return invalid(row, "a vote is held there");
  data_.contests[*contest].precincts.push_back(*precinct);
  return {};
}

Result<void> Reading::read_voivodeships() {
  for (const DatasetUnit& unit : data_.units) {
    if (unit.kind != v1::UNIT_KIND_VOIVODESHIP) continue;
    if (auto read = read_protocols(unit.id.substr(0, 2)); !read) return read;
  }
  auto checked = check_rows("protocols-*.csv", data_.protocols.size(), counts_.protocols);
  return checked ? check_rows("votes-*.csv", vote_rows_, counts_.votes) : checked;
}

// Votes stand in the order of their protocols.
Result<void> Reading::read_protocols(const std::string& code) {
  auto protocols = open_table(folder_ / protocols_file(code), protocol_columns());
  if (!protocols) return std::unexpected(std::move(protocols.error()));
  auto votes = open_table(folder_ / votes_file(code), vote_columns());
  if (!votes) return std::unexpected(std::move(votes.error()));
  for (;;) {
    const auto more = protocols->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (auto taken = take_protocol(*protocols, *votes); !taken) return taken;
  }
  const auto more = votes->next();
  if (!more) return std::unexpected(more.error());
  if (*more) return invalid(*votes, "votes without a protocol");
  return {};
}

Result<void> Reading::take_protocol(Row row, csv::CsvReader& votes) {
  const auto at = contest_at(row);
  if (!at) return std::unexpected(at.error());
  const auto precinct = precinct_at(row);
  if (!precinct) return std::unexpected(precinct.error());
  DatasetContest& contest = data_.contests[*at];
  if (is_uncontested(contest)) return invalid(row, "no vote is held there");
  DatasetProtocol protocol;
  protocol.contest = *at;
  protocol.precinct = *precinct;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    const std::string& field = row.field(3 + i);
    if (field.empty() && !has_point(contest.form, i)) continue;
    const auto figure = csv::parse_figure(field);
    if (!figure) return invalid(row, std::string(kPoints[i]) + " is no figure: '" + field + "'");
    protocol.points.emplace(kPoints[i], *figure);
  }
  if (auto taken = take_votes(row, votes, contest, protocol); !taken) return taken;
  contest.precincts.push_back(*precinct);
  data_.protocols.push_back(std::move(protocol));
  return {};
}

Result<void> Reading::take_votes(Row protocol, csv::CsvReader& votes, const DatasetContest& contest,
                                 DatasetProtocol& into) {
  for (const DatasetOption& option : contest.options) {
    const auto more = votes.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return invalid(protocol, "there are no votes for option " + option.code);
    ++vote_rows_;
    for (std::size_t i = 0; i < 3; ++i) {
      if (votes.field(i) == protocol.field(i)) continue;
      return invalid(votes, "votes of another protocol than in line " +
                                std::to_string(protocol.line()) + " of the protocols");
    }
    const auto figure = csv::parse_figure(votes.field(4));
    if (votes.field(3) != option.code || !figure) {
      return invalid(votes, "no votes for option " + option.code);
    }
    into.votes.push_back(model::cell_of(*figure));
    if (!read_candidates(votes.field(5), option.candidates, into.candidate_votes)) {
      return invalid(votes, "not the votes of " + std::to_string(option.candidates) +
                                " candidates: '" + votes.field(5) + "'");
    }
  }
  return {};
}

// By kind, and otherwise as in the files; precincts ascending.
Result<void> Reading::order() {
  const auto rank = [](const DatasetContest& contest) {
    return std::ranges::find(kLabels, contest.contest, &Label::contest) - kLabels;
  };
  std::vector<std::size_t> sorted(data_.contests.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::ranges::stable_sort(sorted, {}, [&](std::size_t i) { return rank(data_.contests[i]); });
  std::vector<std::size_t> place(sorted.size());
  std::vector<DatasetContest> contests;
  for (const std::size_t i : sorted) {
    place[i] = contests.size();
    contests.push_back(std::move(data_.contests[i]));
    std::ranges::sort(contests.back().precincts);
    const auto& precincts = contests.back().precincts;
    if (std::ranges::adjacent_find(precincts) != precincts.end() || precincts.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  folder_.string() + ": the precincts of " + contests.back().id +
                      (precincts.empty() ? " are missing" : " stand twice"));
    }
  }
  data_.contests = std::move(contests);
  for (DatasetProtocol& protocol : data_.protocols) protocol.contest = place[protocol.contest];
  return {};
}

}  // namespace

Result<Dataset> read_generated(const std::filesystem::path& folder) {
  return Reading(folder).read();
}

}  // namespace urna::drill
