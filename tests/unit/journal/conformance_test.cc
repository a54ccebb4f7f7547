#include "tests/unit/journal/conformance.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <set>
#include <thread>

#include "common/journal/commit_rules.h"
#include "common/journal/verify.h"
#include "common/trust/sha256.h"

namespace urna::journal {
namespace {

INSTANTIATE_TEST_SUITE_P(Stores, Conformance, testing::Values("memory", "sqlite", "postgres"),
                         name_of);

void expect_same(const ElectionEntry& left, const ElectionEntry& right) {
  EXPECT_EQ(left.id, right.id);
  EXPECT_EQ(left.leaf, right.leaf);
  EXPECT_EQ(left.record, right.record);
  EXPECT_EQ(left.kind, right.kind);
  EXPECT_EQ(left.unit, right.unit);
  EXPECT_EQ(left.voivodeship, right.voivodeship);
  EXPECT_EQ(left.source, right.source);
}

TEST_P(Conformance, CommitOnAWrongBaseIsAConflictAndWritesNothing) {
  ASSERT_TRUE(append_entries(*store_, 0, 3));
  for (const std::uint64_t base : {0U, 2U, 4U}) {
    Commit commit;
    commit.election_base = base;
    commit.election = {entry_of(100)};
    commit.blobs = {blob_of(1)};
    EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kConflict) << base;
  }
  Commit operations;
  operations.election_base = 3;
  operations.operations_base = 1;
  operations.operations = {row_of(1)};
  EXPECT_EQ(store_->commit(operations).error().code, ErrorCode::kConflict);
  reopen();
  EXPECT_EQ(size(), 3U);
  EXPECT_EQ(size(LogKind::kOperations), 0U);
  EXPECT_EQ(store_->find(id_of(100)).value(), std::nullopt);
  EXPECT_EQ(store_->blob(blob_of(1).digest).value(), std::nullopt);
}

TEST_P(Conformance, RecordAlreadyThereIsAConflictThatNamesItAndWritesNothing) {
  ASSERT_TRUE(append_entries(*store_, 0, 3));
  Commit commit;
  commit.election_base = 3;
  commit.election = {entry_of(3), entry_of(1), entry_of(4)};
  // The same record from elsewhere is still the same record.
  commit.election[1].voivodeship = "99";
  commit.cursors = {cursor_of("peer", 5)};
  const auto done = store_->commit(commit);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kConflict);
  EXPECT_NE(done.error().message.find(id_of(1).hex()), std::string::npos) << done.error().message;
  EXPECT_EQ(size(), 3U);
  EXPECT_EQ(store_->find(id_of(3)).value(), std::nullopt);
  EXPECT_TRUE(store_->cursors().value().empty());
  // The store goes on.
  EXPECT_TRUE(append_entries(*store_, 3, 1));
}

// What each store refuses it refuses as a whole, whichever part of the commit is at fault.
TEST_P(Conformance, RefusedCommitLeavesNoPartOfItselfAndTheNextGoesIn) {
  Commit good;
  good.election = {entry_of(0)};
  good.operations = {row_of(0)};
  good.blobs = {blob_of(0)};
  good.cursors = {cursor_of("peer", 1)};
  good.notices = {notice_of(0)};
  good.new_log_id = LogId{{7}};
  ASSERT_TRUE(store_->commit(good));

  Commit bad;
  bad.election_base = bad.operations_base = 1;
  bad.election = {entry_of(1), entry_of(0)};
  bad.operations = {row_of(1)};
  bad.blobs = {blob_of(1)};
  bad.cursors = {cursor_of("peer", 2), cursor_of("other", 2)};
  bad.notices = {notice_of(1)};
  bad.new_log_id = LogId{{8}};
  EXPECT_EQ(store_->commit(bad).error().code, ErrorCode::kConflict);
  reopen();
  EXPECT_EQ(size(), 1U);
  EXPECT_EQ(size(LogKind::kOperations), 1U);
  EXPECT_EQ(store_->blob(blob_of(1).digest).value(), std::nullopt);
  EXPECT_EQ(store_->cursors().value(), good.cursors);
  EXPECT_EQ(store_->read_notices(0, 10).value().size(), 1U);
  EXPECT_EQ(store_->log_id().value(), (LogId{{7}}));
  bad.election.pop_back();
  EXPECT_TRUE(store_->commit(bad));
}

TEST_P(Conformance, RecordTwiceInOneCommitIsAConflict) {
  Commit commit;
  commit.election = {entry_of(1), entry_of(2), entry_of(1)};
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kConflict);
  EXPECT_EQ(size(), 0U);
}

TEST_P(Conformance, ValuesADatabaseCannotHoldAreInvalid) {
  Commit commit;
  commit.cursors = {cursor_of("peer", std::numeric_limits<std::uint64_t>::max())};
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kInvalidArgument);
  commit.cursors = {cursor_of(std::string("a\0b", 3), 1)};
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kInvalidArgument);
  commit.cursors = {cursor_of("\xff\xfe", 1)};
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kInvalidArgument);
  commit.cursors = {cursor_of("peer", 1)};
  commit.cursors[0].log_id = "short";
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kInvalidArgument);
  commit.cursors.clear();
  commit.notices = {notice_of(1)};
  commit.notices[0].position = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kInvalidArgument);
  commit.notices.clear();
  commit.election = {entry_of(1)};
  commit.election[0].unit = std::string(200, 'x');
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(size(), 0U);
}

TEST_P(Conformance, EntriesAreReadAsTheyWereWritten) {
  Commit commit;
  for (std::uint64_t i = 0; i < 40; ++i) commit.election.push_back(entry_of(i, i == 7 ? 0 : i));
  for (std::uint64_t i = 0; i < 5; ++i) commit.operations.push_back(row_of(i));
  ASSERT_TRUE(store_->commit(commit));
  reopen();
  const auto read = store_->read_election(0, 1000, 1'000'000).value();
  ASSERT_EQ(read.size(), 40U);
  for (std::uint64_t i = 0; i < 40; ++i) {
    EXPECT_EQ(read[i].position, i);
    expect_same(read[i].entry, commit.election[i]);
    EXPECT_EQ(store_->find(id_of(i)).value(), i);
  }
  const auto rows = store_->read_operations(3, 1000).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].position, 4U);
  EXPECT_EQ(rows[1].row.entry, row_of(4).entry);
  EXPECT_EQ(rows[1].row.leaf, row_of(4).leaf);
  EXPECT_EQ(store_->find(id_of(1000)).value(), std::nullopt);
}

TEST_P(Conformance, ReadsKeepTheirLimits) {
  ASSERT_TRUE(append_entries(*store_, 0, 10));  // 100 bytes each
  const auto count = [&](std::uint64_t from, std::size_t records, std::size_t bytes) {
    return store_->read_election(from, records, bytes).value().size();
  };
  EXPECT_EQ(count(0, 3, 10'000), 3U);
  EXPECT_EQ(count(0, 100, 300), 3U);
  EXPECT_EQ(count(0, 100, 299), 2U);
  EXPECT_EQ(count(0, 100, 1), 1U) << "the first is read whatever its size";
  EXPECT_EQ(count(4, 100, 1), 1U);
  EXPECT_EQ(count(0, 0, 300), 0U);
  EXPECT_EQ(count(8, 100, 10'000), 2U);
  EXPECT_EQ(count(10, 100, 10'000), 0U);
  const auto all = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(count(0, all, all), 10U);
  EXPECT_EQ(count(all, all, all), 0U);
  EXPECT_EQ(store_->read_operations(all, all).value().size(), 0U);
  EXPECT_EQ(store_->read_notices(all, all).value().size(), 0U);
}

TEST_P(Conformance, LimitOfBytesHoldsAfterAnEmptyFirstRecord) {
  Commit commit;
  commit.election = {entry_of(0, 0), entry_of(1, 500), entry_of(2, 0)};
  ASSERT_TRUE(store_->commit(commit));
  EXPECT_EQ(store_->read_election(0, 10, 499).value().size(), 1U);
  EXPECT_EQ(store_->read_election(0, 10, 500).value().size(), 3U);
  EXPECT_EQ(store_->read_election(1, 10, 0).value().size(), 1U);
}

TEST_P(Conformance, RecordOfTheLargestSizeIsKept) {
  Commit commit;
  commit.election = {entry_of(0, 256 * 1024), entry_of(1, 10), entry_of(2, 256 * 1024)};
  commit.blobs = {{Digest{{9}}, Bytes(3'000'000, '\x80')}};
  ASSERT_TRUE(store_->commit(commit));
  reopen();
  const auto read = store_->read_election(0, 10, 10'000'000).value();
  ASSERT_EQ(read.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) expect_same(read[i].entry, commit.election[i]);
  EXPECT_EQ(store_->read_election(0, 10, 262'154).value().size(), 2U);
  EXPECT_EQ(store_->blob(Digest{{9}}).value(), commit.blobs[0].bytes);
}

TEST_P(Conformance, ValueAboveTheLimitIsTooLarge) {
  Commit commit;
  commit.blobs = {{Digest{{9}}, Bytes(kValueBytesMax + 1, 'x')}};
  EXPECT_EQ(store_->commit(commit).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(store_->blob(Digest{{9}}).value(), std::nullopt);
}

TEST_P(Conformance, BlobsStayAsTheyFirstWere) {
  Commit commit;
  for (std::uint64_t i = 0; i < 40; ++i) commit.blobs.push_back(blob_of(i));
  commit.blobs.push_back(blob_of(3));
  ASSERT_TRUE(store_->commit(commit));
  Commit again;
  again.blobs = {{blob_of(3).digest, "something else"}};
  ASSERT_TRUE(store_->commit(again));
  reopen();
  EXPECT_EQ(store_->blob(blob_of(3).digest).value(), blob_of(3).bytes);
  std::vector<Digest> visited;
  ASSERT_TRUE(store_->for_each_part([&](const StoredBlob& blob) {
    visited.push_back(blob.digest);
    // A visitor may use the store.
    EXPECT_EQ(store_->blob(blob.digest).value(), blob.bytes);
  }));
  EXPECT_EQ(visited.size(), 40U);
  EXPECT_TRUE(std::ranges::is_sorted(visited));
}

TEST_P(Conformance, CertificatesAreNoParts) {
  Commit commit;
  const StoredBlob certificate{trust::digest_of("0\x82 a certificate"), "0\x82 a certificate"};
  const StoredBlob empty{trust::digest_of(""), ""};
  commit.blobs = {certificate, blob_of(1), empty};
  ASSERT_TRUE(store_->commit(commit));
  reopen();
  std::set<Digest> parts;
  ASSERT_TRUE(store_->for_each_part([&](const StoredBlob& part) { parts.insert(part.digest); }));
  EXPECT_EQ(parts, (std::set{blob_of(1).digest, empty.digest}));
}

TEST_P(Conformance, ManyBlobsAreFoundAtOnceAndMissingOnesLeftOut) {
  Commit commit;
  for (std::uint64_t i = 0; i < 40; ++i) commit.blobs.push_back(blob_of(i));
  ASSERT_TRUE(store_->commit(commit));
  const std::vector<Digest> wanted = {blob_of(7).digest, blob_of(99).digest, blob_of(3).digest};
  std::map<Digest, Bytes> found;
  const auto blobs = store_->blobs(wanted).value();
  for (const StoredBlob& blob : blobs) found[blob.digest] = blob.bytes;
  EXPECT_EQ(found, (std::map<Digest, Bytes>{{blob_of(7).digest, blob_of(7).bytes},
                                            {blob_of(3).digest, blob_of(3).bytes}}));
  EXPECT_TRUE(store_->blobs({}).value().empty());
}

TEST_P(Conformance, HeadsAreTheEntriesWithoutTheirRecords) {
  ASSERT_TRUE(append_entries(*store_, 0, 30));
  const auto heads = store_->read_heads(10, 5).value();
  const auto entries = store_->read_election(10, 5, std::size_t{1} << 20).value();
  ASSERT_EQ(heads.size(), 5U);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    EXPECT_EQ(heads[i].position, entries[i].position);
    EXPECT_EQ(heads[i].id, entries[i].entry.id);
    EXPECT_EQ(heads[i].kind, entries[i].entry.kind);
    EXPECT_EQ(heads[i].unit, entries[i].entry.unit);
    EXPECT_EQ(heads[i].source, entries[i].entry.source);
  }
  EXPECT_EQ(store_->read_heads(28, 100).value().size(), 2U);
  EXPECT_TRUE(store_->read_heads(30, 100).value().empty());
}

TEST_P(Conformance, CursorsReplaceTheOneOfTheSamePeerAndDirection) {
  Commit commit;
  commit.cursors = {cursor_of("b", 1), cursor_of("a", 2), cursor_of("b", 3)};
  commit.cursors.push_back(cursor_of("b", 4));
  commit.cursors.back().kind = Cursor::Kind::kDownstream;
  ASSERT_TRUE(store_->commit(commit));
  Commit later;
  later.cursors = {cursor_of("a", 0)};
  ASSERT_TRUE(store_->commit(later));
  reopen();
  const std::vector<Cursor> expected = {cursor_of("a", 0), cursor_of("b", 3), commit.cursors[3]};
  EXPECT_EQ(store_->cursors().value(), expected);
}

TEST_P(Conformance, NoticesAreNumberedDenselyAndKeptOnce) {
  Commit commit;
  commit.notices = {notice_of(5), notice_of(6), notice_of(5)};
  ASSERT_TRUE(store_->commit(commit));
  Commit again;
  again.notices = {notice_of(6), notice_of(7), notice_of(5), notice_of(8)};
  again.notices[0].position = 999;
  ASSERT_TRUE(store_->commit(again));
  reopen();
  const auto read = store_->read_notices(0, 100).value();
  ASSERT_EQ(read.size(), 4U);
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read[i].number, i);
    EXPECT_EQ(read[i].notice, notice_of(5 + i));
  }
  EXPECT_EQ(store_->read_notices(2, 1).value().at(0).number, 2U);
  EXPECT_TRUE(store_->read_notices(4, 1).value().empty());
}

TEST_P(Conformance, LogGoesOnUnderItsNewId) {
  ASSERT_TRUE(append_entries(*store_, 0, 3));
  const LogId before = store_->log_id().value();
  reopen();
  EXPECT_EQ(store_->log_id().value(), before);
  Commit commit;
  commit.election_base = 3;
  commit.new_log_id = LogId{{42}};
  ASSERT_TRUE(store_->commit(commit));
  reopen();
  EXPECT_EQ(store_->log_id().value(), (LogId{{42}}));
  EXPECT_EQ(size(), 3U);
  EXPECT_TRUE(append_entries(*store_, 3, 1));
}

TEST_P(Conformance, EmptyCommitChangesNothing) {
  EXPECT_TRUE(store_->commit({}));
  EXPECT_EQ(size(), 0U);
}

TEST_P(Conformance, EntryWhoseBytesDoNotMatchItsLeafIsFoundAndNamed) {
  Commit commit;
  for (std::uint64_t i = 0; i < 600; ++i) {
    commit.election.push_back(entry_of(i));
    commit.operations.push_back(row_of(i));
  }
  commit.election[371].record[50] ^= 1;
  commit.operations[2].entry += "x";
  ASSERT_TRUE(store_->commit(commit));
  const auto election = verify_log(*store_, LogKind::kElection);
  ASSERT_FALSE(election);
  EXPECT_EQ(election.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(election.error().message.find("position 371:"), std::string::npos);
  const auto operations = verify_log(*store_, LogKind::kOperations);
  ASSERT_FALSE(operations);
  EXPECT_NE(operations.error().message.find("position 2:"), std::string::npos);
}

TEST_P(Conformance, ReadsBesideTheWriterSeeWholeCommits) {
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const std::uint64_t seen = store_->size(LogKind::kElection).value();
      EXPECT_EQ(seen % 10, 0U);
      EXPECT_GE(store_->read_election(0, 1000, 1'000'000).value().size(), seen);
    }
  });
  for (std::uint64_t i = 0; i < 30; ++i) EXPECT_TRUE(append_entries(*store_, i * 10, 10));
  done = true;
  reader.join();
  EXPECT_TRUE(verify_log(*store_, LogKind::kElection));
}

}  // namespace
}  // namespace urna::journal
