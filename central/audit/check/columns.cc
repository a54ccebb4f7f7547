#include "central/audit/check/columns.h"

#include <algorithm>

namespace urna::audit {

namespace {

constexpr std::pair<std::string_view, std::string_view> kNamedPoints[] = {
    {"eligible", "p1"}, {"issued", "p4"}, {"from_urn", "p8"}, {"invalid_votes", "p11"}};
// Reasons for invalid votes, where the column of the reason carries the number of the whole.
constexpr std::pair<std::string_view, char> kReasons[] = {{"_two_marks", 'a'}, {"_no_mark", 'b'}};

constexpr std::string_view kStruck = "struck";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits without leading zero at the start of `text`, at most four; empty when there are none.
std::string_view leading_number(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && digits < 5 && is_digit(text[digits])) ++digits;
  if (digits == 0 || digits > 4 || text[0] == '0') return {};
  return text.substr(0, digits);
}

// "l3" has no candidate, "l3c12" has; nullopt for other columns.
struct VoteColumn {
  std::string_view list;
  std::uint32_t candidate = 0;
};
std::optional<VoteColumn> vote_column(std::string_view column) {
  if (!column.starts_with('l')) return std::nullopt;
  const std::string_view list = leading_number(column.substr(1));
  if (list.empty()) return std::nullopt;
  std::string_view rest = column.substr(1 + list.size());
  if (rest.empty()) return VoteColumn{list, 0};
  if (rest[0] != 'c') return std::nullopt;
  const std::string_view number = leading_number(rest.substr(1));
  if (number.empty() || number.size() + 1 != rest.size()) return std::nullopt;
  return VoteColumn{list, *csv::parse_figure(number)};
}

std::optional<std::size_t> find(const std::vector<std::string>& header, std::string_view name) {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

Result<std::vector<ListColumns>> find_lists(const csv::CsvReader& reader) {
  std::vector<ListColumns> lists;
  const auto list_of = [&](std::string_view code) {
    return std::ranges::find(lists, code, &ListColumns::code);
  };
  const auto& header = reader.header();
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto column = vote_column(header[i]);
    if (column && column->candidate == 0) lists.push_back({std::string(column->list), i, {}});
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto column = vote_column(header[i]);
    if (!column || column->candidate == 0) continue;
    const auto list = list_of(column->list);
    if (list == lists.end()) {
      return std::unexpected(reader.error_here("column '" + header[i] + "' has no list column 'l" +
                                               std::string(column->list) + "'"));
    }
    list->candidates.push_back({column->candidate, i});
  }
  for (ListColumns& list : lists) {
    std::ranges::sort(list.candidates, {}, &CandidateColumn::position);
  }
  return lists;
}

std::unexpected<Error> no_figure(const csv::CsvReader& reader, std::size_t column) {
  return std::unexpected(reader.error_here("column '" + reader.header()[column] + "': '" +
                                           reader.field(column) +
                                           "' is no figure from 0 to 999999999"));
}

}  // namespace

std::optional<std::string> point_of_column(std::string_view column) {
  for (const auto& [name, point] : kNamedPoints) {
    if (column == name) return std::string(point);
  }
  if (!column.starts_with('p')) return std::nullopt;
  const std::string_view number = leading_number(column.substr(1));
  if (number.empty()) return std::nullopt;
  std::string point = "p" + std::string(number);
  std::string_view rest = column.substr(point.size());
  for (const auto& [reason, letter] : kReasons) {
    if (rest == reason) return point + letter;
  }
  if (!rest.empty() && rest[0] >= 'a' && rest[0] <= 'z') {
    point.push_back(rest[0]);
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest[0] != '_') return std::nullopt;
  return point;
}

std::optional<std::size_t> protocol_column(const std::vector<std::string>& header) {
  const auto number = find(header, "protocol");
  return number ? number : find(header, "control_symbol");
}

Result<ProtocolColumns> ProtocolColumns::of(const csv::CsvReader& reader) {
  ProtocolColumns columns;
  const auto& header = reader.header();
  columns.protocol = protocol_column(header);
  columns.contest = find(header, "contest");
  columns.teryt = find(header, "teryt");
  columns.precinct = find(header, "precinct");
  columns.type = find(header, "precinct_type");
  columns.postal = find(header, "postal_voting");
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto point = point_of_column(header[i]);
    if (!point) continue;
    const auto [place, added] = columns.points.emplace(*point, i);
    if (!added) {
      return std::unexpected(reader.error_here("columns '" + header[place->second] + "' and '" +
                                               header[i] + "' both hold point " + *point));
    }
  }
  if (columns.points.empty()) {
    return std::unexpected(reader.error_here("no column holds a point (p1, p4_issued, …)"));
  }
  auto lists = find_lists(reader);
  if (!lists) return std::unexpected(std::move(lists.error()));
  columns.lists = std::move(*lists);
  return columns;
}

Result<bool> next_row(csv::CsvReader& reader) {
  auto more = reader.next();
  if (!more && more.error().code == ErrorCode::kCorrupt) {
    more.error().message += ", in line " + std::to_string(reader.line());
  }
  return more;
}

Result<model::Cell> figure_cell(const csv::CsvReader& reader, std::size_t column) {
  const std::string& text = reader.field(column);
  if (text.empty()) return model::kEmptyCell;
  const auto figure = csv::parse_figure(text);
  if (!figure) return no_figure(reader, column);
  return model::cell_of(*figure);
}

Result<VoteField> vote_field(const csv::CsvReader& reader, std::size_t column) {
  if (reader.field(column) == kStruck) return VoteField{model::kEmptyCell, true};
  auto cell = figure_cell(reader, column);
  if (!cell) return std::unexpected(std::move(cell.error()));
  return VoteField{*cell, false};
}

}  // namespace urna::audit
