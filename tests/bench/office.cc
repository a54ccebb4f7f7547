#include "tests/bench/office.h"

#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"
#include "tests/drill/server.h"

namespace urna::bench {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

trust::Validity validity_around(std::uint64_t now_ms) {
  const auto now = static_cast<std::int64_t>(now_ms);
  return {now - kDayMs, now + 30 * kDayMs};
}

struct Authorities {
  trust::Identity nodes;
  trust::Identity licences;
  std::string anchors_pem;
};

Result<Authorities> make_authorities(const model::ElectionId& election, const model::UnitId& centre,
                                     trust::Validity validity) {
  auto root = trust::make_root("Urna bench root", validity);
  if (!root) return std::unexpected(std::move(root.error()));
  auto nodes =
      trust::make_authority(*root, {election, centre, trust::Role::kNodeAuthority}, validity);
  if (!nodes) return std::unexpected(std::move(nodes.error()));
  auto licences =
      trust::make_authority(*root, {election, centre, trust::Role::kLicenceAuthority}, validity);
  if (!licences) return std::unexpected(std::move(licences.error()));
  std::string pem = trust::der_to_pem(root->certificate_der) +
                    trust::der_to_pem(nodes->certificate_der) +
                    trust::der_to_pem(licences->certificate_der);
  return Authorities{std::move(*nodes), std::move(*licences), std::move(pem)};
}

}  // namespace

Result<Office> Office::open(const Country& country, std::uint64_t now_ms) {
  const auto election_id = *model::ElectionId::parse(country.data().election);
  const auto centre = *model::UnitId::parse(kCentreUnit);
  const trust::Validity validity = validity_around(now_ms);
  auto authorities = make_authorities(election_id, centre, validity);
  if (!authorities) return std::unexpected(std::move(authorities.error()));
  auto anchors = trust::Anchors::from_pem(authorities->anchors_pem);
  if (!anchors) return std::unexpected(std::move(anchors.error()));
  auto election = drill::build_election(country.data());
  if (!election) return std::unexpected(std::move(election.error()));
  Office office(std::move(authorities->nodes), std::move(authorities->licences),
                std::move(*anchors), std::move(*election));
  office.anchors_pem_ = std::move(authorities->anchors_pem);
  office.now_ms_ = now_ms;
  if (auto made = office.sign_definition(); !made) return std::unexpected(std::move(made.error()));
  for (std::size_t i = 0; i < Country::kVoivodeships; ++i) {
    auto sender = office.node_of(*model::UnitId::parse(country.voivodeship(i)),
                                 trust::Role::kTerritorialNode);
    if (!sender) return std::unexpected(std::move(sender.error()));
    office.senders_.push_back(std::move(*sender));
  }
  return office;
}

Result<void> Office::sign_definition() {
  auto national = trust::issue_identity(
      licences_,
      {anchors_.election(), *model::UnitId::parse(kCentreUnit), trust::Role::kNationalCommission},
      validity_around(now_ms_));
  if (!national) return std::unexpected(std::move(national.error()));
  auto file = drill::make_definition(election_, *national, anchors_, now_ms_);
  if (!file) return std::unexpected(std::move(file.error()));
  trust::CertificateBook certificates(anchors_);
  const auto definition = node::read_definition(*file, certificates);
  if (!definition) return std::unexpected(definition.error());
  manifest_ = definition->manifest.statement.str();
  definition_ = std::move(*file);
  return {};
}

Result<void> Office::equip(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  const auto centre = node_of(*model::UnitId::parse(kCentreUnit), trust::Role::kCentralNode);
  if (!centre) return std::unexpected(centre.error());
  auto written = drill::write_identity(*centre, folder, std::string(kCentreUnit));
  if (written) written = service::write_file_atomically(folder / "definition.urna", definition_);
  if (written) written = service::write_file_atomically(folder / "trust.pem", anchors_pem_);
  return written;
}

Result<Office::Chair> Office::chair_of(const std::string& precinct) const {
  const trust::Validity validity = validity_around(now_ms_);
  trust::Subject subject{anchors_.election(), *model::UnitId::parse(precinct), trust::Role::kChair};
  auto issued = trust::issue_identity(licences_, subject, validity);
  if (!issued) return std::unexpected(std::move(issued.error()));
  // Not verified, which would take longer than issuing it: whoever receives it does that.
  const KeyId id = trust::key_id_of(issued->certificate_der);
  return Chair{std::move(issued->key),
               {id, std::move(subject), validity.not_before_ms, validity.not_after_ms,
                std::move(issued->certificate_der), nullptr}};
}

Result<trust::Identity> Office::node_of(const model::UnitId& unit, trust::Role role) const {
  return trust::issue_identity(nodes_, {anchors_.election(), unit, role}, validity_around(now_ms_));
}

Result<node::NodeIdentity> node_identity(const trust::Identity& identity,
                                         const trust::Anchors& anchors) {
  auto certificate = anchors.verify(identity.certificate_der);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  const auto pem = identity.key.to_pem(std::nullopt);
  if (!pem) return std::unexpected(pem.error());
  auto key = trust::PrivateKey::from_pem(*pem, std::nullopt);
  if (!key) return std::unexpected(std::move(key.error()));
  return node::NodeIdentity{std::move(*key), std::move(*certificate), "urna-bench"};
}

Result<uplink::TlsIdentity> tls_of(const trust::Identity& node, const trust::Anchors& anchors) {
  auto key = node.key.to_pem(std::nullopt);
  if (!key) return std::unexpected(std::move(key.error()));
  return uplink::TlsIdentity{std::move(*key), trust::der_to_pem(node.certificate_der),
                             anchors.tls_roots_pem()};
}

}  // namespace urna::bench
