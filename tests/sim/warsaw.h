// The whole of Warsaw in one process: 18 districts, the city and the centre, one thread, no faults;
// every protocol of the official results signed by its chair and handed in somewhere.
#pragma once

#include <filesystem>
#include <memory>

#include "tests/drill/dataset.h"
#include "tests/sim/lockstep.h"
#include "tests/sim/random.h"

namespace urna::sim {

struct ContestTotals {
  std::uint64_t protocols = 0;
  std::uint64_t valid_votes = 0;
  std::uint64_t eligible = 0;
  bool operator==(const ContestTotals&) const = default;
};

class Warsaw {
 public:
  Warsaw(const drill::Dataset& dataset, Keyring& keys, std::uint64_t seed);

  // Hands in every protocol, in an order drawn from the seed: most at their district, some at the
  // city or the centre, some twice. What went wrong, empty when nothing did.
  std::vector<std::string> run();

  // From the centre's received tally, by the data set's own name of the contest.
  std::map<std::string, ContestTotals> totals() const;
  // From the centre's received tally: votes of an option in a contest of the data set, in one
  // Warsaw district.
  std::uint64_t votes(std::size_t contest, const std::string& teryt,
                      const std::string& option) const;
  // What differs between tiers, or between a node and itself rebuilt from its store; empty when
  // nothing does.
  std::vector<std::string> differences();

 private:
  void make_definition(Keyring& keys);
  void make_site(const model::UnitId& unit, trust::Role role, Keyring& keys);
  Bytes sign(const drill::DatasetProtocol& protocol);
  Site& site(const std::string& unit) { return *sites_.at(unit_id(unit)); }
  std::set<StatementId> protocols_of(Site& site, const model::UnitId& area) const;
  void hand_in(Site& at, const Bytes& record, const std::string& who);
  const results::Totals* centre_totals(std::size_t contest, const std::string& unit) const;

  const drill::Dataset& dataset_;
  Keyring& keys_;
  Random random_;
  std::map<model::UnitId, std::unique_ptr<Site>> sites_;
  Lockstep network_;
  Bytes manifest_;
  std::vector<Bytes> blobs_;
  StatementId definition_;
  std::vector<std::shared_ptr<const model::Slice>> slices_;  // by contest of the data set
  std::shared_ptr<const model::Units> units_;
  std::vector<std::string> faults_;
};

}  // namespace urna::sim
