#include "common/journal/commit_rules.h"

#include <algorithm>
#include <unordered_set>

namespace urna::journal {
namespace {

bool is_text(std::string_view text) {
  return text.size() <= kNameBytesMax &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

std::unexpected<Error> base_conflict(std::string_view log, std::uint64_t size, std::uint64_t base) {
  return fail(ErrorCode::kConflict, "the " + std::string(log) + " log has " + std::to_string(size) +
                                        " entries, the writer expected " + std::to_string(base));
}

Result<void> check_entries(const Commit& commit) {
  std::unordered_set<RecordId> ids;
  for (const ElectionEntry& entry : commit.election) {
    if (!is_text(entry.unit) || !is_text(entry.voivodeship) || !is_text(entry.source)) {
      return fail(ErrorCode::kInvalidArgument,
                  "record " + entry.id.hex() + " names a unit that is not a name");
    }
    if (!ids.insert(entry.id).second) {
      return fail(ErrorCode::kConflict, "record " + entry.id.hex() + " twice in one commit");
    }
  }
  return {};
}

Result<void> check_lengths(const Commit& commit) {
  const auto check = [](std::string_view bytes) { return bytes.size() <= kValueBytesMax; };
  if (std::ranges::all_of(commit.election, check, &ElectionEntry::record) &&
      std::ranges::all_of(commit.operations, check, &OperationsRow::entry) &&
      std::ranges::all_of(commit.blobs, check, &StoredBlob::bytes)) {
    return {};
  }
  return fail(ErrorCode::kTooLarge,
              "one value of a commit is above " + std::to_string(kValueBytesMax) + " bytes");
}

Result<void> check_cursor(const Cursor& cursor) {
  if (!is_text(cursor.peer) || cursor.peer.empty()) {
    return fail(ErrorCode::kInvalidArgument, "a cursor names a peer that is not a name");
  }
  if (cursor.log_id.size() != 16 || cursor.root.size() != (cursor.size == 0 ? 0 : 32)) {
    return fail(ErrorCode::kInvalidArgument,
                "the cursor of " + cursor.peer + " has a log id or root of a wrong length");
  }
  if (std::max({cursor.position, cursor.size, cursor.notices}) > kPositionMax) {
    return fail(ErrorCode::kInvalidArgument,
                "the cursor of " + cursor.peer + " has a position out of range");
  }
  return {};
}

}  // namespace

Result<void> check_commit(const Commit& commit, std::uint64_t election_size,
                          std::uint64_t operations_size) {
  if (commit.election_base != election_size) {
    return base_conflict("election", election_size, commit.election_base);
  }
  if (commit.operations_base != operations_size) {
    return base_conflict("operations", operations_size, commit.operations_base);
  }
  if (auto checked = check_entries(commit); !checked) return checked;
  if (auto checked = check_lengths(commit); !checked) return checked;
  for (const Cursor& cursor : commit.cursors) {
    if (auto checked = check_cursor(cursor); !checked) return checked;
  }
  for (const Notice& notice : commit.notices) {
    if (notice.centre_log_id.size() != 16 || notice.position > kPositionMax) {
      return fail(ErrorCode::kInvalidArgument,
                  "the notice of record " + notice.id.hex() + " has a bad log id or position");
    }
  }
  return {};
}

Result<void> check_range(std::uint64_t from, std::uint64_t to, std::uint64_t size) {
  if (from <= to && to <= size) return {};
  return fail(ErrorCode::kInvalidArgument, "entries " + std::to_string(from) + " to " +
                                               std::to_string(to) + " of a log of " +
                                               std::to_string(size));
}

Result<void> visit_blobs(Store& store, std::span<const Digest> digests,
                         const std::function<void(const StoredBlob&)>& visit) {
  constexpr std::size_t kAtOnce = 16;
  for (std::size_t at = 0; at < digests.size(); at += kAtOnce) {
    auto blobs = store.blobs(digests.subspan(at, std::min(kAtOnce, digests.size() - at)));
    if (!blobs) return std::unexpected(std::move(blobs.error()));
    std::ranges::sort(*blobs, {}, &StoredBlob::digest);
    for (const StoredBlob& blob : *blobs) visit(blob);
  }
  return {};
}

std::unexpected<Error> tile_not_full(unsigned level, std::uint64_t index) {
  return fail(ErrorCode::kNotFound, "tile " + std::to_string(index) + " of level " +
                                        std::to_string(level) + " is not full yet");
}

}  // namespace urna::journal
