#include "tests/drill/replay_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "common/service/files.h"

namespace urna::drill {

namespace {

using Json = nlohmann::ordered_json;

// A report of a country has hundreds of thousands of rows: its text is made member by member, a
// list's items a line each, and never stands in memory as one tree.
class Writing {
 public:
  void member(const char* name, const Json& value) { begin(name) += value.dump(); }
  void list(const char* name) {
    begin(name) += "[";
    items_ = 0;
  }
  void item(const Json& value) {
    text_ += items_++ == 0 ? "\n  " : ",\n  ";
    text_ += value.dump();
  }
  void end_list() { text_ += "]"; }
  std::string finish() { return std::move(text_) + "\n}\n"; }

 private:
  std::string& begin(const char* name) {
    text_ += text_.empty() ? "{\n " : ",\n ";
    return text_ += Json(name).dump() + ": ";
  }
  std::string text_;
  std::size_t items_ = 0;
};

Json or_null(const std::optional<std::uint64_t>& figure) {
  return figure ? Json(*figure) : Json(nullptr);
}

void write_sums(const ReplayOutcome& outcome, Writing& report) {
  ContestTotals all;
  for (const ContestTotals& contest : outcome.sums.contests) {
    all.protocols += contest.protocols;
    all.eligible += contest.eligible;
    all.valid_votes += contest.valid_votes;
  }
  report.member("accepted", all.protocols);
  report.member("seconds", outcome.seconds);
  report.member("eligible", all.eligible);
  report.member("valid_votes", all.valid_votes);
  report.list("contests");
  for (const ContestTotals& contest : outcome.sums.contests) {
    report.item({{"contest", contest.contest},
                 {"protocols", contest.protocols},
                 {"eligible", contest.eligible},
                 {"valid_votes", contest.valid_votes}});
  }
  report.end_list();
  report.list("rows");
  for (const auto& [key, votes] : outcome.sums.rows) {
    const auto& [contest, teryt, district, option] = key;
    report.item({{"contest", contest},
                 {"teryt", teryt},
                 {"district", district},
                 {"option", option},
                 {"votes", votes}});
  }
  report.end_list();
}

void write_refusals(const Dataset& data, const ReplayOutcome& outcome, Writing& report) {
  const auto place = [&](std::size_t number) {
    const DatasetProtocol& protocol = data.protocols[number];
    return std::pair{&data.contest_of(protocol), &data.precinct_of(protocol)};
  };
  report.list("refused");
  for (const Refusal& refusal : outcome.refused) {
    const auto [contest, precinct] = place(refusal.protocol);
    report.item({{"protocol", data.protocols[refusal.protocol].id},
                 {"contest", contest->contest},
                 {"teryt", precinct->teryt},
                 {"precinct", precinct->number},
                 {"code", refusal.code},
                 {"tier", refusal.tier}});
  }
  report.end_list();
  report.list("spoiled");
  for (const Spoil& spoil : outcome.spoiled) {
    const auto [contest, precinct] = place(spoil.protocol);
    report.item({{"contest", contest->contest},
                 {"teryt", precinct->teryt},
                 {"precinct", precinct->number},
                 {"point", spoil.point},
                 {"before", spoil.before},
                 {"after", spoil.after},
                 {"expected_codes", spoil.expected_codes}});
  }
  report.end_list();
}

void write_results(const Dataset& data, const ReplayOutcome& outcome, Writing& report) {
  std::map<std::pair<std::string, std::uint32_t>, const DatasetContest*> by_name;
  for (const DatasetContest& contest : data.contests) {
    by_name[{contest.id, contest.round}] = &contest;
  }
  report.list("results");
  for (const ResultLine& line : outcome.results) {
    const auto found = by_name.find({line.contest, line.round});
    if (found == by_name.end()) continue;
    const DatasetContest& contest = *found->second;
    const auto option = std::ranges::find(contest.options, line.option, &DatasetOption::code);
    report.item({{"contest", contest.contest},
                 {"teryt", reported_teryt(contest)},
                 {"district", contest.district},
                 {"option", option == contest.options.end() ? line.option : option->reported()},
                 {"candidate", line.candidate},
                 {"votes", line.votes},
                 {"outcome", line.outcome},
                 {"synthetic", contest.synthetic}});
  }
  report.end_list();
}

void write_official(const ReplayOutcome& outcome, Writing& report) {
  if (!outcome.official) return;
  report.member("official_compared", outcome.official->compared);
  report.list("official_differences");
  for (const OfficialDifference& one : outcome.official->differences) {
    report.item({{"figure", one.key.figure},
                 {"teryt", one.key.teryt},
                 {"district", one.key.district},
                 {"option", one.key.option},
                 {"official", or_null(one.official)},
                 {"here", or_null(one.here)},
                 {"wrong", one.wrong}});
  }
  report.end_list();
}

}  // namespace

Result<void> write_report(const std::filesystem::path& file, const Dataset& data,
                          const ReplayOutcome& outcome) {
  Writing report;
  report.member("dataset", data.name);
  report.member("protocols_read", data.protocols.size());
  write_sums(outcome, report);
  write_refusals(data, outcome, report);
  write_results(data, outcome, report);
  write_official(outcome, report);
  return service::write_file_atomically(file, report.finish());
}

}  // namespace urna::drill
