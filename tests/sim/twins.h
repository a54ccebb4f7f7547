// The broken twins of the engine that urna-sim can put in its place; see common/node/twin.h.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "common/node/twin.h"

namespace urna::sim {

struct TwinInfo {
  node::Twin twin;
  std::string_view name;  // "receipt-before-sync"
  char invariant;         // of DESIGN §8 that it breaks, '1' to '6'
  std::string_view what;
};

std::span<const TwinInfo> all_twins();
// nullptr: there is none of this name.
const TwinInfo* find_twin(std::string_view name);

// From now on every engine of this process is this twin; nullopt: as it should be. Called before a
// world is made, not while one runs.
void choose_twin(std::optional<node::Twin> twin);

}  // namespace urna::sim
