#include "common/model/place.h"

#include "urna/v1/body.pb.h"

namespace urna::model {

const v1::Place* place_in(const v1::Body& body) {
  switch (body.kind_case()) {
    case v1::Body::kProtocol: return &body.protocol().place();
    case v1::Body::kConfirmation: return &body.confirmation().place();
    case v1::Body::kReturn: return &body.return_().place();
    case v1::Body::kApproval: return &body.approval().place();
    case v1::Body::kSettlement: return &body.settlement().place();
    case v1::Body::kAnnulment: return &body.annulment().place();
    case v1::Body::kTurnout: return &body.turnout().place();
    case v1::Body::kTerritorial: return &body.territorial().place();
    case v1::Body::kManifest:
    case v1::Body::kRevocation:
    case v1::Body::kLot:
    case v1::Body::KIND_NOT_SET: break;
  }
  return nullptr;
}

std::optional<PlaceId> parse_place(const v1::Place& place) {
  const auto unit = UnitId::parse(place.unit());
  const auto contest = ContestId::parse(place.contest());
  if (!unit || !contest || place.round() < 1 || place.round() > 2) return std::nullopt;
  return PlaceId{*unit, {*contest, place.round()}};
}

}  // namespace urna::model
