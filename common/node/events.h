// What goes into the core and what comes out of it. The core does no I/O: its driver turns bytes
// into these events and carries out the actions. Time and randomness come in with the events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/journal/store.h"
#include "common/trust/record.h"
#include "urna/v1/operations.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::node {

// One inbound or outbound stream, numbered by the driver; never reused.
using SessionId = std::uint64_t;

// Limits of one batch.
inline constexpr std::size_t kBatchRecordsMax = 256;
inline constexpr std::size_t kBatchBytesMax = 1 << 20;
// Batches sent and not yet acknowledged on one stream.
inline constexpr std::size_t kBatchesInFlightMax = 4;

// Why a whole batch is refused; in docs/formats.md, each with a test.
enum class BatchRefusal {
  kNone,
  kMalformed,      // "malformed"
  kBadSignature,   // "bad_signature"
  kUntrusted,      // "certificate_untrusted"
  kWrongElection,  // "wrong_election"
  kWrongSender,    // "wrong_sender": not the peer of this stream, or not a node
  kNotAuthorised,  // "not_authorised": the sender's unit does not lie under this node's
  kRevoked,        // "revoked": the sender's certificate
  kTooLarge,       // "too_large": over 256 records or 1 MiB
};
std::string_view batch_refusal_name(BatchRefusal refusal);

// What the driver found when it compared a peer's memory of a log with the log itself.
enum class PrefixVerdict {
  kUnknown,     // nothing to compare, or of another life of the log
  kPrefix,      // the log still begins as the peer remembers
  kNotPrefix,   // it does not: this node was restored or copied
  kUnreadable,  // the log could not be read: nothing is said or settled before it can
};

struct InboundEntry {
  std::uint64_t position = 0;  // in the sender's log
  Bytes bytes;                 // with the record when it opened, else here
  trust::Opened opened;
  std::optional<RecordId> named;  // the entry has no record: does this node have that one?
};

// A batch after its signature and its records' signatures were looked at.
struct InboundBatch {
  SessionId session = 0;
  std::uint64_t at_ms = 0;  // the driver's clock
  std::string sender;       // unit
  KeyId sender_key;
  BatchRefusal refusal = BatchRefusal::kNone;
  std::string detail;  // of the refusal
  std::uint64_t sequence = 0;
  Digest payload_digest;
  std::uint64_t payload_bytes = 0;
  v1::Checkpoint log;  // the sender's
  std::uint64_t scanned_to = 0;
  bool is_final = false;
  bool from_medium = false;  // carried here, perhaps long after it was written
  std::vector<InboundEntry> entries;
  std::vector<journal::StoredBlob> parts;  // definition parts, digests computed
  std::vector<v1::CentreNotice> notices;
  std::uint64_t notices_to = 0;
  Bytes receiver_receipt;  // the sender's proof of what this log once was; may be empty
  PrefixVerdict receiver_log = PrefixVerdict::kUnknown;  // what came of comparing it
  Bytes receiver_log_id;              // that it names; empty when there is no receipt of this node
  std::optional<LogId> fresh_log_id;  // random, used if the log must go on under a new id
};

struct InboundReceipt {
  SessionId session = 0;
  std::uint64_t at_ms = 0;
  v1::Receipt receipt;
  Bytes bytes;                                         // the SignedReceipt
  KeyId signer{};                                      // whose certificate it was verified with
  bool by_centre_node = false;                         // that certificate is a central node's
  PrefixVerdict sender_log = PrefixVerdict::kUnknown;  // from what the upstream remembers of ours
  std::optional<LogId> fresh_log_id;
};

// A record typed or read here, not from a peer.
struct LocalRecord {
  std::uint64_t ticket = 0;  // chosen by the driver, comes back with the outcome
  std::uint64_t at_ms = 0;
  Bytes bytes;
  trust::Opened opened;
  std::vector<journal::StoredBlob> parts;
};

// ---- actions ----

struct PendingReceipt {
  SessionId session = 0;
  v1::Receipt receipt;
};

struct LocalOutcome {
  std::uint64_t ticket = 0;
  v1::Outcome outcome;
};

// One atomic write, with what becomes true once it is durable. The driver signs the receipts, adds
// them to the operations, commits, and reports with on_committed().
struct CommitPlan {
  journal::Commit commit;  // without operations rows
  std::vector<v1::OperationsEntry> operations;
  std::vector<PendingReceipt> receipts;
  std::vector<LocalOutcome> outcomes;
};

// Read these entries and notices for a stream, and give them to on_read(). The driver may leave out
// the last positions to stay within kBatchBytesMax, but never the first.
struct ReadLog {
  SessionId session = 0;
  std::vector<std::uint64_t> positions;  // ascending, at most kBatchRecordsMax
  std::uint64_t scanned_from = 0;
  std::uint64_t scanned_to = 0;
  bool retry = false;  // positions that were deferred or suspect
  // What the peer sent below this was not left out.
  std::uint64_t refill_below = 0;
  std::uint64_t notices_from = 0;
  std::size_t notices_max = 0;
};

// A batch to complete (blobs, time), sign and send.
struct OutBatch {
  SessionId session = 0;
  v1::Batch batch;
  std::vector<Digest> blobs;  // to attach, as far as they are here
};

struct CloseSession {
  SessionId session = 0;
  std::string why;
};

struct Actions {
  std::optional<CommitPlan> commit;
  std::vector<ReadLog> reads;
  std::vector<OutBatch> batches;
  std::vector<CloseSession> closes;
  // Certificates revoked by what was just committed: their connections end.
  std::vector<KeyId> revoked;
};

}  // namespace urna::node
