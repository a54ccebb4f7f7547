// Which commission does what for each kind of contest: the table of LAW.md, "Contests: who does
// what" (resolution of 2010, annexes 4-7), as data.
#pragma once

#include <vector>

#include "common/model/definition.h"

namespace urna::trust {

// The unit kinds that do one thing; empty when nobody does. A city with powiat rights counts as a
// gmina and as a powiat.
struct Competence {
  v1::ContestKind contest;
  std::vector<v1::UnitKind> enters;               // types in for precincts without computers
  std::vector<v1::UnitKind> enters_in_emergency;  // besides the commissioner's plenipotentiary
  std::vector<v1::UnitKind> confirms;             // precinct protocols
  std::vector<v1::UnitKind> collects;             // signs the collective protocol
  std::vector<v1::UnitKind> determines;           // signs the final protocol
};

// nullptr for a kind of contest the table does not hold.
const Competence* competence_for(v1::ContestKind kind);

// True when `unit` is of one of `kinds`, a city being a gmina and a powiat as well.
bool is_one_of(v1::UnitKind unit, const std::vector<v1::UnitKind>& kinds);

// The first unit of one of `kinds` from `from` upwards; kNoUnit when there is none.
model::UnitIndex first_above(const model::Units& units, model::UnitIndex from,
                             const std::vector<v1::UnitKind>& kinds);

}  // namespace urna::trust
