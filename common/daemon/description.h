// The description of an election that an office writes for urna-ca (docs/operator.md), made again
// from the definition in force: the way back from central/ca/definition_input.h.
//
// Signed again, a contest described here has the same slice to the byte, so that its protocols do
// not fall with the new version.
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/node/projection.h"

namespace urna::daemon {

using DescriptionJson = nlohmann::ordered_json;

// The whole definition in force: its own version and date, the tree of units, the precincts of all
// contests, and the contests, ascending by name and round. A precinct that votes in no contest is
// in no definition.
//
// kNotFound: no definition is here. kUnavailable, naming the contest: its slice is not here, since
// only a node above all precincts holds every one, or no description gives it back unchanged (a
// form that this program has otherwise, a word that descriptions lack).
Result<DescriptionJson> describe_definition(const node::Projection& projection);

}  // namespace urna::daemon
