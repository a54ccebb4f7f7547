// Every byte of a batch, a receipt, a manifest, a slice and a record flipped: nothing of it passes.
#include <gtest/gtest.h>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "tests/unit/node/judging.h"

namespace urna::tests {
namespace {

constexpr const char* kPrecinct = "140101-1";
constexpr const char* kContest = "council-140101";

SmallElection& shared() {
  static SmallElection election;
  return election;
}

Bytes golden_record() { return shared().sign_by_chair(shared().protocol(kPrecinct, kContest)); }

// Calls `passes` for `golden` with one byte changed, for every byte: each bit of the low half
// first, then all of them, so that lengths, tags and characters all change.
void expect_none_passes(const Bytes& golden, const std::function<bool(const Bytes&)>& passes) {
  ASSERT_TRUE(passes(golden)) << "the golden bytes themselves";
  for (std::size_t i = 0; i < golden.size(); ++i) {
    for (const int flip : {0x01, 0xff}) {
      Bytes changed = golden;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      ASSERT_FALSE(passes(changed)) << "byte " << i << " of " << golden.size() << " ^ " << flip;
    }
  }
}

TEST(Golden, EveryByteOfARecordIsCovered) {
  Judge judge(shared());
  judge.takes(shared().first());
  judge.knows(shared().chair(kPrecinct));
  expect_none_passes(golden_record(),
                     [&](const Bytes& bytes) { return judge.verdict(bytes) == "admitted"; });
}

TEST(Golden, EveryByteOfAManifestIsCovered) {
  Judge judge(shared());
  judge.takes(shared().first());
  expect_none_passes(shared().first().record,
                     [&](const Bytes& bytes) { return judge.verdict(bytes) == "admitted"; });
}

v1::SignedBatch golden_batch() {
  v1::Batch batch;
  batch.set_election(shared().id());
  batch.set_sender("140101");
  batch.set_sequence(3);
  batch.set_created_at_ms(kElectionDayMs);
  batch.mutable_log()->set_log_id(Bytes(16, 'l'));
  batch.mutable_log()->set_size(1);
  batch.mutable_log()->set_root(Bytes(32, 'r'));
  batch.set_scanned_to(1);
  batch.add_entries()->set_record(golden_record());
  batch.add_blobs(shared().chair(kPrecinct).certificate->der);
  return node::seal_batch(shared().node_identity("140101"), batch);
}

TEST(Golden, EveryByteOfABatchIsCovered) {
  trust::CertificateBook certificates(shared().anchors());
  expect_none_passes(model::serialise(golden_batch()), [&](const Bytes& bytes) {
    v1::SignedBatch sealed;
    if (!sealed.ParseFromString(bytes)) return false;
    const auto inbound = node::open_batch(sealed, {"140101"}, certificates, node::run_in_turn);
    return inbound.refusal == node::BatchRefusal::kNone;
  });
}

TEST(Golden, EveryByteOfAReceiptIsCovered) {
  v1::Receipt receipt;
  receipt.set_election(shared().id());
  receipt.set_receiver("PL");
  receipt.set_sender("140101");
  receipt.set_sequence(3);
  receipt.mutable_log()->set_log_id(Bytes(16, 'l'));
  receipt.mutable_log()->set_root(Bytes(32, 'r'));
  receipt.add_outcomes()->set_admitted_at(7);
  trust::CertificateBook certificates(shared().anchors());
  const Bytes golden = model::serialise(node::seal_receipt(shared().node_identity("PL"), receipt));
  expect_none_passes(golden, [&](const Bytes& bytes) {
    v1::SignedReceipt sealed;
    return sealed.ParseFromString(bytes) &&
           node::open_receipt(sealed, "PL", certificates).has_value();
  });
}

// A changed slice has another digest: nobody named it, so it is not kept and the real one is still
// asked for.
TEST(Golden, EveryByteOfASliceIsCovered) {
  Judge judge(shared());
  judge.takes(shared().first());
  judge.knows(shared().chair(kPrecinct));
  const Digest digest = trust::digest_of(shared().slice(kContest));
  expect_none_passes(shared().slice(kContest), [&](const Bytes& bytes) {
    judge.book().forget(digest);
    judge.book().offer(trust::digest_of(bytes), bytes);
    const bool kept = !judge.book().settle_offered().empty();
    return kept && judge.verdict(golden_record()) == "admitted";
  });
}

}  // namespace
}  // namespace urna::tests
