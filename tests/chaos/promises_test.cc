#include "tests/chaos/promises.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/journal/memory_store.h"
#include "common/trust/sha256.h"
#include "urna/v1/operations.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::chaos {
namespace {

using journal::MemoryStore;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LogId log_id(unsigned char first) {
  LogId id{};
  id.bytes[0] = first;
  return id;
}

std::string text_of(const LogId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

void append(MemoryStore& journal, unsigned char record) {
  journal::Commit commit;
  commit.election_base = *journal.size(journal::LogKind::kElection);
  journal::ElectionEntry entry;
  entry.id.bytes[0] = record;
  entry.leaf[0] = record;
  entry.record = "record " + std::to_string(record);
  commit.election.push_back(entry);
  ASSERT_TRUE(journal.commit(commit).has_value());
}

std::unique_ptr<MemoryStore> journal_of(const LogId& id, std::vector<unsigned char> records) {
  auto journal = std::make_unique<MemoryStore>(id);
  for (const unsigned char record : records) append(*journal, record);
  return journal;
}

// What a sender keeps of a receipt that `receiver` gave with this log, for the last of it.
void keep_receipt(MemoryStore& sender, const std::string& receiver, MemoryStore& log) {
  const std::uint64_t size = *log.size(journal::LogKind::kElection);
  const auto root = *journal::root_at(log, journal::LogKind::kElection, size);
  v1::Receipt receipt;
  receipt.set_receiver(receiver);
  receipt.mutable_log()->set_log_id(text_of(*log.log_id()));
  receipt.mutable_log()->set_size(size);
  receipt.mutable_log()->set_root(
      std::string(reinterpret_cast<const char*>(root.data()), root.size()));
  receipt.add_outcomes()->set_admitted_at(size - 1);
  v1::SignedReceipt sealed;
  sealed.set_payload(receipt.SerializeAsString());
  v1::OperationsEntry entry;
  entry.mutable_receipt_received()->set_signed_receipt(sealed.SerializeAsString());
  journal::Commit commit;
  commit.election_base = *sender.size(journal::LogKind::kElection);
  commit.operations_base = *sender.size(journal::LogKind::kOperations);
  commit.operations.push_back({{}, entry.SerializeAsString()});
  ASSERT_TRUE(sender.commit(commit).has_value());
}

class PromisesTest : public testing::Test {
 protected:
  std::vector<std::string> broken(MemoryStore& centre, std::size_t max = 10) {
    const auto found = promises_.broken(
        "PL",
        [&](const std::string&) -> Result<std::unique_ptr<journal::Store>> {
          return centre.backup();
        },
        max);
    EXPECT_TRUE(found.has_value());
    return *found;
  }

  Promises promises_;
  std::unique_ptr<MemoryStore> sender_ = journal_of(log_id(1), {10, 11});
  std::unique_ptr<MemoryStore> centre_ = journal_of(log_id(2), {10, 11});
};

TEST_F(PromisesTest, ARecordThatIsNotAtTheCentreIsNamedWithItsSender) {
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 2).has_value());
  const auto without = journal_of(log_id(2), {10});
  EXPECT_THAT(broken(*without), ElementsAre(HasSubstr("of 140101-1 is not at the centre")));
  EXPECT_THAT(broken(*centre_), IsEmpty());
}

TEST_F(PromisesTest, ARecordWithoutAReceiptIsNoPromise) {
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 1).has_value());
  EXPECT_THAT(broken(*journal_of(log_id(2), {10})), IsEmpty());
  EXPECT_EQ(promises_.figures().records, 1U);
}

TEST_F(PromisesTest, ALogShorterThanAReceiptToldIsFound) {
  keep_receipt(*sender_, "PL", *centre_);
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 0).has_value());
  EXPECT_THAT(broken(*journal_of(log_id(2), {10})),
              testing::Contains(HasSubstr("gave a receipt for a log of 2 records and has 1")));
}

TEST_F(PromisesTest, AnotherLogOfTheSameLengthIsFound) {
  keep_receipt(*sender_, "PL", *centre_);
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 0).has_value());
  EXPECT_THAT(broken(*journal_of(log_id(2), {10, 12})), ElementsAre(HasSubstr("another log")));
}

TEST_F(PromisesTest, TwoReceiptsForDifferentLogsOfOneLengthAreAForkWhicheverIsHeld) {
  const auto fork = journal_of(log_id(2), {10, 12});
  keep_receipt(*sender_, "PL", *centre_);
  keep_receipt(*sender_, "PL", *fork);
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 0).has_value());
  EXPECT_THAT(broken(*centre_), ElementsAre(HasSubstr("another log")));
}

TEST_F(PromisesTest, ALogThatGrewKeepsItsPromises) {
  keep_receipt(*sender_, "PL", *centre_);
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 2).has_value());
  append(*centre_, 12);
  EXPECT_THAT(broken(*centre_), IsEmpty());
  EXPECT_EQ(promises_.figures().receipts, 1U);
  EXPECT_EQ(promises_.figures().senders, 1U);
}

TEST_F(PromisesTest, ANewLogIdIsAFaultUnlessTheNodeWasRestored) {
  keep_receipt(*sender_, "PL", *centre_);
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 2).has_value());
  const auto restored = journal_of(log_id(3), {11, 10});
  EXPECT_THAT(broken(*restored), ElementsAre(HasSubstr("new log id")));
  promises_.expect_new_log_id("PL");
  EXPECT_THAT(broken(*restored), IsEmpty());
  EXPECT_EQ(promises_.figures().of_lost_logs, 1U);
}

TEST_F(PromisesTest, AReceiptThatDoesNotDecodeIsMalformed) {
  v1::OperationsEntry entry;
  entry.mutable_receipt_received()->set_signed_receipt("\xff\xff\xff");
  journal::Commit commit;
  commit.election_base = 2;
  commit.operations.push_back({{}, entry.SerializeAsString()});
  ASSERT_TRUE(sender_->commit(commit).has_value());
  EXPECT_EQ(promises_.collect("140101-1", *sender_, 0).error().code, ErrorCode::kMalformed);
}

TEST_F(PromisesTest, NoMoreIsToldThanAskedFor) {
  ASSERT_TRUE(promises_.collect("140101-1", *sender_, 2).has_value());
  EXPECT_EQ(broken(*journal_of(log_id(2), {}), 1).size(), 1U);
}

}  // namespace
}  // namespace urna::chaos
