#include "central/audit/check/votes.h"

#include <algorithm>

namespace urna::audit {

namespace {

struct VoteColumns {
  std::size_t key, teryt, precinct, option, votes;
  std::optional<std::size_t> no, contest;
};

std::optional<std::size_t> optional_column(const csv::CsvReader& reader, std::string_view name) {
  const auto column = reader.column(name);
  return column ? std::optional(*column) : std::nullopt;
}

Result<VoteColumns> find_columns(const csv::CsvReader& reader, VotesTable::Join join) {
  VoteColumns columns{};
  const auto protocol = protocol_column(reader.header());
  std::string_view key = "protocol";
  if (protocol) key = reader.header()[*protocol];
  if (join == VotesTable::Join::kContest) key = "contest";
  const std::pair<std::string_view, std::size_t*> needed[] = {{key, &columns.key},
                                                              {"teryt", &columns.teryt},
                                                              {"precinct", &columns.precinct},
                                                              {"votes", &columns.votes}};
  for (const auto& [name, place] : needed) {
    auto column = reader.column(name);
    if (!column) return std::unexpected(std::move(column.error()));
    *place = *column;
  }
  std::optional<std::size_t> option;
  for (const std::string_view name : {"list", "option", "candidate"}) {
    const auto column = optional_column(reader, name);
    if (!column) continue;
    if (option) {
      return std::unexpected(
          reader.error_here("more than one of the columns list, option, candidate"));
    }
    option = column;
  }
  if (!option) {
    return std::unexpected(reader.error_here("none of the columns list, option, candidate"));
  }
  columns.option = *option;
  columns.no = optional_column(reader, "votes_no");
  columns.contest = optional_column(reader, "contest");
  return columns;
}

}  // namespace

std::string join_key(std::string_view first, std::string_view teryt, std::string_view precinct) {
  std::string key(first);
  for (const std::string_view part : {teryt, precinct}) (key += '\x1f') += part;
  return key;
}

Result<VotesTable> VotesTable::read(const std::filesystem::path& path, Join join,
                                    const std::function<bool(const std::string&)>& wanted) {
  auto reader = csv::CsvReader::open(path);
  if (!reader) return std::unexpected(std::move(reader.error()));
  const auto columns = find_columns(*reader, join);
  if (!columns) return std::unexpected(columns.error());
  VotesTable table;
  table.join_ = join;
  for (;;) {
    auto more = next_row(*reader);
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) return table;
    if (columns->contest && !wanted(reader->field(*columns->contest))) continue;
    OptionVotes votes;
    votes.option = table.number_of(reader->field(columns->option));
    auto field = vote_field(*reader, columns->votes);
    if (!field) return std::unexpected(std::move(field.error()));
    votes.votes = *field;
    if (columns->no) {
      auto no = figure_cell(*reader, *columns->no);
      if (!no) return std::unexpected(std::move(no.error()));
      votes.no = *no;
    }
    const char* wrong =
        table.add(join_key(reader->field(columns->key), reader->field(columns->teryt),
                           reader->field(columns->precinct)),
                  votes);
    if (wrong != nullptr) return std::unexpected(reader->error_here(wrong));
  }
}

std::uint32_t VotesTable::number_of(const std::string& option) {
  const auto [place, added] =
      numbers_.try_emplace(option, static_cast<std::uint32_t>(names_.size()));
  if (added) names_.push_back(&place->first);
  return place->second;
}

const char* VotesTable::add(const std::string& key, const OptionVotes& votes) {
  Group& group = groups_[key];
  if (group.rows == kOptionsMax) return "more than 1000 options for one protocol";
  for (std::uint32_t at = group.first; at != kNone; at = rows_[at].next) {
    if (rows_[at].votes.option == votes.option)
      return "this option has votes in this protocol already";
  }
  const auto place = static_cast<std::uint32_t>(rows_.size());
  if (place == kNone) return "more rows than this program can hold";
  rows_.push_back({votes, kNone});
  (group.first == kNone ? group.first : rows_[group.last].next) = place;
  group.last = place;
  ++group.rows;
  return nullptr;
}

std::optional<std::vector<OptionVotes>> VotesTable::take(const std::string& key) {
  std::vector<OptionVotes> votes;
  const auto found = groups_.find(key);
  if (found == groups_.end()) return votes;
  if (found->second.taken) return std::nullopt;
  found->second.taken = true;
  ++taken_;
  for (std::uint32_t at = found->second.first; at != kNone; at = rows_[at].next) {
    votes.push_back(rows_[at].votes);
  }
  std::ranges::sort(votes, {}, &OptionVotes::option);
  return votes;
}

}  // namespace urna::audit
