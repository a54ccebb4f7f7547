#include "common/journal/memory_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_set>

#include "common/journal/commit_rules.h"

namespace urna::journal {

namespace {

struct Tree {
  TileBuilder builder;
  // tiles[level][index]
  std::vector<std::vector<std::vector<LeafHash>>> tiles;

  void append(const LeafHash& leaf) {
    std::vector<Tile> completed;
    builder.append(leaf, completed);
    for (Tile& tile : completed) {
      if (tiles.size() <= tile.level) tiles.emplace_back();
      tiles[tile.level].push_back(std::move(tile.hashes));
    }
  }
};

template <class T>
std::size_t last_index(const std::vector<T>& all, std::uint64_t from, std::size_t max) {
  return static_cast<std::size_t>(from) +
         std::min(max, all.size() - static_cast<std::size_t>(from));
}

}  // namespace

struct MemoryStore::State {
  LogId log_id;
  std::vector<ElectionEntry> election;
  std::vector<OperationsRow> operations;
  std::unordered_map<RecordId, std::uint64_t> positions;
  std::map<Digest, Bytes> blobs;
  std::map<std::pair<std::string, Cursor::Kind>, Cursor> cursors;
  std::vector<Notice> notices;
  std::unordered_set<RecordId> noticed;
  Tree election_tree;
  Tree operations_tree;

  const Tree& tree(LogKind log) const {
    return log == LogKind::kElection ? election_tree : operations_tree;
  }
};

MemoryStore::MemoryStore(LogId log_id, CrashHook hook)
    : hook_(std::move(hook)), state_(std::make_shared<State>()) {
  state_->log_id = log_id;
}

std::unique_ptr<MemoryStore> MemoryStore::backup() const {
  const std::shared_lock lock(mutex_);
  auto copy = std::make_unique<MemoryStore>(state_->log_id);
  *copy->state_ = *state_;
  copy->trusting_ = trusting_;
  return copy;
}

std::size_t MemoryStore::blob_count() const {
  const std::shared_lock lock(mutex_);
  return state_->blobs.size();
}

Result<LogId> MemoryStore::log_id() {
  const std::shared_lock lock(mutex_);
  return state_->log_id;
}

Result<std::uint64_t> MemoryStore::size(LogKind log) {
  const std::shared_lock lock(mutex_);
  return state_->tree(log).builder.size();
}

Result<void> MemoryStore::commit(const Commit& commit) {
  // Only this thread writes, so reading without the lock is safe.
  if (auto checked = check_commit(commit, state_->election.size(), state_->operations.size());
      !checked) {
    return checked;
  }
  for (const ElectionEntry& entry : commit.election) {
    if (!trusting_ && state_->positions.contains(entry.id)) {
      return fail(ErrorCode::kConflict, "record " + entry.id.hex() + " is in the log already");
    }
  }
  if (full_ && !commit.empty()) return fail(ErrorCode::kNoSpace, "the store is full");
  if (hook_) {
    for (const CrashPoint point : kAllCrashPoints) {
      if (point != CrashPoint::kAfterCommit) hook_(point);
    }
  }
  apply(commit);
  if (hook_) hook_(CrashPoint::kAfterCommit);
  return {};
}

void MemoryStore::apply(const Commit& commit) {
  const std::unique_lock lock(mutex_);
  State& state = *state_;
  for (const StoredBlob& blob : commit.blobs) state.blobs.try_emplace(blob.digest, blob.bytes);
  for (const ElectionEntry& entry : commit.election) {
    state.positions.emplace(entry.id, state.election.size());
    state.election.push_back(entry);
    state.election_tree.append(entry.leaf);
  }
  for (const OperationsRow& row : commit.operations) {
    state.operations.push_back(row);
    state.operations_tree.append(row.leaf);
  }
  for (const Cursor& cursor : commit.cursors) {
    state.cursors.insert_or_assign({cursor.peer, cursor.kind}, cursor);
  }
  for (const Notice& notice : commit.notices) {
    if (state.noticed.insert(notice.id).second) state.notices.push_back(notice);
  }
  if (commit.new_log_id) state.log_id = *commit.new_log_id;
}

Result<std::vector<StoredEntry>> MemoryStore::read_election(std::uint64_t from,
                                                            std::size_t max_records,
                                                            std::size_t max_bytes) {
  const std::shared_lock lock(mutex_);
  const auto& all = state_->election;
  std::vector<StoredEntry> entries;
  if (from >= all.size()) return entries;
  std::size_t bytes = 0;
  const std::size_t end = last_index(all, from, max_records);
  for (std::size_t i = static_cast<std::size_t>(from); i < end; ++i) {
    bytes += all[i].record.size();
    if (!entries.empty() && bytes > max_bytes) break;
    entries.push_back({i, all[i]});
  }
  return entries;
}

Result<std::vector<StoredHead>> MemoryStore::read_heads(std::uint64_t from, std::size_t max) {
  const std::shared_lock lock(mutex_);
  const auto& all = state_->election;
  std::vector<StoredHead> heads;
  if (from >= all.size()) return heads;
  const std::size_t end = last_index(all, from, max);
  for (std::size_t i = static_cast<std::size_t>(from); i < end; ++i) {
    heads.push_back({i, all[i].id, all[i].kind, all[i].unit, all[i].source});
  }
  return heads;
}

Result<std::vector<StoredOperations>> MemoryStore::read_operations(std::uint64_t from,
                                                                   std::size_t max_records) {
  const std::shared_lock lock(mutex_);
  const auto& all = state_->operations;
  std::vector<StoredOperations> rows;
  if (from >= all.size()) return rows;
  const std::size_t end = last_index(all, from, max_records);
  for (std::size_t i = static_cast<std::size_t>(from); i < end; ++i) rows.push_back({i, all[i]});
  return rows;
}

Result<std::optional<std::uint64_t>> MemoryStore::find(const RecordId& id) {
  const std::shared_lock lock(mutex_);
  const auto found = state_->positions.find(id);
  if (found == state_->positions.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<Bytes>> MemoryStore::blob(const Digest& digest) {
  const std::shared_lock lock(mutex_);
  const auto found = state_->blobs.find(digest);
  if (found == state_->blobs.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<StoredBlob>> MemoryStore::blobs(std::span<const Digest> digests) {
  const std::shared_lock lock(mutex_);
  std::vector<StoredBlob> found;
  for (const Digest& digest : digests) {
    const auto at = state_->blobs.find(digest);
    if (at != state_->blobs.end()) found.push_back({digest, at->second});
  }
  return found;
}

Result<void> MemoryStore::for_each_part(const std::function<void(const StoredBlob&)>& visit) {
  std::vector<StoredBlob> all;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [digest, bytes] : state_->blobs) {
      if (!bytes.starts_with(kCertificateMark)) all.push_back({digest, bytes});
    }
  }
  for (const StoredBlob& blob : all) visit(blob);
  return {};
}

Result<std::vector<Cursor>> MemoryStore::cursors() {
  const std::shared_lock lock(mutex_);
  std::vector<Cursor> cursors;
  for (const auto& [key, cursor] : state_->cursors) cursors.push_back(cursor);
  return cursors;
}

Result<std::vector<StoredNotice>> MemoryStore::read_notices(std::uint64_t from, std::size_t max) {
  const std::shared_lock lock(mutex_);
  const auto& all = state_->notices;
  std::vector<StoredNotice> notices;
  if (from >= all.size()) return notices;
  const std::size_t end = last_index(all, from, max);
  for (std::size_t i = static_cast<std::size_t>(from); i < end; ++i) notices.push_back({i, all[i]});
  return notices;
}

Result<std::vector<LeafHash>> MemoryStore::tile(LogKind log, unsigned level, std::uint64_t index) {
  const std::shared_lock lock(mutex_);
  const auto& tiles = state_->tree(log).tiles;
  if (level >= tiles.size() || index >= tiles[level].size()) return tile_not_full(level, index);
  return tiles[level][static_cast<std::size_t>(index)];
}

Result<std::vector<LeafHash>> MemoryStore::leaves(LogKind log, std::uint64_t from,
                                                  std::uint64_t to) {
  const std::shared_lock lock(mutex_);
  const std::uint64_t size = state_->tree(log).builder.size();
  if (auto checked = check_range(from, to, size); !checked) {
    return std::unexpected(checked.error());
  }
  std::vector<LeafHash> leaves;
  for (auto i = static_cast<std::size_t>(from); i < to; ++i) {
    leaves.push_back(log == LogKind::kElection ? state_->election[i].leaf
                                               : state_->operations[i].leaf);
  }
  return leaves;
}

}  // namespace urna::journal
