// What a set of admitted records means for one place: a pure function of the set. DESIGN §3.
//
// The states are drawn in docs/effects.md; the rules in short, in the order they are applied:
//   annulled     an annulment names the body
//   returned     a return names it; or nobody confirmed it and every licence that signed it is
//                revoked, or the definition in force has another slice for the contest
//   superseded   returned, and a later revision of it stands; or set aside by a settlement
//   waiting      its predecessor is not here, not returned, or its number is not the predecessor's
//   + 1 in conflict  several bodies would count and settlements and confirmations do not name
//   exactly
//                one of them; or two settlements of one rank disagree about it
//   awaiting approval   it would count, but a blocking warning is not approved
//   effective    it counts
// At most one body of a place counts, whatever the set.
//
// Taking away stands, granting falls: a return or annulment stays when the licence that signed it
// is revoked; a confirmation, approval or settlement does not.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/model/definition.h"

namespace urna::node {

enum class State {
  kEffective,
  kAwaitingApproval,
  kWaiting,
  kInConflict,
  kSuperseded,
  kReturned,
  kAnnulled,
};
inline constexpr State kAllStates[] = {
    State::kEffective,  State::kAwaitingApproval, State::kWaiting, State::kInConflict,
    State::kSuperseded, State::kReturned,         State::kAnnulled};
std::string_view state_name(State state);  // "awaiting_approval"
// In the received tally.
constexpr bool counts(State state) {
  return state == State::kEffective || state == State::kAwaitingApproval;
}

// Who signed a statement.
struct Signature {
  RecordId record;
  KeyId key;
};

// One protocol body of the place.
struct ProtocolBody {
  StatementId statement;
  std::uint32_t revision = 1;
  std::optional<StatementId> supersedes;
  Digest slice;
  std::vector<model::Cell> points;
  std::vector<model::Cell> votes;
  std::vector<std::string> blocking;  // codes of blocking warnings found, ascending
  std::vector<std::string> warnings;  // codes of the other warnings found, ascending
  std::vector<Signature> signatures;
};

// Confirmation, return or annulment of one statement.
struct Decision {
  StatementId statement;
  Signature by;
};

struct ApprovalOf {
  StatementId statement;
  std::vector<std::string> codes;
  Signature by;
};

struct SettlementOf {
  StatementId chosen;
  std::vector<StatementId> set_aside;
  int depth = 0;  // of the deciding unit; smaller is higher
  Signature by;
};

// Everything admitted about one place, in any order.
struct PlaceRecords {
  std::vector<ProtocolBody> bodies;
  std::vector<Decision> confirmations;
  std::vector<Decision> returns;
  std::vector<Decision> annulments;
  std::vector<ApprovalOf> approvals;
  std::vector<SettlementOf> settlements;
};

// What the rest of the set says.
struct EffectContext {
  std::function<bool(const KeyId&)> revoked;
  // The slice the definition in force names for the contest; nullopt when it has no such contest.
  std::optional<Digest> slice_in_force;
};

struct Effect {
  State state = State::kWaiting;
  // By a confirmation that stands.
  bool confirmed = false;
  // Why, for a person; empty when effective.
  std::string_view reason;
  // Confirmed, though every licence that signed it is revoked or its slice has changed: listed for
  // decision.
  bool needs_decision = false;
  bool operator==(const Effect&) const = default;
};

// One effect per body, in the order of `records.bodies`. The order of nothing in `records` matters.
std::vector<Effect> effects_of(const PlaceRecords& records, const EffectContext& context);

}  // namespace urna::node
