// The authority table: which role at which unit may sign which kind of statement about which units.
// Derived from LAW.md, "Contests: who does what" (resolution of 2010, annexes 2 and 4-9).
#pragma once

#include <span>
#include <string_view>

#include "common/model/definition.h"
#include "common/trust/certificate.h"
#include "common/trust/record.h"

namespace urna::trust {

// How the signer's unit must stand to the unit spoken of.
enum class Scope {
  kNone,               // never
  kOwnPrecinct,        // the signer's unit is the precinct itself
  kEnters,             // the commission that types in for precincts without computers
  kEntersInEmergency,  // powiat (powiat council, assembly); body marked as an emergency
  kConfirms,           // the commission that confirms this contest's precinct protocols
  kSupervises,         // any territorial commission at or above the confirming one
  kCollects,           // signs the collective protocol
  kDetermines,         // signs the final protocol
  kArea,               // the unit lies in the signer's area
  kNational,           // the national unit
};

struct AuthorityRow {
  Kind kind;
  Role role;
  Scope scope;
};

// The whole table; a pair (kind, role) that is not in it may not sign.
std::span<const AuthorityRow> authority_table();

// May the holder of `subject` sign `body`, judged by `definition`? `slice` is the contest's slice
// for kinds that name a place or contest, nullptr for the others. False also when the body's own
// words do not fit: a place that is none of the slice's, a contest that is not the slice's, an
// origin that is not the signer's. A decision (return, settlement, …) may name a precinct's place
// or a commission's own; a commission's is decided on by those above it.
//
// A commissioner's unit is one of kind COMMISSIONER in the table of units. A revocation names the
// unit of the certificate it ends; a precinct lies where the name before its last hyphen says
// ("146502-711" in 146502). That the certificate really is of that unit is for the caller to check,
// who has it at hand: only then may the revocation take effect.
bool may_sign(const Subject& subject, Kind kind, const v1::Body& body,
              const model::Definition& definition, const model::Slice* slice);

// The unit whose commission confirms the protocols of `precinct` in this contest; kNoUnit when the
// tree has none.
model::UnitIndex confirming_unit(const model::Units& units, v1::ContestKind kind,
                                 model::UnitIndex parent_of_precinct);

}  // namespace urna::trust
