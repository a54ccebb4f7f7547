// What urna-ca makes, in the hands of nodes and signers: it loads, verifies, signs and revokes.

#include <algorithm>
#include <chrono>

#include "common/daemon/identity.h"
#include "common/node/transfer_file.h"
#include "common/trust/sha256.h"
#include "tests/integration/ca/office.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

daemon::IdentitySettings settings(const Office& office, const std::string& prefix) {
  return {office.dir() / "trust.pem", prefix + ".crt", prefix + ".key", {}};
}

std::uint64_t now_ms() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return std::move(result.value());
}

TEST(CaUse, AWrongPasswordOpensNothing) {
  const Office office;
  const std::string right = office.write("right", "correct horse\n");
  const std::string wrong = office.write("wrong", "battery staple\n");
  ASSERT_EQ(
      office.run("init", {"--election", "e", "--root-unit", "PL", "--password-file", right}).status,
      0);
  const std::string prefix = office.file("node");
  const auto issue = [&](const std::string& password) {
    return office.run("issue-node",
                      {"--unit", "140101", "--role", "territorial-node", "--out", prefix,
                       "--password-file", password, "--new-password-file", right});
  };
  EXPECT_TRUE(says_in_one_line(issue(wrong), "node-authority.key"));
  EXPECT_FALSE(std::filesystem::exists(prefix + ".key"));
  ASSERT_EQ(issue(right).status, 0);

  daemon::IdentitySettings loading = settings(office, prefix);
  loading.password_file = wrong;
  const auto refused = daemon::load_identity(loading, "test 0");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUntrusted);
  loading.password_file = right;
  EXPECT_TRUE(daemon::load_identity(loading, "test 0").has_value());
}

TEST(CaUse, TheRootsKeyMayHaveAPasswordOfItsOwnAndMayLeave) {
  const Office office;
  const std::string password = office.write("password", "of the authorities\n");
  const std::string root = office.write("root", "of the root\n");
  ASSERT_EQ(office
                .run("init", {"--election", "e", "--root-unit", "PL", "--password-file", password,
                              "--root-password-file", root})
                .status,
            0);
  const std::filesystem::path key = office.dir() / "root.key";
  EXPECT_FALSE(trust::PrivateKey::from_pem(Office::read(key), "of the authorities").has_value());
  EXPECT_TRUE(trust::PrivateKey::from_pem(Office::read(key), "of the root").has_value());
  std::filesystem::remove(key);
  EXPECT_EQ(
      office
          .run("issue-node", {"--unit", "PL", "--role", "central-node", "--out",
                              office.file("centre"), "--password-file", password, "--unencrypted"})
          .status,
      0);
}

TEST(CaUse, ANodesCertificateVerifiesAndLoadsAndALicenceDoesNotPassForOne) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const auto node = must(daemon::load_identity(
      settings(office, office.issue("140101", "territorial-node")), "test 0"));
  EXPECT_EQ(node.node.certificate->subject,
            (trust::Subject{*model::ElectionId::parse(kElection), *model::UnitId::parse("140101"),
                            trust::Role::kTerritorialNode}));
  EXPECT_TRUE(node.node.certificate->valid_at(static_cast<std::int64_t>(now_ms())));
  const std::string chair = office.issue("140101-1", "chair");
  EXPECT_FALSE(daemon::load_identity(settings(office, chair), "test 0").has_value());
  const auto licence = must(daemon::load_licence(settings(office, chair)));
  EXPECT_EQ(licence.certificate->subject.role, trust::Role::kChair);
}

TEST(CaUse, TheCertificateIsValidFromTheFirstSecondToTheLastOfTheDaysNamed) {
  const Office office;
  ASSERT_EQ(office
                .run("init", {"--election", "e", "--root-unit", "PL", "--unencrypted", "--from",
                              "2014-01-01"})
                .status,
            0);
  const std::string prefix = office.file("x");
  ASSERT_EQ(
      office
          .run("issue-licence", {"--unit", "140101-1", "--role", "chair", "--out", prefix, "--from",
                                 "2014-11-16", "--to", "2014-11-17", "--unencrypted"})
          .status,
      0);
  const auto licence = must(daemon::load_licence(settings(office, prefix)));
  // date -u -d 2014-11-16 +%s; date -u -d '2014-11-17 23:59:59' +%s
  EXPECT_EQ(licence.certificate->not_before_ms, 1'416'096'000'000);
  EXPECT_EQ(licence.certificate->not_after_ms, 1'416'268'799'000);
}

TEST(CaUse, AnotherOfficesCertificateIsRefused) {
  const Office office;
  const Office other;
  ASSERT_EQ(office.init().status, 0);
  ASSERT_EQ(other.init().status, 0);
  const auto refused =
      daemon::load_identity(settings(office, other.issue("140101", "territorial-node")), "test 0");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUntrusted);
}

// The centre with an identity, a definition and a chair's licence that urna-ca issued.
class Centre {
 public:
  explicit Centre(const Office& office)
      : office_(office),
        national_(must(daemon::load_licence(settings(office, signer())))),
        identity_(must(
            daemon::load_identity(settings(office, office.issue("PL", "central-node")), "test 0"))),
        certificates_(identity_.anchors) {
    node::CoreConfig config{*model::ElectionId::parse(kElection), *model::UnitId::parse("PL"),
                            true};
    const node::Random random = [this](void* buffer, std::size_t bytes) {
      std::fill_n(static_cast<unsigned char*>(buffer), bytes, ++minted_);
    };
    engine_ = must(node::Engine::open(config, store_, certificates_, identity_.node, random));
  }

  v1::Outcome submit(const daemon::LoadedLicence& licence, const v1::Body& body,
                     std::string_view manifest, std::vector<Bytes> blobs = {}) {
    blobs.push_back(licence.certificate->der);
    const Bytes record =
        trust::sign_record({licence.key, *licence.certificate, "test 0"}, body, manifest, now_ms());
    const auto output = engine_->submit(1, record, blobs, now_ms());
    EXPECT_EQ(output.outcomes.size(), 1u);
    return output.outcomes.empty() ? v1::Outcome() : output.outcomes.front().outcome;
  }
  // The small election's definition, signed by this office's national commission.
  StatementId define() {
    v1::Body body;
    *body.mutable_manifest() = election_.first().manifest;
    const v1::Outcome outcome = submit(national_, body, "", election_.first().parts);
    EXPECT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    return SmallElection::statement(body);
  }
  // What the import of a file ended: key ids.
  std::vector<KeyId> import(const std::string& file) {
    std::vector<KeyId> revoked;
    const auto batches =
        must(node::batches_of_file(Office::read(file), certificates_, identity_.node, now_ms()));
    for (const v1::SignedBatch& batch : batches) {
      const auto output = engine_->import_batch(batch, now_ms());
      revoked.insert(revoked.end(), output.revoked.begin(), output.revoked.end());
    }
    return revoked;
  }
  std::uint64_t received() const {
    const auto* tally = engine_->core().projection().tally();
    const auto* totals = tally == nullptr
                             ? nullptr
                             : tally->totals(results::Which::kReceived,
                                             {*model::ContestId::parse("council-140101"), 1}, 0);
    return totals == nullptr ? 0 : totals->protocols;
  }
  std::string signer() const { return office_.file("PL.national-commission"); }
  SmallElection& election() { return election_; }
  const node::Core& core() const { return engine_->core(); }

 private:
  const Office& office_;
  SmallElection election_;
  daemon::LoadedLicence national_;
  daemon::LoadedIdentity identity_;
  journal::MemoryStore store_{LogId{{7}}};
  trust::CertificateBook certificates_;
  std::unique_ptr<node::Engine> engine_;
  unsigned char minted_ = 0;
};

TEST(CaUse, ARevocationIsAdmittedAndTakesTheLicencesProtocolOutOfTheTally) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  office.issue("PL", "national-commission");
  Centre centre(office);
  const StatementId manifest = centre.define();
  const auto chair =
      must(daemon::load_licence(settings(office, office.issue("140101-1", "chair"))));
  const v1::Outcome outcome = centre.submit(
      chair, centre.election().protocol("140101-1", "council-140101"), manifest.view());
  ASSERT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
  ASSERT_EQ(centre.received(), 1u);

  const std::string file = office.file("revocation");
  const Ran ran =
      office.run("revoke", {"--key-id", chair.certificate->id.hex(), "--reason", "zgubiona karta",
                            "--by", centre.signer(), "--manifest", manifest.hex(), "--out", file});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(centre.import(file), std::vector<KeyId>{chair.certificate->id});
  EXPECT_EQ(centre.received(), 0u);
  const auto record = must(node::read_record(Office::read(file)));
  EXPECT_TRUE(centre.core().position_of(record_id(record.record)).has_value());
  EXPECT_NE(ran.output.find(record_id(record.record).hex()), std::string::npos);
}

TEST(CaUse, AnotherRevocationCanBeMadeWhenTheFirstNamedAManifestNobodyHas) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  office.issue("PL", "national-commission");
  Centre centre(office);
  const StatementId manifest = centre.define();
  const auto chair =
      must(daemon::load_licence(settings(office, office.issue("140101-1", "chair"))));
  const auto revoke = [&](const std::string& under, const std::string& out,
                          std::vector<std::string> rest) {
    std::vector<std::string> arguments{"--key-id",   chair.certificate->id.hex(),
                                       "--reason",   "lost",
                                       "--by",       centre.signer(),
                                       "--manifest", under,
                                       "--out",      office.file(out)};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return office.run("revoke", arguments).status;
  };
  ASSERT_EQ(revoke(std::string(64, '7'), "first", {}), 0);
  EXPECT_TRUE(centre.import(office.file("first")).empty());
  ASSERT_EQ(revoke(manifest.hex(), "second", {"--again"}), 0);
  EXPECT_EQ(centre.import(office.file("second")), std::vector<KeyId>{chair.certificate->id});
}

}  // namespace
}  // namespace urna::tests
