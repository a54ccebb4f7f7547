#include "common/node/manifest_choice.h"

#include <algorithm>

namespace urna::node {

void ManifestChoice::add(std::shared_ptr<const model::Definition> definition, const Signer& by) {
  Known& known = known_[definition->id()];
  if (known.definition == nullptr) known.definition = std::move(definition);
  known.signers.insert(by);
  choose();
}

void ManifestChoice::remove(const StatementId& id) {
  known_.erase(id);
  choose();
}

void ManifestChoice::revoke(const Signer& signer) {
  if (revoked_.insert(signer).second) choose();
}

std::shared_ptr<const model::Definition> ManifestChoice::find(const StatementId& id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : found->second.definition;
}

std::vector<std::shared_ptr<const model::Definition>> ManifestChoice::all() const {
  std::vector<std::shared_ptr<const model::Definition>> all;
  if (in_force_ != nullptr) all.push_back(in_force_);
  for (const auto& [id, known] : known_) {
    if (known.definition != in_force_) all.push_back(known.definition);
  }
  return all;
}

bool ManifestChoice::names_slice(const Digest& slice) const {
  return std::ranges::any_of(
      known_, [&](const auto& known) { return known.second.definition->names_slice(slice); });
}

void ManifestChoice::choose() {
  in_force_ = nullptr;
  bool best_stands = false;
  // Ascending by id, so of equal versions the first stays.
  for (const auto& [id, known] : known_) {
    const bool stands = std::ranges::any_of(
        known.signers, [&](const Signer& signer) { return !revoked_.contains(signer); });
    if (best_stands && !stands) continue;
    const bool better = in_force_ == nullptr || (stands && !best_stands) ||
                        known.definition->version() > in_force_->version();
    if (!better) continue;
    in_force_ = known.definition;
    best_stands = stands;
  }
}

}  // namespace urna::node
