// A server's printed tally, added up line by line.
#include "tests/drill/fields.h"
#include "tests/drill/sums.h"

namespace urna::drill {

namespace {

constexpr std::size_t kFields = 7;

}  // namespace

// contest,round,unit,protocols,kind,code,figure
struct TallyReader::Line {
  std::string_view contest;
  std::string_view round;
  std::string_view unit;
  std::uint64_t protocols = 0;
  std::string_view kind;  // "point", "option", "candidate"
  std::string_view code;
  std::uint64_t figure = 0;

  bool read(std::string_view text) {
    const auto fields = fields_of(text);
    if (fields.size() != kFields) return false;
    contest = fields[0];
    round = fields[1];
    unit = fields[2];
    kind = fields[4];
    code = fields[5];
    std::uint32_t number = 0;
    return read_number(round, number) && read_number(fields[3], protocols) &&
           read_number(fields[6], figure);
  }
};

TallyReader::TallyReader(const Dataset& data, std::string whole)
    : data_(data), whole_(std::move(whole)), counted_(data.contests.size()) {
  for (const DatasetPrecinct& precinct : data.precincts) lowest_.insert(precinct.teryt);
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    const DatasetContest& contest = data.contests[i];
    contest_by_name_[contest.id + " " + std::to_string(contest.round)] = i;
    auto& cells = cell_by_code_.emplace_back();
    for (const DatasetOption& option : contest.options) {
      cells.emplace(option.code, cells.size());
      for (std::uint32_t position = 1; position <= option.candidates; ++position) {
        cells.emplace(option.code + "/" + std::to_string(position), cells.size());
      }
    }
    tallied_.votes.emplace_back(cells.size());
  }
}

Result<void> TallyReader::take(std::string_view piece) {
  unread_.append(piece);
  std::size_t begin = 0;
  for (std::size_t end; (end = unread_.find('\n', begin)) != unread_.npos; begin = end + 1) {
    if (auto taken = take_line(std::string_view(unread_).substr(begin, end - begin)); !taken) {
      return taken;
    }
  }
  unread_.erase(0, begin);
  return {};
}

Result<void> TallyReader::take_line(std::string_view text) {
  if (++line_ == 1) return {};  // the header
  Line line;
  if (!line.read(text)) {
    return fail(ErrorCode::kMalformed,
                "tally, line " + std::to_string(line_) + ": not as expected");
  }
  add(line);
  return {};
}

void TallyReader::add(const Line& line) {
  const auto found =
      contest_by_name_.find(std::string(line.contest) + " " + std::string(line.round));
  if (found == contest_by_name_.end()) return;
  const std::size_t at = found->second;
  const DatasetContest& contest = data_.contests[at];
  const auto cell = line.kind == "point" ? cell_by_code_[at].end()
                                         : cell_by_code_[at].find(std::string(line.code));
  if (line.unit == whole_) {
    ContestTotals& totals = totals_[contest.contest];
    if (!counted_[at]) totals.protocols += line.protocols;
    counted_[at] = true;
    const std::string_view valid = valid_votes_point(contest.form);
    if (line.kind == "point" && line.code == "p1") totals.eligible += line.figure;
    if (valid.empty() ? line.kind == "option" : line.kind == "point" && line.code == valid) {
      totals.valid_votes += line.figure;
    }
    if (cell != cell_by_code_[at].end()) tallied_.votes[at][cell->second] += line.figure;
  }
  if (line.kind == "point" || !lowest_.contains(std::string(line.unit))) return;
  const std::size_t slash = line.code.find('/');
  const std::string code(line.code.substr(0, slash));
  if (slash != line.code.npos && !data_.candidate_rows) return;
  // What is not on the ballot keeps the name it has, and is found to be too many.
  std::string name(line.code);
  for (const DatasetOption& option : contest.options) {
    if (option.code != code) continue;
    name = option.reported();
    if (slash != line.code.npos) name += "c" + std::string(line.code.substr(slash + 1));
  }
  tallied_.sums.rows[{contest.contest, std::string(line.unit), contest.district, name}] +=
      line.figure;
}

Result<TallyReader::Tallied> TallyReader::finish() {
  if (!unread_.empty()) {
    return fail(ErrorCode::kMalformed, "tally, line " + std::to_string(line_ + 1) + ": cut off");
  }
  for (const std::string& name : contest_names(data_)) {
    ContestTotals totals = totals_[name];
    totals.contest = name;
    tallied_.sums.contests.push_back(std::move(totals));
  }
  return std::move(tallied_);
}

}  // namespace urna::drill
