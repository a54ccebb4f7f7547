#include "tests/sim/keyring.h"

namespace urna::sim {

namespace {

constexpr std::int64_t kYearMs = 365LL * 24 * 3'600 * 1'000;

}  // namespace

Bytes Licence::sign(const v1::Body& body, std::string_view manifest, std::uint64_t at_ms) const {
  return trust::sign_record({key, *certificate, "urna-sim"}, body, manifest, at_ms);
}

Keyring::Keyring(std::string_view election)
    : election_(*model::ElectionId::parse(std::string(election))),
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
                               trust::Role role, const trust::Validity& validity) const {
  trust::Identity identity =
      must(trust::issue_identity(authority, {election_, unit, role}, validity));
  auto certificate = must(anchors_->verify(identity.certificate_der));
  return {std::move(identity.key), std::move(certificate)};
}

const node::NodeIdentity& Keyring::node(const model::UnitId& unit, trust::Role role,
                                        unsigned number) {
  const Name name{unit, role, number};
  const auto known = nodes_.find(name);
  if (known != nodes_.end()) return known->second;
  Issued issued = issue(*node_authority_, unit, role, validity_);
  node::NodeIdentity identity{std::move(issued.key), std::move(issued.certificate), "urna-sim"};
  return nodes_.emplace(name, std::move(identity)).first->second;
}

const Licence& Keyring::licence(const model::UnitId& unit, trust::Role role, unsigned number) {
  const Name name{unit, role, number};
  const auto known = licences_.find(name);
  if (known != licences_.end()) return known->second;
  Issued issued = issue(*licence_authority_, unit, role, validity_);
  return licences_.emplace(name, Licence{std::move(issued.key), std::move(issued.certificate)})
      .first->second;
}

const Licence& Keyring::expiring(const model::UnitId& unit, trust::Role role) {
  const Name name{unit, role, 0};
  const auto known = expiring_.find(name);
  if (known != expiring_.end()) return known->second;
  const trust::Validity until{validity_.not_before_ms, static_cast<std::int64_t>(kExpiryMs)};
  Issued issued = issue(*licence_authority_, unit, role, until);
  return expiring_.emplace(name, Licence{std::move(issued.key), std::move(issued.certificate)})
      .first->second;
}

Keyring& Keyring::stranger() {
  if (stranger_ == nullptr) stranger_ = std::make_unique<Keyring>(election_.str());
  return *stranger_;
}

}  // namespace urna::sim
