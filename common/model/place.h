// The place, a precinct or commission and a contest's round, that a body speaks of.
#pragma once

#include <optional>

#include "common/model/ids.h"

namespace urna::v1 {
class Body;
class Place;
}  // namespace urna::v1

namespace urna::model {

// nullptr for the kinds that name none: definitions, revocations and lots.
const v1::Place* place_in(const v1::Body& body);

// nullopt when a name in it is not valid or the round is 0 or above 2.
std::optional<PlaceId> parse_place(const v1::Place& place);

}  // namespace urna::model
