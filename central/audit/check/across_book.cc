#include "central/audit/check/across_book.h"

#include <algorithm>
#include <set>

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
  const std::uint32_t number = number_of(names.contest);
  const auto [place, added] = by_key_.try_emplace(
      join_key(std::to_string(contest.round), names.teryt, names.precinct), precincts_.size());
  if (added)
    precincts_.push_back(
        {contest.round, std::string(names.teryt), std::string(names.precinct), {}});
  precincts_[place->second].entries.push_back({number, std::string(names.protocol), protocol});
}

void AcrossBook::expect(const std::string& contest) { number_of(contest); }

std::uint32_t AcrossBook::number_of(std::string_view contest) {
  const auto known = std::ranges::find(contests_, contest);
  const auto number = static_cast<std::uint32_t>(known - contests_.begin());
  if (known == contests_.end()) contests_.emplace_back(contest);
  return number;
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

struct AcrossBook::Coverage {
  ContestName name;
  std::uint64_t protocols = 0;
  std::uint64_t precincts = 0;
  std::uint64_t alone = 0;  // precincts with no other contest of its round that is compared
  // Precincts with others of its round and without it, and the first of them.
  std::uint64_t missing = 0;
  std::string first_missing;
  // Protocols with an empty field, by point.
  std::uint64_t no_eligible = 0, no_part_a = 0, no_issued = 0, no_proxies = 0;

  bool compared() const { return name.kind != v1::CONTEST_KIND_UNSPECIFIED; }
};

std::vector<AcrossBook::Coverage> AcrossBook::coverage() const {
  std::vector<Coverage> all;
  for (const std::string& contest : contests_) all.emplace_back().name = contest_of_name(contest);
  for (const Precinct& precinct : precincts_) {
    std::set<std::uint32_t> here;
    for (const Entry& entry : precinct.entries) {
      Coverage& of = all[entry.contest];
      if (of.compared()) here.insert(entry.contest);
      ++of.protocols;
      of.no_eligible += model::is_empty(entry.figures.eligible);
      of.no_part_a += model::is_empty(entry.figures.eligible_a);
      of.no_issued += model::is_empty(entry.figures.issued);
      of.no_proxies += model::is_empty(entry.figures.proxies);
    }
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (here.contains(i)) {
        ++all[i].precincts;
        all[i].alone += here.size() == 1;
      }
      if (here.empty() || here.contains(i) || all[i].name.round != precinct.round) continue;
      if (all[i].missing++ == 0) all[i].first_missing = precinct.teryt + "/" + precinct.precinct;
    }
  }
  return all;
}

std::vector<std::string> AcrossBook::not_compared() const {
  const std::vector<Coverage> all = coverage();
  // X2 asks for part A only where there is a powiat's council or an assembly.
  const auto asks_part_a = [&](const Coverage& of) {
    const bool lower = of.name.kind == v1::CONTEST_KIND_MAYOR ||
                       of.name.kind == v1::CONTEST_KIND_COUNCIL_CITY ||
                       of.name.kind == v1::CONTEST_KIND_COUNCIL_LARGE_GMINA;
    return lower && std::ranges::any_of(all, [&](const Coverage& other) {
             return other.protocols > 0 && other.name.round == of.name.round &&
                    (other.name.kind == v1::CONTEST_KIND_COUNCIL_POWIAT ||
                     other.name.kind == v1::CONTEST_KIND_ASSEMBLY);
           });
  };
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Coverage& of = all[i];
    const auto note = [&](const std::string& what) {
      notes.push_back("contest '" + contests_[i] + "' " + what);
    };
    const auto lacks = [&](std::uint64_t count, const char* point, const char* rules) {
      if (count == 0) return;
      note("has no " + std::string(point) + " in " + std::to_string(count) + " of " +
           std::to_string(of.protocols) + " protocols: " + rules + " leave them out");
    };
    if (!of.compared()) {
      note("is not compared: its name does not tell what it is (see --help)");
    } else if (of.protocols == 0) {
      note("is not compared: there is no row of it");
    } else if (of.alone == of.precincts) {
      note("is not compared: its precincts have no other contest of its round");
    } else {
      if (of.missing > 0) {
        note("is missing in " + std::to_string(of.missing) +
             " precincts that have others of its round, the first " + of.first_missing);
      }
      // The council of a Warsaw district is compared by X4 and X5 only.
      if (of.name.kind != v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT) {
        lacks(of.no_eligible, "p1", "X1 to X3");
      }
      if (asks_part_a(of)) lacks(of.no_part_a, "p1a", "X2");
      lacks(of.no_issued, "p4", "X4");
      lacks(of.no_proxies, "p5", "X5");
    }
  }
  return notes;
}

}  // namespace urna::audit
