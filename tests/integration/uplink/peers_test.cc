// Who may connect, and who may not. All that is believed of a peer comes from its certificate.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/uplink/live_node.h"
#include "tests/integration/uplink/raw_peer.h"
#include "tests/support/loopback.h"

namespace urna::tests {
namespace {

class Peers : public testing::Test {
 protected:
  void SetUp() override {
    server_.listen();
    server_.take_definition();
  }
  // How a stream opened with `tls` ends, a greeting from `unit` having been tried on it.
  grpc::Status knock(const uplink::TlsIdentity& tls, const std::string& unit = "140101") {
    RawSubmit stream(raw_channel(server_.address(), election_.id(), server_.unit(), tls));
    const v1::Batch greeting = batch_of(election_.id(), unit, 1, {});
    const auto receipt = stream.ask(node::seal_batch(election_.node_identity(unit), greeting));
    EXPECT_FALSE(receipt.has_value());
    return stream.finish();
  }
  // The chain a peer may show, so that TLS finds its way from the leaf to the shared root.
  static uplink::TlsIdentity with_chain(uplink::TlsIdentity tls, const std::string& anchors_pem) {
    tls.certificate_pem += anchors_pem;
    return tls;
  }
  void expect_untouched() {
    EXPECT_EQ(server_.size(), 1U);
    EXPECT_TRUE(eventually([&] { return server_.server().open_streams() == 0; }));
    // And serves those it should.
    RawSubmit good(raw_channel(server_.address(), election_.id(), server_.unit(),
                               tls_of(election_, election_.node("140101"))));
    const auto receipt = good.ask(node::seal_batch(election_.node_identity("140101"),
                                                   batch_of(election_.id(), "140101", 1, {})));
    ASSERT_TRUE(receipt.has_value());
    EXPECT_EQ(receipt->refused(), "");
  }

  SmallElection election_{kElection, until_next_year()};
  LiveNode server_{election_, "140100"};
};

TEST_F(Peers, ALicenceDoesNotOpenAConnection) {
  const uplink::TlsIdentity licence = tls_of(election_, election_.chair("140101-1"));
  EXPECT_FALSE(knock(licence).ok());
  EXPECT_FALSE(knock(with_chain(licence, election_.anchors_pem())).ok());
  EXPECT_EQ(server_.refused("wrong_role"), 2U);
  EXPECT_TRUE(server_.told("peer_wrong_role: refused 140101-1 (chair, key " +
                           election_.chair("140101-1").id().hex()));
  expect_untouched();
}

TEST_F(Peers, ANodeOfAnotherElectionUnderAnotherRootIsRefused) {
  SmallElection other("other-2014", until_next_year());
  uplink::TlsIdentity tls = tls_of(other, other.node("140101"));
  tls.roots_pem = election_.anchors().tls_roots_pem();
  EXPECT_FALSE(knock(tls).ok());
  EXPECT_FALSE(knock(with_chain(tls, other.anchors_pem())).ok());
  EXPECT_EQ(server_.refused("wrong_election"), 2U);
  EXPECT_TRUE(server_.told(other.node("140101").id().hex()));
  EXPECT_TRUE(server_.told("of election other-2014"));
  expect_untouched();
}

TEST_F(Peers, ANodeOfAnotherElectionUnderTheSameRootIsRefused) {
  SmallElection other("other-2014", until_next_year(), &election_);
  uplink::TlsIdentity tls = tls_of(other, other.node("140101"));
  tls.roots_pem = election_.anchors().tls_roots_pem();
  EXPECT_FALSE(knock(tls).ok());
  EXPECT_FALSE(knock(with_chain(tls, other.anchors_pem())).ok());
  EXPECT_EQ(server_.refused("wrong_election"), 2U);
  expect_untouched();
}

TEST_F(Peers, ATwinElectionOfTheSameNameUnderAnotherRootIsRefused) {
  SmallElection twin(kElection, until_next_year());
  uplink::TlsIdentity tls = tls_of(twin, twin.node("140101"));
  tls.roots_pem = election_.anchors().tls_roots_pem();
  EXPECT_FALSE(knock(tls).ok());
  EXPECT_FALSE(knock(with_chain(tls, twin.anchors_pem())).ok());
  EXPECT_EQ(server_.refused("untrusted"), 2U);
  expect_untouched();
}

TEST_F(Peers, AnExpiredCertificateAndOneNotYetValidAreRefused) {
  const auto now = until_next_year().not_after_ms;
  constexpr std::int64_t kMonthMs = 30LL * 24 * 3'600 * 1'000;
  const Holder expired =
      election_.licence(trust::Role::kTerritorialNode, "140101", SmallElection::season());
  const Holder later =
      election_.licence(trust::Role::kTerritorialNode, "140101", {now - kMonthMs, now});
  EXPECT_FALSE(knock(tls_of(election_, expired)).ok());
  EXPECT_FALSE(knock(tls_of(election_, later)).ok());
  EXPECT_EQ(server_.refused("not_valid_now"), 2U);
  EXPECT_TRUE(server_.told(expired.id().hex()));
  EXPECT_TRUE(server_.told(later.id().hex()));
  expect_untouched();
}

// Somebody else's certificate is public: only the key behind it opens a connection.
TEST_F(Peers, ACertificateWithoutItsKeyOpensNothing) {
  uplink::TlsIdentity stolen = tls_of(election_, election_.node("140101"));
  stolen.key_pem = *election_.node("140102").key.to_pem(std::nullopt);
  EXPECT_FALSE(knock(stolen).ok());
  expect_untouched();
}

TEST_F(Peers, WithoutACertificateNothingOpens) {
  EXPECT_FALSE(knock({"", "", election_.anchors().tls_roots_pem()}).ok());
  // Nor without TLS.
  RawSubmit plain(grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()));
  EXPECT_FALSE(plain.read().has_value());
  plain.cancel();
  EXPECT_FALSE(plain.finish().ok());
  expect_untouched();
}

TEST_F(Peers, BytesThatAreNoTlsDisturbNobody) {
  const std::string garbage[] = {"GET / HTTP/1.0\r\n\r\n", std::string(100'000, '\x16'),
                                 std::string("\x16\x03\x01\xff\xff", 5), std::string(1, '\0')};
  for (const std::string& bytes : garbage) {
    const int connected = test::connect_to(server_.address());
    ASSERT_GE(connected, 0);
    // The server may break off at any moment.
    [[maybe_unused]] const ssize_t sent = send(connected, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    close(connected);
  }
  expect_untouched();
}

TEST_F(Peers, ConnectionsThatComeToNoHandshakeAreCounted) {
  LiveNode watched(election_, "140000");
  uplink::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.handshakes_ms = 300;
  watched.listen(std::move(options));
  const auto own = tls_of(election_, election_.node("140101"));
  RawSubmit good(raw_channel(watched.address(), election_.id(), "140000", own));
  ASSERT_TRUE(good.ask(node::seal_batch(election_.node_identity("140101"),
                                        batch_of(election_.id(), "140101", 1, {}))));
  for (int i = 0; i < 7; ++i) close(test::connect_to(watched.address()));
  RawSubmit nobody(raw_channel(watched.address(), election_.id(), "140000",
                               {"", "", election_.anchors().tls_roots_pem()}));
  EXPECT_FALSE(nobody.read().has_value());
  EXPECT_TRUE(eventually([&] { return watched.refused("no_handshake") >= 8U; }));
  EXPECT_TRUE(watched.told("connections showed no certificate"));
  good.cancel();
}

TEST_F(Peers, ANodeOfAUnitThatDoesNotLieUnderTheServerIsRefused) {
  const auto tls = tls_of(election_, election_.node("146200"));
  const auto channel = raw_channel(server_.address(), election_.id(), server_.unit(), tls);
  RawSubmit stream(channel);
  const Bytes record = election_.sign_by_chair(election_.protocol("146200-1", "city-146200"));
  const auto receipt = stream.ask(node::seal_batch(
      election_.node_identity("146200"), batch_of(election_.id(), "146200", 1, {record},
                                                  {election_.chair("146200-1").certificate->der})));
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(receipt->refused(), "not_authorised");

  const auto stub = v1::Uplink::NewStub(channel);
  for (const char* unit :
       {"146200", "140101"}) {  // its own, and one that does lie under the server
    grpc::ClientContext context;
    const auto follow = raw_follow(*stub, context, election_.id(), unit);
    v1::SignedBatch batch;
    EXPECT_FALSE(follow->Read(&batch));
    EXPECT_FALSE(follow->Finish().ok());
  }
  EXPECT_EQ(server_.size(), 1U);
}

TEST_F(Peers, AnUpstreamThatRefusesCountsAsFailedAndTheNextIsUsed) {
  LiveNode right(election_, "140000");
  right.listen();
  right.take_definition();
  LiveNode city(election_, "146200");
  city.connect({server_.as_upstream(), right.as_upstream()});
  ASSERT_TRUE(eventually(
      [&] { return city.client().status().unit == "140000" && city.client().status().connected; }));
}

TEST_F(Peers, AServerThatIsNotTheOneConfiguredIsNotSpokenTo) {
  LiveNode gmina(election_, "140101");
  gmina.take_definition();
  // The address answers, as 140100; the configuration says 140000.
  gmina.connect({{*model::UnitId::parse("140000"), server_.address()}});
  ASSERT_TRUE(eventually([&] { return !gmina.client().status().last_error.empty(); }));
  EXPECT_FALSE(gmina.client().status().connected);
  gmina.disconnect();
  EXPECT_EQ(server_.server().open_streams(), 0U);
  expect_untouched();
}

TEST_F(Peers, ARevokedNodeIsCutOffAtOnceAndNotLetInAgain) {
  const Holder& gmina = election_.node("140101");
  const auto tls = tls_of(election_, gmina);
  const auto channel = raw_channel(server_.address(), election_.id(), server_.unit(), tls);
  RawSubmit stream(channel);
  ASSERT_TRUE(stream.ask(node::seal_batch(election_.node_identity("140101"),
                                          batch_of(election_.id(), "140101", 1, {}))));
  const auto stub = v1::Uplink::NewStub(channel);
  grpc::ClientContext context;
  const auto follow = raw_follow(*stub, context, election_.id(), "140101");
  v1::SignedBatch batch;
  ASSERT_TRUE(follow->Read(&batch));  // the definition
  ASSERT_TRUE(eventually([&] { return server_.server().open_streams() == 2; }));

  const auto outcome = server_.enter(election_.national(), SmallElection::revocation(gmina));
  ASSERT_TRUE(outcome.has_admitted_at()) << outcome.DebugString();
  EXPECT_TRUE(eventually([&] { return server_.server().open_streams() == 0; }));
  EXPECT_FALSE(stream.read().has_value());
  EXPECT_FALSE(stream.finish().ok());
  while (follow->Read(&batch)) {
  }
  EXPECT_FALSE(follow->Finish().ok());

  const grpc::Status again = knock(tls);
  EXPECT_EQ(again.error_code(), grpc::StatusCode::PERMISSION_DENIED) << again.error_message();
  EXPECT_NE(again.error_message().find("revoked"), std::string::npos);
  EXPECT_TRUE(
      server_.told("peer_revoked: refused 140101 (territorial-node, key " + gmina.id().hex()));
  // Going on trying fills no log, and is counted.
  const std::size_t lines = server_.events().size();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(knock(tls).ok());
  EXPECT_EQ(server_.events().size(), lines);
  EXPECT_EQ(server_.refused("revoked"), 6U);
  // Neither is anything read of it, nor does it learn anything: not even the health of the server.
  const auto knocking = raw_channel(server_.address(), election_.id(), server_.unit(), tls);
  grpc::ClientContext asking;
  v1::FollowRequest large;
  for (int i = 0; i < 100'000; ++i) large.add_wanted(Bytes(32, 'w'));
  const auto refused = v1::Uplink::NewStub(knocking)->Follow(&asking, large);
  EXPECT_FALSE(refused->Read(&batch));
  EXPECT_EQ(refused->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(health(knocking).error(), grpc::StatusCode::PERMISSION_DENIED);
  // The same unit with another certificate is welcome.
  RawSubmit renewed(raw_channel(server_.address(), election_.id(), server_.unit(),
                                tls_of(election_, election_.node("140101", 2))));
  const auto receipt = renewed.ask(node::seal_batch(election_.node_identity("140101", 2),
                                                    batch_of(election_.id(), "140101", 1, {})));
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(receipt->refused(), "");
}

}  // namespace
}  // namespace urna::tests
