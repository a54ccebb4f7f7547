// All manifests a node has admitted, with the parts that are here. Owned by the core; one thread.
//
// A part is taken in only when a known manifest or slice names its digest, so that a peer cannot
// fill the disk with blobs nobody asked for.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/flat_map.h"
#include "common/model/definition.h"
#include "common/node/manifest_choice.h"
#include "common/validation/contest_reader.h"

namespace urna::node {

// A slice with its form made ready to check.
using LoadedSlice = validation::ContestReader::Contest;

class DefinitionBook {
 public:
  explicit DefinitionBook(model::ElectionId election) : election_(std::move(election)) {}

  const model::ElectionId& election() const { return election_; }

  // Keeps `bytes` for as long as the current batch is judged; see settle_offered().
  void offer(const Digest& digest, Bytes bytes);
  // Ends a batch: parts named by a known manifest or slice stay and are returned, the rest go.
  std::vector<Digest> settle_offered();
  // A part read back from the store.
  void restore(const Digest& digest, Bytes bytes);
  // nullptr when it is not here.
  const Bytes* part(const Digest& digest) const;

  // A manifest whose unit table is here. Fails as model::Definition::parse, and kNotFound when the
  // unit table is missing.
  Result<std::shared_ptr<const model::Definition>> read_manifest(const StatementId& id,
                                                                 const v1::Manifest& manifest);
  void add(std::shared_ptr<const model::Definition> definition, const ManifestChoice::Signer& by);
  // The licence is revoked: another manifest may be in force since.
  void revoke(const ManifestChoice::Signer& signer);
  // Takes back a manifest whose commit failed.
  void remove(const StatementId& id);
  // Takes back a part whose commit failed: it is not here until somebody sends it again.
  void forget(const Digest& digest);

  // nullptr when no such manifest was admitted here.
  std::shared_ptr<const model::Definition> find(const StatementId& id) const;
  // nullptr: none.
  std::shared_ptr<const model::Definition> in_force() const { return choice_.in_force(); }
  // Every definition here, the one in force first.
  std::vector<std::shared_ptr<const model::Definition>> all() const { return choice_.all(); }

  // A slice with all its parts. kNotFound: something is missing (see missing_of); other errors: the
  // parts are here and do not decode.
  Result<const LoadedSlice*> slice(const Digest& digest);
  // The digests still needed before slice(digest) can succeed.
  std::vector<Digest> missing_of(const Digest& digest) const;

  // The slices of a definition that are here, perhaps without the parts they name, ascending by
  // contest. A node has those of its area, of a definition that names all of the country's.
  std::vector<std::pair<model::ContestRound, Digest>> slices_here(
      const model::Definition& definition) const;

  // The unit a precinct lies in: by a slice in force, else by any slice seen; nullptr when unknown.
  const model::UnitId* parent_of(const model::UnitId& precinct) const;
  // True when `unit` (territorial unit or precinct) is `above` or lies below it, by the manifest in
  // force.
  bool lies_under(const model::UnitId& unit, const model::UnitId& above) const;
  // The voivodeship a unit or precinct lies in, by the manifest in force; empty when there is none.
  std::string voivodeship_of(const model::UnitId& unit) const;
  // Slices of `definition` whose area or a precinct lies under `unit`, with the forms and reference
  // figures they need, as far as they are here. Parents first: units, then slices.
  std::vector<Digest> parts_for(const model::Definition& definition, const model::UnitId& unit);

 private:
  // The unit itself or, for a precinct, the unit it lies in; kNoUnit when unknown.
  model::UnitIndex index_of(const model::UnitId& unit) const;
  // Those of the manifest in force that the unit lies under, itself included if it stands there.
  std::vector<model::UnitIndex> all_above(const model::UnitId& unit) const;
  bool is_named(const Digest& digest) const;
  void name_parts_of_slice(const Digest& digest);
  void place_precincts();
  bool is_in_force(const model::Slice& slice) const;
  void note_parents(const model::Slice& slice);
  // Slices that concern a unit, ascending by contest, of those whose parts are here.
  using SlicesByUnit = FlatMap<model::UnitId, std::vector<Digest>>;
  const SlicesByUnit& slices_by_unit(const model::Definition& definition);

  model::ElectionId election_;
  std::unordered_map<Digest, Bytes> parts_;
  std::unordered_map<Digest, Bytes> offered_;
  // Unit tables, forms and reference figures that manifests and slices here name.
  std::unordered_set<Digest> named_;
  std::unordered_map<Digest, std::shared_ptr<const model::Units>> units_;
  ManifestChoice choice_;
  std::shared_ptr<const model::Definition> placed_by_;  // the manifest parents_in_force_ is of
  validation::ContestReader contests_;
  FlatMap<Digest, std::unique_ptr<LoadedSlice>> slices_;
  using Parents = FlatMap<model::UnitId, model::UnitId>;
  Parents parents_in_force_;
  Parents parents_seen_;
  // Of a definition that was asked for since parts, manifests or parents changed last.
  std::map<StatementId, SlicesByUnit> slices_by_unit_;
};

}  // namespace urna::node
