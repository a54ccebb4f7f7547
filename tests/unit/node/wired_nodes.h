// Nodes in one process over memory stores, wired by hand: every message is handed over in order,
// and a test may look at each.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/journal/memory_store.h"
#include "common/node/engine.h"
#include "tests/unit/node/small_election.h"

namespace urna::tests {

class TestNode {
 public:
  // `number` makes log ids and certificates of several nodes of one unit differ.
  TestNode(SmallElection& election, const std::string& unit, int number = 1);

  const std::string& unit() const { return unit_; }
  node::Engine& engine() { return *engine_; }
  const node::Core& core() const { return engine_->core(); }
  journal::MemoryStore& store() { return *store_; }
  trust::CertificateBook& certificates() { return *certificates_; }
  const node::NodeIdentity& identity() const { return identity_; }

  // A new engine, with a new memory, over the same store.
  void restart();
  // Records longer than this are named to upstreams before they are sent, bytes; from the next
  // restart on.
  void ask_first_above(std::size_t bytes) { ask_first_bytes_ = bytes; }
  // The same over an older copy of the store.
  void restore(std::unique_ptr<journal::MemoryStore> backup);

  // Records of the log, in order.
  std::vector<RecordId> log();
  bool has(const Bytes& record) const;

 private:
  SmallElection& election_;
  std::string unit_;
  std::unique_ptr<journal::MemoryStore> store_;
  node::NodeIdentity identity_;
  std::unique_ptr<trust::CertificateBook> certificates_;
  std::unique_ptr<node::Engine> engine_;
  unsigned char minted_ = 0;
  std::optional<std::size_t> ask_first_bytes_;
};

RecordId record_id(const Bytes& record);

class Wires {
 public:
  struct Delivered {
    node::SessionId session;
    std::string from;
    std::string to;
    v1::Batch batch;      // of a SignedBatch
    v1::Receipt receipt;  // of a SignedReceipt
    bool is_receipt = false;
    bool follow = false;
  };

  // Opens streams from `lower` to `upper`.
  void submit(TestNode& lower, TestNode& upper);
  void follow(TestNode& lower, TestNode& upper);
  void connect(TestNode& lower, TestNode& upper) {
    follow(lower, upper);
    submit(lower, upper);
  }
  // Ends every stream of this node.
  void disconnect(TestNode& node);
  bool connected(const TestNode& node) const;

  // Carries messages until there are none. No time passes.
  void carry();
  // The same, tries deferred records again a minute later, and so on until all is
  // quiet.
  void run();
  // A local record: its outcome.
  v1::Outcome enter(TestNode& node, const Bytes& record, const std::vector<Bytes>& blobs = {});
  void take(TestNode& node, node::Engine::Output output);

  std::uint64_t now_ms = kElectionDayMs;
  // Everything handed over so far, closings and revocations as they were told.
  std::vector<Delivered> delivered;
  std::vector<std::string> closed_because;
  std::vector<KeyId> revoked;
  std::vector<Error> failures;
  // Messages are taken from the wire and lost while set.
  bool lose_receipts = false;

 private:
  struct Session {
    TestNode* lower;
    TestNode* upper;
    bool follow;
  };
  struct Message {
    node::SessionId session;
    bool up;
    v1::SignedBatch batch;
    v1::SignedReceipt receipt;
    bool is_receipt = false;
  };
  void deliver(const Message& message);
  void close(node::SessionId session);

  node::SessionId next_session_ = 1;
  std::map<node::SessionId, Session> sessions_;
  std::deque<Message> wire_;
};

}  // namespace urna::tests
