// The stored tree against the definition, over sizes that cross tiles.
#include "common/journal/merkle.h"
#include "common/journal/tiles.h"
#include "common/journal/verify.h"
#include "tests/unit/journal/conformance.h"
#include "tests/unit/journal/naive_tree.h"

namespace urna::journal {
namespace {

class StoredTree : public Conformance {
 protected:
  // Appends entries up to `size` in commits of odd sizes; the leaves, in order.
  std::vector<LeafHash> grow(std::uint64_t size) {
    std::vector<LeafHash> leaves;
    const std::uint64_t steps[] = {1, 3, 7, 61, 255, 129, 257, 13, 300};
    for (std::size_t step = 0; leaves.size() < size; ++step) {
      Commit commit;
      commit.election_base = leaves.size();
      const std::uint64_t end = std::min(size, leaves.size() + steps[step % std::size(steps)]);
      while (leaves.size() < end) {
        commit.election.push_back(entry_of(leaves.size(), 20));
        leaves.push_back(commit.election.back().leaf);
      }
      const auto done = store_->commit(commit);
      EXPECT_TRUE(done) << done.error().message;
    }
    return leaves;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, StoredTree, testing::Values("memory", "sqlite", "postgres"),
                         name_of);

TEST_P(StoredTree, RootsOfAllSizesAreThoseOfTheDefinition) {
  const auto leaves = grow(1200);
  // The definition itself, a leaf at a time, is quadratic: the frontier, tested on its own, stands
  // in between the sizes where it is computed.
  Frontier frontier;
  for (std::uint64_t n = 0; n <= leaves.size(); ++n) {
    if (n % 97 == 0 || n % 256 <= 1 || n % 256 == 255) {
      ASSERT_EQ(frontier.root(), naive::root(std::span(leaves).first(n))) << n;
    }
    const auto root = root_at(*store_, LogKind::kElection, n);
    ASSERT_TRUE(root) << root.error().message;
    ASSERT_EQ(*root, frontier.root()) << n;
    if (n < leaves.size()) frontier.append(leaves[n]);
  }
}

TEST_P(StoredTree, GrowsOnAfterReopeningAtAnyPlace) {
  std::vector<LeafHash> leaves;
  for (const std::uint64_t size : {1U, 200U, 255U, 256U, 257U, 511U, 512U, 700U}) {
    Commit commit;
    commit.election_base = leaves.size();
    while (leaves.size() < size) {
      commit.election.push_back(entry_of(leaves.size(), 20));
      leaves.push_back(commit.election.back().leaf);
    }
    ASSERT_TRUE(store_->commit(commit));
    reopen();
    EXPECT_EQ(load_frontier(*store_, LogKind::kElection)->root(), naive::root(leaves)) << size;
    EXPECT_EQ(load_frontier(*store_, LogKind::kElection)->size(), size);
    EXPECT_TRUE(verify_log(*store_, LogKind::kElection)) << size;
  }
}

TEST_P(StoredTree, TilesHoldNeighbouringLeavesOnceFull) {
  const auto leaves = grow(600);
  const auto tile = store_->tile(LogKind::kElection, 0, 1);
  ASSERT_TRUE(tile);
  EXPECT_EQ(*tile, std::vector(leaves.begin() + 256, leaves.begin() + 512));
  for (const std::uint64_t index : {2ULL, 3ULL, ~0ULL}) {
    EXPECT_EQ(store_->tile(LogKind::kElection, 0, index).error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(store_->tile(LogKind::kElection, 1, 0).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->tile(LogKind::kOperations, 0, 0).error().code, ErrorCode::kNotFound);
}

TEST_P(StoredTree, LeavesAreReadWithinTheLogOnly) {
  const auto leaves = grow(300);
  EXPECT_EQ(store_->leaves(LogKind::kElection, 10, 300).value(),
            std::vector(leaves.begin() + 10, leaves.end()));
  EXPECT_TRUE(store_->leaves(LogKind::kElection, 300, 300).value().empty());
  for (const auto& [from, to] : {std::pair{0, 301}, {301, 301}, {5, 4}}) {
    EXPECT_EQ(store_->leaves(LogKind::kElection, from, to).error().code,
              ErrorCode::kInvalidArgument);
  }
}

// 256^2 leaves fill a tile of the second level, which small logs never do.
TEST_P(StoredTree, SecondLevelTileHoldsTheRootsOfTheFirst) {
  std::vector<LeafHash> leaves;
  Frontier frontier;
  while (leaves.size() < 66'000) {
    Commit commit;
    commit.operations_base = leaves.size();
    for (int i = 0; i < 16'500; ++i) {
      commit.operations.push_back(row_of(leaves.size()));
      leaves.push_back(commit.operations.back().leaf);
      frontier.append(leaves.back());
    }
    ASSERT_TRUE(store_->commit(commit));
  }
  const auto tile = store_->tile(LogKind::kOperations, 1, 0);
  ASSERT_TRUE(tile);
  for (const std::size_t i : {0UL, 1UL, 100UL, 255UL}) {
    EXPECT_EQ((*tile)[i], naive::root(std::span(leaves).subspan(256 * i, 256)));
  }
  reopen();
  EXPECT_EQ(root_at(*store_, LogKind::kOperations, leaves.size()).value(), frontier.root());
  EXPECT_TRUE(verify_log(*store_, LogKind::kOperations));
  const auto proof = inclusion_proof(*store_, LogKind::kOperations, 65'537, leaves.size());
  ASSERT_TRUE(proof);
  EXPECT_TRUE(verify_inclusion(leaves[65'537], 65'537, leaves.size(), *proof, frontier.root()));
}

}  // namespace
}  // namespace urna::journal
