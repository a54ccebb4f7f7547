// Prepares a drill: keys, definition and certificates as files in its folder, and who sends to
// whom.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/node/transfer_file.h"
#include "common/trust/certificate.h"
#include "tests/drill/builder.h"
#include "tests/drill/dataset.h"
#include "tests/drill/keyring.h"
#include "tests/drill/system.h"

namespace urna::drill {

// Where protocols of a unit go, first choice first: its own node when it has one, those above, the
// centre.
using Route = std::vector<std::string>;

struct Setup {
  BuiltElection election;
  Keyring keyring;
  trust::Anchors anchors;
  node::OpenedDefinition definition;
  std::vector<ServerPlan> servers;      // the centre first, then from the top down
  std::map<std::string, Route> routes;  // by every unit of the data set
};

// The part of the definition that a place of exactly these contests is given.
node::OpenedDefinition definition_of(const Setup& setup, const std::vector<std::size_t>& contests);

// Makes what is not in `folder` yet: keys.json, trust.pem, definition.urna,
// servers/UNIT/node.{crt,key}.
Result<Setup> prepare(const Dataset& data, const std::filesystem::path& folder,
                      std::uint64_t now_ms);

}  // namespace urna::drill
