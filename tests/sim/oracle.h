// What a set of records means, worked out a second time and in another way: straight from the
// bytes, with no help from the node's admission, effects, projection or tally.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/node/effects.h"
#include "tests/sim/nation.h"

namespace urna::sim {

struct Meaning {
  node::State state = node::State::kWaiting;
  bool confirmed = false;
  bool needs_decision = false;
  bool operator==(const Meaning&) const = default;
};

// Sums by name: "protocols", "p1" …, "votes:2", "votes:2/1".
using Sums = std::map<std::string, std::uint64_t>;
struct SumsKey {
  bool confirmed = false;
  model::ContestRound contest;
  model::UnitId unit;
  auto operator<=>(const SumsKey&) const = default;
};

class Oracle {
 public:
  using BlockingCodes = std::function<std::vector<std::string>(const StatementId&)>;
  Oracle(const Nation& nation, BlockingCodes blocking)
      : nation_(nation), blocking_(std::move(blocking)) {}

  // A serialised SignedRecord that was admitted; `signer` is the unit of its licence.
  void add(std::string_view record, const model::UnitId& signer);

  std::map<model::PlaceId, std::map<StatementId, Meaning>> effects() const;
  std::map<SumsKey, Sums> sums() const;
  // The definition in force; nullptr when the set has none.
  const DefinitionVersion* in_force() const;

 private:
  struct Signed {
    std::string key;
    std::size_t depth = 0;  // of the signer's unit below the root
    v1::Body body;
    StatementId statement;
  };
  struct Place {
    std::map<StatementId, v1::Protocol> bodies;
    std::map<StatementId, std::set<std::string>> keys;  // that signed a body
    std::vector<Signed> decisions;
  };
  class Judge;

  std::map<StatementId, Meaning> judge(const model::PlaceId& id, const Place& place) const;
  void add_up(const model::PlaceId& id, const v1::Protocol& body, bool confirmed,
              std::map<SumsKey, Sums>& sums) const;

  const Nation& nation_;
  const BlockingCodes blocking_;
  std::set<std::string> revoked_;
  std::set<StatementId> manifests_;
  std::map<model::PlaceId, Place> places_;
};

}  // namespace urna::sim
