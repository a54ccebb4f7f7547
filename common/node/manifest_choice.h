// Which of the manifests known is in force: a function of the set of manifests, who signed them,
// and which licences are revoked. The order in which they became known does not matter.
//
//   - A manifest stands while one of its signers is not revoked (docs/decisions/0003: what grants
//     falls with the licence).
//   - In force is the highest version that stands; while none stands, the highest of all: an
//   election
//     does not end because a licence was revoked.
//   - Of two with one version, the lower statement id: the centre signing two is a fault, and every
//     node must pick the same.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/model/definition.h"

namespace urna::node {

class ManifestChoice {
 public:
  // A licence, and the unit it was issued for.
  struct Signer {
    KeyId key;
    std::string unit;
    auto operator<=>(const Signer&) const = default;
  };

  // A manifest is known as often as it was signed.
  void add(std::shared_ptr<const model::Definition> definition, const Signer& by);
  void remove(const StatementId& id);
  // A revocation that names another unit than the licence's takes nothing away.
  void revoke(const Signer& signer);

  std::shared_ptr<const model::Definition> find(const StatementId& id) const;
  // True when a manifest known has this slice.
  bool names_slice(const Digest& slice) const;
  // nullptr: none is known.
  std::shared_ptr<const model::Definition> in_force() const { return in_force_; }
  // Every manifest known, the one in force first.
  std::vector<std::shared_ptr<const model::Definition>> all() const;

 private:
  struct Known {
    std::shared_ptr<const model::Definition> definition;
    std::set<Signer> signers;
  };
  void choose();

  std::map<StatementId, Known> known_;
  std::set<Signer> revoked_;
  std::shared_ptr<const model::Definition> in_force_;
};

}  // namespace urna::node
