#include "common/model/units.h"

#include <algorithm>

#include "common/model/strict.h"

namespace urna::model {

namespace {

Result<UnitIndex> reference_to(const Units& units, const std::string& id, const std::string& from) {
  if (id.empty()) return kNoUnit;
  const auto parsed = UnitId::parse(id);
  const UnitIndex index = parsed ? units.find(*parsed) : kNoUnit;
  if (index == kNoUnit) {
    return fail(ErrorCode::kInvalidArgument,
                "unit table: " + from + " names " + id + ", which does not stand before it");
  }
  return index;
}

}  // namespace

Result<std::shared_ptr<const Units>> Units::parse(std::string_view bytes) {
  v1::UnitTable table;
  if (auto parsed = parse_strict(bytes, table, "unit table"); !parsed) {
    return std::unexpected(std::move(parsed.error()));
  }
  auto units = std::make_shared<Units>();
  units->units_.reserve(static_cast<std::size_t>(table.units_size()));
  for (const v1::Unit& unit : table.units()) {
    const auto id = UnitId::parse(unit.id());
    if (!id)
      return fail(ErrorCode::kInvalidArgument, "unit table: bad unit id '" + unit.id() + "'");
    if (unit.kind() <= v1::UNIT_KIND_UNSPECIFIED || unit.kind() >= v1::UNIT_KIND_PRECINCT) {
      return fail(ErrorCode::kInvalidArgument, "unit table: " + unit.id() + " has no valid kind");
    }
    const auto parent = reference_to(*units, unit.parent(), unit.id());
    if (!parent) return std::unexpected(parent.error());
    auto commissioner = reference_to(*units, unit.commissioner(), unit.id());
    if (!commissioner) return std::unexpected(commissioner.error());
    const bool national = unit.kind() == v1::UNIT_KIND_NATIONAL;
    if (national != units->units_.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "unit table: the national unit stands first, and once");
    }
    if (!national && *parent == kNoUnit) {
      return fail(ErrorCode::kInvalidArgument, "unit table: " + unit.id() + " has no parent");
    }
    if (*commissioner == kNoUnit && *parent != kNoUnit) {
      commissioner = units->units_[*parent].commissioner;
    }
    const auto index = static_cast<UnitIndex>(units->units_.size());
    if (!units->by_id_.emplace(*id, index).second) {
      return fail(ErrorCode::kInvalidArgument, "unit table: " + unit.id() + " stands twice");
    }
    units->units_.push_back({*id, unit.kind(), *parent, *commissioner, unit.name()});
  }
  if (units->units_.empty()) return fail(ErrorCode::kInvalidArgument, "unit table: empty");
  return units;
}

UnitIndex Units::find(const UnitId& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? kNoUnit : found->second;
}

std::vector<UnitIndex> Units::all_above(UnitIndex unit) const {
  std::vector<UnitIndex> all;
  for (UnitIndex at = unit; at != kNoUnit; at = units_[at].parent) {
    all.push_back(at);
    const UnitIndex area = units_[at].commissioner;
    if (area != kNoUnit && std::ranges::find(all, area) == all.end()) all.push_back(area);
  }
  return all;
}

bool Units::lies_under(UnitIndex unit, UnitIndex above) const {
  if (unit == kNoUnit || above == kNoUnit) return false;
  for (UnitIndex at = unit; at != kNoUnit; at = units_[at].parent) {
    if (at == above || units_[at].commissioner == above) return true;
  }
  return false;
}

int Units::depth(UnitIndex unit) const {
  int depth = 0;
  while (units_[unit].parent != kNoUnit) {
    unit = units_[unit].parent;
    ++depth;
  }
  return depth;
}

}  // namespace urna::model
