// Whether a protocol may stand beside what the journal already has of its place: told before it is
// signed, because a signed one cannot be taken back.
#pragma once

#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "precinct/session.h"
#include "urna/v1/protocol.pb.h"

namespace urna::precinct {

struct References {
  std::string error;               // it must not be signed, and what to do; empty: nothing is wrong
  std::vector<std::string> notes;  // it may be, but will not count yet
};

// `statement` is the protocol's own; `bodies` all of its place. A further signature on a body that
// is here is always right. An error for:
//   - a revision without a predecessor, or a predecessor without a revision;
//   - a first protocol where another one stands (both would be in conflict, and neither would
//     count) or was returned (a correction names what it corrects);
//   - a revision that names none of the bodies here, does not follow it by one, follows one that
//     was annulled, or would stand beside another.
References check_references(const v1::Protocol& protocol, const StatementId& statement,
                            const std::vector<Session::PlaceStatus>& bodies);

// The body a correction would supersede: the newest that was not annulled and has no successor;
// nullptr when there is none.
const Session::PlaceStatus* newest(const std::vector<Session::PlaceStatus>& bodies);

// "revision 1, statement 4f…: effective, in the centre's log"
std::string describe(const Session::PlaceStatus& body);

}  // namespace urna::precinct
