#include "central/ca/fitness.h"

#include <algorithm>

#include "common/model/units.h"
#include "common/trust/competence.h"
#include "common/trust/sha256.h"

namespace urna::ca {

namespace {

using trust::Role;

// Sets of kinds, as bits.
enum Kinds : unsigned {
  kNational = 1,
  kTerritorial = 2,  // a commission: voivodeship, powiat, city, gmina, district
  kGmina = 4,        // of these gmina, city and district
  kPrecinct = 8,
  kCommissioner = 16,
  kAny = 31,
};

unsigned held_at(Role role) {
  switch (role) {
    case Role::kNationalCommission:
    case Role::kCentralNode: return kNational;
    case Role::kCommissioner:
    case Role::kCommissionerPlenipotentiary:
    case Role::kCommissionerCoordinator: return kCommissioner;
    case Role::kPlenipotentiary:
    case Role::kOperator:
    case Role::kTerritorialNode: return kTerritorial;
    case Role::kGminaCoordinator: return kGmina;
    case Role::kPrecinctOperator:
    case Role::kChair:
    case Role::kPrecinctNode: return kPrecinct;
    default: return kAny;
  }
}

std::string_view words_for(unsigned kinds) {
  switch (kinds) {
    case kNational: return "the national unit";
    case kTerritorial:
      return "a territorial commission (voivodeship, powiat, city, gmina, district)";
    case kGmina: return "a gmina, city or district";
    case kPrecinct: return "a precinct, such as 140101-1";
    default: return "a commissioner's area";
  }
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; });
}

unsigned kinds_by_id(const model::UnitId& unit, const model::UnitId& root) {
  if (unit == root) return kNational;
  const std::string& id = unit.str();
  const std::size_t hyphen = id.find('-');
  if (is_digits(id)) return kTerritorial | kGmina;
  if (hyphen != id.npos && is_digits(id.substr(0, hyphen)) && is_digits(id.substr(hyphen + 1))) {
    return kPrecinct;
  }
  return kAny & ~kNational;
}

unsigned kinds_of(v1::UnitKind kind) {
  switch (kind) {
    case v1::UNIT_KIND_NATIONAL: return kNational;
    case v1::UNIT_KIND_COMMISSIONER: return kCommissioner;
    case v1::UNIT_KIND_GMINA:
    case v1::UNIT_KIND_CITY:
    case v1::UNIT_KIND_WARSAW_DISTRICT: return kTerritorial | kGmina;
    default: return kTerritorial;
  }
}

// 0: the definition has no such unit.
Result<unsigned> kinds_in(const node::OpenedDefinition& definition, const model::UnitId& unit) {
  const v1::Manifest& manifest = definition.manifest.body->manifest();
  for (const Bytes& blob : definition.blobs) {
    const std::string digest = trust::digest_of(blob).str();
    if (digest == manifest.units()) {
      const auto units = model::Units::parse(blob);
      if (!units) return std::unexpected(units.error());
      const model::UnitIndex found = (*units)->find(unit);
      if (found != model::kNoUnit) return kinds_of((*units)->at(found).kind);
    }
    const bool is_slice = std::ranges::any_of(
        manifest.slices(), [&](const v1::SliceRef& ref) { return ref.slice() == digest; });
    v1::Slice slice;
    if (!is_slice || !slice.ParseFromString(blob)) continue;
    for (const v1::Precinct& precinct : slice.precincts()) {
      if (precinct.unit() == unit.str()) return kPrecinct;
    }
  }
  return 0;
}

}  // namespace

Result<void> check_fitness(Role role, const model::UnitId& unit, const model::UnitId& root,
                           const node::OpenedDefinition* definition) {
  const unsigned wanted = held_at(role);
  unsigned kinds = kinds_by_id(unit, root);
  if (definition != nullptr) {
    const auto found = kinds_in(*definition, unit);
    if (!found) return std::unexpected(found.error());
    kinds = *found;
    if (kinds == 0) {
      return fail(ErrorCode::kInvalidArgument,
                  "--unit '" + unit.str() + "' is neither a unit nor a precinct of the definition");
    }
  }
  if ((kinds & wanted) != 0) return {};
  return fail(ErrorCode::kInvalidArgument, "--unit '" + unit.str() + "': the role " +
                                               std::string(trust::role_name(role)) +
                                               " is held at " + std::string(words_for(wanted)));
}

}  // namespace urna::ca
