// The tree of territorial units, built from a definition's unit table. Immutable after parsing;
// safe to share between threads.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/base/flat_map.h"
#include "common/model/ids.h"
#include "urna/v1/definition.pb.h"

namespace urna::model {

// Dense number of a unit in its table; 0 is the national unit.
using UnitIndex = std::uint32_t;
inline constexpr UnitIndex kNoUnit = 0xffffffff;

class Units {
 public:
  struct Unit {
    UnitId id;
    v1::UnitKind kind;
    UnitIndex parent;        // kNoUnit for the root and for commissioners' areas
    UnitIndex commissioner;  // the commissioner's area it belongs to, inherited; kNoUnit if none
    std::string name;
  };

  // Parses a serialised UnitTable. Fails (kMalformed, kInvalidArgument) on unknown fields, a
  // repeated id, a parent that does not stand before its child, more than one root, or an unknown
  // kind.
  static Result<std::shared_ptr<const Units>> parse(std::string_view bytes);

  std::size_t size() const { return units_.size(); }
  const Unit& at(UnitIndex index) const { return units_[index]; }
  // kNoUnit when the table does not hold it (precincts stand in slices, not here).
  UnitIndex find(const UnitId& id) const;
  // True when `unit` is `above` or lies below it, by parents or by commissioner's area.
  bool lies_under(UnitIndex unit, UnitIndex above) const;
  // Every unit that `unit` lies under, itself included, each once.
  std::vector<UnitIndex> all_above(UnitIndex unit) const;
  // Steps from the root: 0 for the root itself. A smaller depth is a higher unit.
  int depth(UnitIndex unit) const;

 private:
  std::vector<Unit> units_;
  FlatMap<UnitId, UnitIndex> by_id_;
};

}  // namespace urna::model
