// Rules that look at more than one statement of a precinct: X1-X5 compare the protocols of
// different contests, T1-T3 the turnout reports of one contest with each other and its protocol.
//
// Pure functions, no I/O; the same call serves the precinct (with the protocols typed so far) and
// the confirmation queue (with those received so far). A protocol that is not here yet is not
// compared. Source: LAW.md, "Rules", across protocols and turnout reports [form]; readings of ours
// are marked [unverified] beside the rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/definition.h"
#include "urna/v1/common.pb.h"
#include "urna/v1/definition.pb.h"

namespace urna::validation {

// A rule over several protocols or reports, as data.
struct AcrossRule {
  std::string_view code;
  v1::Severity severity;
  // Confirming in spite of it needs a recorded reason (LAW.md: X1-X3).
  bool needs_reason;
  // Point codes of a protocol, or fields of v1::TurnoutReport.
  std::span<const std::string_view> points;
  // What it says to an operator, and what to do.
  std::string_view message_pl;
  std::string_view message_en;
};

// X1-X5, T1-T3, in this order.
std::span<const AcrossRule> across_rules();
// nullptr for a code that is not in across_rules().
const AcrossRule* across_rule(std::string_view code);

// What the rules look at in one protocol. Empty cells: the form lacks the point, or nothing was
// typed yet; comparisons over them do not apply.
struct PrecinctProtocol {
  v1::ContestKind kind = v1::CONTEST_KIND_UNSPECIFIED;
  model::Cell eligible = model::kEmptyCell;    // p1
  model::Cell eligible_a = model::kEmptyCell;  // p1a, Polish citizens
  model::Cell issued = model::kEmptyCell;      // p4
  model::Cell proxies = model::kEmptyCell;     // p5
};

// Picks those points out of a protocol by the codes of its form; `points` has a cell per point.
PrecinctProtocol precinct_protocol(v1::ContestKind kind, const v1::Form& form,
                                   std::span<const model::Cell> points);

struct AcrossFinding {
  std::string_view code;  // of across_rules()
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  // The protocols or reports concerned, as positions in what was given, ascending.
  std::vector<std::size_t> concerned;

  bool operator==(const AcrossFinding&) const = default;
};

// Applies X1-X5 to the protocols of one precinct from one voting day (the runoff is another day and
// is not compared with the first round). Two protocols of one kind are two districts of one council
// in this precinct.
//
// `uncontested` names the kinds of council of which a district in this precinct holds no vote
// (LAW.md, allocation 7): there is no protocol for it, so its voters are in no figure of that
// council, and sums over that council are a lower bound. A kind without any protocol is simply not
// compared.
//
//   X1  one district of the gmina or city council: its eligible = the mayor's
//   X2  eligible of the powiat council, and of the assembly, = part A of the gmina or city council,
//       and of the mayor: one finding for each pair that differs
//   X3  several districts of the gmina or city council: the mayor's eligible = their sum; at least
//       their sum where a district is uncontested
//   X4  issued differs between two contests by more than 30, or by more than 10% of the larger
//       figure [unverified: "10% or 30" read as either]: one finding
//   X5  proxies differ between two contests: one finding
//
// The council of a Warsaw district is compared by X4 and X5 only: its territory need not be that of
// whole precincts' registers [data: 34 of 886 differ from the mayor's]. Sums of several districts
// are compared as one contest; with an uncontested district X2 compares as a lower bound and X4 and
// X5 leave that council out.
std::vector<AcrossFinding> check_across(std::span<const PrecinctProtocol> protocols,
                                        std::span<const v1::ContestKind> uncontested);

// One turnout report of one place: figures at a set hour.
struct TurnoutFigures {
  std::uint32_t at_min = 0;  // minutes after midnight, local time
  std::uint32_t eligible = 0;
  std::uint32_t issued = 0;  // since opening
};

// Applies T1-T3 to the reports of one place, given in any order, and to p4 of its protocol once
// there is one.
//
//   T1  issued never falls from one report to the next by hour
//   T2  issued is at most eligible, in each report
//   T3  the protocol's p4 is at least what the last report said; concerned is that report
//
// T1 and T2 are errors of the report. T3 is a warning: the protocol counts signatures, a report is
// a quick tally, so the report may be what is wrong [unverified: LAW.md gives no severities here].
std::vector<AcrossFinding> check_turnout(std::span<const TurnoutFigures> reports,
                                         std::optional<std::uint32_t> issued_in_protocol);

}  // namespace urna::validation
