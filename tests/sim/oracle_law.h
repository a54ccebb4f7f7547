// Seats of one council district by the rules of 2014, read from LAW.md and docs/results.md a second
// time: every quotient written down and sorted, ties as the text says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/model/definition.h"
#include "urna/v1/decision.pb.h"

namespace urna::sim {

struct Seats {
  // By (option code, position): "elected", "not_elected", "lot".
  std::map<std::pair<std::string, std::uint32_t>, std::string> outcomes;
  bool waits_for_lot = false;
};

// `votes` by cell of the slice over the whole district, `precincts` the same for each of them;
// `lots` those that stand. Each list of the slice has candidates, and none is struck off.
// nullopt: lists with equal quotients have equally many votes, and what follows is not read here.
std::optional<Seats> seats_of(const model::Slice& slice, const std::vector<std::uint64_t>& votes,
                              const std::vector<std::vector<std::uint64_t>>& precincts,
                              const std::vector<v1::Lot>& lots);

}  // namespace urna::sim
