#include "common/node/admission.h"

#include <algorithm>
#include <set>

#include "common/model/control_code.h"
#include "common/model/place.h"
#include "common/trust/authority.h"

namespace urna::node {

namespace {

using trust::Kind;
using trust::RefusalCode;

NotAdmissible refuse(RefusalCode code, std::string detail) { return {code, std::move(detail), {}}; }

Deferred defer_for(std::string_view digest) { return {{*Digest::from_bytes(digest)}}; }

bool is_statement(const std::string& bytes) { return bytes.size() == 32; }

// The slice a body names itself; empty for decisions, which are judged by the manifest's.
const std::string* slice_in(const v1::Body& body) {
  switch (body.kind_case()) {
    case v1::Body::kProtocol: return &body.protocol().slice();
    case v1::Body::kTurnout: return &body.turnout().slice();
    case v1::Body::kTerritorial: return &body.territorial().slice();
    default: return nullptr;
  }
}

bool ascending_statements(const google::protobuf::RepeatedPtrField<std::string>& ids) {
  for (int i = 0; i < ids.size(); ++i) {
    if (!is_statement(ids[i]) || (i > 0 && !(ids[i - 1] < ids[i]))) return false;
  }
  return true;
}

// Somebody was drawn, and nobody twice.
bool winners_hold(const v1::Lot& lot) {
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  for (const v1::LotWinner& winner : lot.winners()) {
    if (!seen.emplace(winner.option(), winner.candidate()).second) return false;
  }
  return !seen.empty();
}

// A later number could have no successor.
constexpr std::uint32_t kRevisionMax = 10'000;

// Statements a decision names, as far as they can be judged from its own bytes.
bool references_hold(const v1::Body& body) {
  switch (body.kind_case()) {
    case v1::Body::kConfirmation: return is_statement(body.confirmation().statement());
    case v1::Body::kReturn: return is_statement(body.return_().statement());
    case v1::Body::kApproval: return is_statement(body.approval().statement());
    case v1::Body::kAnnulment: return is_statement(body.annulment().statement());
    case v1::Body::kSettlement: {
      const v1::Settlement& settlement = body.settlement();
      if (!is_statement(settlement.chosen()) || !ascending_statements(settlement.set_aside())) {
        return false;
      }
      for (const std::string& id : settlement.set_aside()) {
        if (id == settlement.chosen()) return false;
      }
      return true;
    }
    case v1::Body::kLot: return is_statement(body.lot().context()) && winners_hold(body.lot());
    case v1::Body::kTerritorial: return ascending_statements(body.territorial().inputs());
    default: return true;
  }
}

Verdict judge_manifest(trust::OpenedRecord record, DefinitionBook& book) {
  const v1::Manifest& manifest = record.body->manifest();
  if (!record.header->manifest().empty()) {
    return refuse(RefusalCode::kMalformed, "a manifest is not signed under a manifest");
  }
  if (manifest.election() != book.election().str()) {
    return refuse(RefusalCode::kWrongElection, "manifest of election " + manifest.election());
  }
  if (!is_statement(manifest.units())) {
    return refuse(RefusalCode::kMalformed, "manifest: units must be a digest");
  }
  auto definition = book.read_manifest(record.statement, manifest);
  if (!definition) {
    if (definition.error().code == ErrorCode::kNotFound) return defer_for(manifest.units());
    return refuse(RefusalCode::kMalformed, definition.error().message);
  }
  if (!trust::may_sign(record.certificate->subject, record.kind, *record.body, **definition,
                       nullptr)) {
    return refuse(RefusalCode::kNotAuthorised,
                  std::string(trust::role_name(record.certificate->subject.role)) + " at " +
                      record.certificate->subject.unit.str() + " may not sign a definition");
  }
  Admissible admissible;
  admissible.record = std::move(record);
  admissible.definition = std::move(*definition);
  return admissible;
}

std::optional<NotAdmissible> check_protocol(const v1::Protocol& protocol, const LoadedSlice& loaded,
                                            const model::UnitId& precinct,
                                            std::vector<validation::Finding>& findings) {
  if ((protocol.revision() == 1) != protocol.supersedes().empty() || protocol.revision() == 0 ||
      protocol.revision() > kRevisionMax ||
      (!protocol.supersedes().empty() && !is_statement(protocol.supersedes()))) {
    return refuse(RefusalCode::kBadReference,
                  "revision 1 supersedes nothing, a later one names its predecessor");
  }
  if (auto shape = validation::check_shape(*loaded.slice, protocol); !shape) {
    return refuse(RefusalCode::kMalformed, shape.error().message);
  }
  findings = validation::check(loaded.form, protocol, precinct, validation::Completeness::kFinal);
  std::vector<validation::Finding> errors;
  for (const validation::Finding& finding : findings) {
    if (finding.severity == v1::SEVERITY_ERROR) errors.push_back(finding);
  }
  if (!errors.empty()) {
    return NotAdmissible{RefusalCode::kChecksFailed, "the figures break rules of the form",
                         std::move(errors)};
  }
  auto unexplained = validation::unexplained_warnings(findings, protocol);
  if (!unexplained.empty()) {
    return NotAdmissible{RefusalCode::kUnexplainedWarning,
                         "warnings need the commission's explanation in the protocol",
                         std::move(unexplained)};
  }
  return std::nullopt;
}

// The code typed or scanned from the paper is the one of the statement confirmed.
std::optional<NotAdmissible> check_control_code(const v1::Confirmation& confirmation) {
  const auto expected =
      model::ControlCode::of(*StatementId::from_bytes(confirmation.statement())).digits();
  if (confirmation.control_code() == expected) return std::nullopt;
  return refuse(RefusalCode::kBadControlCode,
                "the control code is not that of the protocol confirmed");
}

int depth_of_signer(const trust::OpenedRecord& record, const model::Definition& definition) {
  const model::UnitIndex unit = definition.units().find(record.certificate->subject.unit);
  // A precinct stands below every unit of the table.
  return unit == model::kNoUnit ? 1'000 : definition.units().depth(unit);
}

// A precinct of the slice that lies in a unit of the definition's tree.
bool is_place(const model::PlaceId& place, const model::Slice& slice,
              const model::Definition& definition) {
  const v1::Precinct* precinct = slice.precinct(place.unit);
  if (precinct == nullptr) return false;
  const auto parent = model::UnitId::parse(precinct->parent());
  return parent && definition.units().find(*parent) != model::kNoUnit;
}

// Statements that a commission makes, or that may be about a commission's own protocol.
bool may_be_of_commission(Kind kind) {
  return kind == Kind::kTerritorial || kind == Kind::kReturn || kind == Kind::kSettlement ||
         kind == Kind::kAnnulment;
}

// The figures of a territorial protocol have its contest's shape; a council's final protocol has no
// votes of its own.
std::optional<NotAdmissible> check_territorial(const v1::TerritorialProtocol& protocol,
                                               const model::Slice& slice) {
  if ((protocol.revision() == 1) != protocol.supersedes().empty() || protocol.revision() == 0 ||
      protocol.revision() > kRevisionMax ||
      (!protocol.supersedes().empty() && !is_statement(protocol.supersedes()))) {
    return refuse(RefusalCode::kBadReference,
                  "revision 1 supersedes nothing, a later one names its predecessor");
  }
  const bool of_council = protocol.kind() == v1::TerritorialProtocol::KIND_FINAL &&
                          slice.kind() != v1::CONTEST_KIND_MAYOR;
  const auto points = static_cast<std::size_t>(protocol.points_size());
  const auto votes = static_cast<std::size_t>(protocol.votes_size());
  if (votes != (of_council ? 0 : slice.vote_cells()) ||
      (points != slice.point_cells() && !(of_council && points == 0))) {
    return refuse(RefusalCode::kMalformed, "not as many figures as its contest has");
  }
  if (protocol.kind() != v1::TerritorialProtocol::KIND_FINAL && protocol.outcomes_size() > 0) {
    return refuse(RefusalCode::kMalformed, "only a final protocol says who is elected");
  }
  return std::nullopt;
}

Verdict judge_in_contest(trust::OpenedRecord record, const model::Definition& definition,
                         DefinitionBook& book) {
  const v1::Body& body = *record.body;
  Admissible admissible;
  model::ContestRound key;
  if (const v1::Place* place = model::place_in(body)) {
    admissible.place = model::parse_place(*place);
    if (!admissible.place) return refuse(RefusalCode::kMalformed, "the place is not a valid one");
    key = admissible.place->contest;
  } else {
    const auto contest = model::ContestId::parse(body.lot().contest());
    if (!contest) return refuse(RefusalCode::kMalformed, "the contest is not a valid name");
    key = {*contest, body.lot().round()};
  }
  const Digest* digest = definition.slice(key);
  if (digest == nullptr) {
    return refuse(RefusalCode::kUnknownContest, key.contest.str() + " is not in definition " +
                                                    std::to_string(definition.version()));
  }
  if (const std::string* named = slice_in(body); named != nullptr && *named != digest->view()) {
    return refuse(RefusalCode::kWrongSlice, "not the slice its definition names for this contest");
  }
  if (!references_hold(body)) {
    return refuse(RefusalCode::kBadReference,
                  "a statement named is not a statement id, or out of order");
  }
  const auto loaded = book.slice(*digest);
  if (!loaded) {
    if (loaded.error().code == ErrorCode::kNotFound) return Deferred{book.missing_of(*digest)};
    return refuse(RefusalCode::kWrongSlice, loaded.error().message);
  }
  const model::Slice& slice = *(*loaded)->slice;
  if (slice.key() != key) {
    return refuse(RefusalCode::kWrongSlice, "the slice is of another contest");
  }
  if (!definition.group(key).empty() && definition.group(key) != slice.data().group()) {
    return refuse(RefusalCode::kWrongSlice,
                  "the slice is of another group than its definition says");
  }
  admissible.of_precinct = admissible.place && is_place(*admissible.place, slice, definition);
  if (admissible.place && !admissible.of_precinct &&
      !(may_be_of_commission(record.kind) &&
        definition.units().find(admissible.place->unit) != model::kNoUnit)) {
    return refuse(RefusalCode::kUnknownPlace,
                  admissible.place->str() + " is no place of this contest");
  }
  if (!trust::may_sign(record.certificate->subject, record.kind, body, definition, &slice)) {
    return refuse(RefusalCode::kNotAuthorised,
                  std::string(trust::role_name(record.certificate->subject.role)) + " at " +
                      record.certificate->subject.unit.str() + " may not sign this " +
                      std::string(trust::kind_name(record.kind)));
  }
  if (record.kind == Kind::kConfirmation) {
    if (auto refusal = check_control_code(body.confirmation())) return std::move(*refusal);
  }
  if (record.kind == Kind::kTerritorial) {
    if (auto refusal = check_territorial(body.territorial(), slice)) return std::move(*refusal);
  }
  if (record.kind == Kind::kProtocol) {
    auto refusal =
        check_protocol(body.protocol(), **loaded, admissible.place->unit, admissible.findings);
    if (refusal) return std::move(*refusal);
  }
  admissible.slice = (*loaded)->slice;
  admissible.signer_depth = depth_of_signer(record, definition);
  admissible.record = std::move(record);
  return admissible;
}

}  // namespace

ManifestChoice::Signer signer_of(const trust::OpenedRecord& record) {
  return {record.certificate->id, record.certificate->subject.unit.str()};
}

std::optional<model::UnitId> unit_spoken_of(const Admissible& admissible) {
  if (admissible.place) return admissible.place->unit;
  if (admissible.record.kind == trust::Kind::kLot) return admissible.slice->area();
  return std::nullopt;
}

Verdict judge(trust::OpenedRecord record, DefinitionBook& book) {
  if (record.header->election() != book.election().str()) {
    return refuse(RefusalCode::kWrongElection, "record of election " + record.header->election());
  }
  if (record.kind == Kind::kManifest) return judge_manifest(std::move(record), book);
  const auto manifest = StatementId::from_bytes(record.header->manifest());
  if (!manifest) return refuse(RefusalCode::kMalformed, "the header names no manifest");
  const auto definition = book.find(*manifest);
  if (definition == nullptr) return defer_for(record.header->manifest());
  if (record.kind != Kind::kRevocation) {
    return judge_in_contest(std::move(record), *definition, book);
  }
  const v1::Revocation& revocation = record.body->revocation();
  if (revocation.key_id().size() != 32 || !model::UnitId::parse(revocation.unit())) {
    return refuse(RefusalCode::kMalformed, "a revocation names a key id and a unit");
  }
  if (!trust::may_sign(record.certificate->subject, record.kind, *record.body, *definition,
                       nullptr)) {
    return refuse(RefusalCode::kNotAuthorised,
                  "may not revoke certificates of " + revocation.unit());
  }
  Admissible admissible;
  admissible.signer_depth = depth_of_signer(record, *definition);
  admissible.record = std::move(record);
  return admissible;
}

}  // namespace urna::node
