#include "tests/drill/straight.h"

#include <chrono>

#include "common/node/seal.h"
#include "common/uplink/send.h"
#include "tests/drill/fleet.h"

namespace urna::drill {

namespace {

constexpr std::chrono::seconds kPatience{60};

}  // namespace

Result<std::vector<std::string>> submit_straight(const uplink::Upstream& to,
                                                 const trust::Anchors& anchors,
                                                 const trust::Identity& node, const Bytes& record,
                                                 std::string_view signer_certificate,
                                                 std::uint64_t now_ms) {
  auto certificate = anchors.verify(node.certificate_der);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  const auto key_pem = node.key.to_pem(std::nullopt);
  auto key = key_pem ? trust::PrivateKey::from_pem(*key_pem, std::nullopt)
                     : std::unexpected(key_pem.error());
  if (!key) return std::unexpected(std::move(key.error()));
  const node::NodeIdentity identity{std::move(*key), *certificate, "urna-drill"};

  v1::Batch batch;
  batch.set_election(anchors.election().str());
  batch.set_sender((*certificate)->subject.unit.str());
  batch.set_sequence(1);
  batch.set_created_at_ms(now_ms);
  batch.add_entries()->set_record(record);
  batch.add_blobs(std::string(signer_certificate));
  const uplink::TlsIdentity tls{*key_pem, trust::der_to_pem(node.certificate_der),
                                anchors.tls_roots_pem()};
  const auto receipts = uplink::send_batches(to, anchors.election(), tls,
                                             {node::seal_batch(identity, batch)}, kPatience);
  if (!receipts) return std::unexpected(receipts.error());
  trust::CertificateBook certificates(anchors);
  const auto receipt = node::open_receipt(receipts->front(), to.unit.str(), certificates);
  if (!receipt) return std::unexpected(receipt.error());
  if (!receipt->refused().empty())
    return fail(ErrorCode::kNotAuthorised, "batch refused: " + receipt->refused());
  if (receipt->outcomes_size() != 1)
    return fail(ErrorCode::kMalformed, "a receipt without its outcome");
  if (!receipt->outcomes(0).has_refused()) return std::vector<std::string>{};
  return error_codes(receipt->outcomes(0).refused());
}

}  // namespace urna::drill
