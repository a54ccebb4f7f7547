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

struct Licence {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;

  Bytes sign(const v1::Body& body, std::string_view manifest, std::uint64_t at_ms) const;
};

class Keyring {
 public:
  Keyring();

  const model::ElectionId& election() const { return election_; }
  const trust::Anchors& anchors() const { return *anchors_; }
  const node::NodeIdentity& node(const model::UnitId& unit, trust::Role role);
  // The `number`th person with this role at this unit.
  const Licence& licence(const model::UnitId& unit, trust::Role role, unsigned number = 1);

 private:
  struct Issued {
    trust::PrivateKey key;
    std::shared_ptr<const trust::Certificate> certificate;
  };
  Issued issue(const trust::Identity& authority, const model::UnitId& unit, trust::Role role) const;

  const model::ElectionId election_;
  const trust::Validity validity_;
  std::unique_ptr<trust::Identity> node_authority_;
  std::unique_ptr<trust::Identity> licence_authority_;
  std::unique_ptr<trust::Anchors> anchors_;
  std::map<std::pair<model::UnitId, trust::Role>, node::NodeIdentity> nodes_;
  std::map<std::tuple<model::UnitId, trust::Role, unsigned>, Licence> licences_;
};

}  // namespace urna::sim
