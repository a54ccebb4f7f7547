#include "central/audit/results/council_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <span>

#include "central/audit/results/columns.h"

namespace urna::audit {

namespace {

// Names of the source's tables. A gmina's council alone would not tell the method.
constexpr std::string_view kTopNCouncil = "gmina_council_up_to_20000";
constexpr std::string_view kAmbiguousCouncil = "gmina_council";
constexpr std::array<std::string_view, 6> kListCouncils = {
    "gmina_council_over_20000", "city_council", "powiat_council", "voivodeship_assembly",
    "warsaw_district_council",  "parliament"};

constexpr std::size_t kRowsMax = std::numeric_limits<std::uint32_t>::max() / 2;

}  // namespace

struct CouncilTable::Columns {
  std::size_t council = 0;
  std::size_t teryt = 0;
  std::size_t district = 0;
  std::size_t list = 0;
  std::size_t position = 0;
  std::size_t votes = 0;
  std::optional<std::size_t> kind;
};

Result<CouncilTable> CouncilTable::read(const std::filesystem::path& districts,
                                        const std::filesystem::path& candidates) {
  CouncilTable table;
  if (auto done = table.read_districts(districts); !done) return std::unexpected(done.error());
  if (auto done = table.read_candidates(candidates); !done) return std::unexpected(done.error());
  if (auto done = table.group(); !done) return std::unexpected(done.error());
  return table;
}

const District* CouncilTable::find(const std::string& teryt, const std::string& district) const {
  const auto found = district_of_.find(teryt + "/" + district);
  return found == district_of_.end() ? nullptr : &districts_[found->second];
}

results::CouncilDistrict CouncilTable::contest(const District& district,
                                               const results::RuleSet& rules,
                                               DistrictFigures& figures) const {
  const Unit& unit = units_[district.unit];
  figures.lists.clear();
  figures.candidates.clear();
  for (const std::uint32_t i : std::span(order_).subspan(district.first, district.count)) {
    const CandidateRow& row = rows_[i];
    figures.candidates.push_back({row.name, row.votes});
    if (unit.method == results::Method::kTopN) continue;
    if (figures.lists.empty() || figures.lists.back().number != row.name.list) {
      const UnitList& list = unit.lists.at(row.name.list);
      figures.lists.push_back({row.name.list, list.kind, 0, list.votes});
    }
    figures.lists.back().votes += row.votes.value_or(0);
  }
  return {.contest = {district.id, 1},
          .rules = &rules,
          .method = unit.method,
          .seats = district.seats,
          .voted = district.voted,
          .unit_valid_votes = unit.valid_votes,
          .lists = figures.lists,
          .candidates = figures.candidates,
          .precincts = std::nullopt,
          .lots = {}};
}

std::vector<std::string> CouncilTable::unknown_councils() const {
  std::vector<std::string> unknown;
  for (const Unit& unit : units_) {
    const bool known = unit.council.empty() || unit.council == kTopNCouncil ||
                       std::ranges::find(kListCouncils, unit.council) != kListCouncils.end();
    if (!known) unknown.push_back(unit.council);
  }
  std::ranges::sort(unknown);
  unknown.erase(std::ranges::unique(unknown).begin(), unknown.end());
  return unknown;
}

Result<void> CouncilTable::read_districts(const std::filesystem::path& path) {
  auto reader = csv::CsvReader::open(path);
  if (!reader) return std::unexpected(std::move(reader.error()));
  std::array<std::size_t, 3> columns{};
  constexpr std::array<std::string_view, 3> kNames = {"teryt", "district", "seats"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    auto column = reader->column(kNames[i]);
    if (!column) return std::unexpected(std::move(column.error()));
    columns[i] = *column;
  }
  for (;;) {
    auto more = reader->next();
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) return {};
    const std::string& teryt = reader->field(columns[0]);
    const std::string& district = reader->field(columns[1]);
    const auto id = model::ContestId::parse(teryt + "-" + district);
    if (!id || teryt.empty() || district.empty()) {
      return std::unexpected(
          reader->error_here("teryt '" + teryt + "' and district '" + district + "' name nothing"));
    }
    auto seats = number(*reader, columns[2]);
    if (!seats) return std::unexpected(std::move(seats.error()));
    if (*seats > results::kSeatsMax) {
      return std::unexpected(
          reader->error_here("more than " + std::to_string(results::kSeatsMax) + " seats"));
    }
    const auto position = static_cast<std::uint32_t>(districts_.size());
    if (!district_of_.emplace(teryt + "/" + district, position).second) {
      return std::unexpected(
          reader->error_here("district " + teryt + "/" + district + " stands twice"));
    }
    const auto unit = unit_of_.emplace(teryt, static_cast<std::uint32_t>(units_.size()));
    if (unit.second) units_.emplace_back();
    districts_.push_back({*id, *seats, unit.first->second});
  }
}

Result<void> CouncilTable::read_candidates(const std::filesystem::path& path) {
  file_ = path.string();
  auto reader = open_counted(path, fingerprint_);
  if (!reader) return std::unexpected(std::move(reader.error()));
  header_ = reader->header();
  Columns columns;
  for (const auto& [name, column] :
       {std::pair{"council", &columns.council}, std::pair{"teryt", &columns.teryt},
        std::pair{"district", &columns.district}, std::pair{"list", &columns.list},
        std::pair{"position", &columns.position}, std::pair{"votes", &columns.votes}}) {
    auto found = reader->column(name);
    if (!found) return std::unexpected(std::move(found.error()));
    *column = *found;
  }
  columns.kind = find_column(*reader, "committee_kind");
  for (;;) {
    auto more = reader->next();
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) return {};
    if (auto added = add_candidate(*reader, columns); !added) return added;
  }
}

Result<void> CouncilTable::add_candidate(const csv::CsvReader& reader, const Columns& columns) {
  const std::string key = reader.field(columns.teryt) + "/" + reader.field(columns.district);
  const auto found = district_of_.find(key);
  if (found == district_of_.end()) {
    return std::unexpected(reader.error_here("district " + key + " is not among the districts"));
  }
  auto list = number(reader, columns.list);
  if (!list) return std::unexpected(std::move(list.error()));
  auto place = number(reader, columns.position);
  if (!place) return std::unexpected(std::move(place.error()));
  auto votes = figure_or_empty(reader, columns.votes);
  if (!votes) return std::unexpected(std::move(votes.error()));
  if (rows_.size() >= kRowsMax || reader.line() > kRowsMax) {
    return std::unexpected(reader.error_here("too many rows"));
  }
  District& district = districts_[found->second];
  rows_.push_back(
      {found->second, static_cast<std::uint32_t>(reader.line()), {*list, *place}, *votes});
  ++district.count;
  district.voted = district.voted || votes->has_value();
  return add_to_unit(reader, columns, district, rows_.back());
}

Result<void> CouncilTable::add_to_unit(const csv::CsvReader& reader, const Columns& columns,
                                       const District& district, const CandidateRow& row) {
  Unit& unit = units_[district.unit];
  const std::string& council = reader.field(columns.council);
  if (unit.council.empty()) {
    if (council.empty() || council == kAmbiguousCouncil) {
      return std::unexpected(reader.error_here(
          "council '" + council + "' does not tell how it is elected; a gmina's is " +
          std::string(kTopNCouncil) + " or " + std::string(kListCouncils[0])));
    }
    unit.council = council;
    unit.method = council == kTopNCouncil ? results::Method::kTopN : results::Method::kDHondt;
  } else if (unit.council != council) {
    return std::unexpected(reader.error_here(
        "council '" + council + "' where the unit's other rows say '" + unit.council + "'"));
  }
  results::CommitteeKind kind = results::CommitteeKind::kUnspecified;
  if (columns.kind) {
    const auto known = results::parse_committee_kind(reader.field(*columns.kind));
    if (!known) {
      return std::unexpected(reader.error_here("committee_kind '" + reader.field(*columns.kind) +
                                               "' is none of party, coalition, minority"));
    }
    kind = *known;
  }
  const auto [list, first] = unit.lists.try_emplace(row.name.list, UnitList{kind, 0});
  if (!first && list->second.kind != kind) {
    return std::unexpected(reader.error_here("list " + std::to_string(row.name.list) +
                                             " has another committee_kind above"));
  }
  list->second.votes += row.votes.value_or(0);
  unit.valid_votes += row.votes.value_or(0);
  return {};
}

Result<void> CouncilTable::group() {
  std::uint32_t first = 0;
  for (District& district : districts_) {
    district.first = first;
    first += district.count;
  }
  order_.resize(rows_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  const auto key = [&](std::uint32_t i) { return std::pair(rows_[i].district, rows_[i].name); };
  std::ranges::stable_sort(order_, {}, key);
  const auto twice = std::ranges::adjacent_find(order_, {}, key);
  if (twice == order_.end()) return {};
  const CandidateRow& row = rows_[*(twice + 1)];
  return at_line(file_, row.line,
                 "list " + std::to_string(row.name.list) + " position " +
                     std::to_string(row.name.place) + " stands twice in its district");
}

}  // namespace urna::audit
