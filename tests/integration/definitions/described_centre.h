// An election of mayors whose definitions are made from descriptions, as an office does it, and a
// centre that its records are entered at.
//
//   mayor-140101   gmina 140101, precincts -1, -2, -3
//   mayor-140102   gmina 140102, precincts -1, -2
//   mayor-146200   city 146200, precinct -1; a single candidate
//   council-140101 and powiat-140100, without protocols
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "central/ca/definition_input.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {

using Json = nlohmann::ordered_json;

// Votes of each candidate, in ballot order, in each precinct.
using MayorVotes = std::vector<std::vector<std::uint32_t>>;

// The description of version 1. Names hold what a careless writer of JSON or a terminal would
// spoil.
Json first_description();

class DescribedCentre {
 public:
  DescribedCentre() : node_(keys(), "PL") {}

  // Signs what urna-ca makes of the description and enters it.
  void define(const Json& description);
  // The same of parts changed behind urna-ca's back.
  void define(const ca::DescribedElection& described);
  static ca::DescribedElection read(const Json& description);

  // Protocols of a mayor's contest, a row of votes per precinct, in the precincts from `from` on.
  std::vector<v1::Body> count(const std::string& unit, const MayorVotes& votes,
                              std::uint32_t round = 1, std::size_t from = 1);
  // One of any contest, with a figure for each cell of its votes.
  v1::Body enter_protocol(const std::string& contest, const std::string& precinct,
                          const std::vector<std::uint32_t>& votes, std::uint32_t round = 1);
  // Confirms them and signs the final protocol, as the commission of `unit`.
  void decide(const std::string& unit, const std::vector<v1::Body>& protocols,
              std::uint32_t round = 1);
  void confirm(const std::string& unit, const v1::Body& protocol);
  void sign_final(const std::string& unit, std::uint32_t round = 1);
  void decide(const std::string& unit, const MayorVotes& votes, std::uint32_t round = 1) {
    decide(unit, count(unit, votes, round), round);
  }
  // Everyone but mayor-140101 is elected.
  void decide_the_others();
  void draw(const std::string& unit, const std::string& winner);

  v1::Outcome enter(const Holder& holder, const v1::Body& body);
  const node::Projection& projection() const { return node_.core().projection(); }
  TestNode& node() { return node_; }
  Wires& wires() { return wires_; }
  // In force here.
  const StatementId& manifest() const { return manifest_; }
  static SmallElection& keys();

 private:
  v1::Body protocol(const std::string& contest, const std::string& precinct, std::uint32_t round,
                    const std::vector<std::uint32_t>& votes) const;
  void must_enter(const Holder& holder, const v1::Body& body);

  TestNode node_;
  Wires wires_;
  StatementId manifest_;
};

}  // namespace urna::tests
