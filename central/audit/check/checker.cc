#include "central/audit/check/checker.h"

#include <algorithm>
#include <memory>

#include "central/audit/check/across_book.h"
#include "central/audit/check/ballots.h"
#include "central/audit/check/columns.h"
#include "central/audit/check/report.h"
#include "central/audit/check/votes.h"
#include "common/model/ids.h"
#include "common/validation/check.h"

namespace urna::audit {

namespace {

// One form with the columns its points lie in.
struct FormInUse {
  std::string contest;
  Ballots ballots;
  std::vector<std::optional<std::size_t>> columns;  // by point of the form
};

std::string_view field_or_empty(const csv::CsvReader& reader, std::optional<std::size_t> column) {
  return column ? std::string_view(reader.field(*column)) : std::string_view();
}

class Checker {
 public:
  Checker(const CheckRequest& request, csv::CsvReader reader, ProtocolColumns columns,
          std::optional<VotesTable> votes, std::ostream& out)
      : contest_(request.contest),
        reader_(std::move(reader)),
        columns_(std::move(columns)),
        votes_(std::move(votes)),
        report_(out, request.summary),
        across_(request.forms.size() > 1) {
    for (const auto& [contest, form] : request.forms) {
      FormInUse& use = forms_.emplace_back(contest, Ballots(form));
      if (across_ && (!contest_ || contest == *contest_)) across_book_.expect(contest);
      for (const v1::FormPoint& point : form.points()) {
        const auto found = columns_.points.find(point.code());
        use.columns.push_back(found == columns_.points.end() ? std::nullopt
                                                             : std::optional(found->second));
      }
    }
  }

  Result<CheckCounts> run() {
    for (;;) {
      auto more = next_row(reader_);
      if (!more) return std::unexpected(std::move(more.error()));
      if (!*more) break;
      FormInUse* form = form_of_row();
      if (form == nullptr) continue;
      if (auto done = check_row(*form); !done) return std::unexpected(std::move(done.error()));
      ++counts_.protocols;
    }
    if (across_) {
      across_book_.report(report_);
      counts_.notes = across_book_.not_compared();
    }
    for (const std::string& word : types_.unknown()) {
      counts_.notes.push_back("precinct_type '" + word +
                              "' is not a known one; taken for a separate precinct");
    }
    report_.finish();
    if (votes_) counts_.votes_left = votes_->left();
    return counts_;
  }

 private:
  // nullptr for a row that was not asked for.
  FormInUse* form_of_row() {
    const std::string_view contest = field_or_empty(reader_, columns_.contest);
    if (contest_ && contest != *contest_) return nullptr;
    for (FormInUse& form : forms_) {
      if (form.contest.empty() || form.contest == contest) return &form;
    }
    return nullptr;
  }

  Result<void> check_row(FormInUse& form) {
    protocol_.Clear();
    for (const auto& column : form.columns) {
      auto cell = column ? figure_cell(reader_, *column) : model::kEmptyCell;
      if (!cell) return std::unexpected(std::move(cell.error()));
      protocol_.add_points(*cell);
    }
    auto options = votes_ ? joined_votes() : votes_in_row();
    if (!options) return std::unexpected(std::move(options.error()));
    const auto ballot = form.ballots.with(*options);
    if (!ballot) return std::unexpected(reader_.error_here(ballot.error().message));
    const auto postal = postal_voting();
    if (!postal) return std::unexpected(postal.error());
    const RowNames names = row_names();
    const model::UnitId& precinct =
        precinct_kind(types_.of(field_or_empty(reader_, columns_.type)), *postal);
    for (const validation::Finding& finding : validation::check(
             (*ballot)->form, protocol_, precinct, validation::Completeness::kPartial)) {
      report_.add(names, finding.code, finding.severity);
    }
    if (across_) {
      across_book_.add(names, validation::precinct_protocol(
                                  v1::CONTEST_KIND_UNSPECIFIED, form.ballots.form(),
                                  {protocol_.points().data(),
                                   static_cast<std::size_t>(protocol_.points_size())}));
    }
    return {};
  }

  RowNames row_names() const {
    return {field_or_empty(reader_, columns_.protocol), field_or_empty(reader_, columns_.contest),
            field_or_empty(reader_, columns_.teryt), field_or_empty(reader_, columns_.precinct)};
  }

  Result<PostalVoting> postal_voting() const {
    const std::string_view text = field_or_empty(reader_, columns_.postal);
    if (text.empty()) return PostalVoting::kUnknown;
    if (text == "yes") return PostalVoting::kYes;
    if (text == "no") return PostalVoting::kNo;
    return std::unexpected(
        reader_.error_here("column 'postal_voting': '" + std::string(text) + "' is not yes or no"));
  }

  // Adds the votes' cells to the protocol; the options they belong to. Without any votes there is
  // one option with an empty field, so that no rule over votes applies.
  Result<std::vector<BallotOption>> votes_in_row() {
    std::vector<BallotOption> options;
    for (const ListColumns& list : columns_.lists) {
      auto total = vote_field(reader_, list.total);
      if (!total) return std::unexpected(std::move(total.error()));
      protocol_.add_votes(total->cell);
      BallotOption& option = options.emplace_back(list.code, total->struck);
      for (const CandidateColumn& candidate : list.candidates) {
        auto votes = vote_field(reader_, candidate.column);
        if (!votes) return std::unexpected(std::move(votes.error()));
        protocol_.add_votes(votes->cell);
        option.candidates.push_back({candidate.position, votes->struck});
      }
    }
    if (options.empty()) add_unknown(options);
    return options;
  }

  Result<std::vector<BallotOption>> joined_votes() {
    const bool by_protocol = votes_->join() == VotesTable::Join::kProtocol;
    const std::string key = join_key(
        field_or_empty(reader_, by_protocol ? columns_.protocol : columns_.contest),
        field_or_empty(reader_, columns_.teryt), field_or_empty(reader_, columns_.precinct));
    const auto votes = votes_->take(key);
    if (!votes) {
      return std::unexpected(
          reader_.error_here("an earlier row has the same key, so its votes cannot be told apart"));
    }
    std::vector<BallotOption> options;
    for (const OptionVotes& option : *votes) {
      const std::string& name = votes_->option_name(option.option);
      if (!model::is_empty(option.no)) {
        if (votes->size() > 1) {
          return std::unexpected(reader_.error_here("NO votes beside several candidates"));
        }
        options.emplace_back("YES", option.votes.struck);
        options.emplace_back("NO", false);
        protocol_.add_votes(option.votes.cell);
        protocol_.add_votes(option.no);
        continue;
      }
      // Names may be longer than a code and of any letters; only YES and NO mean something.
      const bool known = name == "YES" || name == "NO";
      options.emplace_back(known ? name : "o" + std::to_string(option.option), option.votes.struck);
      protocol_.add_votes(option.votes.cell);
    }
    if (options.empty()) {
      ++counts_.without_votes;
      add_unknown(options);
    }
    return options;
  }

  void add_unknown(std::vector<BallotOption>& options) {
    options.emplace_back("votes");
    protocol_.add_votes(model::kEmptyCell);
  }

  std::optional<std::string> contest_;
  csv::CsvReader reader_;
  ProtocolColumns columns_;
  std::optional<VotesTable> votes_;
  std::vector<FormInUse> forms_;
  Report report_;
  bool across_;
  AcrossBook across_book_;
  PrecinctTypes types_;
  v1::Protocol protocol_;
  CheckCounts counts_;
};

// The columns that the request needs.
Result<void> check_columns(const CheckRequest& request, const csv::CsvReader& reader,
                           const ProtocolColumns& columns) {
  const auto need = [&](bool there, std::string_view name) -> Result<void> {
    if (there) return {};
    return std::unexpected(reader.error_here("the column '" + std::string(name) + "' is missing"));
  };
  const bool by_contest = request.contest || !request.forms.front().contest.empty();
  if (auto ok = need(!by_contest || columns.contest, "contest"); !ok) return ok;
  if (request.forms.size() > 1 || request.votes) {
    if (auto ok = need(columns.teryt.has_value(), "teryt"); !ok) return ok;
    if (auto ok = need(columns.precinct.has_value(), "precinct"); !ok) return ok;
  }
  if (!request.votes) return {};
  if (!columns.lists.empty()) {
    return std::unexpected(
        reader.error_here("votes lie in the rows already; --votes has no place"));
  }
  return need(columns.protocol || columns.contest, "protocol");
}

Result<std::optional<VotesTable>> read_votes(const CheckRequest& request,
                                             const ProtocolColumns& columns) {
  if (!request.votes) return std::nullopt;
  const auto wanted = [&](const std::string& contest) {
    if (request.contest && contest != *request.contest) return false;
    return std::ranges::any_of(request.forms, [&](const CheckRequest::ContestForm& form) {
      return form.contest.empty() || form.contest == contest;
    });
  };
  // By protocol when both tables have it.
  bool by_protocol = columns.protocol.has_value();
  if (by_protocol && columns.contest) {
    const auto reader = csv::CsvReader::open(*request.votes);
    if (!reader) return std::unexpected(reader.error());
    by_protocol = protocol_column(reader->header()).has_value();
  }
  auto votes = VotesTable::read(
      *request.votes, by_protocol ? VotesTable::Join::kProtocol : VotesTable::Join::kContest,
      wanted);
  if (!votes) return std::unexpected(std::move(votes.error()));
  return std::optional(std::move(*votes));
}

}  // namespace

Result<CheckCounts> check_protocols(const CheckRequest& request, std::ostream& out) {
  auto reader = csv::CsvReader::open(request.protocols);
  if (!reader) return std::unexpected(std::move(reader.error()));
  auto columns = ProtocolColumns::of(*reader);
  if (!columns) return std::unexpected(std::move(columns.error()));
  if (auto ok = check_columns(request, *reader, *columns); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  auto votes = read_votes(request, *columns);
  if (!votes) return std::unexpected(std::move(votes.error()));
  return Checker(request, std::move(*reader), std::move(*columns), std::move(*votes), out).run();
}

}  // namespace urna::audit
