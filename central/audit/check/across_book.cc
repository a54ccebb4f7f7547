#include "central/audit/check/across_book.h"

#include <algorithm>

#include "central/audit/check/votes.h"

namespace urna::audit {

namespace {

// The first that the name holds.
constexpr std::pair<std::string_view, v1::ContestKind> kKinds[] = {
    {"mayor", v1::CONTEST_KIND_MAYOR},
    {"district_council", v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT},
    {"city_council", v1::CONTEST_KIND_COUNCIL_CITY},
    {"gmina_council", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA},
    {"powiat_council", v1::CONTEST_KIND_COUNCIL_POWIAT},
    {"assembly", v1::CONTEST_KIND_ASSEMBLY}};

void join(std::string& text, std::string_view more) {
  if (more.empty()) return;
  if (!text.empty()) text += '+';
  text += more;
}

}  // namespace

ContestName contest_of_name(std::string_view name) {
  ContestName contest;
  if (name.ends_with("_round2")) contest.round = 2;
  for (const auto& [word, kind] : kKinds) {
    if (name.find(word) == std::string_view::npos) continue;
    contest.kind = kind;
    break;
  }
  return contest;
}

void AcrossBook::add(const RowNames& names, validation::PrecinctProtocol protocol) {
  const ContestName contest = contest_of_name(names.contest);
  // A name that says nothing leaves the kind that the form tells, if it tells one.
  if (contest.kind != v1::CONTEST_KIND_UNSPECIFIED) protocol.kind = contest.kind;
  auto known = std::ranges::find(contests_, names.contest);
  if (known == contests_.end()) known = contests_.insert(known, std::string(names.contest));
  const auto [place, added] = by_key_.try_emplace(
      join_key(std::to_string(contest.round), names.teryt, names.precinct), precincts_.size());
  if (added) precincts_.push_back({std::string(names.teryt), std::string(names.precinct), {}});
  precincts_[place->second].entries.push_back(
      {static_cast<std::uint32_t>(known - contests_.begin()), std::string(names.protocol),
       protocol});
}

void AcrossBook::report(Report& report) const {
  std::vector<validation::PrecinctProtocol> protocols;
  for (const Precinct& precinct : precincts_) {
    protocols.clear();
    for (const Entry& entry : precinct.entries) protocols.push_back(entry.figures);
    for (const validation::AcrossFinding& finding : validation::check_across(protocols, {})) {
      // By contest name, so that the order of the file's rows does not show.
      std::vector<std::pair<std::string_view, std::string_view>> concerned;
      for (const std::size_t i : finding.concerned) {
        const Entry& entry = precinct.entries[i];
        concerned.emplace_back(contests_[entry.contest], entry.protocol);
      }
      std::ranges::sort(concerned);
      std::string contest, protocol;
      for (const auto& [name, number] : concerned) {
        join(contest, name);
        join(protocol, number);
      }
      report.add({protocol, contest, precinct.teryt, precinct.precinct}, finding.code,
                 finding.severity);
    }
  }
}

}  // namespace urna::audit
