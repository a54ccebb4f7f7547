// A store in memory: for drills and the simulation. Nothing outlives the object.
#pragma once

#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "common/journal/store.h"
#include "common/journal/tiles.h"

namespace urna::journal {

// Deterministic: the log id comes in. Reads may run beside a commit, from any thread.
//
// A commit is applied in one step: every crash point but kAfterCommit leaves the state before it.
class MemoryStore : public Store {
 public:
  explicit MemoryStore(LogId log_id, CrashHook hook = {});

  // A copy of the state, as a backup would hold it: the same log id, no hook. It trusts its writer
  // as this one does.
  std::unique_ptr<MemoryStore> backup() const;
  // Replaces the hook; not while a commit runs.
  void set_hook(CrashHook hook) { hook_ = std::move(hook); }
  // While full, every commit that is not empty fails with kNoSpace.
  void set_full(bool full) { full_ = full; }
  // A store that trusts its writer takes in a record that is in the log already: whoever watches
  // from outside then sees what the writer does. find() names the first.
  void set_trusting(bool trusting) { trusting_ = trusting; }
  // How many blobs are here.
  std::size_t blob_count() const;

  Result<LogId> log_id() override;
  Result<std::uint64_t> size(LogKind log) override;
  Result<void> commit(const Commit& commit) override;
  Result<std::vector<StoredEntry>> read_election(std::uint64_t from, std::size_t max_records,
                                                 std::size_t max_bytes) override;
  Result<std::vector<StoredHead>> read_heads(std::uint64_t from, std::size_t max) override;
  Result<std::vector<StoredOperations>> read_operations(std::uint64_t from,
                                                        std::size_t max_records) override;
  Result<std::optional<std::uint64_t>> find(const RecordId& id) override;
  Result<std::optional<Bytes>> blob(const Digest& digest) override;
  Result<std::vector<StoredBlob>> blobs(std::span<const Digest> digests) override;
  Result<void> for_each_part(const std::function<void(const StoredBlob&)>& visit) override;
  Result<std::vector<Cursor>> cursors() override;
  Result<std::vector<StoredNotice>> read_notices(std::uint64_t from, std::size_t max) override;
  Result<std::vector<LeafHash>> tile(LogKind log, unsigned level, std::uint64_t index) override;
  Result<std::vector<LeafHash>> leaves(LogKind log, std::uint64_t from, std::uint64_t to) override;

 private:
  struct State;
  void apply(const Commit& commit);

  CrashHook hook_;
  bool full_ = false;
  bool trusting_ = false;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<State> state_;
};

}  // namespace urna::journal
