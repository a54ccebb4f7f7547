#include "tests/sim/papers.h"

#include <algorithm>

#include "common/model/control_code.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"

namespace urna::sim {

namespace {

void set_place(v1::Place& to, const model::PlaceId& place) {
  to.set_unit(place.unit.str());
  to.set_contest(place.contest.contest.str());
  to.set_round(place.contest.round);
}

}  // namespace

// Obeys every rule of LAW.md except the one the flaw asks for.
std::map<std::string, std::uint32_t> Papers::figures(Flaw flaw) {
  const auto draw = [&](std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint32_t>(random_.between(low, high));
  };
  std::map<std::string, std::uint32_t> at;
  const std::uint32_t eligible = draw(500, 2'000);
  const std::uint32_t foreign = draw(0, 9);
  const std::uint32_t issued = draw(50, eligible / 2);
  const bool one_more = flaw == Flaw::kBlockingWarning;
  std::uint32_t invalid = draw(0, 20);
  if (even_) invalid = (invalid & ~1u) + (issued + (one_more ? 1 : 0)) % 2;
  at["p1"] = eligible;
  at["p1b"] = foreign;
  at["p1a"] = eligible - foreign;
  at["p2"] = eligible;
  at["p3"] = eligible - issued;
  at["p4"] = issued;
  at["p4b"] = foreign / 2;
  at["p4a"] = issued - foreign / 2;
  // One ballot more in the box than were issued: B3.
  at["p8"] = at["p10"] = issued + (one_more ? 1 : 0);
  at["p11"] = invalid;
  at["p12"] = at["p10"] - invalid;
  at["votes"] = at["p12"];
  if (flaw == Flaw::kError) ++at["p12"];  // E3 and E4
  return at;
}

Paper Papers::protocol(const model::PlaceId& place, const DefinitionVersion& version,
                       const Paper* before, Flaw flaw, v1::EntryOrigin origin) {
  Paper paper;
  paper.place = place;
  paper.flaw = flaw;
  paper.revision = before == nullptr ? 1 : before->revision + 1;
  const Digest digest = version.slices.at(place.contest);
  const model::Slice& slice = nation_.slice(digest);
  v1::Protocol& protocol = *paper.body.mutable_protocol();
  set_place(*protocol.mutable_place(), place);
  protocol.set_revision(paper.revision);
  if (before != nullptr) protocol.set_supersedes(before->statement.str());
  protocol.set_slice(digest.str());
  protocol.set_origin(origin);
  auto at = figures(flaw);
  for (const v1::FormPoint& point : slice.form().points()) {
    protocol.add_points(model::cell_of(at[point.code()]));
  }
  std::uint32_t left = at["votes"];
  const auto& options = slice.data().options();
  for (int i = 0; i < options.size(); ++i) {
    std::uint32_t votes =
        i + 1 == options.size() ? left : static_cast<std::uint32_t>(random_.between(0, left));
    if (even_) votes &= ~1u;
    const auto first = even_ ? votes / 2 : static_cast<std::uint32_t>(random_.between(0, votes));
    left -= votes;
    for (const std::uint32_t figure : {votes, first, votes - first}) {
      protocol.add_votes(model::cell_of(figure));
    }
  }
  paper.statement = trust::statement_of(model::serialise(paper.body));
  if (flaw == Flaw::kBlockingWarning) blocking_[paper.statement] = {"B3"};
  return paper;
}

const std::vector<std::string>& Papers::blocking(const StatementId& statement) const {
  static const std::vector<std::string> kNothing;
  const auto found = blocking_.find(statement);
  return found == blocking_.end() ? kNothing : found->second;
}

v1::Body Papers::confirmation(const Paper& paper) {
  v1::Body body;
  set_place(*body.mutable_confirmation()->mutable_place(), paper.place);
  body.mutable_confirmation()->set_statement(paper.statement.str());
  body.mutable_confirmation()->set_control_code(model::ControlCode::of(paper.statement).digits());
  return body;
}

v1::Body Papers::return_of(const Paper& paper) {
  v1::Body body;
  set_place(*body.mutable_return_()->mutable_place(), paper.place);
  body.mutable_return_()->set_statement(paper.statement.str());
  return body;
}

v1::Body Papers::annulment(const Paper& paper) {
  v1::Body body;
  set_place(*body.mutable_annulment()->mutable_place(), paper.place);
  body.mutable_annulment()->set_statement(paper.statement.str());
  return body;
}

v1::Body Papers::approval(const Paper& paper, const std::vector<std::string>& codes) {
  v1::Body body;
  set_place(*body.mutable_approval()->mutable_place(), paper.place);
  body.mutable_approval()->set_statement(paper.statement.str());
  for (const std::string& code : codes) body.mutable_approval()->add_codes(code);
  return body;
}

v1::Body Papers::settlement(const Paper& chosen, const std::vector<StatementId>& aside) {
  v1::Body body;
  v1::Settlement& settlement = *body.mutable_settlement();
  set_place(*settlement.mutable_place(), chosen.place);
  settlement.set_chosen(chosen.statement.str());
  std::vector<StatementId> sorted = aside;
  std::ranges::sort(sorted);
  for (const StatementId& one : sorted) settlement.add_set_aside(one.str());
  return body;
}

v1::Body Papers::turnout(const model::PlaceId& place, const DefinitionVersion& version,
                         std::uint32_t at_min, std::uint32_t issued) {
  v1::Body body;
  v1::TurnoutReport& report = *body.mutable_turnout();
  set_place(*report.mutable_place(), place);
  report.set_at_min(at_min);
  report.set_eligible(2'000);
  report.set_issued(issued);
  report.set_slice(version.slices.at(place.contest).str());
  return body;
}

v1::Body Papers::revocation(const Licence& licence) {
  v1::Body body;
  body.mutable_revocation()->set_key_id(licence.certificate->id.str());
  body.mutable_revocation()->set_unit(licence.certificate->subject.unit.str());
  return body;
}

}  // namespace urna::sim
