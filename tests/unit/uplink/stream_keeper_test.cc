#include "common/uplink/stream_keeper.h"

#include <gtest/gtest.h>

namespace urna::uplink {
namespace {

struct FakeLink final : node::Link {
  void send_batch(v1::SignedBatch) override {}
  void send_receipt(v1::SignedReceipt) override {}
  void close(const std::string& why) override { closed = why; }
  std::string closed;
};

StreamKeeper::Peer peer(unsigned char number) {
  trust::Subject subject{*model::ElectionId::parse("pl-2014"), *model::UnitId::parse("140101"),
                         trust::Role::kTerritorialNode};
  trust::Certificate certificate{{}, std::move(subject), 0, 0, {}, nullptr};
  certificate.id.bytes[0] = number;
  return std::make_shared<const trust::Certificate>(std::move(certificate));
}

struct Opened {
  std::shared_ptr<FakeLink> link = std::make_shared<FakeLink>();
  StreamKeeper::Held held;
};

Opened open(StreamKeeper& keeper, unsigned char number, StreamKind kind = StreamKind::kSubmit,
            std::uint64_t now_ms = 0) {
  Opened opened;
  EXPECT_TRUE(keeper.begun());
  opened.held = keeper.hold(peer(number), kind, opened.link, now_ms);
  return opened;
}

TEST(StreamKeeper, TheThirdOfAKindEndsTheOldestOfThatCertificateAndKind) {
  StreamKeeper keeper(100, 1'000);
  const Opened follow = open(keeper, 1, StreamKind::kFollow);
  const Opened other = open(keeper, 2);
  const Opened first = open(keeper, 1);
  const Opened second = open(keeper, 1);
  EXPECT_FALSE(second.held.took_place);
  const Opened third = open(keeper, 1);
  EXPECT_TRUE(third.held.took_place);
  EXPECT_NE(first.link->closed, "");
  for (const Opened* still : {&follow, &other, &second, &third}) {
    EXPECT_EQ(still->link->closed, "");
  }
  EXPECT_EQ(keeper.open(StreamKind::kSubmit), 3U);
  EXPECT_EQ(keeper.open(StreamKind::kFollow), 1U);
  // The ended one has not gone yet.
  EXPECT_EQ(keeper.open(), 5U);
}

TEST(StreamKeeper, AReleasedStreamLeavesItsPlace) {
  StreamKeeper keeper(100, 1'000);
  const Opened first = open(keeper, 1);
  const Opened second = open(keeper, 1);
  keeper.release(first.held.id);
  keeper.ended();
  const Opened third = open(keeper, 1);
  EXPECT_FALSE(third.held.took_place);
  EXPECT_EQ(second.link->closed, "");
}

TEST(StreamKeeper, NoMoreThanTheLimitOfAllMayBegin) {
  StreamKeeper keeper(2, 1'000);
  EXPECT_TRUE(keeper.begun());
  EXPECT_TRUE(keeper.begun());
  EXPECT_FALSE(keeper.begun());
  keeper.ended();
  keeper.ended();
  EXPECT_TRUE(keeper.begun());
}

TEST(StreamKeeper, OnlySubmitStreamsThatDidNotGreetInTimeAreEnded) {
  StreamKeeper keeper(100, 1'000);
  const Opened silent = open(keeper, 1, StreamKind::kSubmit, 5'000);
  const Opened follow = open(keeper, 2, StreamKind::kFollow, 5'000);
  const Opened spoken = open(keeper, 3, StreamKind::kSubmit, 5'000);
  keeper.greeted(spoken.held.id);
  const Opened later = open(keeper, 4, StreamKind::kSubmit, 5'001);
  EXPECT_TRUE(keeper.end_silent(5'999).empty());
  const auto ended = keeper.end_silent(6'000);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0]->id, peer(1)->id);
  EXPECT_NE(silent.link->closed, "");
  EXPECT_EQ(later.link->closed, "");
  EXPECT_EQ(spoken.link->closed, "");
  EXPECT_EQ(follow.link->closed, "");
}

}  // namespace
}  // namespace urna::uplink
