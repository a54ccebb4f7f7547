#include "common/node/journal_loader.h"

#include <algorithm>
#include <optional>
#include <set>

#include "common/trust/sha256.h"

namespace urna::node {

namespace {

constexpr std::size_t kHeadsAtOnce = 16'384;
// Of one piece.
constexpr std::size_t kBytesMax = 8 << 20;

bool comes_first(trust::Kind kind) {
  return kind == trust::Kind::kManifest || kind == trust::Kind::kRevocation;
}

std::unexpected<Error> corrupt(std::uint64_t position, std::string_view what) {
  return fail(ErrorCode::kCorrupt,
              "entry " + std::to_string(position) + " of the election log " + std::string(what));
}

}  // namespace

Result<void> JournalLoader::head(Core& core) {
  // A program that writes the store may go on beside: what is loaded is the log as it is now, with
  // at least the parts it needs.
  const auto log_id = store_.log_id();
  if (!log_id) return std::unexpected(log_id.error());
  auto log = journal::load_frontier(store_, journal::LogKind::kElection);
  if (!log) return std::unexpected(std::move(log.error()));
  log_ = *log;
  std::optional<Digest> changed;
  auto parts = store_.for_each_part([&](const journal::StoredBlob& part) {
    if (trust::digest_of(part.bytes) != part.digest) changed = part.digest;
    core.restore_part(part);
  });
  if (!parts) return parts;
  // Figures are read by what the parts say: one that changed here would give others.
  if (changed) {
    return fail(ErrorCode::kCorrupt,
                "the bytes of part " + changed->hex() + " do not match its digest");
  }
  core.restore_log(*log_id, log_);
  if (auto loaded = load_heads(core); !loaded) return loaded;
  auto cursors = store_.cursors();
  if (!cursors) return std::unexpected(std::move(cursors.error()));
  for (const journal::Cursor& cursor : *cursors) core.restore_cursor(cursor);
  for (std::uint64_t at = 0;;) {
    auto notices = store_.read_notices(at, kHeadsAtOnce);
    if (!notices) return std::unexpected(std::move(notices.error()));
    if (notices->empty()) break;
    for (const journal::StoredNotice& stored : *notices) core.restore_notice(stored.notice);
    at += notices->size();
  }
  core.restored();
  if (log_.size() == 0) core.made_whole();
  return {};
}

Result<void> JournalLoader::load_heads(Core& core) {
  std::vector<std::uint64_t> first;
  for (std::uint64_t at = 0; at < log_.size();) {
    const auto most = std::min<std::uint64_t>(kHeadsAtOnce, log_.size() - at);
    auto heads = store_.read_heads(at, static_cast<std::size_t>(most));
    if (!heads) return std::unexpected(std::move(heads.error()));
    if (heads->empty()) return fail(ErrorCode::kCorrupt, "the election log ends early");
    for (const journal::StoredHead& head : *heads) {
      if (head.position != at++) return corrupt(at - 1, "is missing");
      const auto kind = static_cast<trust::Kind>(head.kind);
      if (!core.restore_entry(head.position, kind, head.id, head.unit, head.source)) {
        return corrupt(head.position, "stands in it twice");
      }
      if (comes_first(kind)) first.push_back(head.position);
    }
  }
  return load_first(core, first);
}

Result<void> JournalLoader::load_first(Core& core, const std::vector<std::uint64_t>& positions) {
  for (const std::uint64_t position : positions) {
    auto entries = store_.read_election(position, 1, kBytesMax);
    if (!entries) return std::unexpected(std::move(entries.error()));
    if (entries->empty()) return corrupt(position, "is missing");
    auto records = reopen(std::move(*entries), run_in_turn);
    if (!records) return std::unexpected(std::move(records.error()));
    if (!comes_first(records->front().kind)) return corrupt(position, "is of another kind");
    auto restored = core.restore_record(position, std::move(records->front()));
    if (!restored) return restored;
  }
  return {};
}

Result<JournalLoader::Piece> JournalLoader::next(const Parallel& parallel) {
  Piece piece{rebuilt_.size(), {}};
  if (rebuilt_.size() == log_.size()) return piece;
  const auto most = std::min<std::uint64_t>(records_max_, log_.size() - rebuilt_.size());
  auto entries = store_.read_election(rebuilt_.size(), static_cast<std::size_t>(most), kBytesMax);
  if (!entries) return std::unexpected(std::move(entries.error()));
  if (entries->empty()) return fail(ErrorCode::kCorrupt, "the election log ends early");
  for (const journal::StoredEntry& stored : *entries) {
    if (stored.position != rebuilt_.size()) return corrupt(rebuilt_.size(), "is missing");
    rebuilt_.append(stored.entry.leaf);
  }
  auto records = reopen(std::move(*entries), parallel);
  if (!records) return std::unexpected(std::move(records.error()));
  piece.records = std::move(*records);
  if (rebuilt_.size() == log_.size() && rebuilt_.root() != log_.root()) {
    return fail(ErrorCode::kCorrupt, "the election log is not the one its tree was built over");
  }
  return piece;
}

Result<std::vector<trust::OpenedRecord>> JournalLoader::reopen(
    std::vector<journal::StoredEntry> entries, const Parallel& parallel) {
  std::vector<std::optional<Result<trust::OpenedRecord>>> opened(entries.size());
  std::vector<KeyId> unknown(entries.size());
  const auto open = [&](std::size_t i) {
    const journal::ElectionEntry& entry = entries[i].entry;
    auto record = trust::reopen_record(entry.record, certificates_.stored());
    if (!record && record.error().code == ErrorCode::kNotFound) {
      if (const auto ids = trust::envelope_ids(entry.record)) unknown[i] = ids->key;
    }
    if (record &&
        (record->id != entry.id || static_cast<std::uint8_t>(record->kind) != entry.kind ||
         journal::record_leaf(entry.record, entry.id) != entry.leaf)) {
      record = corrupt(entries[i].position, "is not what was written");
    }
    opened[i] = std::move(record);
  };
  parallel(entries.size(), open);
  std::set<KeyId> keys(unknown.begin(), unknown.end());
  keys.erase(KeyId{});
  if (!keys.empty()) {
    if (auto fetched = fetch_certificates({keys.begin(), keys.end()}); !fetched) {
      return std::unexpected(std::move(fetched.error()));
    }
    parallel(entries.size(), [&](std::size_t i) {
      if (unknown[i] != KeyId{}) open(i);
    });
  }
  std::vector<trust::OpenedRecord> records;
  records.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!*opened[i]) {
      return std::unexpected(
          std::move(opened[i]->error()).within("entry " + std::to_string(entries[i].position)));
    }
    records.push_back(std::move(**opened[i]));
  }
  return records;
}

Result<void> JournalLoader::fetch_certificates(const std::vector<KeyId>& keys) {
  std::vector<Digest> digests;
  digests.reserve(keys.size());
  for (const KeyId& key : keys) digests.push_back(Digest{key.bytes});
  auto blobs = store_.blobs(digests);
  if (!blobs) return std::unexpected(std::move(blobs.error()));
  for (const journal::StoredBlob& blob : *blobs) certificates_.restore(blob.bytes);
  return {};
}

Result<void> JournalLoader::apply(Core& core, Piece piece) {
  std::uint64_t position = piece.first;
  for (trust::OpenedRecord& record : piece.records) {
    const std::uint64_t at = position++;
    if (comes_first(record.kind)) continue;
    if (auto restored = core.restore_record(at, std::move(record)); !restored) return restored;
  }
  if (position == log_.size()) {
    core.made_whole();
  } else {
    core.settle_restored();
  }
  return {};
}

}  // namespace urna::node
