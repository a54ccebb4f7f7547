// Upstreams that can be reached and are of no use: the next one is.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>

#include "common/base/clock.h"
#include "tests/integration/uplink/live_node.h"
#include "tests/integration/uplink/raw_peer.h"

namespace urna::tests {
namespace {

// Answers at the address and with the certificate of a node, and behaves badly.
class BadUpstream final : public v1::Uplink::Service {
 public:
  enum class Manner { kMute, kGreetsAndDies };

  BadUpstream(SmallElection& election, std::string unit, Manner manner)
      : election_(election), unit_(std::move(unit)), manner_(manner) {
    const uplink::TlsIdentity tls = tls_of(election, election.node(unit_));
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = tls.roots_pem;
    options.pem_key_cert_pairs.push_back({tls.key_pem, tls.certificate_pem});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~BadUpstream() override { server_->Shutdown(std::chrono::system_clock::now()); }

  uplink::Upstream as_upstream() const {
    return {*model::UnitId::parse(unit_), "127.0.0.1:" + std::to_string(port_)};
  }
  unsigned tries() const { return tries_; }

  grpc::Status Submit(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::SignedReceipt, v1::SignedBatch>* stream) override {
    ++tries_;
    v1::SignedBatch batch;
    stream->SendInitialMetadata();
    if (manner_ == Manner::kMute) {
      while (stream->Read(&batch)) {
      }
      return grpc::Status::OK;
    }
    if (!stream->Read(&batch)) return grpc::Status::OK;
    v1::Receipt receipt;
    receipt.set_election(election_.id());
    receipt.set_receiver(unit_);
    receipt.set_sender("140101");
    receipt.set_sequence(1);
    receipt.set_created_at_ms(wall_clock_ms());
    receipt.mutable_log()->set_log_id(Bytes(16, 'l'));
    receipt.mutable_log()->set_root(Bytes(32, 'r'));
    stream->Write(node::seal_receipt(election_.node_identity(unit_), receipt));
    return {grpc::StatusCode::UNAVAILABLE, "dying"};
  }
  grpc::Status Follow(grpc::ServerContext* context, const v1::FollowRequest*,
                      grpc::ServerWriter<v1::SignedBatch>* stream) override {
    stream->SendInitialMetadata();
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return grpc::Status::OK;
  }

 private:
  SmallElection& election_;
  const std::string unit_;
  const Manner manner_;
  std::atomic<unsigned> tries_{0};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

class Upstreams : public testing::Test {
 protected:
  void SetUp() override {
    good_.listen();
    good_.take_definition();
    gmina_.take_definition();
  }
  // Never looks for the first again, so that what is counted is the way to the second.
  static uplink::ClientOptions staying() {
    uplink::ClientOptions options = LiveNode::quick();
    options.return_ms = 600'000;
    return options;
  }
  bool at(const LiveNode& upstream) {
    return eventually([&] {
      const auto status = gmina_.client().status();
      return status.unit == upstream.unit() && status.connected;
    });
  }
  v1::Outcome enter(std::uint32_t number) {
    return gmina_.enter(
        election_.sign_by_chair(election_.protocol("140101-1", "council-140101", number)),
        {election_.chair("140101-1").certificate->der});
  }

  SmallElection election_{kElection, until_next_year()};
  LiveNode good_{election_, "140000"};
  LiveNode gmina_{election_, "140101"};
};

TEST_F(Upstreams, OneThatNeverAnswersTheGreetingIsGivenUp) {
  BadUpstream mute(election_, "140100", BadUpstream::Manner::kMute);
  uplink::ClientOptions options = staying();
  options.greeting_ms = 5'000;
  gmina_.connect({mute.as_upstream(), good_.as_upstream()}, options);
  EXPECT_TRUE(at(good_));
  EXPECT_TRUE(gmina_.told("cannot reach 140100"));
  EXPECT_TRUE(gmina_.told("it does not answer the greeting"));
  EXPECT_GE(mute.tries(), 1U);
  gmina_.disconnect();
}

TEST_F(Upstreams, OneThatGreetsAndDiesEachTimeIsLeftForTheNext) {
  BadUpstream dying(election_, "140100", BadUpstream::Manner::kGreetsAndDies);
  gmina_.connect({dying.as_upstream(), good_.as_upstream()}, staying());
  EXPECT_TRUE(at(good_));
  EXPECT_TRUE(gmina_.told("connected to 140100"));
  // 20, 40, 80, 160 ms and so on, at least by half: not again and again at once.
  EXPECT_LT(dying.tries(), 15U);
  gmina_.disconnect();
}

TEST_F(Upstreams, OneWhoseCertificateIsRevokedIsNotSpokenTo) {
  LiveNode powiat(election_, "140100");
  powiat.listen();
  ASSERT_TRUE(
      gmina_.enter(election_.national(), SmallElection::revocation(election_.node("140100")))
          .has_admitted_at());
  ASSERT_TRUE(enter(1).has_admitted_at());
  gmina_.connect({powiat.as_upstream(), good_.as_upstream()}, staying());
  EXPECT_TRUE(at(good_));
  EXPECT_TRUE(
      gmina_.told("cannot reach 140100 at " + powiat.address() + ": its certificate is revoked"));
  EXPECT_TRUE(eventually([&] { return good_.size() == gmina_.size(); }));
  EXPECT_EQ(powiat.size(), 0U);
  // It did not even learn who is there: no batch came, so nothing was counted against it.
  EXPECT_EQ(powiat.counters().admitted + powiat.counters().batches_quarantined, 0U);
  gmina_.disconnect();
}

TEST_F(Upstreams, OneThatIsRevokedMeanwhileIsLeft) {
  LiveNode powiat(election_, "140100");
  powiat.listen();
  powiat.take_definition();
  gmina_.connect({powiat.as_upstream(), good_.as_upstream()}, staying());
  ASSERT_TRUE(at(powiat));
  gmina_.enter(election_.national(), SmallElection::revocation(election_.node("140100")));
  // The answer to what is sent next is not taken from it.
  ASSERT_TRUE(enter(2).has_admitted_at());
  EXPECT_TRUE(at(good_));
  EXPECT_TRUE(eventually([&] { return good_.size() == gmina_.size(); }));
  gmina_.disconnect();
}

}  // namespace
}  // namespace urna::tests
