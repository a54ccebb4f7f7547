// What a set of records means, worked out a second time and in another way: straight from the
// bytes, with no help from the node's admission, effects, projection, territorial book or tally,
// nor from common/results.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/node/effects.h"
#include "common/node/territorial.h"
#include "tests/sim/nation.h"
#include "tests/sim/oracle_law.h"

namespace urna::sim {

// One record, read once: everything below depends on these bytes alone.
struct Told {
  std::string key;        // that signed it
  std::size_t depth = 0;  // of the signer's unit below the root
  std::shared_ptr<const v1::Body> body;
  StatementId statement;
  trust::Kind kind = trust::Kind::kManifest;
  // The contest it belongs to; none for manifests and revocations.
  std::optional<model::ContestRound> contest;
  // The unit it speaks of: of a lot, the contest's area; none for manifests and revocations.
  std::optional<model::UnitId> about;
};
std::shared_ptr<const Told> tell(const Nation& nation, std::string_view record);

struct Meaning {
  node::State state = node::State::kWaiting;
  bool confirmed = false;
  bool needs_decision = false;
  bool operator==(const Meaning&) const = default;
};

// By column of the nation.
using Sums = std::vector<std::uint64_t>;
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

  // A record that was admitted.
  void add(std::shared_ptr<const Told> told);
  void add(std::string_view record) { add(tell(nation_, record)); }

  using Effects = std::map<model::PlaceId, std::map<StatementId, Meaning>>;
  using SumsByKey = std::map<SumsKey, Sums>;
  // Of precincts' places.
  Effects effects() const;
  SumsByKey sums(const Effects& effects) const;
  SumsByKey sums() const { return sums(effects()); }
  // Of what commissions signed, by the table of docs/effects.md. nullopt for a final protocol whose
  // seats hang on a tie between lists that their votes do not settle: this reading does not say.
  using Territorial = std::map<node::TerritorialPlace,
                               std::map<StatementId, std::optional<node::TerritorialState>>>;
  Territorial territorial(const Effects& effects, const SumsByKey& sums) const;
  // All three.
  struct Meant {
    Effects effects;
    SumsByKey sums;
    Territorial territorial;
  };
  Meant meant() const;
  // The definition in force; nullptr when the set has none.
  const DefinitionVersion* in_force() const;

 private:
  using Record = std::shared_ptr<const Told>;
  // What a body says of itself.
  struct Claim {
    std::string supersedes;
    std::uint32_t revision = 1;
    std::string slice;
    std::set<std::string> keys;  // that signed it
    Record told;                 // one of the records that carry it
  };
  using Claims = std::map<StatementId, Claim>;
  struct Place {
    Claims claims;
    std::vector<Record> decisions;
  };
  class Judge;
  class Commissions;

  static Claim& claim_of(Claims& claims, const Record& told);
  const Digest* slice_in_force(const model::ContestRound& contest) const;
  bool stands(const std::string& key) const { return !revoked_.contains(key); }
  void add_up(const model::PlaceId& id, const v1::Protocol& body, bool confirmed,
              SumsByKey& sums) const;

  const Nation& nation_;
  const BlockingCodes blocking_;
  std::set<std::string> revoked_;
  std::set<StatementId> manifests_;
  std::map<model::PlaceId, Place> places_;                        // of precincts
  std::map<model::PlaceId, std::vector<Record>> of_commissions_;  // decisions on their protocols
  std::map<node::TerritorialPlace, Claims> territorial_;
  std::map<model::ContestRound, std::vector<Record>> lots_;
};

}  // namespace urna::sim
