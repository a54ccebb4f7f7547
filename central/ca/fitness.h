// Whether a role can be held at a unit: a licence for the wrong one would be issued, carried about,
// and refused on the evening of the election.
#pragma once

#include <optional>

#include "common/base/error.h"
#include "common/node/transfer_file.h"
#include "common/trust/role.h"

namespace urna::ca {

// By the definition when there is one: the kind of the unit must be the one the role is held at,
// and the unit must be in it. Without one, as far as the id tells: `root` is the national unit,
// digits alone are a territorial unit, digits-number a precinct; other ids may be anything.
// kInvalidArgument, saying where the role is held.
Result<void> check_fitness(trust::Role role, const model::UnitId& unit, const model::UnitId& root,
                           const node::OpenedDefinition* definition);

}  // namespace urna::ca
