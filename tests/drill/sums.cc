#include "tests/drill/sums.h"

#include <algorithm>
#include <set>

namespace urna::drill {

namespace {

struct ByName {
  std::map<std::string, ContestTotals> totals;
  Rows rows;
};

std::string candidate_name(const DatasetOption& option, std::uint32_t position) {
  return option.reported() + "c" + std::to_string(position);
}

void add_rows(const Dataset& data, const DatasetProtocol& protocol, Rows& rows) {
  const DatasetContest& contest = data.contest_of(protocol);
  RowKey key{contest.contest, data.precinct_of(protocol).teryt, contest.district, ""};
  std::size_t at = 0;
  for (std::size_t i = 0; i < contest.options.size(); ++i) {
    const DatasetOption& option = contest.options[i];
    std::get<3>(key) = option.reported();
    rows[key] += model::is_empty(protocol.votes[i]) ? 0 : model::figure_of(protocol.votes[i]);
    for (std::uint32_t position = 1; position <= option.candidates; ++position, ++at) {
      if (!data.candidate_rows || std::ranges::binary_search(option.struck_off, position)) continue;
      std::get<3>(key) = candidate_name(option, position);
      rows[key] += protocol.candidate_votes[at];
    }
  }
}

void add_totals(const Dataset& data, const DatasetProtocol& protocol, ByName& into) {
  const DatasetContest& contest = data.contest_of(protocol);
  ContestTotals& totals = into.totals[contest.contest];
  ++totals.protocols;
  totals.eligible += protocol.figure("p1");
  const std::string_view point = valid_votes_point(contest.form);
  totals.valid_votes += point.empty() ? protocol.votes_total() : protocol.figure(point);
}

void add_protocol(const Dataset& data, const DatasetProtocol& protocol, ByName& into) {
  add_totals(data, protocol, into);
  add_rows(data, protocol, into.rows);
}

std::vector<ContestTotals> in_order(const Dataset& data,
                                    const std::map<std::string, ContestTotals>& totals) {
  std::vector<ContestTotals> ordered;
  for (const std::string& contest : contest_names(data)) {
    const auto found = totals.find(contest);
    ordered.push_back(found == totals.end() ? ContestTotals{} : found->second);
    ordered.back().contest = contest;
  }
  return ordered;
}

std::set<std::size_t> protocols_of(const std::vector<Spoil>& spoiled) {
  std::set<std::size_t> protocols;
  for (const Spoil& spoil : spoiled) protocols.insert(spoil.protocol);
  return protocols;
}

std::string text_of(const ContestTotals& totals) {
  return std::to_string(totals.protocols) + " protocols, " + std::to_string(totals.eligible) +
         " eligible, " + std::to_string(totals.valid_votes) + " valid votes";
}

}  // namespace

std::string_view valid_votes_point(std::string_view form) {
  if (form == "mayor-2018-public") return "";
  return form == "sejm-2019" ? "p13" : "p12";
}

std::vector<std::string> contest_names(const Dataset& data) {
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  for (const DatasetContest& contest : data.contests) {
    if (seen.insert(contest.contest).second) names.push_back(contest.contest);
  }
  return names;
}

Sums sums_of(const Dataset& data, const std::vector<Spoil>& spoiled) {
  const auto left_out = protocols_of(spoiled);
  ByName all;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    if (!left_out.contains(i)) add_protocol(data, data.protocols[i], all);
  }
  return {in_order(data, all.totals), std::move(all.rows)};
}

Sums part_of(const Sums& whole, const Dataset& data, const std::vector<Spoil>& spoiled,
             const std::function<bool(const std::string& teryt)>& chosen) {
  const auto left_out = protocols_of(spoiled);
  ByName part;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    if (left_out.contains(i) || !chosen(data.precinct_of(data.protocols[i]).teryt)) continue;
    add_totals(data, data.protocols[i], part);
  }
  for (const auto& [key, votes] : whole.rows) {
    if (chosen(std::get<1>(key))) part.rows[key] = votes;
  }
  return {in_order(data, part.totals), std::move(part.rows)};
}

Sums without(Sums whole, const Dataset& data, const std::vector<Spoil>& spoiled) {
  // In the data set's order; what it does not know comes last, and will be found to differ.
  std::map<std::string, ContestTotals> by_name;
  for (ContestTotals& totals : whole.contests) by_name[totals.contest] = std::move(totals);
  whole.contests = in_order(data, by_name);
  for (const std::string& known : contest_names(data)) by_name.erase(known);
  for (auto& [name, totals] : by_name) whole.contests.push_back(std::move(totals));
  ByName off;
  for (const std::size_t i : protocols_of(spoiled)) add_protocol(data, data.protocols[i], off);
  for (ContestTotals& totals : whole.contests) {
    const auto found = off.totals.find(totals.contest);
    if (found == off.totals.end()) continue;
    totals.protocols -= found->second.protocols;
    totals.eligible -= found->second.eligible;
    totals.valid_votes -= found->second.valid_votes;
  }
  for (const auto& [key, votes] : off.rows) whole.rows[key] -= votes;
  return whole;
}

std::vector<std::string> differences(const Sums& have, const Sums& want) {
  std::vector<std::string> found;
  const std::size_t contests = std::max(have.contests.size(), want.contests.size());
  for (std::size_t i = 0; i < contests; ++i) {
    const ContestTotals mine = i < have.contests.size() ? have.contests[i] : ContestTotals{};
    const ContestTotals theirs = i < want.contests.size() ? want.contests[i] : ContestTotals{};
    if (mine == theirs) continue;
    found.push_back("contest '" + theirs.contest + "': " + text_of(mine) + "; it must be " +
                    text_of(theirs));
  }
  std::size_t different = 0;
  std::string example;
  const auto compare = [&](const RowKey& key, std::uint64_t mine, std::uint64_t theirs) {
    if (mine == theirs) return;
    if (++different > 1) return;
    const auto& [contest, teryt, district, option] = key;
    example = contest + " " + teryt + " district '" + district + "' option " + option + ": " +
              std::to_string(mine) + " votes; it must be " + std::to_string(theirs);
  };
  for (const auto& [key, votes] : want.rows) {
    const auto mine = have.rows.find(key);
    compare(key, mine == have.rows.end() ? 0 : mine->second, votes);
  }
  for (const auto& [key, votes] : have.rows) {
    if (!want.rows.contains(key)) compare(key, votes, 0);
  }
  if (different > 0) {
    found.push_back(std::to_string(different) + " rows of votes differ, first " + example);
  }
  return found;
}

}  // namespace urna::drill
