#include "tests/drill/agenda.h"

#include <algorithm>
#include <optional>
#include <set>

#include "common/model/control_code.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/across.h"
#include "common/validation/check.h"
#include "tests/drill/random.h"

namespace urna::drill {

namespace {

StatementId statement_of(const v1::Body& body) {
  return trust::statement_of(model::serialise(body));
}

// Codes of the blocking warnings found in a body, ascending.
std::set<std::string> blocking_warnings(const BuiltContest& contest, const v1::Protocol& protocol) {
  std::set<std::string> codes;
  for (const validation::Finding& finding :
       validation::check(contest.form, protocol, *model::UnitId::parse(protocol.place().unit()),
                         validation::Completeness::kFinal)) {
    if (finding.severity == v1::SEVERITY_BLOCKING_WARNING) codes.insert(finding.code);
  }
  return codes;
}

// Positions of two figures that differ, in [begin, end); nullopt when all are the same.
template <class Figures>
std::optional<std::pair<std::size_t, std::size_t>> two_unequal(const Figures& figures,
                                                               std::size_t begin, std::size_t end) {
  for (std::size_t i = begin + 1; i < end; ++i) {
    if (figures[i] != figures[begin]) return std::pair{begin, i};
  }
  return std::nullopt;
}

// A city is a gmina and a powiat as well.
bool acts_as(v1::UnitKind unit, v1::UnitKind kind) {
  if (unit == kind) return true;
  return unit == v1::UNIT_KIND_CITY &&
         (kind == v1::UNIT_KIND_GMINA || kind == v1::UNIT_KIND_POWIAT);
}

std::string first_above(const Dataset& data, std::string unit, v1::UnitKind kind) {
  while (!unit.empty()) {
    const auto found = std::ranges::find(data.units, unit, &DatasetUnit::id);
    if (found == data.units.end() || acts_as(found->kind, kind)) break;
    unit = found->parent;
  }
  return unit;
}

v1::UnitKind confirming_kind(v1::ContestKind contest) {
  switch (contest) {
    case v1::CONTEST_KIND_COUNCIL_POWIAT:
    case v1::CONTEST_KIND_ASSEMBLY: return v1::UNIT_KIND_POWIAT;
    case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT: return v1::UNIT_KIND_WARSAW_DISTRICT;
    default: return v1::UNIT_KIND_GMINA;  // a city where it has powiat rights
  }
}

// Precincts in which X1, X2 or X3 finds something, by round.
std::set<std::pair<std::size_t, std::uint32_t>> precincts_to_explain(const Dataset& data,
                                                                     const BuiltElection& election,
                                                                     const SignedBodies& bodies) {
  std::map<std::pair<std::size_t, std::uint32_t>, std::vector<validation::PrecinctProtocol>> all;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    const DatasetProtocol& protocol = data.protocols[i];
    const model::Slice& slice = *election.contests[protocol.contest].slice;
    const auto& points = bodies.first[i].protocol().points();
    all[{protocol.precinct, slice.key().round}].push_back(validation::precinct_protocol(
        slice.kind(), slice.form(), std::vector<model::Cell>(points.begin(), points.end())));
  }
  std::set<std::pair<std::size_t, std::uint32_t>> found;
  for (const auto& [where, protocols] : all) {
    for (const auto& finding : validation::check_across(protocols, {})) {
      if (validation::across_rule(finding.code)->needs_reason) found.insert(where);
    }
  }
  return found;
}

class Planning {
 public:
  Planning(const Dataset& data, const BuiltElection& election, const SignedBodies& bodies,
           const Incidents& incidents, const ExpectedResults& expected)
      : data_(data),
        election_(election),
        bodies_(bodies),
        incidents_(incidents),
        expected_(expected) {}

  Agenda run() {
    decide();
    confirm();
    collect();
    draw_lots();
    tabulate();
    determine();
    return std::move(agenda_);
  }

 private:
  const std::string unit_of(std::size_t protocol) const {
    return confirming_unit(data_, data_.protocols[protocol]);
  }

  void decide() {
    for (std::size_t i = 0; i < data_.protocols.size(); ++i) {
      const v1::Body& body = bodies_.first[i];
      std::string codes;
      for (const std::string& code :
           blocking_warnings(election_.contests[data_.protocols[i].contest], body.protocol())) {
        codes += (codes.empty() ? "" : ",") + code;
      }
      if (codes.empty()) continue;
      agenda_.decisions[unit_of(i)].push_back("approve " + control_code_of(body) + " " + codes +
                                              " liczby zgodne z protokołem na papierze");
    }
    agenda_.decisions[unit_of(incidents_.disputed)].push_back(
        "settle " + control_code_of(bodies_.first[incidents_.disputed]) +
        " zgodny z protokołem na papierze");
    agenda_.decisions[unit_of(incidents_.mistaken)].push_back(
        "return " + control_code_of(bodies_.first[incidents_.mistaken]) +
        " głosy dwóch kandydatów zamienione");
  }

  void confirm() {
    const auto explain = precincts_to_explain(data_, election_, bodies_);
    for (std::size_t i = 0; i < data_.protocols.size(); ++i) {
      const bool mistaken = i == incidents_.mistaken;
      const v1::Body& body = mistaken ? bodies_.revised : bodies_.first[i];
      Commands& stage = mistaken ? agenda_.after_revision : agenda_.decisions;
      std::string line = "confirm " + control_code_of(body);
      if (explain.contains({data_.protocols[i].precinct, body.protocol().place().round()})) {
        line += " spisy wyborców różnią się, liczby potwierdzone w urzędzie";
      }
      stage[unit_of(i)].push_back(std::move(line));
    }
  }

  static std::string name(const DatasetContest& contest) {
    return contest.id + " " + std::to_string(contest.round);
  }

  void sign(const std::string& unit, std::string_view kind, const DatasetContest& contest) {
    agenda_.protocols[unit].push_back("sign " + std::string(kind) + " " + name(contest));
  }

  void collect() {
    for (const DatasetContest& contest : data_.contests) {
      std::set<std::string> units;
      for (const std::size_t precinct : contest.precincts) {
        units.insert(collecting_unit(data_, contest, data_.precincts[precinct]));
      }
      for (const std::string& unit : units) {
        if (!unit.empty()) sign(unit, "collective", contest);
      }
    }
  }

  void draw_lots() {
    for (const Drawing& drawing : expected_.drawings) {
      const DatasetContest& contest = data_.contests[drawing.contest];
      std::string line = "lot " + name(contest);
      for (const BallotLine& winner : drawing.winners) {
        line += " " + contest.options[winner.option].code;
        if (winner.candidate != 0) line += "/" + std::to_string(winner.candidate);
      }
      agenda_.protocols[determining_unit(contest)].push_back(std::move(line));
    }
  }

  void tabulate() {
    for (const DatasetContest& contest : data_.contests) {
      if (contest.kind == v1::CONTEST_KIND_MAYOR || is_uncontested(contest)) continue;
      sign(determining_unit(contest), "tabulation", contest);
    }
  }

  // A council's final protocol stands at the first, by name, of its contests.
  void determine() {
    std::map<std::pair<std::string, std::uint32_t>, const DatasetContest*> first;
    for (const DatasetContest& contest : data_.contests) {
      const DatasetContest*& known = first[{contest.group, contest.round}];
      if (known == nullptr || contest.id < known->id) known = &contest;
    }
    for (const auto& [group, contest] : first) sign(determining_unit(*contest), "final", *contest);
  }

  const Dataset& data_;
  const BuiltElection& election_;
  const SignedBodies& bodies_;
  const Incidents incidents_;
  const ExpectedResults& expected_;
  Agenda agenda_;
};

}  // namespace

DatasetProtocol with_other_figures(const DatasetContest& contest, const DatasetProtocol& protocol) {
  DatasetProtocol other = protocol;
  for (std::size_t i = 0; i < contest.options.size(); ++i) {
    const std::size_t first = first_candidate(contest, i);
    const auto two =
        two_unequal(other.candidate_votes, first, first + contest.options[i].candidates);
    if (!two) continue;
    std::swap(other.candidate_votes[two->first], other.candidate_votes[two->second]);
    return other;
  }
  if (!other.candidate_votes.empty()) return other;
  if (const auto two = two_unequal(other.votes, 0, other.votes.size())) {
    std::swap(other.votes[two->first], other.votes[two->second]);
  }
  return other;
}

Result<Incidents> choose_incidents(const Dataset& data, const BuiltElection& election,
                                   const std::string& spared, std::uint64_t seed) {
  std::vector<std::size_t> councils;
  std::vector<std::size_t> mayors;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    const DatasetProtocol& protocol = data.protocols[i];
    const DatasetContest& contest = data.contest_of(protocol);
    if (data.precinct_of(protocol).teryt == spared) continue;
    const DatasetProtocol other = with_other_figures(contest, protocol);
    if (other.votes == protocol.votes && other.candidate_votes == protocol.candidate_votes) {
      continue;
    }
    const v1::Body body = body_of(data, election, protocol);
    if (!blocking_warnings(election.contests[protocol.contest], body.protocol()).empty()) continue;
    (contest.kind == v1::CONTEST_KIND_MAYOR ? mayors : councils).push_back(i);
  }
  if (councils.empty() || mayors.empty()) {
    return fail(ErrorCode::kInvalidArgument, "no protocols to dispute and to return");
  }
  SplitMix64 random(seed);
  return Incidents{councils[random.below(councils.size())], mayors[random.below(mayors.size())]};
}

SignedBodies bodies_of(const Dataset& data, const BuiltElection& election,
                       const Incidents& incidents) {
  SignedBodies bodies;
  for (const DatasetProtocol& protocol : data.protocols) {
    bodies.first.push_back(body_of(data, election, protocol));
  }
  const auto other = [&](std::size_t i) {
    const DatasetProtocol& protocol = data.protocols[i];
    return body_of(data, election, with_other_figures(data.contest_of(protocol), protocol));
  };
  bodies.rival = other(incidents.disputed);
  bodies.revised = bodies.first[incidents.mistaken];
  bodies.first[incidents.mistaken] = other(incidents.mistaken);
  v1::Protocol& revised = *bodies.revised.mutable_protocol();
  revised.set_revision(2);
  revised.set_supersedes(statement_of(bodies.first[incidents.mistaken]).str());
  return bodies;
}

std::string control_code_of(const v1::Body& body) {
  return model::ControlCode::of(statement_of(body)).printed();
}

std::string confirming_unit(const Dataset& data, const DatasetProtocol& protocol) {
  return first_above(data, data.precinct_of(protocol).teryt,
                     confirming_kind(data.contest_of(protocol).kind));
}

std::string collecting_unit(const Dataset& data, const DatasetContest& contest,
                            const DatasetPrecinct& precinct) {
  if (contest.kind != v1::CONTEST_KIND_ASSEMBLY) return {};
  return first_above(data, precinct.teryt, v1::UNIT_KIND_POWIAT);
}

Agenda plan_evening(const Dataset& data, const BuiltElection& election, const SignedBodies& bodies,
                    const Incidents& incidents, const ExpectedResults& expected) {
  return Planning(data, election, bodies, incidents, expected).run();
}

}  // namespace urna::drill
