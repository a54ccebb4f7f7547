// More than a node can take, or takes back: reading stops in time, memory stays bounded, others go
// on.

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "tests/integration/uplink/live_node.h"
#include "tests/integration/uplink/raw_peer.h"
#include "tests/support/loopback.h"

namespace urna::tests {
namespace {

// Commits wait while it is shut.
class Gate {
 public:
  void shut() { set(false); }
  void open() { set(true); }
  void pass() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }

 private:
  void set(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    opened_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = true;
};

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// 0 under a sanitizer, which keeps freed memory on purpose.
std::size_t resident_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  std::size_t pages = 0;
  std::ifstream statm("/proc/self/statm");
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
#endif
}

class Pressure : public testing::Test {
 protected:
  void SetUp() override {
    server_.listen();
    server_.take_definition();
  }
  std::shared_ptr<grpc::Channel> channel(const std::string& unit) {
    return raw_channel(server_.address(), election_.id(), server_.unit(),
                       tls_of(election_, election_.node(unit)));
  }
  v1::SignedBatch batch(const std::string& unit, std::uint64_t sequence,
                        const std::vector<Bytes>& records) {
    return node::seal_batch(election_.node_identity(unit),
                            batch_of(election_.id(), unit, sequence, records,
                                     {election_.chair("140101-1").certificate->der}));
  }
  Bytes record(std::uint32_t number) {
    return election_.sign_by_chair(election_.protocol("140101-1", "council-140101", number));
  }

  SmallElection election_{kElection, until_next_year()};
  LiveNode server_{election_, "140100"};
};

TEST_F(Pressure, AtMostFourUnansweredBatchesAreRead) {
  Gate gate;
  server_.store().set_hook([&](journal::CrashPoint) { gate.pass(); });
  RawSubmit stream(channel("140101"));
  ASSERT_TRUE(stream.ask(batch("140101", 1, {})));
  gate.shut();
  std::jthread writer([&] {
    for (std::uint64_t i = 2; i <= 21; ++i) {
      stream.write(batch("140101", i, {record(static_cast<std::uint32_t>(i))}));
    }
  });
  // Admitted, but not durable, hence not answered.
  EXPECT_TRUE(eventually([&] { return server_.admitted() == 1 + 4; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(server_.admitted(), 1U + 4U);
  gate.open();
  for (std::uint64_t i = 2; i <= 21; ++i) {
    const auto receipt = stream.read();
    ASSERT_TRUE(receipt.has_value());
    EXPECT_EQ(receipt->sequence(), i);
  }
  EXPECT_EQ(server_.size(), 21U);
  server_.store().set_hook({});
}

TEST_F(Pressure, AFollowerReadsNoMoreThanItTakesIn) {
  LiveNode follower(election_, "140101");
  Gate gate;
  follower.store().set_hook([&](journal::CrashPoint) { gate.pass(); });
  // Every record in a batch of its own: the parent sends each as it comes.
  follower.connect({server_.as_upstream()});
  ASSERT_TRUE(eventually([&] { return follower.has(election_.first().record); }));
  gate.shut();
  const Bytes chair = election_.chair("140101-1").certificate->der;
  std::vector<Bytes> records;
  for (std::uint32_t i = 1; i <= 40; ++i) {
    records.push_back(record(i));
    ASSERT_TRUE(server_.enter(records.back(), {chair}).has_admitted_at());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const std::uint64_t before = follower.admitted();
  EXPECT_LT(before, 20U);
  gate.open();
  EXPECT_TRUE(eventually([&] { return follower.has_all(records); }));
  follower.disconnect();
  follower.store().set_hook({});
}

TEST_F(Pressure, APeerThatNeverReadsItsReceiptsIsNotReadAnyMoreAndHurtsNobody) {
  // Every record refused, with words: receipts of some 20 KB.
  std::vector<Bytes> garbage;
  for (int i = 0; i < 256; ++i) garbage.push_back("garbage " + std::to_string(i));
  RawSubmit deaf(channel("140101"));
  constexpr std::uint64_t kMany = 100'000;
  std::atomic<std::uint64_t> written{0};
  std::jthread writer([&] {
    for (std::uint64_t i = 1; i <= kMany && deaf.write(batch("140101", i, garbage)); ++i)
      written = i;
  });
  // Until nothing moves any more.
  std::uint64_t before = 0;
  ASSERT_TRUE(eventually([&] {
    const std::uint64_t now = written;
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    return now > 0 && now == std::exchange(before, written.load());
  }));
  EXPECT_LT(written, kMany);
  const std::size_t memory = resident_bytes();
  RawSubmit other(channel("140102"));
  for (std::uint64_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(other.ask(batch("140102", i, {record(static_cast<std::uint32_t>(i))})));
  }
  EXPECT_LT(resident_bytes(), memory + (64 << 20));
  // Revoked, it is cut off although a receipt is under way to it.
  server_.enter(election_.national(), SmallElection::revocation(election_.node("140101")));
  EXPECT_TRUE(
      eventually([&] { return server_.server().open_streams() == 1; }, std::chrono::seconds(10)));
  deaf.cancel();
}

TEST_F(Pressure, AFollowerThatNeverReadsHurtsNobody) {
  const auto stub = v1::Uplink::NewStub(channel("140102"));
  grpc::ClientContext context;
  const auto deaf = raw_follow(*stub, context, election_.id(), "140102");
  LiveNode follower(election_, "140101");
  follower.connect({server_.as_upstream()});
  const Bytes chair = election_.chair("140101-1").certificate->der;
  std::vector<Bytes> records;
  for (std::uint32_t i = 1; i <= 100; ++i) {
    records.push_back(record(i));
    ASSERT_TRUE(server_.enter(records.back(), {chair}).has_admitted_at());
  }
  EXPECT_TRUE(eventually([&] { return follower.has_all(records); }));
  context.TryCancel();
  follower.disconnect();
  EXPECT_TRUE(eventually([&] { return server_.server().open_streams() == 0; }));
}

TEST_F(Pressure, AThousandQuickReconnectsLeaveNothingBehind) {
  const auto knock = [&](int number) {
    // Most go away at once, some in the middle of a handshake, some open a stream.
    if (number % 20 != 0) {
      const int connected = test::connect_to(server_.address());
      if (number % 2 == 0) [[maybe_unused]]
        const ssize_t sent = write(connected, "\x16\x03\x01", 3);
      close(connected);
      return;
    }
    RawSubmit stream(channel("140101"));
    EXPECT_TRUE(stream.ask(batch("140101", 1, {})));
  };
  for (int i = 0; i < 100; ++i) knock(i);
  ASSERT_TRUE(eventually([&] { return server_.server().open_streams() == 0; }));
  const std::size_t files = open_files();
  const std::size_t memory = resident_bytes();
  for (int i = 0; i < 1'000; ++i) knock(i);
  EXPECT_TRUE(eventually([&] { return server_.server().open_streams() == 0; }));
  EXPECT_TRUE(eventually([&] { return open_files() <= files + 8; }))
      << open_files() << " of " << files;
  EXPECT_LT(resident_bytes(), memory + (64 << 20));
  RawSubmit stream(channel("140101"));
  EXPECT_TRUE(stream.ask(batch("140101", 1, {})));
}

TEST_F(Pressure, OneStreamTooManyIsToldToComeBackLater) {
  LiveNode small(election_, "140000");
  small.listen("127.0.0.1:0", 2);
  small.take_definition();
  const auto from = [&](const std::string& unit) {
    return raw_channel(small.address(), election_.id(), "140000",
                       tls_of(election_, election_.node(unit)));
  };
  RawSubmit first(from("140101"));
  RawSubmit second(from("140102"));
  ASSERT_TRUE(first.ask(batch("140101", 1, {})));
  ASSERT_TRUE(second.ask(batch("140102", 1, {})));
  {
    RawSubmit third(from("146200"));
    EXPECT_FALSE(third.read().has_value());
    EXPECT_EQ(third.finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_TRUE(small.told("peer_too_many_streams: 146200 "));
  }
  ASSERT_TRUE(first.ask(batch("140101", 2, {})));
  first.cancel();
  ASSERT_TRUE(eventually([&] { return small.server().open_streams() == 1; }));
  RawSubmit fourth(from("140101"));
  EXPECT_TRUE(fourth.ask(batch("140101", 1, {})));
}

TEST_F(Pressure, OneCertificateHoldsTwoStreamsOfAKindAndANewerEndsTheOldest) {
  const auto own = channel("140101");
  RawSubmit first(own);
  ASSERT_TRUE(first.ask(batch("140101", 1, {})));
  RawSubmit second(channel("140101"));  // over another connection
  ASSERT_TRUE(second.ask(batch("140101", 1, {})));
  RawSubmit other(channel("140102"));
  ASSERT_TRUE(other.ask(batch("140102", 1, {})));
  EXPECT_EQ(server_.refused("too_many_streams"), 0U);
  RawSubmit third(own);
  ASSERT_TRUE(third.ask(batch("140101", 1, {})));
  EXPECT_FALSE(first.read().has_value());
  EXPECT_EQ(first.finish().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(second.ask(batch("140101", 2, {})));
  EXPECT_TRUE(other.ask(batch("140102", 2, {})));
  EXPECT_TRUE(server_.told("peer_too_many_streams: 140101 "));

  const auto stub = v1::Uplink::NewStub(own);
  grpc::ClientContext contexts[3];
  std::unique_ptr<grpc::ClientReader<v1::SignedBatch>> follows[3];
  v1::SignedBatch definition;
  for (int i = 0; i < 3; ++i) {
    follows[i] = raw_follow(*stub, contexts[i], election_.id(), "140101");
    EXPECT_TRUE(follows[i]->Read(&definition));
  }
  EXPECT_FALSE(follows[0]->Read(&definition));
  EXPECT_EQ(follows[0]->Finish().error_code(), grpc::StatusCode::ABORTED);
  for (int i = 1; i < 3; ++i) contexts[i].TryCancel();
  EXPECT_TRUE(eventually([&] { return server_.server().open_streams() == 3; }));
}

TEST_F(Pressure, AStreamWithoutAGreetingIsEnded) {
  LiveNode impatient(election_, "140000");
  uplink::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.greeting_ms = 2'000;
  impatient.listen(std::move(options));
  const auto own = raw_channel(impatient.address(), election_.id(), "140000",
                               tls_of(election_, election_.node("140101")));
  RawSubmit silent(own);
  EXPECT_FALSE(silent.read().has_value());
  EXPECT_EQ(silent.finish().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(eventually([&] { return impatient.told("peer_silent: 140101 "); }));
  RawSubmit spoken(own);
  ASSERT_TRUE(spoken.ask(batch("140101", 1, {})));
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_TRUE(spoken.ask(batch("140101", 2, {})));
}

TEST_F(Pressure, AServerWhoseStoreFailsDoesNotCallItselfHealthy) {
  const auto peer = channel("140101");
  EXPECT_EQ(health(peer), true);
  server_.store().set_full(true);
  RawSubmit stream(channel("140101"));
  stream.write(batch("140101", 1, {record(1)}));
  EXPECT_TRUE(eventually([&] { return health(peer) == false; }));
  server_.store().set_full(false);
  RawSubmit again(channel("140101"));
  EXPECT_TRUE(again.ask(batch("140101", 1, {record(1)})));
  EXPECT_TRUE(eventually([&] { return health(peer) == true; }));
}

// Stopping, with streams open and calls under way, at any moment: it ends, and nothing crashes.
TEST_F(Pressure, ClientsAndServersMayStopAtAnyMoment) {
  for (int i = 0; i < 30; ++i) {
    LiveNode client(election_, "140101");
    client.connect({server_.as_upstream()});
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 10));
    if (i % 3 == 0) server_.stop_listening();
    client.disconnect();
    if (i % 3 == 0) server_.listen(server_.address());
  }
}

}  // namespace
}  // namespace urna::tests
