// A server that takes records and does not say of each what became of it: nothing is called done
// that nobody confirmed.
#include <grpcpp/grpcpp.h>

#include "common/daemon/delivery.h"
#include "common/model/control_code.h"
#include "common/node/transfer_file.h"
#include "common/service/data_lock.h"
#include "tests/integration/programs/scene.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::tests {
namespace {

constexpr const char* kMayor = "mayor-140101";

// Stands at the address and holds the data folder of a unit, as its server would.
class SilentServer final : public v1::Uplink::Service {
 public:
  enum class Manner { kLastOutcomeMissing, kFirstOutcomeEmpty, kNoOutcomes };

  SilentServer(Scene& scene, const std::string& unit, Manner manner)
      : manner_(manner), lock_(service::DataLock::take(scene.folder_of(unit) / "data")) {
    const uplink::TlsIdentity tls = tls_of(scene.election(), scene.election().node(unit));
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = tls.roots_pem;
    options.pem_key_cert_pairs.push_back({tls.key_pem, tls.certificate_pem});
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    scene.write(unit + "/uplink.address", "127.0.0.1:" + std::to_string(port) + "\n");
    // Nobody is asked which definition is in force.
    scene.write(unit + "/http.address", "127.0.0.1:1\n");
  }
  ~SilentServer() override { server_->Shutdown(std::chrono::system_clock::now()); }
  bool holds_the_folder() const { return lock_.has_value(); }

  grpc::Status Submit(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::SignedReceipt, v1::SignedBatch>* stream) override {
    v1::SignedBatch sealed;
    while (stream->Read(&sealed)) {
      v1::Batch batch;
      if (!batch.ParseFromString(sealed.payload())) break;
      v1::Receipt receipt;
      for (int i = 0; i < batch.entries_size(); ++i) {
        const bool last = i + 1 == batch.entries_size();
        if (manner_ == Manner::kNoOutcomes || (manner_ == Manner::kLastOutcomeMissing && last)) {
          break;
        }
        v1::Outcome& outcome = *receipt.add_outcomes();
        if (manner_ == Manner::kFirstOutcomeEmpty && i == 0) continue;
        outcome.set_admitted_at(static_cast<std::uint64_t>(100 + i));
      }
      v1::SignedReceipt answer;
      answer.set_payload(receipt.SerializeAsString());
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

 private:
  const Manner manner_;
  Result<service::DataLock> lock_;
  std::unique_ptr<grpc::Server> server_;
};
using Manner = SilentServer::Manner;

class Unanswered : public testing::Test {
 protected:
  void SetUp() override {
    scene_.install("140101");
    ASSERT_EQ(import("definition.urna").status, 0);
    for (const char* precinct : {"140101-1", "140101-2", "140101-3"}) {
      const v1::Body body = scene_.election().protocol(precinct, kMayor);
      ASSERT_EQ(import(record_file(body, precinct)).status, 0);
      commands_ +=
          "confirm " + model::ControlCode::of(SmallElection::statement(body)).printed() + "\n";
    }
  }
  std::string record_file(const v1::Body& body, const std::string& precinct) {
    const Holder& chair = scene_.election().chair(precinct);
    const std::string name = "record-" + std::to_string(++records_) + ".urna";
    scene_.write(name,
                 node::write_record(scene_.election().sign(chair, body), chair.certificate->der));
    return name;
  }
  std::string config() { return (scene_.folder_of("140101") / "urna.toml").string(); }
  Ran import(const std::string& name) {
    return run_program("urna-territorial",
                       {"import", "--config", config(), (scene_.root() / name).string()});
  }
  Ran desk() {
    const std::string licence = scene_.licence(scene_.election().commission("140101")).string();
    const auto input = scene_.write("commands", commands_);
    return run_program(
        "/bin/sh", {"-c", program_path("urna-territorial").string() + " desk --config " + config() +
                              " --licence " + licence + ".key --certificate " + licence +
                              ".crt < " + input.string()});
  }

  Scene scene_;
  std::string commands_;
  int records_ = 0;
};

TEST_F(Unanswered, ADecisionTheServerSaysNothingOfIsNotCalledTaken) {
  const std::string no = "refused not answered by the node: confirmed 140101-";
  const std::string yes = "ok confirmed 140101-";
  const std::string of = " mayor-140101/1\n";
  const std::pair<Manner, std::string> cases[] = {
      {Manner::kLastOutcomeMissing, yes + "1" + of + yes + "2" + of + no + "3" + of},
      {Manner::kFirstOutcomeEmpty, no + "1" + of + yes + "2" + of + yes + "3" + of},
      {Manner::kNoOutcomes, no + "1" + of + no + "2" + of + no + "3" + of}};
  for (const auto& [manner, expected] : cases) {
    const SilentServer server(scene_, "140101", manner);
    ASSERT_TRUE(server.holds_the_folder());
    const Ran ran = desk();
    EXPECT_EQ(ran.output, expected) << ran.errors;
    EXPECT_EQ(ran.status, 1);
  }
  // Given again to a server that answers, they are taken.
  std::filesystem::remove(scene_.folder_of("140101") / "uplink.address");
  EXPECT_EQ(desk().output, yes + "1" + of + yes + "2" + of + yes + "3" + of);
}

TEST_F(Unanswered, AnImportedRecordTheServerSaysNothingOfIsNotCalledAdmitted) {
  const std::string name =
      record_file(scene_.election().protocol("140101-1", "council-140101"), "140101-1");
  const SilentServer server(scene_, "140101", Manner::kNoOutcomes);
  const Ran ran = import(name);
  EXPECT_TRUE(says_in_one_line(ran, "left some records unanswered; import the file again"));
  EXPECT_NE(ran.output.find("1 records: 0 admitted, 0 already here, 0 refused, 0 waiting for a "
                            "definition, 1 not answered\n"),
            std::string::npos)
      << ran.output;
  EXPECT_EQ(ran.output.find(": admitted"), std::string::npos) << ran.output;
}

TEST(BatchAnswer, OutcomesStayWithTheirOwnBatchAndEntry) {
  v1::Batch batch;
  for (std::uint64_t i = 0; i < 3; ++i) batch.add_entries()->set_position(i);
  v1::SignedBatch sealed;
  sealed.set_payload(batch.SerializeAsString());
  const auto answered = [&](const v1::Receipt& receipt) {
    v1::SignedReceipt signed_one;
    signed_one.set_payload(receipt.SerializeAsString());
    return daemon::answer_to(sealed, signed_one);
  };
  v1::Receipt receipt;
  receipt.add_outcomes();
  receipt.add_outcomes()->set_duplicate_of(7);
  const auto answer = answered(receipt);
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->outcomes.size(), 3U);
  EXPECT_FALSE(answer->outcomes[0].has_value());
  ASSERT_TRUE(answer->outcomes[1].has_value());
  EXPECT_EQ(answer->outcomes[1]->duplicate_of(), 7U);
  EXPECT_FALSE(answer->outcomes[2].has_value());
  // More than was asked is nobody's.
  for (int i = 0; i < 5; ++i) receipt.add_outcomes()->set_admitted_at(1);
  EXPECT_EQ(answered(receipt)->outcomes.size(), 3U);

  v1::SignedReceipt broken;
  broken.set_payload("\xff");
  EXPECT_EQ(daemon::answer_to(sealed, broken).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace urna::tests
