#include "tests/sim/keyring.h"

namespace urna::sim {

namespace {

constexpr std::int64_t kYearMs = 365LL * 24 * 3'600 * 1'000;

}  // namespace

Bytes Licence::sign(const v1::Body& body, std::string_view manifest, std::uint64_t at_ms) const {
  return trust::sign_record({key, *certificate, "urna-sim"}, body, manifest, at_ms);
}

Keyring::Keyring()
    : election_(*model::ElectionId::parse("pl-sim")),
      validity_{static_cast<std::int64_t>(kEpochMs) - kYearMs,
                static_cast<std::int64_t>(kEpochMs) + kYearMs} {
  const trust::Identity root = must(trust::make_root("Urna simulation", validity_));
  const auto authority = [&](trust::Role role) {
    return std::make_unique<trust::Identity>(
        must(trust::make_authority(root, {election_, unit_id("PL"), role}, validity_)));
  };
  node_authority_ = authority(trust::Role::kNodeAuthority);
  licence_authority_ = authority(trust::Role::kLicenceAuthority);
  anchors_ = std::make_unique<trust::Anchors>(
      must(trust::Anchors::from_pem(trust::der_to_pem(root.certificate_der) +
                                    trust::der_to_pem(node_authority_->certificate_der) +
                                    trust::der_to_pem(licence_authority_->certificate_der))));
}

Keyring::Issued Keyring::issue(const trust::Identity& authority, const model::UnitId& unit,
                               trust::Role role) const {
  trust::Identity identity =
      must(trust::issue_identity(authority, {election_, unit, role}, validity_));
  auto certificate = must(anchors_->verify(identity.certificate_der));
  return {std::move(identity.key), std::move(certificate)};
}

const node::NodeIdentity& Keyring::node(const model::UnitId& unit, trust::Role role) {
  const auto known = nodes_.find({unit, role});
  if (known != nodes_.end()) return known->second;
  Issued issued = issue(*node_authority_, unit, role);
  node::NodeIdentity identity{std::move(issued.key), std::move(issued.certificate), "urna-sim"};
  return nodes_.emplace(std::pair{unit, role}, std::move(identity)).first->second;
}

const Licence& Keyring::licence(const model::UnitId& unit, trust::Role role, unsigned number) {
  const auto known = licences_.find({unit, role, number});
  if (known != licences_.end()) return known->second;
  Issued issued = issue(*licence_authority_, unit, role);
  return licences_
      .emplace(std::tuple{unit, role, number},
               Licence{std::move(issued.key), std::move(issued.certificate)})
      .first->second;
}

}  // namespace urna::sim
