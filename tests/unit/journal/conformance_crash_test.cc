// A crash between any two steps of a commit leaves all of it or nothing.
#include <stdexcept>

#include "common/journal/merkle.h"
#include "common/journal/verify.h"
#include "tests/unit/journal/conformance.h"
#include "tests/unit/journal/naive_tree.h"

namespace urna::journal {
namespace {

struct Crash {
  CrashPoint point;
};

class Crashing : public Conformance {
 protected:
  // Opens the store so that its `nth` commit from now on crashes at `point`.
  void crash_at(CrashPoint point, int nth) {
    commits_before_ = nth - 1;
    open([this, point](CrashPoint reached) {
      passed_.push_back(reached);
      if (reached != point) return;
      if (commits_before_-- == 0) throw Crash{point};
    });
  }

  int commits_before_ = 0;
  std::vector<CrashPoint> passed_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Crashing, testing::Values("memory", "sqlite", "postgres"),
                         name_of);

constexpr std::uint64_t kBefore = 250;

// One of everything, and it completes a tile in both logs.
Commit second_commit() {
  Commit commit;
  commit.election_base = commit.operations_base = kBefore;
  for (std::uint64_t i = kBefore; i < kBefore + 20; ++i) {
    commit.election.push_back(entry_of(i));
    commit.operations.push_back(row_of(i));
  }
  commit.blobs = {blob_of(2)};
  commit.cursors = {cursor_of("peer", 2)};
  commit.notices = {notice_of(2)};
  commit.new_log_id = LogId{{2}};
  return commit;
}

Commit first_commit() {
  Commit commit;
  for (std::uint64_t i = 0; i < kBefore; ++i) {
    commit.election.push_back(entry_of(i));
    commit.operations.push_back(row_of(i));
  }
  commit.cursors = {cursor_of("peer", 1)};
  commit.new_log_id = LogId{{1}};
  return commit;
}

void expect_state(Store& store, bool second) {
  const std::uint64_t size = second ? kBefore + 20 : kBefore;
  EXPECT_EQ(store.size(LogKind::kElection).value(), size);
  EXPECT_EQ(store.size(LogKind::kOperations).value(), size);
  EXPECT_EQ(store.find(id_of(kBefore)).value().has_value(), second);
  EXPECT_EQ(store.blob(blob_of(2).digest).value().has_value(), second);
  EXPECT_EQ(store.cursors().value().at(0), cursor_of("peer", second ? 2 : 1));
  EXPECT_EQ(store.read_notices(0, 10).value().size(), second ? 1U : 0U);
  EXPECT_EQ(store.log_id().value(), (LogId{{static_cast<unsigned char>(second ? 2 : 1)}}));
  for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
    EXPECT_EQ(store.tile(log, 0, 0).has_value(), second);
    EXPECT_TRUE(verify_log(store, log));
  }
}

TEST_P(Crashing, AtAnyPointTheCommitIsThereWhollyOrNotAtAll) {
  for (const CrashPoint point : kAllCrashPoints) {
    SCOPED_TRACE(static_cast<int>(point));
    store_.reset();
    backend_ = make_backend(GetParam());
    ASSERT_NE(backend_, nullptr);
    crash_at(point, 2);
    ASSERT_TRUE(store_->commit(first_commit()));
    // What the hook throws comes out as it is.
    EXPECT_THROW((void)store_->commit(second_commit()), Crash);
    const bool durable = point == CrashPoint::kAfterCommit;
    expect_state(*store_, durable);
    reopen();
    expect_state(*store_, durable);
    // And the same commit goes in afterwards.
    if (!durable) {
      ASSERT_TRUE(store_->commit(second_commit()));
      expect_state(*store_, true);
    }
  }
}

TEST_P(Crashing, StoreThatWasNotReopenedGoesOnAfterTheHookThrew) {
  crash_at(CrashPoint::kAfterTiles, 2);
  ASSERT_TRUE(store_->commit(first_commit()));
  EXPECT_THROW((void)store_->commit(second_commit()), Crash);
  ASSERT_TRUE(store_->commit(second_commit()));
  expect_state(*store_, true);
}

TEST_P(Crashing, PointsArePassedInTheirOrder) {
  crash_at(CrashPoint::kAfterCommit, 1000);
  ASSERT_TRUE(store_->commit(first_commit()));
  EXPECT_EQ(passed_, std::vector(std::begin(kAllCrashPoints), std::end(kAllCrashPoints)));
}

TEST_P(Crashing, StandardExceptionOfAHookComesOutAsItIs) {
  open([](CrashPoint) { throw std::runtime_error("mine"); });
  try {
    (void)store_->commit(first_commit());
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "mine");
  }
  EXPECT_EQ(size(), 0U);
}

}  // namespace
}  // namespace urna::journal
