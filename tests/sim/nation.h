// A small nation made from a seed: centre, one powiat or city, a few gminas or districts,
// precincts, one contest in each gmina and one over all, in two versions of the definition.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "common/model/definition.h"
#include "tests/sim/keyring.h"
#include "tests/sim/random.h"

namespace urna::sim {

struct PrecinctPlan {
  model::UnitId unit;
  model::UnitId gmina;
  // No network: its records come on a medium, handed over at the gmina.
  bool by_medium = false;
};

struct ContestPlan {
  model::ContestRound key;
  v1::ContestKind kind;
  model::UnitId area;
  std::string form;
  std::vector<std::size_t> precincts;  // into Nation::precincts
};

struct DefinitionVersion {
  std::uint64_t number = 0;
  Bytes record;  // the signed manifest
  std::vector<Bytes> blobs;
  StatementId id;
  std::map<model::ContestRound, Digest> slices;
};

class Nation {
 public:
  Nation(Random& random, Keyring& keys);

  const model::UnitId centre = unit_id("PL");
  const model::UnitId voivodeship = unit_id("14");
  const model::UnitId commissioner = unit_id("14-I");
  model::UnitId middle;               // powiat or city
  std::vector<model::UnitId> gminas;  // or districts
  std::vector<PrecinctPlan> precincts;
  std::vector<ContestPlan> contests;
  std::vector<DefinitionVersion> versions;  // two

  const DefinitionVersion* version(const StatementId& id) const;
  // A slice of any version.
  const model::Slice& slice(const Digest& digest) const { return *slices_.at(digest); }
  std::shared_ptr<const model::Units> units() const { return units_; }
  // The unit whose plenipotentiary confirms the protocols of this place.
  model::UnitId confirming(const ContestPlan& contest, const PrecinctPlan& precinct) const;
  // `unit` itself and everything above it, up to the centre.
  const std::vector<model::UnitId>& upwards(const model::UnitId& unit) const;
  bool lies_under(const model::UnitId& unit, const model::UnitId& above) const;
  bool is_precinct(const model::UnitId& unit) const;
  const ContestPlan& contest(const model::ContestRound& key) const;
  std::vector<const PrecinctPlan*> precincts_of(const model::ContestRound& key) const;

  // Figures are told apart by name, so that those of two ballots of one contest can be added up:
  // "protocols", "p1" …, "votes:2", "votes:2/1". Each name has a column.
  std::size_t columns() const { return columns_.size(); }
  std::size_t column(const std::string& name) const { return columns_.at(name); }
  std::string column_name(std::size_t column) const;
  // In the order a protocol under this slice has its cells.
  struct Layout {
    std::vector<std::size_t> points;
    std::vector<std::size_t> votes;
  };
  const Layout& layout(const Digest& slice) const { return layouts_.at(slice); }

  // Where the contest's council is: its commission determines the result.
  const model::UnitId& area_of(const model::ContestRound& key) const { return contest(key).area; }
  // A unit of the contest's area, or one that its area lies in.
  bool concerns(const model::ContestRound& key, const model::UnitId& unit) const;

 private:
  void draw_units(Random& random);
  void draw_contests();
  void note_upwards();
  void lay_out(const model::Slice& slice);
  void rename_a_unit();
  DefinitionVersion make_version(std::uint64_t number, Keyring& keys,
                                 const std::vector<bool>& changed);
  Digest make_slice(const ContestPlan& contest, bool changed, std::vector<Bytes>& blobs);

  bool city_ = false;
  std::shared_ptr<const model::Units> units_;
  Bytes units_bytes_;
  std::map<Digest, std::shared_ptr<const model::Slice>> slices_;
  std::map<model::UnitId, std::vector<model::UnitId>> upwards_;
  std::map<std::string, std::size_t> columns_{{"protocols", 0}};
  std::map<Digest, Layout> layouts_;
};

}  // namespace urna::sim
