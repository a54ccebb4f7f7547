// What the desk decides about a protocol that lies on it.

#include <algorithm>

#include "common/daemon/desk.h"
#include "common/daemon/desk_words.h"
#include "common/daemon/terminal.h"
#include "common/validation/across.h"

namespace urna::daemon {

namespace {

void set_place(v1::Place& to, const model::PlaceId& place) {
  to.set_unit(place.unit.str());
  to.set_contest(place.contest.contest.str());
  to.set_round(place.contest.round);
}

}  // namespace

// Findings across the contests of one precinct that ask for a reason before one of them is
// confirmed.
std::vector<std::string> Desk::across_findings(const Named& protocol) const {
  std::vector<validation::PrecinctProtocol> protocols;
  std::vector<v1::ContestKind> uncontested;
  std::size_t own = 0;
  for (const model::ContestRound& contest : projection().tally()->contests()) {
    if (contest.round != protocol.place.contest.round) continue;
    const model::Slice& of = *slice(contest);
    if (of.precinct(protocol.place.unit) == nullptr) continue;
    if (node::is_uncontested(of)) {
      uncontested.push_back(of.kind());
      continue;
    }
    const node::ProtocolBody* body = projection().counting({protocol.place.unit, contest});
    if (body == nullptr || body->points.size() != of.point_cells()) continue;
    if (contest == protocol.place.contest) own = protocols.size();
    protocols.push_back(validation::precinct_protocol(of.kind(), of.form(), body->points));
  }
  std::vector<std::string> codes;
  for (const validation::AcrossFinding& finding :
       validation::check_across(protocols, uncontested)) {
    if (validation::across_rule(finding.code)->needs_reason &&
        std::ranges::find(finding.concerned, own) != finding.concerned.end()) {
      codes.emplace_back(finding.code);
    }
  }
  return codes;
}

Result<std::string> Desk::confirm(std::string_view rest) {
  const auto protocol = named(take_word(rest));
  if (!protocol) return std::unexpected(protocol.error());
  const std::string name = protocol->place.str();
  if (!protocol->of_precinct) return refuse(name + ": only a precinct's protocol is confirmed");
  for (const auto& body : projection().place(protocol->place)) {
    if (body.statement != protocol->statement) continue;
    if (body.effect.confirmed) return refuse(name + ": confirmed already");
    if (!node::counts(body.effect.state)) {
      return refuse(name + ": it is " + std::string(node::state_name(body.effect.state)) + ", " +
                    std::string(body.effect.reason));
    }
  }
  std::string findings;
  for (const std::string& code : across_findings(*protocol)) {
    findings += (findings.empty() ? "" : ", ") + code;
  }
  if (!findings.empty() && rest.empty()) {
    return refuse(name + ": " + findings +
                  " across its protocols; confirm it with a reason after the code");
  }
  v1::Body body;
  v1::Confirmation& confirmation = *body.mutable_confirmation();
  set_place(*confirmation.mutable_place(), protocol->place);
  confirmation.set_statement(protocol->statement.str());
  confirmation.set_control_code(model::ControlCode::of(protocol->statement).digits());
  confirmation.set_reason(findings.empty() ? std::string(rest)
                                           : findings + ": " + std::string(rest));
  return keep(trust::Kind::kConfirmation, body, *slice(protocol->place.contest),
              "confirmed " + name);
}

Result<std::string> Desk::approve(std::string_view rest) {
  const auto protocol = named(take_word(rest));
  if (!protocol) return std::unexpected(protocol.error());
  std::set<std::string> codes = split(take_word(rest), ',');
  if (codes.empty() || rest.empty()) return refuse("approve CODE B1,B3 reason");
  const node::ProtocolBody* here = projection().counting(protocol->place);
  if (here == nullptr || here->statement != protocol->statement) {
    return refuse(protocol->place.str() + ": this protocol does not count, so nothing is approved");
  }
  for (const std::string& code : codes) {
    if (std::ranges::find(here->blocking, code) != here->blocking.end()) continue;
    return refuse(protocol->place.str() + ": " + printable(code) +
                  " is no blocking warning found in it");
  }
  v1::Body body;
  v1::Approval& approval = *body.mutable_approval();
  set_place(*approval.mutable_place(), protocol->place);
  approval.set_statement(protocol->statement.str());
  for (const std::string& code : codes) approval.add_codes(code);
  approval.set_reason(std::string(rest));
  return keep(trust::Kind::kApproval, body, *slice(protocol->place.contest),
              "approved " + protocol->place.str());
}

Result<std::string> Desk::send_back(std::string_view rest) {
  const auto protocol = named(take_word(rest));
  if (!protocol) return std::unexpected(protocol.error());
  if (rest.empty()) return refuse("return CODE reason: say why");
  v1::Body body;
  set_place(*body.mutable_return_()->mutable_place(), protocol->place);
  body.mutable_return_()->set_statement(protocol->statement.str());
  body.mutable_return_()->set_reason(std::string(rest));
  return keep(trust::Kind::kReturn, body, *slice(protocol->place.contest),
              "returned " + protocol->place.str());
}

Result<std::string> Desk::annul(std::string_view rest) {
  const auto protocol = named(take_word(rest));
  if (!protocol) return std::unexpected(protocol.error());
  if (rest.empty()) return refuse("annul CODE reason: say why");
  v1::Body body;
  set_place(*body.mutable_annulment()->mutable_place(), protocol->place);
  body.mutable_annulment()->set_statement(protocol->statement.str());
  body.mutable_annulment()->set_reason(std::string(rest));
  return keep(trust::Kind::kAnnulment, body, *slice(protocol->place.contest),
              "annulled " + protocol->place.str());
}

// What is in conflict with a body that is in conflict itself; of the same kind of protocol.
std::set<StatementId> Desk::rivals_of(const Named& chosen) const {
  const auto rivals = [&](std::set<StatementId> in_conflict) {
    return in_conflict.erase(chosen.statement) > 0 ? in_conflict : std::set<StatementId>();
  };
  std::set<StatementId> claiming;
  for (const auto& body : projection().place(chosen.place)) {
    if (body.effect.state == node::State::kInConflict) claiming.insert(body.statement);
  }
  if (chosen.of_precinct) return rivals(std::move(claiming));
  for (const node::TerritorialPlace& place : projection().territorial().places()) {
    if (place.place != chosen.place) continue;
    claiming.clear();
    for (const auto& body : projection().territorial().bodies(place)) {
      if (body.state == node::TerritorialState::kInConflict) claiming.insert(body.statement);
    }
    if (auto found = rivals(claiming); !found.empty()) return found;
  }
  return {};
}

Result<std::string> Desk::settle(std::string_view rest) {
  const auto chosen = named(take_word(rest));
  if (!chosen) return std::unexpected(chosen.error());
  if (rest.empty()) return refuse("settle CODE reason: say why");
  const auto aside = rivals_of(*chosen);
  if (aside.empty()) return refuse(chosen->place.str() + ": it is not in conflict with another");
  v1::Body body;
  v1::Settlement& settlement = *body.mutable_settlement();
  set_place(*settlement.mutable_place(), chosen->place);
  settlement.set_chosen(chosen->statement.str());
  for (const StatementId& statement : aside) settlement.add_set_aside(statement.str());
  settlement.set_reason(std::string(rest));
  return keep(trust::Kind::kSettlement, body, *slice(chosen->place.contest),
              "settled " + chosen->place.str());
}

}  // namespace urna::daemon
