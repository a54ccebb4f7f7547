#include "tests/drill/replay_report.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "common/service/files.h"

namespace urna::drill {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == line.npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// Gives the fields of every line but the first to `take`, which says whether they are as expected.
template <class Take>
Result<void> each_line(std::string_view csv, const std::string& what, Take take) {
  std::size_t number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    const std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == csv.npos ? csv.size() : end + 1);
    if (++number == 1 || take(split(line))) continue;
    return fail(ErrorCode::kMalformed,
                what + ", line " + std::to_string(number) + ": not as expected");
  }
  return {};
}

// Contests of the data set by Urna's names.
std::map<std::pair<std::string, std::uint32_t>, std::size_t> by_urna_name(const Dataset& data) {
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> index;
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    index[{data.contests[i].id, data.contests[i].round}] = i;
  }
  return index;
}

std::vector<std::string> contest_order(const Dataset& data) {
  std::vector<std::string> order;
  for (const DatasetContest& contest : data.contests) {
    if (std::ranges::find(order, contest.contest) == order.end()) order.push_back(contest.contest);
  }
  return order;
}

std::set<std::size_t> protocols_of(const std::vector<Spoil>& spoiled) {
  std::set<std::size_t> protocols;
  for (const Spoil& spoil : spoiled) protocols.insert(spoil.protocol);
  return protocols;
}

std::vector<ContestTotals> in_order(const Dataset& data,
                                    const std::map<std::string, ContestTotals>& totals) {
  std::vector<ContestTotals> ordered;
  for (const std::string& contest : contest_order(data)) {
    const auto found = totals.find(contest);
    ordered.push_back(found == totals.end() ? ContestTotals{} : found->second);
    ordered.back().contest = contest;
  }
  return ordered;
}

}  // namespace

Result<std::vector<TallyLine>> parse_tally(std::string_view csv) {
  std::vector<TallyLine> lines;
  auto read = each_line(csv, "tally", [&](const std::vector<std::string_view>& fields) {
    TallyLine out;
    if (fields.size() != 7 || !read_number(fields[1], out.round) ||
        !read_number(fields[3], out.protocols) || !read_number(fields[6], out.figure)) {
      return false;
    }
    out.contest = fields[0];
    out.unit = fields[2];
    out.kind = fields[4];
    out.code = fields[5];
    lines.push_back(std::move(out));
    return true;
  });
  if (!read) return std::unexpected(std::move(read.error()));
  return lines;
}

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

std::vector<ContestTotals> contest_totals(const Dataset& data, const ReplayOutcome& outcome) {
  const auto index = by_urna_name(data);
  const std::string& root = data.units.front().id;
  std::map<std::string, ContestTotals> totals;
  std::set<std::pair<std::string, std::uint32_t>> counted;
  for (const TallyLine& line : outcome.tally) {
    const auto found = index.find({line.contest, line.round});
    if (line.unit != root || found == index.end()) continue;
    ContestTotals& contest = totals[data.contests[found->second].contest];
    if (counted.insert({line.contest, line.round}).second) contest.protocols += line.protocols;
    if (line.kind == "point" && line.code == "p1") contest.eligible += line.figure;
    if (line.kind == "point" && line.code == "p12") contest.valid_votes += line.figure;
  }
  return in_order(data, totals);
}

std::vector<ContestTotals> expected_totals(const Dataset& data, const std::vector<Spoil>& spoiled) {
  const auto left_out = protocols_of(spoiled);
  std::map<std::string, ContestTotals> totals;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    if (left_out.contains(i)) continue;
    const DatasetProtocol& protocol = data.protocols[i];
    ContestTotals& contest = totals[data.contest_of(protocol).contest];
    ++contest.protocols;
    contest.eligible += protocol.figure("p1");
    contest.valid_votes += protocol.figure("p12");
  }
  return in_order(data, totals);
}

std::map<RowKey, std::uint64_t> rows(const Dataset& data, const ReplayOutcome& outcome) {
  const auto index = by_urna_name(data);
  std::set<std::string> lowest;  // units that precincts lie in: each vote stands there exactly once
  for (const DatasetPrecinct& precinct : data.precincts) lowest.insert(precinct.teryt);
  std::map<RowKey, std::uint64_t> rows;
  for (const TallyLine& line : outcome.tally) {
    const auto found = index.find({line.contest, line.round});
    if (line.kind != "option" || found == index.end() || !lowest.contains(line.unit)) continue;
    const DatasetContest& contest = data.contests[found->second];
    rows[{contest.contest, line.unit, contest.district, line.code}] += line.figure;
  }
  return rows;
}

std::map<RowKey, std::uint64_t> expected_rows(const Dataset& data,
                                              const std::vector<Spoil>& spoiled) {
  const auto left_out = protocols_of(spoiled);
  std::map<RowKey, std::uint64_t> rows;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    if (left_out.contains(i)) continue;
    const DatasetProtocol& protocol = data.protocols[i];
    const DatasetContest& contest = data.contest_of(protocol);
    for (std::size_t j = 0; j < contest.options.size(); ++j) {
      const model::Cell cell = protocol.votes[j];
      rows[{contest.contest, data.precinct_of(protocol).teryt, contest.district,
            contest.options[j].code}] += model::is_empty(cell) ? 0 : model::figure_of(cell);
    }
  }
  return rows;
}

Result<void> write_report(const std::filesystem::path& file, const Dataset& data,
                          const ReplayOutcome& outcome) {
  Json report;
  report["dataset"] = data.name;
  report["protocols_read"] = data.protocols.size();
  std::uint64_t accepted = 0;
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
  Json contests = Json::array();
  for (const ContestTotals& contest : contest_totals(data, outcome)) {
    accepted += contest.protocols;
    eligible += contest.eligible;
    valid_votes += contest.valid_votes;
    contests.push_back({{"contest", contest.contest},
                        {"protocols", contest.protocols},
                        {"eligible", contest.eligible},
                        {"valid_votes", contest.valid_votes}});
  }
  report["accepted"] = accepted;
  report["seconds"] = outcome.seconds;
  report["eligible"] = eligible;
  report["valid_votes"] = valid_votes;
  report["contests"] = std::move(contests);
  report["rows"] = Json::array();
  for (const auto& [key, votes] : rows(data, outcome)) {
    const auto& [contest, teryt, district, option] = key;
    report["rows"].push_back({{"contest", contest},
                              {"teryt", teryt},
                              {"district", district},
                              {"option", option},
                              {"votes", votes}});
  }
  const auto place = [&](std::size_t number) {
    const DatasetProtocol& protocol = data.protocols[number];
    return std::pair{&data.contest_of(protocol), &data.precinct_of(protocol)};
  };
  report["refused"] = Json::array();
  for (const Refusal& refusal : outcome.refused) {
    const auto [contest, precinct] = place(refusal.protocol);
    report["refused"].push_back({{"protocol", data.protocols[refusal.protocol].id},
                                 {"contest", contest->contest},
                                 {"teryt", precinct->teryt},
                                 {"precinct", precinct->number},
                                 {"code", refusal.code},
                                 {"tier", refusal.tier}});
  }
  report["spoiled"] = Json::array();
  for (const Spoil& spoil : outcome.spoiled) {
    const auto [contest, precinct] = place(spoil.protocol);
    report["spoiled"].push_back({{"contest", contest->contest},
                                 {"teryt", precinct->teryt},
                                 {"precinct", precinct->number},
                                 {"point", spoil.point},
                                 {"before", spoil.before},
                                 {"after", spoil.after},
                                 {"expected_codes", spoil.expected_codes}});
  }
  const auto index = by_urna_name(data);
  report["results"] = Json::array();
  for (const ResultLine& line : outcome.results) {
    const auto found = index.find({line.contest, line.round});
    if (found == index.end()) continue;
    const DatasetContest& contest = data.contests[found->second];
    report["results"].push_back({{"contest", contest.contest},
                                 {"teryt", contest.area},
                                 {"district", contest.district},
                                 {"option", line.option},
                                 {"candidate", line.candidate},
                                 {"votes", line.votes},
                                 {"outcome", line.outcome},
                                 {"synthetic", contest.synthetic}});
  }
  return service::write_file_atomically(file, report.dump(1) + "\n");
}

}  // namespace urna::drill
