// Any sequence of commits, good and bad, means the same to every store.
#include <rapidcheck.h>

#include "common/journal/memory_store.h"
#include "tests/unit/journal/conformance.h"

namespace urna::journal {
namespace {

// Small numbers, so that ids, blobs, peers and notices come again.
Commit arbitrary_commit(std::uint64_t election_size, std::uint64_t operations_size) {
  const auto below = [](int end) { return *rc::gen::inRange(0, end); };
  Commit commit;
  commit.election_base = election_size + (below(10) == 0 ? 1 : 0);
  commit.operations_base = operations_size + (below(10) == 0 ? 1 : 0);
  for (int i = below(6); i > 0; --i) commit.election.push_back(entry_of(below(60), below(40)));
  for (int i = below(3); i > 0; --i) commit.operations.push_back(row_of(below(9)));
  for (int i = below(3); i > 0; --i) commit.blobs.push_back(blob_of(below(9)));
  for (int i = below(3); i > 0; --i) commit.cursors.push_back(cursor_of("p", below(9)));
  for (int i = below(4); i > 0; --i) commit.notices.push_back(notice_of(below(9)));
  if (below(5) == 0) commit.new_log_id = LogId{{static_cast<unsigned char>(below(200))}};
  return commit;
}

void expect_alike(Store& left, Store& right) {
  const auto entries = left.read_election(0, 1000, 1'000'000).value();
  const auto others = right.read_election(0, 1000, 1'000'000).value();
  RC_ASSERT(entries.size() == others.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    RC_ASSERT(entries[i].entry.id == others[i].entry.id);
    RC_ASSERT(entries[i].entry.record == others[i].entry.record);
  }
  for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
    const std::uint64_t size = left.size(log).value();
    RC_ASSERT(right.size(log).value() == size);
    RC_ASSERT(root_at(left, log, size).value() == root_at(right, log, size).value());
  }
  for (std::uint64_t i = 0; i < 60; ++i) {
    RC_ASSERT(left.find(id_of(i)).value() == right.find(id_of(i)).value());
  }
  for (std::uint64_t i = 0; i < 9; ++i) {
    RC_ASSERT(left.blob(blob_of(i).digest).value() == right.blob(blob_of(i).digest).value());
  }
  RC_ASSERT(left.cursors().value() == right.cursors().value());
  const auto notices = left.read_notices(0, 100).value();
  const auto other_notices = right.read_notices(0, 100).value();
  RC_ASSERT(notices.size() == other_notices.size());
  for (std::size_t i = 0; i < notices.size(); ++i) {
    RC_ASSERT(notices[i].number == other_notices[i].number);
    RC_ASSERT(notices[i].notice == other_notices[i].notice);
  }
}

class RandomCommits : public Conformance {};

// PostgreSQL needs a database for each of the hundred runs, a minute and more. Run it with
// --gtest_also_run_disabled_tests --gtest_filter='*Slow*'.
INSTANTIATE_TEST_SUITE_P(Stores, RandomCommits, testing::Values("sqlite"), name_of);
INSTANTIATE_TEST_SUITE_P(DISABLED_Slow, RandomCommits, testing::Values("postgres"), name_of);

TEST_P(RandomCommits, AreAnsweredAndKeptAsByTheStoreInMemory) {
  const auto alike = [&] {
    store_.reset();
    backend_ = make_backend(GetParam());
    RC_ASSERT(backend_ != nullptr);
    open();
    // A store mints its first log id by itself.
    MemoryStore memory(store_->log_id().value());
    for (int step = *rc::gen::inRange(1, 12); step > 0; --step) {
      const Commit commit = arbitrary_commit(memory.size(LogKind::kElection).value(),
                                             memory.size(LogKind::kOperations).value());
      const auto expected = memory.commit(commit);
      const auto done = store_->commit(commit);
      RC_ASSERT(done.has_value() == expected.has_value());
      if (!done) RC_ASSERT(done.error().code == expected.error().code);
      if (*rc::gen::inRange(0, 4) == 0) reopen();
      RC_ASSERT(store_->log_id().value() == memory.log_id().value());
    }
    expect_alike(memory, *store_);
  };
  EXPECT_TRUE(rc::check("a store answers and keeps what the store in memory does", alike));
}

}  // namespace
}  // namespace urna::journal
