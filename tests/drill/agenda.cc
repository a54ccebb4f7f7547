#include "tests/drill/agenda.h"

#include <algorithm>
#include <numeric>
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

std::string first_above(const UnitTree& units, std::string_view from, v1::UnitKind kind) {
  for (const DatasetUnit* unit : units.upwards(from)) {
    if (acts_as(unit->kind, kind)) return unit->id;
  }
  return {};
}

v1::UnitKind confirming_kind(v1::ContestKind contest) {
  switch (contest) {
    case v1::CONTEST_KIND_COUNCIL_POWIAT:
    case v1::CONTEST_KIND_PARLIAMENT:
    case v1::CONTEST_KIND_ASSEMBLY: return v1::UNIT_KIND_POWIAT;
    case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT: return v1::UNIT_KIND_WARSAW_DISTRICT;
    default: return v1::UNIT_KIND_GMINA;  // a city where it has powiat rights
  }
}

// Precincts in which X1, X2 or X3 finds something, by round.
using PrecinctRound = std::pair<std::size_t, std::uint32_t>;
std::set<PrecinctRound> precincts_to_explain(const Dataset& data, const BuiltElection& election) {
  std::map<PrecinctRound, std::vector<validation::PrecinctProtocol>> all;
  for (const DatasetProtocol& protocol : data.protocols) {
    const model::Slice& slice = *election.contests[protocol.contest].slice;
    std::vector<model::Cell> cells;
    for (const v1::FormPoint& point : slice.form().points()) {
      const auto found = protocol.points.find(point.code());
      cells.push_back(found == protocol.points.end() ? model::kEmptyCell
                                                     : model::cell_of(found->second));
    }
    all[{protocol.precinct, slice.key().round}].push_back(
        validation::precinct_protocol(slice.kind(), slice.form(), cells));
  }
  std::set<PrecinctRound> found;
  for (const auto& [where, protocols] : all) {
    if (protocols.size() < 2) continue;
    for (const auto& finding : validation::check_across(protocols, {})) {
      if (validation::across_rule(finding.code)->needs_reason) found.insert(where);
    }
  }
  return found;
}

class Planning {
 public:
  Planning(const Dataset& data, const BuiltElection& election, const Bodies& bodies,
           const Incidents& incidents, const ExpectedResults& expected)
      : data_(data),
        election_(election),
        bodies_(bodies),
        incidents_(incidents),
        expected_(expected),
        units_(data) {}

  Agenda run() {
    find_out_who_waits();
    decide();
    collect();
    draw_lots();
    tabulate();
    determine();
    for (const auto& [unit, lines] : confirmations_) append(agenda_.decisions[unit], lines);
    for (const auto& [unit, lines] : own_) append(agenda_.decisions[unit], lines);
    for (const auto& [unit, lines] : own_after_revision_) {
      append(agenda_.after_revision[unit], lines);
    }
    return std::move(agenda_);
  }

 private:
  // What a commission's protocol waits for.
  enum class Waits { kForNobody, kForRevision, kForOthers };

  static void append(std::vector<std::string>& to, const std::vector<std::string>& lines) {
    to.insert(to.end(), lines.begin(), lines.end());
  }
  const DatasetPrecinct& precinct(std::size_t at) const { return data_.precincts[at]; }

  // Contests whose every protocol is confirmed by who determines wait for nobody else; those that
  // count together wait together.
  void find_out_who_waits() {
    const std::string& mistaken = data_.contest_of(data_.protocols[incidents_.mistaken]).group;
    for (const DatasetContest& contest : data_.contests) {
      Waits& group = waits_[contest.group];
      if (contest.group == mistaken) group = std::max(group, Waits::kForRevision);
      const bool own = std::ranges::all_of(contest.precincts, [&](std::size_t at) {
        return confirming_unit(units_, contest, precinct(at)) == determining_unit(contest);
      });
      if (!own || contest.kind == v1::CONTEST_KIND_ASSEMBLY) group = Waits::kForOthers;
    }
  }

  void decide() {
    const auto explain = precincts_to_explain(data_, election_);
    for (std::size_t i = 0; i < data_.protocols.size(); ++i) {
      const DatasetProtocol& protocol = data_.protocols[i];
      const std::string unit =
          confirming_unit(units_, data_.contest_of(protocol), data_.precinct_of(protocol));
      std::vector<std::string>& decisions = agenda_.decisions[unit];
      const v1::Body body = bodies_.first(i);
      const std::string code = control_code_of(body);
      std::string codes;
      for (const std::string& one :
           blocking_warnings(election_.contests[protocol.contest], body.protocol())) {
        codes += (codes.empty() ? "" : ",") + one;
      }
      if (!codes.empty()) {
        decisions.push_back("approve " + code + " " + codes +
                            " liczby zgodne z protokołem na papierze");
      }
      if (i == incidents_.disputed) {
        decisions.push_back("settle " + code + " zgodny z protokołem na papierze");
      }
      const bool mistaken = i == incidents_.mistaken;
      if (mistaken) decisions.push_back("return " + code + " głosy dwóch kandydatów zamienione");
      std::string line = "confirm " + (mistaken ? control_code_of(bodies_.revised()) : code);
      if (explain.contains({protocol.precinct, data_.contest_of(protocol).round})) {
        line += " spisy wyborców różnią się, liczby potwierdzone w urzędzie";
      }
      (mistaken ? agenda_.after_revision : confirmations_)[unit].push_back(std::move(line));
    }
  }

  static std::string name(const DatasetContest& contest) {
    return contest.id + " " + std::to_string(contest.round);
  }

  Commands& stage_of(const DatasetContest& contest) {
    switch (waits_.at(contest.group)) {
      case Waits::kForNobody: return own_;
      case Waits::kForRevision: return own_after_revision_;
      case Waits::kForOthers: return agenda_.protocols;
    }
    return agenda_.protocols;
  }

  // A collective protocol adds up what its own commission confirmed.
  void collect() {
    const DatasetProtocol& mistaken = data_.protocols[incidents_.mistaken];
    for (std::size_t i = 0; i < data_.contests.size(); ++i) {
      const DatasetContest& contest = data_.contests[i];
      std::set<std::string> units;
      for (const std::size_t at : contest.precincts) {
        units.insert(collecting_unit(units_, contest, precinct(at)));
      }
      std::string waiting;
      if (mistaken.contest == i) {
        waiting = collecting_unit(units_, contest, data_.precinct_of(mistaken));
      }
      for (const std::string& unit : units) {
        if (unit.empty()) continue;
        (unit == waiting ? own_after_revision_ : own_)[unit].push_back("sign collective " +
                                                                       name(contest));
      }
    }
  }

  void draw_lots() {
    for (const Drawing& drawing : expected_.drawings) {
      const DatasetContest& contest = data_.contests[drawing.contest];
      if (contest.decided != Decided::kByCommission) continue;
      std::string line = "lot " + name(contest);
      for (const BallotLine& winner : drawing.winners) {
        line += " " + contest.options[winner.option].code;
        if (winner.candidate != 0) line += "/" + std::to_string(winner.candidate);
      }
      stage_of(contest)[determining_unit(contest)].push_back(std::move(line));
    }
  }

  void tabulate() {
    for (const DatasetContest& contest : data_.contests) {
      if (contest.kind == v1::CONTEST_KIND_MAYOR || is_uncontested(contest)) continue;
      stage_of(contest)[determining_unit(contest)].push_back("sign tabulation " + name(contest));
    }
  }

  // A council's final protocol stands at the first, by name, of its contests.
  void determine() {
    std::map<std::pair<std::string, std::uint32_t>, const DatasetContest*> first;
    for (const DatasetContest& contest : data_.contests) {
      if (contest.decided != Decided::kByCommission) continue;
      const DatasetContest*& known = first[{contest.group, contest.round}];
      if (known == nullptr || contest.id < known->id) known = &contest;
    }
    for (const auto& [group, contest] : first) {
      stage_of(*contest)[determining_unit(*contest)].push_back("sign final " + name(*contest));
    }
  }

  const Dataset& data_;
  const BuiltElection& election_;
  const Bodies& bodies_;
  const Incidents incidents_;
  const ExpectedResults& expected_;
  const UnitTree units_;
  std::map<std::string, Waits> waits_;  // by group
  Commands confirmations_;              // after everything else that is decided at the desk
  Commands own_;                        // protocols that wait for nobody
  Commands own_after_revision_;
  Agenda agenda_;
};

}  // namespace

DatasetProtocol with_other_figures(const DatasetContest& contest, const DatasetProtocol& protocol) {
  DatasetProtocol other = protocol;
  for (std::size_t i = 0; i < contest.options.size(); ++i) {
    const std::size_t first = first_candidate(contest, i);
    const auto two =
        two_unequal(other.candidate_votes, first, first + contest.options[i].candidates);
    if (!two || !contest.options[i].struck_off.empty()) continue;
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
  const auto is_mayors = [&](std::size_t i) {
    return data.contest_of(data.protocols[i]).kind == v1::CONTEST_KIND_MAYOR;
  };
  const auto suits = [&](std::size_t i) {
    const DatasetProtocol& protocol = data.protocols[i];
    if (data.precinct_of(protocol).teryt == spared) return false;
    const DatasetProtocol other = with_other_figures(data.contest_of(protocol), protocol);
    if (other.votes == protocol.votes && other.candidate_votes == protocol.candidate_votes) {
      return false;
    }
    const v1::Body body = body_of(data, election, protocol);
    return blocking_warnings(election.contests[protocol.contest], body.protocol()).empty();
  };
  SplitMix64 random(seed);
  std::vector<std::size_t> order(data.protocols.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.below(left)]);
  }
  // The first that suits and is of the kind wished for; else the first that suits.
  const auto choose = [&](bool of_mayor, std::optional<std::size_t> other) {
    for (const bool any : {false, true}) {
      for (const std::size_t i : order) {
        if (i != other && (any || is_mayors(i) == of_mayor) && suits(i)) return std::optional(i);
      }
    }
    return std::optional<std::size_t>();
  };
  const auto disputed = choose(false, std::nullopt);
  const auto mistaken = choose(true, disputed);
  if (!disputed || !mistaken) {
    return fail(ErrorCode::kInvalidArgument, "no protocols to dispute and to return");
  }
  return Incidents{*disputed, *mistaken};
}

v1::Body Bodies::other(std::size_t protocol) const {
  const DatasetProtocol& of = data_.protocols[protocol];
  return body_of(data_, election_, with_other_figures(data_.contest_of(of), of));
}

v1::Body Bodies::first(std::size_t protocol) const {
  if (protocol == incidents_.mistaken) return other(protocol);
  return body_of(data_, election_, data_.protocols[protocol]);
}

v1::Body Bodies::rival() const { return other(incidents_.disputed); }

v1::Body Bodies::revised() const {
  v1::Body body = body_of(data_, election_, data_.protocols[incidents_.mistaken]);
  body.mutable_protocol()->set_revision(2);
  body.mutable_protocol()->set_supersedes(statement_of(first(incidents_.mistaken)).str());
  return body;
}

std::string control_code_of(const v1::Body& body) {
  return model::ControlCode::of(statement_of(body)).printed();
}

std::string confirming_unit(const UnitTree& units, const DatasetContest& contest,
                            const DatasetPrecinct& precinct) {
  return first_above(units, precinct.teryt, confirming_kind(contest.kind));
}

std::string collecting_unit(const UnitTree& units, const DatasetContest& contest,
                            const DatasetPrecinct& precinct) {
  if (contest.kind != v1::CONTEST_KIND_ASSEMBLY) return {};
  return first_above(units, precinct.teryt, v1::UNIT_KIND_POWIAT);
}

Agenda plan_evening(const Dataset& data, const BuiltElection& election, const Bodies& bodies,
                    const Incidents& incidents, const ExpectedResults& expected) {
  return Planning(data, election, bodies, incidents, expected).run();
}

}  // namespace urna::drill
