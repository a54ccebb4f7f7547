#include "common/journal/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/journal/memory_store.h"
#include "common/trust/sha256.h"
#include "tests/unit/journal/naive_tree.h"

namespace urna::journal {
namespace {

std::string hex(const LeafHash& hash) { return to_hex(hash_view(hash)); }

// The leaves and roots published with the reference implementation of RFC 6962
// (certificate-transparency, merkletree tests): the roots after 1 to 8 leaves.
struct Published {
  const char* leaf_hex;
  const char* root_hex;
};
constexpr Published kPublished[] = {
    {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"606162636465666768696a6b6c6d6e6f",
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

std::vector<LeafHash> some_leaves(std::size_t count) {
  std::vector<LeafHash> leaves;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back(naive::leaf("leaf " + std::to_string(i)));
  return leaves;
}

std::unique_ptr<MemoryStore> make_store(const std::vector<LeafHash>& leaves) {
  auto store = std::make_unique<MemoryStore>(LogId{});
  Commit commit;
  for (const LeafHash& leaf : leaves) commit.operations.push_back({leaf, "entry"});
  EXPECT_TRUE(store->commit(commit));
  return store;
}

TEST(Merkle, EmptyTreeHasTheHashOfNothing) {
  EXPECT_EQ(hex(Frontier().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Merkle, RootsAreThePublishedOnes) {
  Frontier frontier;
  for (const Published& published : kPublished) {
    frontier.append(leaf_hash(*from_hex(published.leaf_hex)));
    EXPECT_EQ(hex(frontier.root()), published.root_hex) << frontier.size();
  }
}

TEST(Merkle, LeavesOfBothLogsAreBuiltAsDescribed) {
  const RecordId id{naive::sha256("any id")};
  const LeafHash digest = naive::sha256("record");
  const std::string input = std::string(digest.begin(), digest.end()) + id.str();
  EXPECT_EQ(record_leaf("record", id), naive::leaf(input));
  EXPECT_EQ(operations_leaf("record"), naive::leaf(std::string(digest.begin(), digest.end())));
}

TEST(Merkle, FrontierHasTheRootOfTheDefinitionAtEverySize) {
  const auto leaves = some_leaves(600);
  Frontier frontier;
  for (std::size_t n = 0; n < leaves.size(); ++n) {
    ASSERT_EQ(frontier.root(), naive::root(std::span(leaves).first(n))) << n;
    frontier.append(leaves[n]);
  }
}

TEST(Merkle, SubtreeAppendedAtAPlaceItIsNotAlignedToStopsTheProgram) {
  Frontier frontier;
  frontier.append({});
  EXPECT_DEATH(frontier.append_subtree({}, 1), "invariant broken");
}

TEST(Merkle, ProofsPastTheEndAreRefused) {
  const auto store = make_store(some_leaves(5));
  const auto code = ErrorCode::kInvalidArgument;
  EXPECT_EQ(inclusion_proof(*store, LogKind::kOperations, 5, 5).error().code, code);
  EXPECT_EQ(inclusion_proof(*store, LogKind::kOperations, 0, 6).error().code, code);
  EXPECT_EQ(consistency_proof(*store, LogKind::kOperations, 4, 6).error().code, code);
  EXPECT_EQ(consistency_proof(*store, LogKind::kOperations, 5, 4).error().code, code);
  EXPECT_EQ(root_at(*store, LogKind::kOperations, 6).error().code, code);
}

TEST(Merkle, InclusionProofsAreThoseOfTheDefinitionAndVerify) {
  const auto leaves = some_leaves(130);
  const auto store = make_store(leaves);
  for (std::size_t n = 1; n <= leaves.size(); ++n) {
    const auto tree = std::span(leaves).first(n);
    const LeafHash root = naive::root(tree);
    for (std::size_t i = 0; i < n; ++i) {
      const auto proof = inclusion_proof(*store, LogKind::kOperations, i, n);
      ASSERT_TRUE(proof);
      ASSERT_TRUE(verify_inclusion(leaves[i], i, n, *proof, root)) << i << " of " << n;
      if (n % 7 == 0) {
        ASSERT_EQ(*proof, naive::path(i, tree)) << i << " of " << n;
      }
    }
  }
}

TEST(Merkle, ConsistencyProofsAreThoseOfTheDefinitionAndVerify) {
  const auto leaves = some_leaves(130);
  const auto store = make_store(leaves);
  std::vector<LeafHash> roots;
  for (std::size_t n = 0; n <= leaves.size(); ++n) {
    roots.push_back(naive::root(std::span(leaves).first(n)));
  }
  for (std::size_t n = 0; n <= leaves.size(); ++n) {
    for (std::size_t m = 0; m <= n; ++m) {
      const auto proof = consistency_proof(*store, LogKind::kOperations, m, n);
      ASSERT_TRUE(proof);
      ASSERT_TRUE(verify_consistency(m, roots[m], n, roots[n], *proof)) << m << " to " << n;
      if (n % 7 == 0 && m > 0) {
        ASSERT_EQ(*proof, naive::consistency(m, std::span(leaves).first(n))) << m << " to " << n;
      }
    }
  }
}

TEST(Merkle, ProofsAcrossFullTilesAreThoseOfTheDefinition) {
  const auto leaves = some_leaves(1000);
  const auto store = make_store(leaves);
  for (const std::size_t n : {255UL, 256UL, 257UL, 511UL, 512UL, 513UL, 769UL, 1000UL}) {
    const auto tree = std::span(leaves).first(n);
    for (const std::size_t i : {0UL, 1UL, 254UL, n / 2, n - 1}) {
      EXPECT_EQ(*inclusion_proof(*store, LogKind::kOperations, i, n), naive::path(i, tree));
      EXPECT_EQ(*consistency_proof(*store, LogKind::kOperations, i + 1, n),
                naive::consistency(i + 1, tree));
    }
  }
}

// What to spoil: any bit of the leaf, a proof hash, or the root; the length; the index or size.
RC_GTEST_PROP(Merkle, TamperedInclusionProofNeverVerifies, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 400);
  const auto i = *rc::gen::inRange<std::size_t>(0, n);
  const auto leaves = some_leaves(n);
  const LeafHash root = naive::root(leaves);
  const auto proof = naive::path(i, leaves);
  RC_ASSERT(verify_inclusion(leaves[i], i, n, proof, root));

  std::vector<LeafHash> hashes = proof;
  hashes.push_back(leaves[i]);
  hashes.push_back(root);
  const auto which = *rc::gen::inRange<std::size_t>(0, hashes.size());
  const auto bit = *rc::gen::inRange<std::size_t>(0, 256);
  hashes[which][bit / 8] ^= static_cast<unsigned char>(1U << (bit % 8));
  const std::span spoiled(hashes.data(), proof.size());
  RC_ASSERT(!verify_inclusion(hashes[proof.size()], i, n, spoiled, hashes.back()));

  std::vector<LeafHash> longer = proof;
  longer.push_back(leaves[0]);
  RC_ASSERT(!verify_inclusion(leaves[i], i, n, longer, root));
  if (!proof.empty()) {
    RC_ASSERT(!verify_inclusion(leaves[i], i, n, std::span(proof).first(proof.size() - 1), root));
  }
  const auto other = *rc::gen::inRange<std::size_t>(0, n + 5);
  if (other != i) RC_ASSERT(!verify_inclusion(leaves[i], other, n, proof, root));
}

RC_GTEST_PROP(Merkle, TamperedConsistencyProofNeverVerifies, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 400);
  const auto m = *rc::gen::inRange<std::size_t>(1, n);
  const auto leaves = some_leaves(n);
  const LeafHash from = naive::root(std::span(leaves).first(m));
  const LeafHash to = naive::root(leaves);
  const auto proof = naive::consistency(m, leaves);
  RC_ASSERT(verify_consistency(m, from, n, to, proof));

  std::vector<LeafHash> hashes = proof;
  hashes.push_back(from);
  hashes.push_back(to);
  const auto which = *rc::gen::inRange<std::size_t>(0, hashes.size());
  const auto bit = *rc::gen::inRange<std::size_t>(0, 256);
  hashes[which][bit / 8] ^= static_cast<unsigned char>(1U << (bit % 8));
  const std::span spoiled(hashes.data(), proof.size());
  RC_ASSERT(!verify_consistency(m, hashes[proof.size()], n, hashes.back(), spoiled));
  RC_ASSERT(!verify_consistency(m, from, n, to, std::span(proof).first(proof.size() - 1)));
  // A log that was rewritten under the old root.
  auto rewritten = leaves;
  rewritten[*rc::gen::inRange<std::size_t>(0, m)][0] ^= 1;
  RC_ASSERT(
      !verify_consistency(m, from, n, naive::root(rewritten), naive::consistency(m, rewritten)));
}

TEST(Merkle, OnlyTheEmptyRootIsConsistentFromNothing) {
  const auto leaves = some_leaves(3);
  const LeafHash root = naive::root(leaves);
  EXPECT_TRUE(verify_consistency(0, naive::root({}), 3, root, {}));
  EXPECT_FALSE(verify_consistency(0, root, 3, root, {}));
  EXPECT_FALSE(verify_consistency(0, naive::root({}), 3, root, leaves));
  EXPECT_FALSE(verify_consistency(3, root, 2, root, {}));
  EXPECT_FALSE(verify_consistency(2, root, 3, root, {}));
}

}  // namespace
}  // namespace urna::journal
