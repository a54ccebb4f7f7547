#include "common/daemon/record_text.h"

#include "common/daemon/terminal.h"

namespace urna::daemon {

namespace {

std::string place_text(const v1::Place& place) {
  return place.unit() + " " + place.contest() + "/" + std::to_string(place.round());
}

// What a body speaks of.
std::string subject_of(const v1::Body& body) {
  switch (body.kind_case()) {
    case v1::Body::kManifest: return "version " + std::to_string(body.manifest().version());
    case v1::Body::kRevocation: return "of a certificate of " + body.revocation().unit();
    case v1::Body::kProtocol:
      return place_text(body.protocol().place()) + " revision " +
             std::to_string(body.protocol().revision());
    case v1::Body::kConfirmation: return place_text(body.confirmation().place());
    case v1::Body::kReturn: return place_text(body.return_().place());
    case v1::Body::kApproval: return place_text(body.approval().place());
    case v1::Body::kSettlement: return place_text(body.settlement().place());
    case v1::Body::kAnnulment: return place_text(body.annulment().place());
    case v1::Body::kLot: return body.lot().contest() + "/" + std::to_string(body.lot().round());
    case v1::Body::kTurnout: return place_text(body.turnout().place());
    case v1::Body::kTerritorial: return place_text(body.territorial().place());
    default: return "";
  }
}

}  // namespace

std::string describe_record(const trust::OpenedRecord& record) {
  const bool definition = record.kind == trust::Kind::kManifest;
  return printable((definition ? "definition" : std::string(trust::kind_name(record.kind))) + " " +
                   subject_of(*record.body)) +
         ", statement " + record.statement.hex();
}

}  // namespace urna::daemon
