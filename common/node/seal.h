// Signed batches and receipts: making them, and opening them with everything they carry.
// Functions here keep no state; those that open are safe to call from several threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/node/events.h"
#include "common/trust/certificate.h"
#include "common/trust/certificate_book.h"
#include "urna/v1/transfer.pb.h"

namespace urna::node {

// The largest SignedBatch that is looked at, bytes: records, parts, their wrapping, the
// certificate.
inline constexpr std::size_t kSignedBatchBytesMax = 12 << 20;
// What one batch may hold beside its records, looked at before it is parsed. Parts are many because
// a definition may travel in one batch; each certificate costs a verification.
inline constexpr std::size_t kBatchBlobsMax = 16'384;
inline constexpr std::size_t kBatchCertificatesMax = 1'024;
inline constexpr std::size_t kBatchNoticesMax = 1'024;
inline constexpr std::size_t kBatchMissingMax = 4'096;
// Digests one FollowRequest may ask for.
inline constexpr std::size_t kWantedMax = 4'096;

// Who this node is.
struct NodeIdentity {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;
  std::string software;  // "urna-central 0.1.0"
};

v1::SignedBatch seal_batch(const NodeIdentity& identity, const v1::Batch& batch);
v1::SignedReceipt seal_receipt(const NodeIdentity& identity, const v1::Receipt& receipt);

// Runs work(0) … work(count - 1), possibly at once, and returns when all are done.
using Parallel =
    std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)>;
void run_in_turn(std::size_t count, const std::function<void(std::size_t)>& work);

// Whom the batch may come from.
struct ExpectedSender {
  // The peer of the stream; empty on a medium, where any node of the election may have signed.
  std::string unit;
};

// Opens a batch: certificate, signature, strict decoding, limits, then every record's signature.
// Never fails: a batch that does not hold comes back with `refusal` set and no entries.
// Session, clock and comparisons of logs are left for the caller to fill in.
InboundBatch open_batch(const v1::SignedBatch& sealed, const ExpectedSender& expected,
                        trust::CertificateBook& certificates, const Parallel& parallel);

// Opens a record made or read here, with the certificates and parts that came along.
// Ticket and clock are left for the caller to fill in.
LocalRecord open_local(const Bytes& record, const std::vector<Bytes>& blobs,
                       trust::CertificateBook& certificates);

// Opens a receipt signed by the node of `receiver`. kUntrusted, kMalformed or kWrongElection.
Result<v1::Receipt> open_receipt(const v1::SignedReceipt& sealed, const std::string& receiver,
                                 trust::CertificateBook& certificates);

}  // namespace urna::node
