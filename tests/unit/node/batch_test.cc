// Why a whole batch is refused, by table; and why a receipt is.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <functional>

#include "common/model/strict.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

using node::BatchRefusal;

SmallElection& shared() {
  static SmallElection election;
  return election;
}

v1::Batch right() {
  v1::Batch batch;
  batch.set_election(shared().id());
  batch.set_sender("140101");
  batch.set_sequence(1);
  batch.set_created_at_ms(kElectionDayMs);
  batch.mutable_log()->set_log_id(Bytes(16, 'l'));
  batch.mutable_log()->set_root(Bytes(32, 'r'));
  return batch;
}

v1::SignedBatch sealed(const std::function<void(v1::Batch&)>& change,
                       const std::string& unit = "140101") {
  v1::Batch batch = right();
  change(batch);
  return node::seal_batch(shared().node_identity(unit), batch);
}

v1::SignedBatch bent(const std::function<void(v1::SignedBatch&)>& change) {
  v1::SignedBatch batch = sealed([](auto&) {});
  change(batch);
  return batch;
}

v1::SignedBatch signed_by(const Holder& holder, const Bytes& payload) {
  v1::SignedBatch batch;
  batch.set_payload(payload);
  batch.set_key_id(holder.id().str());
  batch.set_certificate(holder.certificate->der);
  batch.set_signature(holder.key.sign({trust::pae_prefix(trust::kBatchType, payload), payload}));
  return batch;
}

Bytes unknown_in_envelope() { return Bytes("\xa2\x06\x01x", 4); }  // field 100, one byte

struct Case {
  const char* name;
  BatchRefusal refusal;
  v1::SignedBatch batch;
};

std::vector<Case> cases() {
  SmallElection other("other-2014");
  const Bytes unknown_field = unknown_in_envelope();
  v1::Batch late = right();
  late.set_created_at_ms(static_cast<std::uint64_t>(SmallElection::season().not_after_ms) + 1'000);
  v1::Batch elsewhere = right();
  elsewhere.set_election("other-2014");
  return {
      {"nothing wrong", BatchRefusal::kNone, sealed([](auto&) {})},
      {"a payload that does not decode", BatchRefusal::kMalformed,
       signed_by(shared().node("140101"), Bytes("\xff"))},
      {"an unknown field in the payload", BatchRefusal::kMalformed,
       signed_by(shared().node("140101"), model::serialise(right()) + unknown_field)},
      {"an unknown field in the envelope", BatchRefusal::kMalformed,
       [&] {
         v1::SignedBatch batch;
         batch.ParseFromString(model::serialise(sealed([](auto&) {})) + unknown_field);
         return batch;
       }()},
      {"a key id of 31 bytes", BatchRefusal::kMalformed,
       bent([](auto& b) { b.mutable_key_id()->pop_back(); })},
      {"a certificate the key id does not name", BatchRefusal::kMalformed,
       bent([](auto& b) { b.set_certificate(shared().node("PL").certificate->der); })},
      {"positions that do not ascend", BatchRefusal::kMalformed, sealed([](auto& b) {
         b.add_entries()->set_position(5);
         b.add_entries()->set_position(5);
       })},
      {"a log id of 15 bytes", BatchRefusal::kMalformed,
       sealed([](auto& b) { b.mutable_log()->set_log_id(Bytes(15, 'l')); })},
      {"a position no store can hold", BatchRefusal::kMalformed,
       sealed([](auto& b) { b.set_scanned_to(~std::uint64_t{0}); })},
      {"a log size no store can hold", BatchRefusal::kMalformed,
       sealed([](auto& b) { b.mutable_log()->set_size(std::uint64_t{1} << 63); })},
      {"a changed signature", BatchRefusal::kBadSignature,
       bent([](auto& b) { b.mutable_signature()->at(5) ^= 1; })},
      {"a changed payload", BatchRefusal::kBadSignature,
       bent([](auto& b) { b.mutable_payload()->back() ^= 1; })},
      {"a certificate nobody knows", BatchRefusal::kUntrusted, bent([](auto& b) {
         b.clear_certificate();
         b.set_key_id(Bytes(32, 'k'));
       })},
      {"a certificate of another root", BatchRefusal::kUntrusted,
       [] {
         SmallElection twin;
         return signed_by(twin.node("140101"), model::serialise(right()));
       }()},
      {"a certificate expired when the batch was made", BatchRefusal::kUntrusted,
       signed_by(shared().node("140101"), model::serialise(late))},
      {"another election in the payload", BatchRefusal::kWrongElection,
       signed_by(shared().node("140101"), model::serialise(elsewhere))},
      {"another unit as sender", BatchRefusal::kWrongSender,
       sealed([](auto& b) { b.set_sender("140102"); })},
      {"another peer than the stream's", BatchRefusal::kWrongSender,
       sealed([](auto& b) { b.set_sender("140102"); }, "140102")},
      {"the licence of a person", BatchRefusal::kWrongSender,
       signed_by(shared().commission("140101"), model::serialise(right()))},
      {"257 records", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (std::uint64_t i = 0; i < 257; ++i) b.add_entries()->set_position(i);
       })},
      {"1,025 notices", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (int i = 0; i < 1'025; ++i) b.add_notices();
       })},
      {"4,097 missing", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (int i = 0; i < 4'097; ++i) b.add_missing();
       })},
      {"16,385 blobs", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (int i = 0; i < 16'385; ++i) b.add_blobs();
       })},
      {"1,025 certificates", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (int i = 0; i < 1'025; ++i) b.add_blobs("\x30");
       })},
      {"a receipt of many unknown fields inside", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (int i = 0; i < 17; ++i) *b.mutable_receiver_receipt() += unknown_in_envelope();
       })},
      {"a certificate that makes it more than 12 MiB", BatchRefusal::kTooLarge, bent([](auto& b) {
         b.set_payload(Bytes(node::kSignedBatchBytesMax - 10, 'x'));
         b.set_certificate(Bytes(11, 'x'));
       })},
      {"more than 12 MiB", BatchRefusal::kTooLarge,
       bent([](auto& b) { b.set_payload(Bytes(node::kSignedBatchBytesMax + 1, 'x')); })},
      {"far more than 1 MiB of records", BatchRefusal::kTooLarge, sealed([](auto& b) {
         for (std::uint64_t i = 0; i < 8; ++i) {
           b.add_entries()->set_position(i);
           b.mutable_entries()->rbegin()->set_record(Bytes(trust::kRecordBytesMax, 'x'));
         }
       })},
  };
}

TEST(Batch, EveryCaseIsRefusedWithItsCodeAndCarriesNothing) {
  for (const Case& one : cases()) {
    trust::CertificateBook certificates(shared().anchors());
    const auto inbound = node::open_batch(one.batch, {"140101"}, certificates, node::run_in_turn);
    EXPECT_EQ(node::batch_refusal_name(inbound.refusal), node::batch_refusal_name(one.refusal))
        << one.name << ": " << inbound.detail;
    if (one.refusal == BatchRefusal::kNone) continue;
    EXPECT_TRUE(inbound.entries.empty()) << one.name;
  }
}

// What a process took for itself so far, bytes. 0 under a sanitizer, which counts otherwise.
std::size_t taken_from_the_system() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) << 10;
#endif
}

// Twelve megabytes of two-byte fields would become 400 to 800 when parsed.
TEST(Batch, MillionsOfTinyFieldsAreRefusedBeforeTheyTakeMemory) {
  const Bytes tiny[] = {
      Bytes("\x6a\x00", 2),      // missing
      Bytes("\x42\x00", 2),      // blobs
      Bytes("\x5a\x00", 2),      // notices
      Bytes("\x32\x00", 2),      // entries
      Bytes("\xa2\x06\x00", 3),  // an unknown field
  };
  for (const Bytes& field : tiny) {
    Bytes payload;
    while (payload.size() + field.size() < node::kSignedBatchBytesMax - 4'096) payload += field;
    // The same inside of one entry: an entry knows none of these fields.
    v1::Batch nested = right();
    nested.add_entries()->ParseFromString(payload.substr(0, field.size() * 1'000));
    for (const Bytes& one : {payload, model::serialise(nested)}) {
      const v1::SignedBatch batch = signed_by(shared().node("140101"), one);
      trust::CertificateBook certificates(shared().anchors());
      const std::size_t before = taken_from_the_system();
      const auto inbound = node::open_batch(batch, {"140101"}, certificates, node::run_in_turn);
      EXPECT_NE(inbound.refusal, BatchRefusal::kNone);
      EXPECT_LT(taken_from_the_system(), before + (4 << 20));
    }
  }
}

// `revoked` and `not_authorised` depend on more than the bytes; the first is in recovery_test.cc.
TEST(Batch, ASenderOutsideTheAreaIsNotAuthorised) {
  SmallElection election;
  TestNode gmina(election, "140102");
  Wires wires;
  std::vector<Bytes> blobs = election.first().parts;
  blobs.push_back(election.national().certificate->der);
  wires.enter(gmina, election.first().record, blobs);
  v1::Batch batch = right();
  batch.set_sender("140101-1");
  const auto output = gmina.engine().receive_batch(
      1, "140101-1", node::seal_batch(election.node_identity("140101-1"), batch), kElectionDayMs);
  ASSERT_EQ(output.receipts.size(), 1u);
  v1::Receipt receipt;
  ASSERT_TRUE(receipt.ParseFromString(output.receipts[0].second.payload()));
  EXPECT_EQ(receipt.refused(), "not_authorised");
  EXPECT_EQ(gmina.core().counters().batches_quarantined, 1u);
}

TEST(Receipt, IsRefusedWhenItIsNotTheUpstreams) {
  v1::Receipt receipt;
  receipt.set_election(shared().id());
  receipt.set_receiver("PL");
  receipt.mutable_log()->set_log_id(Bytes(16, 'l'));
  receipt.mutable_log()->set_root(Bytes(32, 'r'));
  trust::CertificateBook certificates(shared().anchors());
  const auto opens = [&](const v1::SignedReceipt& sealed) {
    return node::open_receipt(sealed, "PL", certificates).has_value();
  };
  EXPECT_TRUE(opens(node::seal_receipt(shared().node_identity("PL"), receipt)));
  EXPECT_FALSE(opens(node::seal_receipt(shared().node_identity("140000"), receipt)));
  v1::Receipt wrong = receipt;
  wrong.set_receiver("140000");
  EXPECT_FALSE(opens(node::seal_receipt(shared().node_identity("PL"), wrong)));
  wrong = receipt;
  wrong.set_election("other-2014");
  EXPECT_FALSE(opens(node::seal_receipt(shared().node_identity("PL"), wrong)));
  wrong = receipt;
  wrong.mutable_log()->clear_root();
  EXPECT_FALSE(opens(node::seal_receipt(shared().node_identity("PL"), wrong)));
  wrong = receipt;
  for (int i = 0; i < 257; ++i) wrong.add_outcomes()->set_admitted_at(1);
  EXPECT_FALSE(opens(node::seal_receipt(shared().node_identity("PL"), wrong)));
  wrong = receipt;
  wrong.add_outcomes()->set_admitted_at(~std::uint64_t{0});
  EXPECT_FALSE(opens(node::seal_receipt(shared().node_identity("PL"), wrong)));
}

}  // namespace
}  // namespace urna::tests
