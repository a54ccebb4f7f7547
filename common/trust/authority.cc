#include "common/trust/authority.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/trust/competence.h"

namespace urna::trust {

namespace {

using model::kNoUnit;
using model::UnitIndex;
using model::Units;

// Resolution of 2010: annex 2 (commissioner, plenipotentiaries), 4-7 (territorial commissions),
// 9 (precinct commissions).
constexpr auto kTable = std::to_array<AuthorityRow>({
    {Kind::kManifest, Role::kNationalCommission, Scope::kNational},
    {Kind::kRevocation, Role::kNationalCommission, Scope::kNational},
    {Kind::kRevocation, Role::kCommissionerPlenipotentiary, Scope::kArea},
    {Kind::kProtocol, Role::kChair, Scope::kOwnPrecinct},
    {Kind::kProtocol, Role::kPlenipotentiary, Scope::kEnters},
    {Kind::kProtocol, Role::kPlenipotentiary, Scope::kEntersInEmergency},
    {Kind::kProtocol, Role::kCommissionerPlenipotentiary, Scope::kArea},
    {Kind::kConfirmation, Role::kPlenipotentiary, Scope::kConfirms},
    {Kind::kConfirmation, Role::kCommissionerPlenipotentiary, Scope::kArea},
    {Kind::kReturn, Role::kPlenipotentiary, Scope::kSupervises},
    {Kind::kReturn, Role::kCommissioner, Scope::kArea},
    {Kind::kReturn, Role::kNationalCommission, Scope::kNational},
    {Kind::kApproval, Role::kPlenipotentiary, Scope::kConfirms},
    {Kind::kApproval, Role::kCommissioner, Scope::kArea},
    {Kind::kSettlement, Role::kPlenipotentiary, Scope::kSupervises},
    {Kind::kSettlement, Role::kCommissioner, Scope::kArea},
    {Kind::kSettlement, Role::kNationalCommission, Scope::kNational},
    {Kind::kAnnulment, Role::kCommissioner, Scope::kArea},
    {Kind::kAnnulment, Role::kNationalCommission, Scope::kNational},
    {Kind::kLot, Role::kPlenipotentiary, Scope::kDetermines},
    {Kind::kTurnout, Role::kChair, Scope::kOwnPrecinct},
    {Kind::kTurnout, Role::kPrecinctOperator, Scope::kOwnPrecinct},
    {Kind::kTurnout, Role::kPlenipotentiary, Scope::kEnters},
    {Kind::kTerritorial, Role::kPlenipotentiary, Scope::kDetermines},
    {Kind::kTerritorial, Role::kPlenipotentiary, Scope::kCollects},
    {Kind::kTerritorial, Role::kCommissionerPlenipotentiary, Scope::kArea},
});

// What a body speaks of, as far as authority goes.
struct Matter {
  const Units& units;
  const model::Slice* slice;
  const Competence* competence;
  // The unit spoken of by name: a precinct's or a commission's. Empty for a manifest and a lot.
  std::string unit;
  bool precinct = false;
  // Where it lies in the table of units: the precinct's parent, or the commission itself.
  UnitIndex lies_in = kNoUnit;
};

UnitIndex find(const Units& units, std::string_view id) {
  const auto parsed = model::UnitId::parse(id);
  return parsed ? units.find(*parsed) : kNoUnit;
}

bool is_commission(const Units& units, UnitIndex unit) {
  return unit != kNoUnit && units.at(unit).kind != v1::UNIT_KIND_NATIONAL &&
         units.at(unit).kind != v1::UNIT_KIND_COMMISSIONER;
}

bool collects(const Matter& matter, UnitIndex unit) {
  const auto& precincts = matter.slice->data().precincts();
  return std::ranges::any_of(precincts, [&](const v1::Precinct& precinct) {
    const UnitIndex parent = find(matter.units, precinct.parent());
    return first_above(matter.units, parent, matter.competence->collects) == unit;
  });
}

bool determines(const Matter& matter, UnitIndex unit) {
  return unit == matter.units.find(matter.slice->area()) && unit != kNoUnit &&
         is_one_of(matter.units.at(unit).kind, matter.competence->determines);
}

// The contest is the slice's, and its kind one the tables know.
bool about_slice(Matter& matter, std::string_view contest, std::uint32_t round) {
  if (matter.slice == nullptr || matter.slice->key().round != round) return false;
  if (matter.slice->key().contest.str() != contest) return false;
  matter.competence = competence_for(matter.slice->kind());
  return matter.competence != nullptr;
}

bool about_precinct(Matter& matter, const v1::Place& place) {
  if (!about_slice(matter, place.contest(), place.round())) return false;
  const auto unit = model::UnitId::parse(place.unit());
  const v1::Precinct* precinct = unit ? matter.slice->precinct(*unit) : nullptr;
  if (precinct == nullptr) return false;
  matter.unit = place.unit();
  matter.precinct = true;
  matter.lies_in = find(matter.units, precinct->parent());
  return matter.lies_in != kNoUnit;
}

bool about_commission(Matter& matter, const v1::Place& place) {
  if (!about_slice(matter, place.contest(), place.round())) return false;
  const UnitIndex unit = find(matter.units, place.unit());
  if (unit == kNoUnit || !(determines(matter, unit) || collects(matter, unit))) return false;
  matter.unit = place.unit();
  matter.lies_in = unit;
  return true;
}

// Each kind of protocol is of a commission that makes it, whoever types it in.
bool about_territorial(Matter& matter, const v1::TerritorialProtocol& protocol) {
  if (!about_commission(matter, protocol.place())) return false;
  const UnitIndex unit = find(matter.units, matter.unit);
  return protocol.kind() == v1::TerritorialProtocol::KIND_COLLECTIVE ? collects(matter, unit)
                                                                     : determines(matter, unit);
}

// A decision speaks of a precinct's protocol or of a commission's.
bool about_place(Matter& matter, const v1::Place& place) {
  return about_precinct(matter, place) || about_commission(matter, place);
}

bool about_revoked(Matter& matter, const std::string& unit) {
  matter.unit = unit;
  matter.lies_in = find(matter.units, unit);
  const std::size_t hyphen = unit.rfind('-');
  if (matter.lies_in == kNoUnit && hyphen != std::string::npos) {
    matter.precinct = true;
    matter.lies_in = find(matter.units, std::string_view(unit).substr(0, hyphen));
  }
  return true;  // the national commission may revoke what no table names
}

bool read_matter(Matter& matter, Kind kind, const v1::Body& body,
                 const model::Definition& definition) {
  switch (kind) {
    case Kind::kManifest: return body.manifest().election() == definition.election().str();
    case Kind::kRevocation: return about_revoked(matter, body.revocation().unit());
    case Kind::kProtocol: return about_precinct(matter, body.protocol().place());
    case Kind::kConfirmation: return about_place(matter, body.confirmation().place());
    case Kind::kReturn: return about_place(matter, body.return_().place());
    case Kind::kApproval: return about_place(matter, body.approval().place());
    case Kind::kSettlement: return about_place(matter, body.settlement().place());
    case Kind::kAnnulment: return about_place(matter, body.annulment().place());
    case Kind::kLot: return about_slice(matter, body.lot().contest(), body.lot().round());
    case Kind::kTurnout: return about_precinct(matter, body.turnout().place());
    case Kind::kTerritorial: return about_territorial(matter, body.territorial());
  }
  return false;
}

bool supervises(const Matter& matter, UnitIndex signer) {
  if (!is_commission(matter.units, signer)) return false;
  // Of a precinct's protocol: the confirming commission and those above. Of a commission's own:
  // those above it only.
  UnitIndex at = matter.precinct
                     ? first_above(matter.units, matter.lies_in, matter.competence->confirms)
                     : matter.units.at(matter.lies_in).parent;
  while (at != kNoUnit && at != signer) at = matter.units.at(at).parent;
  return at == signer;
}

bool in_area(const Matter& matter, UnitIndex signer) {
  return signer != kNoUnit && matter.units.at(signer).kind == v1::UNIT_KIND_COMMISSIONER &&
         matter.units.lies_under(matter.lies_in, signer);
}

bool scope_holds(Scope scope, const Matter& matter, const Subject& subject) {
  const UnitIndex signer = matter.units.find(subject.unit);
  const auto first_is_signer = [&](const std::vector<v1::UnitKind>& kinds) {
    return signer != kNoUnit && matter.precinct &&
           first_above(matter.units, matter.lies_in, kinds) == signer;
  };
  switch (scope) {
    case Scope::kNone: return false;
    case Scope::kOwnPrecinct: return matter.precinct && subject.unit.str() == matter.unit;
    case Scope::kEnters: return first_is_signer(matter.competence->enters);
    case Scope::kEntersInEmergency: return first_is_signer(matter.competence->enters_in_emergency);
    case Scope::kConfirms: return first_is_signer(matter.competence->confirms);
    case Scope::kSupervises: return supervises(matter, signer);
    case Scope::kCollects: return subject.unit.str() == matter.unit && collects(matter, signer);
    case Scope::kDetermines:
      return (matter.unit.empty() || subject.unit.str() == matter.unit) &&
             determines(matter, signer);
    case Scope::kArea: return in_area(matter, signer);
    case Scope::kNational:
      return signer != kNoUnit && matter.units.at(signer).kind == v1::UNIT_KIND_NATIONAL;
  }
  return false;
}

// Who typed a protocol in stands in its body, and must be who signs.
std::optional<v1::EntryOrigin> origin_of(Scope scope) {
  switch (scope) {
    case Scope::kOwnPrecinct: return v1::ENTRY_ORIGIN_UNSPECIFIED;
    case Scope::kEnters: return v1::ENTRY_ORIGIN_TERRITORIAL;
    case Scope::kEntersInEmergency:
    case Scope::kArea: return v1::ENTRY_ORIGIN_EMERGENCY;
    default: return std::nullopt;
  }
}

bool body_fits(Kind kind, Scope scope, const v1::Body& body) {
  if (kind == Kind::kProtocol) return origin_of(scope) == body.protocol().origin();
  if (kind != Kind::kTerritorial) return true;
  switch (body.territorial().kind()) {
    case v1::TerritorialProtocol::KIND_COLLECTIVE: return scope != Scope::kDetermines;
    case v1::TerritorialProtocol::KIND_DISTRICT_TABULATION:
    case v1::TerritorialProtocol::KIND_FINAL: return scope != Scope::kCollects;
    default: return false;
  }
}

}  // namespace

std::span<const AuthorityRow> authority_table() { return kTable; }

bool may_sign(const Subject& subject, Kind kind, const v1::Body& body,
              const model::Definition& definition, const model::Slice* slice) {
  if (subject.election != definition.election()) return false;
  if (static_cast<int>(body.kind_case()) != static_cast<int>(kind)) return false;
  Matter matter{.units = definition.units(), .slice = slice, .competence = nullptr, .unit = {}};
  if (!read_matter(matter, kind, body, definition)) return false;
  return std::ranges::any_of(kTable, [&](const AuthorityRow& row) {
    return row.kind == kind && row.role == subject.role && body_fits(kind, row.scope, body) &&
           scope_holds(row.scope, matter, subject);
  });
}

UnitIndex confirming_unit(const Units& units, v1::ContestKind kind, UnitIndex parent_of_precinct) {
  const Competence* competence = competence_for(kind);
  return competence == nullptr ? kNoUnit
                               : first_above(units, parent_of_precinct, competence->confirms);
}

}  // namespace urna::trust
