// Peers that are who they say, and send what they should not. A bad batch never stops the stream, a
// bad message costs its sender the stream, and others notice nothing.

#include <gtest/gtest.h>

#include "tests/integration/uplink/live_node.h"
#include "tests/integration/uplink/raw_peer.h"

namespace urna::tests {
namespace {

class Hostile : public testing::Test {
 protected:
  void SetUp() override {
    server_.listen();
    server_.take_definition();
  }
  std::unique_ptr<RawSubmit> open(const std::string& unit = "140101") {
    return std::make_unique<RawSubmit>(raw_channel(server_.address(), election_.id(),
                                                   server_.unit(),
                                                   tls_of(election_, election_.node(unit))));
  }
  Bytes record(std::uint32_t number) {
    return election_.sign_by_chair(election_.protocol("140101-1", "council-140101", number));
  }
  v1::Batch batch(std::uint64_t sequence, const std::vector<Bytes>& records) {
    return batch_of(election_.id(), "140101", sequence, records,
                    {election_.chair("140101-1").certificate->der});
  }
  v1::SignedBatch sealed(const v1::Batch& batch) {
    return node::seal_batch(election_.node_identity("140101"), batch);
  }
  v1::SignedBatch sealed_payload(const std::string& payload) {
    v1::SignedBatch sealed;
    const Holder& node = election_.node("140101");
    sealed.set_payload(payload);
    sealed.set_key_id(node.id().str());
    sealed.set_certificate(node.certificate->der);
    sealed.set_signature(node.key.sign({trust::pae_prefix(trust::kBatchType, payload), payload}));
    return sealed;
  }
  // The next batch on this stream is taken in: what went before did not stop it.
  void expect_goes_on(RawSubmit& stream, std::uint64_t sequence, std::uint32_t number = 400) {
    const auto receipt = stream.ask(sealed(batch(sequence, {record(number)})));
    ASSERT_TRUE(receipt.has_value());
    EXPECT_EQ(receipt->refused(), "");
    EXPECT_TRUE(receipt->outcomes(0).has_admitted_at()) << receipt->DebugString();
  }
  void expect_refused(const v1::SignedBatch& bad, const std::string& code) {
    const auto stream = open();
    const auto receipt = stream->ask(bad);
    ASSERT_TRUE(receipt.has_value()) << "the stream ended instead";
    EXPECT_EQ(receipt->refused(), code);
    EXPECT_EQ(receipt->outcomes_size(), 0);
    EXPECT_EQ(server_.size(), 1U);
    expect_goes_on(*stream, 2);
  }

  SmallElection election_{kElection, until_next_year()};
  LiveNode server_{election_, "140100"};
};

TEST_F(Hostile, AMessageThatIsTooLargeEndsItsStreamAndNoOther) {
  const auto other = open("140102");
  const auto own = [&](std::uint64_t sequence) {
    return node::seal_batch(election_.node_identity("140102"),
                            batch_of(election_.id(), "140102", sequence, {}));
  };
  ASSERT_TRUE(other->ask(own(1)));
  const auto stream = open();
  stream->write(std::string(uplink::kMessageBytesMax + 1'000, '\x0a'));
  EXPECT_FALSE(stream->read().has_value());
  const grpc::Status status = stream->finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_TRUE(other->ask(own(2)));
}

TEST_F(Hostile, BytesThatAreNoMessageEndTheirStreamAndNoOther) {
  const auto other = open("140102");
  const auto own = [&](std::uint64_t sequence) {
    return node::seal_batch(election_.node_identity("140102"),
                            batch_of(election_.id(), "140102", sequence, {}));
  };
  ASSERT_TRUE(other->ask(own(1)));
  const std::string garbage[] = {"\xff\xff\xff\xff", std::string(100'000, '\x0a'), "hello",
                                 std::string("\x0a\x7f", 2)};
  for (const std::string& bytes : garbage) {
    const auto stream = open();
    stream->write(bytes);
    EXPECT_FALSE(stream->read().has_value());  // it ends, unanswered
  }
  EXPECT_TRUE(other->ask(own(2)));
  EXPECT_EQ(server_.size(), 1U);
}

// A megabyte of these would unfold to a gigabyte.
TEST_F(Hostile, CompressedMessagesAreRefused) {
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    RawSubmit stream(raw_channel(server_.address(), election_.id(), server_.unit(),
                                 tls_of(election_, election_.node("140101"))),
                     algorithm);
    stream.write(std::string(uplink::kMessageBytesMax / 2, '\0'));
    EXPECT_FALSE(stream.read().has_value());
    EXPECT_EQ(stream.finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  EXPECT_EQ(server_.size(), 1U);
}

TEST_F(Hostile, AnEnvelopeOfManyUnknownFieldsEndsItsStream) {
  const auto stream = open();
  std::string fields;
  while (fields.size() < 1'000'000) fields += std::string("\x7a\x00", 2);
  stream->write(fields);
  EXPECT_FALSE(stream->read().has_value());
  EXPECT_EQ(stream->finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(server_.refused("bad_message"), 1U);
}

TEST_F(Hostile, ARequestToFollowHasLimits) {
  const auto stub =
      v1::Uplink::NewStub(raw_channel(server_.address(), election_.id(), server_.unit(),
                                      tls_of(election_, election_.node("140101"))));
  const auto follow = [&](const v1::FollowRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    const auto reader = stub->Follow(&context, request);
    v1::SignedBatch batch;
    const bool answered = reader->Read(&batch);  // the definition
    if (answered) context.TryCancel();
    const grpc::StatusCode code = reader->Finish().error_code();
    return answered ? grpc::StatusCode::OK : code;
  };
  v1::FollowRequest request;
  request.set_election(election_.id());
  request.set_unit("140101");
  for (std::size_t i = 0; i < node::kWantedMax; ++i) request.add_wanted(Bytes(32, 'w'));
  EXPECT_EQ(follow(request), grpc::StatusCode::OK);
  request.add_wanted(Bytes(32, 'w'));
  EXPECT_EQ(follow(request), grpc::StatusCode::RESOURCE_EXHAUSTED);
  request.clear_wanted();
  request.set_log_id(Bytes(256 << 10, 'x'));
  EXPECT_EQ(follow(request), grpc::StatusCode::RESOURCE_EXHAUSTED);
  request.clear_log_id();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(100, 1);
  EXPECT_EQ(follow(request), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(server_.refused("bad_message"), 3U);
}

TEST_F(Hostile, AStreamThatBreaksOffInTheMiddleLeavesNothingBehind) {
  for (int i = 0; i < 20; ++i) {
    const auto stream = open();
    stream->write(sealed(batch(1, {record(500)})));
    stream->cancel();
  }
  EXPECT_TRUE(eventually([&] { return server_.server().open_streams() == 0; }));
  EXPECT_LE(server_.size(), 2U);  // one record, however often it came
}

TEST_F(Hostile, AnEmptyMessageIsQuarantined) { expect_refused({}, "malformed"); }

TEST_F(Hostile, APayloadThatIsNoBatchIsQuarantined) {
  expect_refused(sealed_payload("no batch at all"), "malformed");
}

TEST_F(Hostile, AnUnsignedBatchIsQuarantined) {
  v1::SignedBatch unsigned_batch = sealed(batch(1, {record(1)}));
  unsigned_batch.clear_signature();
  expect_refused(unsigned_batch, "bad_signature");
}

TEST_F(Hostile, ABatchOf257RecordsIsQuarantined) {
  expect_refused(sealed(batch(1, std::vector<Bytes>(257, record(1)))), "too_large");
}

TEST_F(Hostile, ABatchOutOfSequenceIsQuarantined) {
  for (const std::uint64_t wrong : {0, 2, 7}) {
    const auto stream = open();
    const auto receipt = stream->ask(sealed(batch(wrong, {record(1)})));
    ASSERT_TRUE(receipt.has_value());
    EXPECT_EQ(receipt->refused(), "malformed") << wrong;
    expect_goes_on(*stream, 2, 100 + static_cast<std::uint32_t>(wrong));
    // The same batch once more.
    const auto repeated = stream->ask(sealed(batch(2, {record(1)})));
    ASSERT_TRUE(repeated.has_value());
    EXPECT_EQ(repeated->refused(), "malformed");
  }
}

TEST_F(Hostile, ABatchSignedByAnotherNodeIsQuarantined) {
  const v1::Batch another = batch_of(election_.id(), "140102", 1, {record(1)});
  expect_refused(node::seal_batch(election_.node_identity("140102"), another), "wrong_sender");
}

TEST_F(Hostile, ABatchInTheNameOfAnotherNodeIsQuarantined) {
  expect_refused(sealed(batch_of(election_.id(), "140102", 1, {record(1)})), "wrong_sender");
}

TEST_F(Hostile, ABatchSignedWithALicenceIsQuarantined) {
  v1::SignedBatch licence = sealed(batch(1, {}));
  const Holder& chair = election_.chair("140101-1");
  licence.set_key_id(chair.id().str());
  licence.set_certificate(chair.certificate->der);
  licence.set_signature(
      chair.key.sign({trust::pae_prefix(trust::kBatchType, licence.payload()), licence.payload()}));
  expect_refused(licence, "wrong_sender");
}

TEST_F(Hostile, ABatchOfAnotherElectionIsQuarantined) {
  v1::Batch foreign = batch(1, {record(1)});
  foreign.set_election("other-2014");
  expect_refused(sealed(foreign), "wrong_election");
}

TEST_F(Hostile, UnknownFieldsInTheEnvelopeAreQuarantined) {
  const auto stream = open();
  ASSERT_TRUE(
      stream->write(sealed(batch(1, {})).SerializeAsString() + std::string("\x7a\x01x", 3)));
  const auto receipt = stream->read();
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(receipt->refused(), "malformed");
  expect_goes_on(*stream, 2);
}

TEST_F(Hostile, OneBadRecordDoesNotTouchItsNeighbours) {
  Bytes changed = record(2);
  changed.back() = static_cast<char>(changed.back() ^ 1);
  const auto stream = open();
  const auto receipt = stream->ask(sealed(batch(1, {record(1), changed, "garbage", record(3)})));
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(receipt->refused(), "");
  ASSERT_EQ(receipt->outcomes_size(), 4);
  EXPECT_TRUE(receipt->outcomes(0).has_admitted_at());
  EXPECT_EQ(receipt->outcomes(1).refused().code(), "bad_signature");
  EXPECT_TRUE(receipt->outcomes(2).has_refused());
  EXPECT_TRUE(receipt->outcomes(3).has_admitted_at());
  EXPECT_EQ(server_.size(), 3U);
  expect_goes_on(*stream, 2);
}

}  // namespace
}  // namespace urna::tests
