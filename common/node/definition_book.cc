#include "common/node/definition_book.h"

#include <algorithm>

namespace urna::node {

void DefinitionBook::offer(const Digest& digest, Bytes bytes) {
  if (parts_.contains(digest)) return;
  slices_by_unit_.clear();
  offered_.emplace(digest, std::move(bytes));
}

std::vector<Digest> DefinitionBook::settle_offered() {
  std::vector<Digest> kept;
  bool progress = true;
  while (progress && !offered_.empty()) {
    progress = false;
    for (auto it = offered_.begin(); it != offered_.end();) {
      if (!is_named(it->first)) {
        ++it;
        continue;
      }
      const Digest digest = it->first;
      parts_.emplace(digest, std::move(it->second));
      it = offered_.erase(it);
      name_parts_of_slice(digest);
      kept.push_back(digest);
      progress = true;
    }
  }
  offered_.clear();
  return kept;
}

void DefinitionBook::restore(const Digest& digest, Bytes bytes) {
  slices_by_unit_.clear();
  parts_.insert_or_assign(digest, std::move(bytes));
}

const Bytes* DefinitionBook::part(const Digest& digest) const {
  if (const auto found = parts_.find(digest); found != parts_.end()) return &found->second;
  if (const auto found = offered_.find(digest); found != offered_.end()) return &found->second;
  return nullptr;
}

Result<std::shared_ptr<const model::Definition>> DefinitionBook::read_manifest(
    const StatementId& id, const v1::Manifest& manifest) {
  const auto digest = Digest::from_bytes(manifest.units());
  if (!digest) return fail(ErrorCode::kInvalidArgument, "manifest: units must be a digest");
  // Only what is here now counts: a table known from a manifest that was refused is not stored.
  const Bytes* bytes = part(*digest);
  if (bytes == nullptr) return fail(ErrorCode::kNotFound, "the unit table is not here");
  if (const auto known = units_.find(*digest); known != units_.end()) {
    return model::Definition::parse(id, manifest, known->second);
  }
  auto units = model::Units::parse(*bytes);
  if (!units) return std::unexpected(std::move(units.error()));
  return model::Definition::parse(id, manifest, std::move(*units));
}

void DefinitionBook::add(std::shared_ptr<const model::Definition> definition,
                         const ManifestChoice::Signer& by) {
  const Digest units = *Digest::from_bytes(definition->data().units());
  named_.insert(units);
  units_.try_emplace(units, definition, &definition->units());
  const bool fresh = choice_.find(definition->id()) == nullptr;
  choice_.add(definition, by);
  if (fresh) {
    for (const auto& [key, digest] : slices_here(*definition)) name_parts_of_slice(digest);
  }
  place_precincts();
}

void DefinitionBook::remove(const StatementId& id) {
  choice_.remove(id);
  place_precincts();
}

void DefinitionBook::revoke(const ManifestChoice::Signer& signer) {
  choice_.revoke(signer);
  place_precincts();
}

void DefinitionBook::forget(const Digest& digest) {
  slices_by_unit_.clear();
  parts_.erase(digest);
  units_.erase(digest);
  absl::erase_if(slices_, [&](const auto& known) {
    const v1::Slice& data = known.second->slice->data();
    return known.first == digest || data.form() == digest.view() ||
           data.reference() == digest.view();
  });
}

bool DefinitionBook::is_named(const Digest& digest) const {
  return named_.contains(digest) || choice_.names_slice(digest);
}

std::vector<std::pair<model::ContestRound, Digest>> DefinitionBook::slices_here(
    const model::Definition& definition) const {
  std::vector<std::pair<model::ContestRound, Digest>> here;
  for (const auto* parts : {&parts_, &offered_}) {
    for (const auto& [digest, bytes] : *parts) {
      for (model::ContestRound& key : definition.contests_of(digest)) {
        here.emplace_back(std::move(key), digest);
      }
    }
  }
  std::ranges::sort(here);
  return here;
}

void DefinitionBook::name_parts_of_slice(const Digest& digest) {
  const Bytes* bytes = part(digest);
  if (bytes == nullptr || !choice_.names_slice(digest)) return;
  if (const auto parts = model::Slice::parts_of(*bytes)) {
    named_.insert(parts->form);
    named_.insert(parts->reference);
  }
}

void DefinitionBook::place_precincts() {
  slices_by_unit_.clear();
  if (in_force() == placed_by_) return;
  placed_by_ = in_force();
  parents_in_force_.clear();
  for (const auto& [digest, loaded] : slices_) note_parents(*loaded->slice);
}

bool DefinitionBook::is_in_force(const model::Slice& slice) const {
  const Digest* named = in_force() == nullptr ? nullptr : in_force()->slice(slice.key());
  return named != nullptr && *named == slice.digest();
}

void DefinitionBook::note_parents(const model::Slice& slice) {
  slices_by_unit_.clear();
  Parents& parents = is_in_force(slice) ? parents_in_force_ : parents_seen_;
  for (const v1::Precinct& precinct : slice.data().precincts()) {
    const auto parent = *model::UnitId::parse(precinct.parent());
    const auto [at, added] = parents.try_emplace(*model::UnitId::parse(precinct.unit()), parent);
    // Where definitions disagree, any rule will do that does not ask which came first.
    if (!added && parent < at->second) at->second = parent;
  }
}

std::shared_ptr<const model::Definition> DefinitionBook::find(const StatementId& id) const {
  return choice_.find(id);
}

std::vector<Digest> DefinitionBook::missing_of(const Digest& digest) const {
  const Bytes* bytes = part(digest);
  if (bytes == nullptr) return {digest};
  std::vector<Digest> missing;
  if (const auto parts = model::Slice::parts_of(*bytes)) {
    if (part(parts->form) == nullptr) missing.push_back(parts->form);
    if (part(parts->reference) == nullptr) missing.push_back(parts->reference);
  }
  return missing;
}

Result<const LoadedSlice*> DefinitionBook::slice(const Digest& digest) {
  if (const auto known = slices_.find(digest); known != slices_.end()) return known->second.get();
  const Bytes* bytes = part(digest);
  if (bytes == nullptr) return fail(ErrorCode::kNotFound, "the slice is not here");
  const auto parts = model::Slice::parts_of(*bytes);
  if (!parts) return std::unexpected(parts.error());
  const Bytes* form = part(parts->form);
  const Bytes* reference = part(parts->reference);
  if (form == nullptr || reference == nullptr) {
    return fail(ErrorCode::kNotFound, "the slice's form or reference figures are not here");
  }
  auto read =
      contests_.read({digest, *bytes}, {parts->form, *form}, {parts->reference, *reference});
  if (!read) return std::unexpected(std::move(read.error()));
  note_parents(*read->slice);
  auto loaded = std::make_unique<LoadedSlice>(*std::move(read));
  return slices_.emplace(digest, std::move(loaded)).first->second.get();
}

const model::UnitId* DefinitionBook::parent_of(const model::UnitId& precinct) const {
  for (const Parents* parents : {&parents_in_force_, &parents_seen_}) {
    if (const auto found = parents->find(precinct); found != parents->end()) return &found->second;
  }
  return nullptr;
}

model::UnitIndex DefinitionBook::index_of(const model::UnitId& unit) const {
  if (in_force() == nullptr) return model::kNoUnit;
  const model::Units& units = in_force()->units();
  if (const model::UnitIndex at = units.find(unit); at != model::kNoUnit) return at;
  const model::UnitId* parent = parent_of(unit);
  return parent == nullptr ? model::kNoUnit : units.find(*parent);
}

std::vector<model::UnitIndex> DefinitionBook::all_above(const model::UnitId& unit) const {
  if (in_force() == nullptr) return {};
  return in_force()->units().all_above(index_of(unit));
}

bool DefinitionBook::lies_under(const model::UnitId& unit, const model::UnitId& above) const {
  if (unit == above) return true;
  if (in_force() == nullptr) return false;
  return in_force()->units().lies_under(index_of(unit), in_force()->units().find(above));
}

std::string DefinitionBook::voivodeship_of(const model::UnitId& unit) const {
  for (model::UnitIndex at = index_of(unit); at != model::kNoUnit;
       at = in_force()->units().at(at).parent) {
    if (in_force()->units().at(at).kind == v1::UNIT_KIND_VOIVODESHIP) {
      return in_force()->units().at(at).id.str();
    }
  }
  return {};
}

// Followers ask one after the other, in a storm thousands of them: a country's slices are gone
// through once for all.
const DefinitionBook::SlicesByUnit& DefinitionBook::slices_by_unit(
    const model::Definition& definition) {
  if (const auto known = slices_by_unit_.find(definition.id()); known != slices_by_unit_.end()) {
    return known->second;
  }
  const auto here = slices_here(definition);
  // All are read first: each tells where its precincts lie.
  for (const auto& [key, digest] : here) (void)slice(digest);
  SlicesByUnit& by_unit = slices_by_unit_[definition.id()];
  for (const auto& [key, digest] : here) {
    const auto loaded = slice(digest);
    if (!loaded) continue;
    std::set<model::UnitId> concerned{(*loaded)->slice->area()};
    for (const v1::Precinct& precinct : (*loaded)->slice->data().precincts()) {
      concerned.insert(*model::UnitId::parse(precinct.unit()));
    }
    std::set<model::UnitIndex> above;
    for (const model::UnitId& unit : concerned) {
      for (const model::UnitIndex at : all_above(unit)) above.insert(at);
    }
    for (const model::UnitIndex at : above) concerned.insert(in_force()->units().at(at).id);
    for (const model::UnitId& unit : concerned) by_unit[unit].push_back(digest);
  }
  return by_unit;
}

std::vector<Digest> DefinitionBook::parts_for(const model::Definition& definition,
                                              const model::UnitId& unit) {
  std::vector<Digest> wanted{*Digest::from_bytes(definition.data().units())};
  const SlicesByUnit& by_unit = slices_by_unit(definition);
  const auto found = by_unit.find(unit);
  if (found == by_unit.end()) return wanted;
  std::unordered_set<Digest> seen;
  for (const Digest& digest : found->second) {
    const v1::Slice& data = (*slice(digest))->slice->data();
    wanted.push_back(digest);
    for (const std::string* part : {&data.form(), &data.reference()}) {
      const Digest named = *Digest::from_bytes(*part);
      if (seen.insert(named).second) wanted.push_back(named);
    }
  }
  return wanted;
}

}  // namespace urna::node
