#include "tests/drill/result_lines.h"

#include <map>

#include "tests/drill/fields.h"

namespace urna::drill {

namespace {

// Gives the fields of every line but the first to `take`, which says whether they are as expected.
template <class Take>
Result<void> each_line(std::string_view csv, const std::string& what, Take take) {
  std::size_t number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    const std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == csv.npos ? csv.size() : end + 1);
    if (++number == 1 || take(fields_of(line))) continue;
    return fail(ErrorCode::kMalformed,
                what + ", line " + std::to_string(number) + ": not as expected");
  }
  return {};
}

}  // namespace

Result<std::vector<ResultLine>> parse_results(std::string_view csv) {
  std::vector<ResultLine> lines;
  auto read = each_line(csv, "results", [&](const std::vector<std::string_view>& fields) {
    ResultLine out;
    if (fields.size() != 6 || !read_number(fields[1], out.round) ||
        !(fields[3].empty() || read_number(fields[3], out.candidate)) ||
        !read_number(fields[4], out.votes)) {
      return false;
    }
    out.contest = fields[0];
    out.option = fields[2];
    out.outcome = fields[5];
    lines.push_back(std::move(out));
    return true;
  });
  if (!read) return std::unexpected(std::move(read.error()));
  return lines;
}

std::vector<ResultLine> expected_lines(const Dataset& data, const ExpectedResults& expected) {
  std::vector<ResultLine> lines;
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    const DatasetContest& contest = data.contests[i];
    for (const ExpectedOutcome& one : expected.contests[i]) {
      lines.push_back({contest.id, contest.round, contest.options[one.line.option].code,
                       one.line.candidate, one.votes, one.outcome});
    }
  }
  return lines;
}

std::vector<std::string> differences(const std::vector<ResultLine>& have,
                                     const std::vector<ResultLine>& want) {
  std::map<std::string, std::vector<std::string>> wanted;
  const auto key = [](const ResultLine& line) {
    return line.contest + " round " + std::to_string(line.round) + ", option " + line.option +
           (line.candidate == 0 ? "" : " candidate " + std::to_string(line.candidate));
  };
  const auto value = [](const ResultLine& line) {
    return std::to_string(line.votes) + " votes, " + line.outcome;
  };
  for (const ResultLine& line : want) wanted[key(line)].push_back(value(line));
  std::vector<std::string> found;
  for (const ResultLine& line : have) {
    const auto expected = wanted.find(key(line));
    if (expected == wanted.end() || expected->second.empty()) {
      found.push_back(key(line) + ": " + value(line) + ", and nothing of it in the data set");
      continue;
    }
    if (expected->second.back() != value(line)) {
      found.push_back(key(line) + ": " + value(line) + "; it must be " + expected->second.back());
    }
    expected->second.pop_back();
  }
  for (const auto& [name, values] : wanted) {
    for (const std::string& missing : values) {
      found.push_back(name + ": in no final protocol; it must be " + missing);
    }
  }
  return found;
}

}  // namespace urna::drill
