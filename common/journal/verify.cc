#include "common/journal/verify.h"

#include <algorithm>
#include <optional>

#include "common/journal/merkle.h"
#include "common/journal/tiles.h"
#include "common/trust/sha256.h"

namespace urna::journal {
namespace {

constexpr std::size_t kChunkRecords = 512;
constexpr std::size_t kChunkBytes = std::size_t{8} << 20;

std::unexpected<Error> corrupt(LogKind log, std::uint64_t position, std::string what) {
  return fail(ErrorCode::kCorrupt, fault_text(log, {position, std::move(what)}));
}

struct Leaf {
  std::uint64_t position;
  LeafHash stored;
  LeafHash computed;
  std::optional<RecordId> id;  // election log
};

Result<std::vector<Leaf>> read_leaves(Store& store, LogKind log, std::uint64_t from,
                                      std::size_t count) {
  std::vector<Leaf> leaves;
  if (log == LogKind::kElection) {
    auto entries = store.read_election(from, count, kChunkBytes);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& [position, entry] : *entries) {
      leaves.push_back({position, entry.leaf, record_leaf(entry.record, entry.id), entry.id});
    }
  } else {
    auto rows = store.read_operations(from, count);
    if (!rows) return std::unexpected(rows.error());
    for (const auto& [position, row] : *rows) {
      leaves.push_back({position, row.leaf, operations_leaf(row.entry), {}});
    }
  }
  return leaves;
}

constexpr const char* kLeafDiffers = "the entry's bytes do not match its leaf hash";

class Audit {
 public:
  Audit(Store& store, LogKind log, std::uint64_t size, std::size_t faults_max,
        std::vector<KnownRoot> known)
      : store_(store), log_(log), faults_max_(faults_max), known_(std::move(known)) {
    audit_.size = size;
    std::ranges::sort(known_, {}, &KnownRoot::size);
  }

  Result<LogAudit> run() {
    while (next_ < audit_.size && !full()) {
      auto done = read_chunk();
      if (!done) return std::unexpected(std::move(done.error()));
    }
    if (full()) return std::move(audit_);
    audit_.root = frontier_.root();
    for (; whole_ && known_at_ < known_.size(); ++known_at_) {
      const KnownRoot& beyond = known_[known_at_];
      if (beyond.size != audit_.size || beyond.root != audit_.root) {
        audit_.contradicted.push_back(beyond);
      }
    }
    return std::move(audit_);
  }

 private:
  bool full() const { return audit_.faults.size() >= faults_max_; }

  void found(std::uint64_t position, std::string what, bool rebuildable = false) {
    ++audit_.faults_found;
    if (!full()) audit_.faults.push_back({position, std::move(what), rebuildable});
  }

  Result<void> read_chunk() {
    auto leaves = read_leaves(store_, log_, next_, kChunkRecords);
    if (!leaves && leaves.error().code == ErrorCode::kCorrupt) return read_one_by_one();
    if (!leaves) return std::unexpected(std::move(leaves.error()));
    if (leaves->empty()) {
      lose_up_to(audit_.size);
      return {};
    }
    for (const Leaf& leaf : *leaves) {
      if (leaf.position >= audit_.size || full()) break;
      if (auto done = take(leaf); !done) return done;
    }
    return {};
  }

  // Past an entry that cannot be read, until a whole chunk's worth was looked at.
  Result<void> read_one_by_one() {
    const std::uint64_t end = std::min<std::uint64_t>(audit_.size, next_ + kChunkRecords);
    while (next_ < end && !full()) {
      const auto leaves = read_leaves(store_, log_, next_, 1);
      if (leaves && !leaves->empty()) {
        if (auto done = take(leaves->front()); !done) return done;
        continue;
      }
      if (!leaves && leaves.error().code != ErrorCode::kCorrupt) {
        return std::unexpected(leaves.error());
      }
      found(next_++, leaves ? "the entry is missing" : "cannot be read: " + leaves.error().message);
      whole_ = false;
    }
    return {};
  }

  void lose_up_to(std::uint64_t position) {
    for (; next_ < position && !full(); ++next_) found(next_, "the entry is missing");
    whole_ = false;
  }

  Result<void> take(const Leaf& leaf) {
    if (leaf.position > next_) lose_up_to(leaf.position);
    if (leaf.position < next_ || full()) return {};
    ++next_;
    compare_roots();
    // A damaged entry is told once; the tree goes on over what was its leaf.
    if (leaf.stored != leaf.computed) found(leaf.position, kLeafDiffers);
    if (auto looked = look_up(leaf); !looked) return looked;
    if (!whole_) return {};
    frontier_.append(leaf.stored);
    builder_.append(leaf.stored, completed_);
    for (const Tile& tile : completed_) {
      if (auto done = compare(tile); !done) return done;
    }
    completed_.clear();
    return {};
  }

  // Roots over the entries before the one that is taken now.
  void compare_roots() {
    while (whole_ && known_at_ < known_.size() && known_[known_at_].size == frontier_.size()) {
      const KnownRoot& known = known_[known_at_++];
      if (known.root != frontier_.root()) audit_.contradicted.push_back(known);
    }
  }

  Result<void> look_up(const Leaf& leaf) {
    if (!leaf.id) return {};
    const auto at = store_.find(*leaf.id);
    if (!at && at.error().code != ErrorCode::kCorrupt) return std::unexpected(at.error());
    if (at && *at == leaf.position) return {};
    found(leaf.position,
          !at   ? "looking the record up by its id fails: " + at.error().message
          : *at ? "looked up by its id, the record is at " + std::to_string(**at)
                : "the record is not found by its id",
          /*rebuildable=*/true);
    return {};
  }

  Result<void> compare(const Tile& tile) {
    // Entries under one hash of this tile.
    const unsigned shift = kTileHeight * tile.level;
    const std::uint64_t first = tile.index * kTileWidth;
    const auto stored = store_.tile(log_, tile.level, tile.index);
    if (!stored) {
      if (stored.error().code == ErrorCode::kUnavailable) return std::unexpected(stored.error());
      found(first << shift, "tile not readable: " + stored.error().message, /*rebuildable=*/true);
      return {};
    }
    for (std::size_t i = 0; i < kTileWidth; ++i) {
      if ((*stored)[i] == tile.hashes[i]) continue;
      found((first + i) << shift,
            "the stored tile of level " + std::to_string(tile.level) + " differs from the entries",
            /*rebuildable=*/true);
      break;
    }
    return {};
  }

  Store& store_;
  const LogKind log_;
  const std::size_t faults_max_;
  std::vector<KnownRoot> known_;  // ascending by size
  std::size_t known_at_ = 0;
  LogAudit audit_;
  std::uint64_t next_ = 0;
  bool whole_ = true;  // every entry so far was there
  Frontier frontier_;
  TileBuilder builder_;
  std::vector<Tile> completed_;
};

}  // namespace

std::string fault_text(LogKind log, const LogFault& fault) {
  return std::string(log == LogKind::kElection ? "election" : "operations") + " log, position " +
         std::to_string(fault.position) + ": " + fault.what;
}

Result<LogAudit> audit_log(Store& store, LogKind log, std::size_t faults_max,
                           std::vector<KnownRoot> known) {
  const auto size = store.size(log);
  if (!size) return std::unexpected(size.error());
  return Audit(store, log, *size, faults_max, std::move(known)).run();
}

Result<void> verify_log(Store& store, LogKind log) {
  const auto audit = audit_log(store, log, 1);
  if (!audit) return std::unexpected(audit.error());
  if (audit->faults.empty()) return {};
  return fail(ErrorCode::kCorrupt, fault_text(log, audit->faults.front()));
}

Result<void> verify_tail(Store& store, LogKind log) {
  const auto size = store.size(log);
  if (!size) return std::unexpected(size.error());
  std::uint64_t position = *size / kTileWidth * kTileWidth;
  while (position < *size) {
    const auto leaves = read_leaves(store, log, position, kChunkRecords);
    if (!leaves) return std::unexpected(leaves.error());
    if (leaves->empty()) return corrupt(log, position, "the entry is missing");
    for (const Leaf& leaf : *leaves) {
      if (leaf.position != position) return corrupt(log, position, "the entry is missing");
      if (leaf.stored != leaf.computed) return corrupt(log, position, kLeafDiffers);
      ++position;
    }
  }
  return {};
}

Result<std::uint64_t> verify_parts(Store& store) {
  std::uint64_t count = 0;
  std::optional<Error> wrong;
  auto read = store.for_each_part([&](const StoredBlob& part) {
    ++count;
    if (trust::digest_of(part.bytes) == part.digest || wrong) return;
    wrong = Error{ErrorCode::kCorrupt,
                  "the bytes of part " + part.digest.hex() + " do not match its digest"};
  });
  if (!read) return std::unexpected(std::move(read.error()));
  if (wrong) return std::unexpected(std::move(*wrong));
  return count;
}

}  // namespace urna::journal
