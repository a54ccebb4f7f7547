#include "central/audit/results/mayors.h"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <vector>

#include "central/audit/results/columns.h"
#include "central/audit/results/outcome_file.h"
#include "common/results/mayor.h"

namespace urna::audit {

namespace {

using results::MayorOutcome;

constexpr std::array<std::string_view, 4> kOutcomeNames = {"no", "elected", "runoff", "lot"};

struct Row {
  std::uint64_t line;
  std::uint32_t number;  // of the candidate
  std::optional<std::uint32_t> votes;
  std::optional<std::uint32_t> no_votes;
};

struct Columns {
  std::size_t teryt = 0;
  std::size_t candidate = 0;
  std::size_t votes = 0;
  std::optional<std::size_t> round;
  std::optional<std::size_t> no_votes;
};

class Mayors {
 public:
  Mayors(const MayorsRequest& request, std::ostream& notes)
      : request_(request), file_(request.votes.string()), notes_(notes) {}

  Result<void> run() {
    if (auto done = read(); !done) return done;
    outcomes_.resize(rows_.size());
    for (const auto& [key, members] : contests_) {
      if (auto done = work_out(key, members); !done) return done;
    }
    return write_outcomes(
        request_.votes, fingerprint_, header_, request_.output,
        [&](std::size_t row) { return kOutcomeNames[static_cast<std::size_t>(outcomes_[row])]; });
  }

 private:
  Result<Columns> find_columns(const csv::CsvReader& reader) const {
    Columns columns;
    for (const auto& [name, column] :
         {std::pair{"teryt", &columns.teryt}, std::pair{"votes", &columns.votes}}) {
      auto found = reader.column(name);
      if (!found) return std::unexpected(std::move(found.error()));
      *column = *found;
    }
    const auto candidate = find_column(reader, "candidate");
    const auto position = find_column(reader, "position");
    if (candidate.has_value() == position.has_value()) {
      return at_line(file_, 1, "exactly one of the columns 'candidate' and 'position' is needed");
    }
    columns.candidate = candidate ? *candidate : *position;
    columns.round = find_column(reader, "round");
    columns.no_votes = find_column(reader, "votes_no");
    return columns;
  }

  Result<void> read() {
    auto reader = open_counted(request_.votes, fingerprint_);
    if (!reader) return std::unexpected(std::move(reader.error()));
    header_ = reader->header();
    const auto columns = find_columns(*reader);
    if (!columns) return std::unexpected(columns.error());
    knows_no_votes_ = columns->no_votes.has_value();
    for (;;) {
      auto more = reader->next();
      if (!more) return std::unexpected(std::move(more.error()));
      if (!*more) return {};
      if (auto added = add(*reader, *columns); !added) return added;
    }
  }

  Result<void> add(const csv::CsvReader& reader, const Columns& columns) {
    std::uint32_t round = 1;
    if (columns.round) {
      const std::string& text = reader.field(*columns.round);
      if (text != "R1" && text != "R2") {
        return std::unexpected(reader.error_here("round '" + text + "' is neither R1 nor R2"));
      }
      round = text == "R1" ? 1 : 2;
    }
    const auto id = model::ContestId::parse(reader.field(columns.teryt));
    if (!id) {
      return std::unexpected(
          reader.error_here("teryt '" + reader.field(columns.teryt) + "' names nothing"));
    }
    const auto candidate = number(reader, columns.candidate);
    if (!candidate) return std::unexpected(candidate.error());
    const auto votes = figure_or_empty(reader, columns.votes);
    if (!votes) return std::unexpected(votes.error());
    std::optional<std::uint32_t> no_votes;
    if (columns.no_votes) {
      const auto figure = figure_or_empty(reader, *columns.no_votes);
      if (!figure) return std::unexpected(figure.error());
      no_votes = *figure;
    }
    contests_[{*id, round}].push_back(rows_.size());
    rows_.push_back({reader.line(), *candidate, *votes, no_votes});
    return {};
  }

  Result<void> work_out(const model::ContestRound& key, const std::vector<std::size_t>& members) {
    std::vector<results::Candidate> candidates;
    std::optional<std::size_t> alone;
    std::optional<std::uint32_t> no_votes;
    for (const std::size_t i : members) {
      candidates.push_back({{0, rows_[i].number}, rows_[i].votes});
      if (rows_[i].no_votes) {
        if (no_votes) return at_line(file_, rows_[i].line, "votes NO stand twice in one contest");
        no_votes = rows_[i].no_votes;
      }
      if (rows_[i].votes) alone = i;
    }
    const auto standing = std::ranges::count_if(
        candidates, [](const results::Candidate& one) { return one.votes.has_value(); });
    if (members.size() == 1) alone = members.front();
    if ((standing == 1 || members.size() == 1) && !knows_no_votes_) {
      outcomes_[*alone] = MayorOutcome::kElected;
      notes_ << "note: " << file_ << ":" << rows_[*alone].line << ": " << key.contest.str()
             << " has a single candidate and the table no votes_no: elected\n";
      return {};
    }
    const results::MayorContest contest{key, request_.rules, candidates, no_votes, {}, {}};
    const auto result = key.round == 1 ? determine_first_round(contest) : determine_runoff(contest);
    if (!result) return at_line(file_, rows_[members.front()].line, result.error().message);
    for (std::size_t i = 0; i < members.size(); ++i) outcomes_[members[i]] = result->outcomes[i];
    return {};
  }

  const MayorsRequest& request_;
  std::string file_;
  std::ostream& notes_;
  std::vector<std::string> header_;
  Fingerprint fingerprint_;
  bool knows_no_votes_ = false;
  std::vector<Row> rows_;  // as in the input
  std::map<model::ContestRound, std::vector<std::size_t>> contests_;
  std::vector<MayorOutcome> outcomes_;  // per row
};

}  // namespace

Result<void> mayors(const MayorsRequest& request, std::ostream& notes) {
  return Mayors(request, notes).run();
}

}  // namespace urna::audit
