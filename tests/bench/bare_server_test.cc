// The ceiling must do what it claims to do: otherwise the ratio to it means nothing.
#include "tests/bench/bare_server.h"

#include <gtest/gtest.h>

#include <fstream>
#include <pqxx/pqxx>

#include "common/base/clock.h"
#include "common/trust/certificate.h"
#include "common/uplink/send.h"
#include "tests/bench/bare_keys.h"
#include "tests/bench/check.h"
#include "tests/bench/load.h"
#include "tests/bench/sender.h"
#include "tests/support/private_postgres.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {
namespace {

constexpr std::size_t kBatch = 4;
constexpr const char* kRows = "SELECT record_id, sha256(bytes) FROM bare";

class Bare : public testing::Test {
 protected:
  void SetUp() override {
    auto postgres = test::PrivatePostgres::start({.folder = {}, .fast_and_unsafe = true});
    ASSERT_TRUE(postgres.has_value()) << postgres.error().message;
    postgres_ = std::move(*postgres);
    auto office = Office::open(country_, wall_clock_ms());
    ASSERT_TRUE(office.has_value()) << office.error().message;
    office_.emplace(std::move(*office));
    auto load = Load::make(country_, *office_, folder_.path(), {2, {kBatch}}, [](std::size_t) {});
    ASSERT_TRUE(load.has_value());
    load_.emplace(std::move(*load));
    start(false);
  }
  void start(bool trust_certificates) {
    server_.reset();
    const auto node =
        office_->node_of(*model::UnitId::parse(kCentreUnit), trust::Role::kCentralNode);
    auto server =
        BareServer::start({"127.0.0.1:0", *tls_of(*node, office_->anchors()), office_->anchors(),
                           postgres_->connection(), trust_certificates});
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
  }
  uplink::Upstream upstream() const {
    return {*model::UnitId::parse(kCentreUnit), server_->address()};
  }
  SenderOptions sender_options() const {
    SenderOptions options{upstream().address,
                          upstream().unit,
                          office_->anchors().election(),
                          {},
                          load_->files(kBatch)};
    for (std::size_t i = 0; i < 2; ++i) {
      options.identities.push_back(*tls_of(office_->senders()[i], office_->anchors()));
    }
    return options;
  }
  // The first batch of stream 0, changed.
  v1::Receipt answer_to(const std::function<void(v1::Batch&)>& change) {
    const auto file = StreamFile::open(stream_file(load_->files(kBatch), 0));
    v1::SignedBatch sealed;
    v1::Batch batch;
    sealed.ParseFromArray(file->frames()[0].batch.data(),
                          static_cast<int>(file->frames()[0].batch.size()));
    batch.ParseFromString(sealed.payload());
    change(batch);
    sealed.set_payload(batch.SerializeAsString());
    const auto receipts = uplink::send_batches(upstream(), office_->anchors().election(),
                                               *tls_of(office_->senders()[0], office_->anchors()),
                                               {sealed}, std::chrono::seconds(20));
    v1::Receipt receipt;
    EXPECT_TRUE(receipts.has_value()) << receipts.error().message;
    if (receipts) receipt.ParseFromString(receipts->at(0).payload());
    return receipt;
  }
  std::int64_t rows() const {
    pqxx::connection db(postgres_->connection());
    pqxx::work work(db);
    return work.exec1("SELECT count(*) FROM bare")[0].as<std::int64_t>();
  }

  const test::TemporaryFolder folder_;
  const Country country_{{Shape::kParliament, 20, 2, 1}};
  std::unique_ptr<test::PrivatePostgres> postgres_;
  std::optional<Office> office_;
  std::optional<Load> load_;
  std::unique_ptr<BareServer> server_;
};

TEST_F(Bare, ARecordWhoseSignatureDoesNotHoldIsRefusedAndNotStored) {
  const v1::Receipt receipt = answer_to([](v1::Batch& batch) {
    v1::SignedRecord record;
    record.ParseFromString(batch.entries(1).record());
    std::string signature = record.signature();
    signature[40] = static_cast<char>(signature[40] ^ 1);
    record.set_signature(signature);
    batch.mutable_entries(1)->set_record(record.SerializeAsString());
  });
  ASSERT_EQ(receipt.outcomes_size(), static_cast<int>(kBatch));
  EXPECT_EQ(receipt.outcomes(1).refused().code(), "bad_signature");
  EXPECT_TRUE(receipt.outcomes(0).has_admitted_at());
  EXPECT_EQ(rows(), static_cast<std::int64_t>(kBatch) - 1);
}

TEST_F(Bare, ARecordWithoutItsLicenceIsRefused) {
  const v1::Receipt receipt = answer_to([](v1::Batch& batch) { batch.clear_blobs(); });
  for (const v1::Outcome& outcome : receipt.outcomes()) EXPECT_TRUE(outcome.has_refused());
  EXPECT_EQ(rows(), 0);
}

TEST_F(Bare, ALicenceSomebodyElseIssuedIsBelievedOnlyWhenToldTo) {
  const Country other({Shape::kParliament, 1, 1, 1});
  const auto strangers = Office::open(other, wall_clock_ms());
  const auto chair = strangers->chair_of(country_.data().precincts[0].id);
  const trust::Signer signer{chair->key, chair->certificate, "stranger"};
  v1::Body body = drill::body_of(country_.data(), office_->election(), country_.protocol(0, 0));
  const Bytes record = trust::sign_record(signer, body, office_->manifest(), office_->now_ms());
  const auto put = [&](v1::Batch& batch) {
    batch.clear_blobs();
    batch.clear_entries();
    batch.add_blobs(chair->certificate.der);
    batch.add_entries()->set_record(record);
  };
  EXPECT_TRUE(answer_to(put).outcomes(0).has_refused());
  start(true);
  EXPECT_TRUE(answer_to(put).outcomes(0).has_admitted_at());
}

TEST_F(Bare, ABatchThatDoesNotDecodeIsRefusedWhole) {
  const v1::SignedBatch sealed = [] {
    v1::SignedBatch one;
    one.set_payload("\xff\xff\xff");
    return one;
  }();
  const auto receipts = uplink::send_batches(upstream(), office_->anchors().election(),
                                             *tls_of(office_->senders()[0], office_->anchors()),
                                             {sealed}, std::chrono::seconds(20));
  ASSERT_TRUE(receipts.has_value());
  v1::Receipt receipt;
  ASSERT_TRUE(receipt.ParseFromString(receipts->at(0).payload()));
  EXPECT_EQ(receipt.refused(), "malformed");
}

TEST_F(Bare, WhatTheClientSendsIsStoredWithItsBytesAndOnlyOnce) {
  for (int twice = 0; twice < 2; ++twice) {
    const auto sender = Sender::connect(sender_options());
    ASSERT_TRUE(sender.has_value()) << sender.error().message;
    const auto first = (*sender)->run({10, 0, 1});
    ASSERT_TRUE(first.has_value()) << first.error().message;
    EXPECT_EQ(first->records, 12U);  // whole batches
    const auto rest = (*sender)->run({1'000, 400, 1});
    ASSERT_TRUE(rest.has_value()) << rest.error().message;
    EXPECT_EQ(first->records + rest->records, load_->records());
    EXPECT_EQ(rest->latencies.size(), rest->batches);
    const auto same = check_rows(*load_, rest->sent, postgres_->connection(), kRows);
    EXPECT_TRUE(same.has_value()) << same.error().message;
  }
}

TEST_F(Bare, AClientWhoseServerIsGoneSaysSo) {
  SenderOptions options = sender_options();
  const auto sender = Sender::connect(options);
  ASSERT_TRUE(sender.has_value());
  server_.reset();
  const auto result = (*sender)->run({1'000, 0, 1});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  const auto again = Sender::connect(options);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kUnavailable);
}

TEST_F(Bare, AClientWhoseRecordIsNotAdmittedSaysSo) {
  // Stream 1 never sends the licences of stream 0.
  std::filesystem::copy_file(stream_file(load_->files(kBatch), 0),
                             stream_file(load_->files(kBatch), 1),
                             std::filesystem::copy_options::overwrite_existing);
  const auto broken = StreamFile::open(stream_file(load_->files(kBatch), 1));
  ASSERT_TRUE(broken.has_value());
  v1::SignedBatch sealed;
  v1::Batch batch;
  sealed.ParseFromArray(broken->frames()[0].batch.data(),
                        static_cast<int>(broken->frames()[0].batch.size()));
  batch.ParseFromString(sealed.payload());
  batch.clear_blobs();
  sealed.set_payload(batch.SerializeAsString());
  const std::string bytes = sealed.SerializeAsString();
  std::ofstream out(stream_file(load_->files(kBatch), 0), std::ios::binary);
  const std::uint32_t head[] = {static_cast<std::uint32_t>(batch.entries_size()),
                                static_cast<std::uint32_t>(bytes.size())};
  out.write(reinterpret_cast<const char*>(head), sizeof head);
  out << bytes;
  out.close();
  std::ofstream(stream_file(load_->files(kBatch), 1), std::ios::trunc);
  const auto sender = Sender::connect(sender_options());
  ASSERT_TRUE(sender.has_value());
  const auto result = (*sender)->run({1'000, 0, 1});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kInternal);
  EXPECT_NE(result.error().message.find("bad_signature"), std::string::npos);
}

// ---- the comparison itself ----

TEST_F(Bare, AMissingAnAlteredAndAStrangeRowAreEachNoticed) {
  const auto sender = Sender::connect(sender_options());
  const auto all = (*sender)->run({1'000, 0, 1});
  ASSERT_TRUE(all.has_value());
  const auto complaint = [&](const std::string& damage) {
    pqxx::connection db(postgres_->connection());
    const auto execute = [&](const std::string& statement) {
      pqxx::work work(db);
      work.exec(statement);
      work.commit();
    };
    execute("CREATE TABLE kept AS SELECT * FROM bare");
    execute(damage);
    const auto checked = check_rows(*load_, all->sent, postgres_->connection(), kRows);
    execute("TRUNCATE bare");
    execute("INSERT INTO bare SELECT * FROM kept");
    execute("DROP TABLE kept");
    return checked ? std::string() : checked.error().message;
  };
  const std::string one = "(SELECT min(record_id::text)::bytea FROM bare)";
  EXPECT_EQ(complaint("SELECT 1"), "");
  EXPECT_NE(complaint("DELETE FROM bare WHERE record_id = " + one)
                .find("1 records were acknowledged and are not in the store"),
            std::string::npos);
  EXPECT_NE(complaint("UPDATE bare SET bytes = bytes || '\\x00' WHERE record_id = " + one)
                .find("other bytes"),
            std::string::npos);
  EXPECT_NE(complaint("INSERT INTO bare VALUES (sha256('x'), 'x')").find("never sent"),
            std::string::npos);
}

TEST(BareKeys, TheKeyInACertificateIsFound) {
  const auto now = static_cast<std::int64_t>(wall_clock_ms());
  const auto root = trust::make_root("test", {now - 1'000, now + 1'000'000});
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(p256_key_in(root->certificate_der), root->key.public_der());
  EXPECT_EQ(p256_key_in("no certificate"), "");
  const Bytes& der = root->certificate_der;
  EXPECT_EQ(p256_key_in(der.substr(0, der.find(root->key.public_der()) + 60)), "");
}

}  // namespace
}  // namespace urna::bench
