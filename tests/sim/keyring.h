// Keys and certificates of the simulated election, made when first asked for and kept for the whole
// process: they are no part of a seed, so nothing in a run may depend on their bytes.
#pragma once

#include <map>
#include <memory>
#include <tuple>

#include "common/base/check.h"
#include "common/node/seal.h"
#include "common/trust/certificate.h"
#include "common/trust/record.h"

namespace urna::sim {

// The value, or the end of the program: set-up of a simulation cannot fail.
template <class T>
T must(Result<T> result) {
  URNA_CHECK(result.has_value());
  return std::move(*result);
}
inline model::UnitId unit_id(std::string_view text) { return *model::UnitId::parse(text); }

// Times of signing lie around this moment, milliseconds since 1970.
inline constexpr std::uint64_t kEpochMs = 1'400'000'000'000;
// When the licences end that end in the middle of the evening.
inline constexpr std::uint64_t kExpiryMs = kEpochMs + 15'000;

struct Licence {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;

  Bytes sign(const v1::Body& body, std::string_view manifest, std::uint64_t at_ms) const;
};

class Keyring {
 public:
  explicit Keyring(std::string_view election = "pl-sim");

  const model::ElectionId& election() const { return election_; }
  const trust::Anchors& anchors() const { return *anchors_; }
  // The `number`th certificate of this node: each is revoked before the next is made.
  const node::NodeIdentity& node(const model::UnitId& unit, trust::Role role, unsigned number = 1);
  // The `number`th person with this role at this unit.
  const Licence& licence(const model::UnitId& unit, trust::Role role, unsigned number = 1);
  // Somebody whose licence ends in the middle of the evening.
  const Licence& expiring(const model::UnitId& unit, trust::Role role);
  // Keys nobody here trusts: of the same names under a root of their own.
  Keyring& stranger();

 private:
  struct Issued {
    trust::PrivateKey key;
    std::shared_ptr<const trust::Certificate> certificate;
  };
  Issued issue(const trust::Identity& authority, const model::UnitId& unit, trust::Role role,
               const trust::Validity& validity) const;

  const model::ElectionId election_;
  const trust::Validity validity_;
  std::unique_ptr<trust::Identity> node_authority_;
  std::unique_ptr<trust::Identity> licence_authority_;
  std::unique_ptr<trust::Anchors> anchors_;
  using Name = std::tuple<model::UnitId, trust::Role, unsigned>;
  std::map<Name, node::NodeIdentity> nodes_;
  std::map<Name, Licence> licences_;
  std::map<Name, Licence> expiring_;
  std::unique_ptr<Keyring> stranger_;
};

}  // namespace urna::sim
