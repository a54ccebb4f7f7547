// A node's durable state: two append-only logs, the parts they need, and where peers stand.
//
// A store is driven by one writer. commit() is atomic and durable when it returns: all of it is
// there after a crash, or none. Reads may come from other threads at the same time.
//
// Three implementations: MemoryStore (drills, simulation), SqliteStore (precinct, territorial),
// PostgresStore (centre). One conformance suite runs on all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/model/ids.h"

namespace urna::journal {

enum class LogKind { kElection, kOperations };

// The input of a leaf: what the Merkle tree commits to. Election log: SHA-256(SignedRecord) ‖
// record_id (64 bytes). Operations log: SHA-256(entry) (32 bytes).
// The leaf hash is SHA-256(0x00 ‖ input), RFC 6962.
using LeafHash = std::array<unsigned char, 32>;

struct ElectionEntry {
  RecordId id;
  LeafHash leaf;
  Bytes record;             // a serialised SignedRecord
  std::uint8_t kind = 0;    // trust::Kind
  std::string unit;         // the unit it speaks of; empty for manifests and revocations
  std::string voivodeship;  // the voivodeship that unit lies in; empty when none
  // The peer unit it came from and that surely has it; the node's own unit for its own records, and
  // for what a peer below brought that nobody at or below it signed.
  std::string source;
};

struct OperationsRow {
  LeafHash leaf;
  Bytes entry;  // a serialised OperationsEntry
};

// A certificate in DER, or a part of a definition. The former begin with 0x30 (a sequence), the
// latter never do: none has a field 6 before all others.
inline constexpr char kCertificateMark = '\x30';
struct StoredBlob {
  Digest digest;
  Bytes bytes;
};

// Where a peer stands, one row per (peer, direction).
struct Cursor {
  enum class Kind : std::uint8_t {
    kUpstream = 1,    // how far an upstream settled our log
    kFollowed = 2,    // how far we followed an upstream's log
    kDownstream = 3,  // what a peer below last told us of its own log
    kRefill = 4,      // entries of our log below it go to the peer whoever they came from
  };
  std::string peer;
  Kind kind = Kind::kUpstream;
  std::string log_id;          // 16 bytes, of the log the position counts in
  std::uint64_t position = 0;  // lowest position not settled
  std::uint64_t size = 0;      // the last checkpoint seen of that log: size and root
  std::string root;            // 32 bytes; empty when size is 0
  std::uint64_t notices = 0;   // kFollowed: lowest notice not seen
  bool operator==(const Cursor&) const = default;
};

// A record known to be in the centre's log.
struct Notice {
  RecordId id;
  std::string centre_log_id;  // 16 bytes
  std::uint64_t position = 0;
  bool operator==(const Notice&) const = default;
};

// One atomic step. `election_base` and `operations_base` are the sizes the writer believes the logs
// have; commit() fails with kConflict when they do not match, and nothing is written.
struct Commit {
  std::uint64_t election_base = 0;
  std::vector<ElectionEntry> election;
  std::uint64_t operations_base = 0;
  std::vector<OperationsRow> operations;
  std::vector<StoredBlob> blobs;    // already present ones are left as they are
  std::vector<Cursor> cursors;      // inserted or replaced
  std::vector<Notice> notices;      // appended; already present ids are left as they are
  std::optional<LogId> new_log_id;  // after a restore: the election log goes on under a new id

  bool empty() const {
    return election.empty() && operations.empty() && blobs.empty() && cursors.empty() &&
           notices.empty() && !new_log_id;
  }
};

// The points between which a crash is simulated, in the order they are passed.
enum class CrashPoint {
  kBeforeCommit,
  kAfterBlobs,
  kAfterElectionEntries,
  kAfterOperationsEntries,
  kAfterCursors,
  kAfterTiles,
  kAfterCommit,
};
inline constexpr CrashPoint kAllCrashPoints[] = {
    CrashPoint::kBeforeCommit,         CrashPoint::kAfterBlobs,
    CrashPoint::kAfterElectionEntries, CrashPoint::kAfterOperationsEntries,
    CrashPoint::kAfterCursors,         CrashPoint::kAfterTiles,
    CrashPoint::kAfterCommit};

// Called at each point of a commit; a test throws or kills from it.
using CrashHook = std::function<void(CrashPoint)>;

struct StoredEntry {
  std::uint64_t position = 0;
  ElectionEntry entry;
};

// An entry without its record.
struct StoredHead {
  std::uint64_t position = 0;
  RecordId id;
  std::uint8_t kind = 0;
  std::string unit;
  std::string source;
};

struct StoredOperations {
  std::uint64_t position = 0;
  OperationsRow row;
};

struct StoredNotice {
  std::uint64_t number = 0;  // dense, from 0
  Notice notice;
};

class Store {
 public:
  virtual ~Store() = default;

  // The election log's id; minted when the store was created.
  virtual Result<LogId> log_id() = 0;
  virtual Result<std::uint64_t> size(LogKind log) = 0;

  // kConflict: bases do not match, or a record id is already there. kNoSpace: the disk is full.
  // kUnavailable: the database is gone. After any failure nothing was written.
  virtual Result<void> commit(const Commit& commit) = 0;

  // Entries from `from` on, at most `max_records` and, after the first, at most `max_bytes` of
  // records. Empty at the end of the log.
  virtual Result<std::vector<StoredEntry>> read_election(std::uint64_t from,
                                                         std::size_t max_records,
                                                         std::size_t max_bytes) = 0;
  // The heads of at most `max` entries from `from` on. Empty at the end of the log.
  virtual Result<std::vector<StoredHead>> read_heads(std::uint64_t from, std::size_t max) = 0;
  virtual Result<std::vector<StoredOperations>> read_operations(std::uint64_t from,
                                                                std::size_t max_records) = 0;
  // nullopt when it is not here.
  virtual Result<std::optional<std::uint64_t>> find(const RecordId& id) = 0;
  virtual Result<std::optional<Bytes>> blob(const Digest& digest) = 0;
  // Those of these that are here, in any order.
  virtual Result<std::vector<StoredBlob>> blobs(std::span<const Digest> digests) = 0;
  // Every part of a definition, ascending by digest: the blobs that are no certificates.
  virtual Result<void> for_each_part(const std::function<void(const StoredBlob&)>& visit) = 0;
  virtual Result<std::vector<Cursor>> cursors() = 0;
  virtual Result<std::vector<StoredNotice>> read_notices(std::uint64_t from, std::size_t max) = 0;

  // Whether the database is known to have gone, so that every call fails with kUnavailable. Quick,
  // and notices it without a call that fails: for whoever has nothing else to do.
  virtual bool lost() { return false; }

  // The hashes of one full tile of a log's Merkle tree: 256 of them. kNotFound when not full yet.
  virtual Result<std::vector<LeafHash>> tile(LogKind log, unsigned level, std::uint64_t index) = 0;
  // Leaf hashes of entries [from, to). kInvalidArgument past the end of the log.
  virtual Result<std::vector<LeafHash>> leaves(LogKind log, std::uint64_t from,
                                               std::uint64_t to) = 0;

  // ---- of a store that may be damaged ----

  // What the database itself finds wrong with its pages and indexes, at most `max` lines. None also
  // where it has no such check.
  virtual Result<std::vector<std::string>> storage_faults(std::size_t max);
  // The record at a position, with nothing of its row checked. kNotFound: no entry is there.
  virtual Result<Bytes> record_unchecked(std::uint64_t position);
  // Every part of a definition that can be read, and certificates where that costs no search; what
  // cannot be read is passed over, and no digest is compared.
  virtual Result<void> for_each_blob_unchecked(const std::function<void(const StoredBlob&)>& visit);
};

// RFC 6962 root of the first `size` entries, read through tiles. kInvalidArgument past the end.
Result<LeafHash> root_at(Store& store, LogKind log, std::uint64_t size);

}  // namespace urna::journal
