// Spoils protocols on purpose: one figure in each is changed so that an error rule breaks, the way
// a slip of the hand would. Which codes must be found is told by an oracle written here from
// LAW.md's text alone, so that it can contradict the checks of the programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"

namespace urna::drill {

struct Spoil {
  std::size_t protocol = 0;  // into Dataset::protocols
  std::string point;         // "p4a"; never an option
  std::uint32_t before = 0;
  std::uint32_t after = 0;
  // Error rules the changed protocol breaks, ascending by number: "E2", "E15".
  std::vector<std::string> expected_codes;
};

// Error rules of LAW.md this protocol breaks, ascending by number. Only those that speak of
// figures: E5 and E6 need candidates (no change of a point breaks them), E11 needs to know of
// postal voting, E16 needs the members' signatures.
std::vector<std::string> broken_errors(const Dataset& data, const DatasetProtocol& protocol);

// Chooses `count` distinct protocols and a change for each, spread over the error rules in turn;
// depends only on the data set, `count` and `seed`. Ascending by protocol.
// kInvalidArgument when the data set has fewer protocols than that, or a protocol that breaks an
// error rule before it is touched.
Result<std::vector<Spoil>> choose_spoils(const Dataset& data, std::size_t count,
                                         std::uint64_t seed);

// The protocol with the change made.
DatasetProtocol spoiled(const DatasetProtocol& protocol, const Spoil& spoil);

}  // namespace urna::drill
