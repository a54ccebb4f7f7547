// The core with threads around it: signatures are verified on a pool, one strand drives the core,
// one writes the store, one reads it. A transport opens sessions and gives bytes; the node answers
// through Links. Many nodes can share one pool.
//
// All functions are safe to call from any thread and return at once; callbacks come from pool
// threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "common/node/core.h"
#include "common/node/executor.h"
#include "common/node/node_io.h"

namespace urna::node {

// The outgoing side of one stream. Must not block; a closed link ignores what it is given.
class Link {
 public:
  virtual ~Link() = default;
  virtual void send_batch(v1::SignedBatch batch) = 0;
  virtual void send_receipt(v1::SignedReceipt receipt) = 0;
  // A batch given to Node::batch() was taken in, and what came of it is durable: read on. Once per
  // batch, unless the stream is closed.
  virtual void taken() {}
  // Ends the stream; the transport answers with Node::closed().
  virtual void close(const std::string& why) = 0;
};

// What a program wants to know as it happens. Called on pool threads; must be quick.
struct NodeHooks {
  std::function<void(std::string_view code, const std::string& text)> event;
  // Seconds one commit took and the records in it.
  std::function<void(double seconds, std::size_t records)> committed;
  // Bytes of a batch or receipt that came (`sent` false) or left over a stream.
  std::function<void(bool sent, std::uint64_t bytes)> transferred;
  // An upstream answered: everything below `settled` of this node's log is settled there.
  std::function<void(std::uint64_t settled, std::uint64_t size)> progress;
};

class Node {
 public:
  using Clock = std::function<std::uint64_t()>;  // milliseconds since 1970

  // Everything given outlives the node. Loads the store before it returns; of a long log only the
  // head (see JournalLoader), and the rest while the node works: Core::is_whole() tells.
  static Result<std::unique_ptr<Node>> start(CoreConfig config, journal::Store& store,
                                             trust::CertificateBook& certificates,
                                             const NodeIdentity& identity, ThreadPool& pool,
                                             Clock clock, Random random, NodeHooks hooks);
  // Waits until nothing of this node runs any more. No session may be opened meanwhile.
  ~Node();

  // ---- streams from below ----
  SessionId accept_submit(const std::string& peer, const KeyId& certificate,
                          std::shared_ptr<Link> link);
  void batch(SessionId session, v1::SignedBatch batch);
  // Refused (the link is closed) when `peer` does not lie under this node.
  SessionId accept_follow(const std::string& peer, const KeyId& certificate,
                          v1::FollowRequest request, std::shared_ptr<Link> link);
  // A batch given to the link of a Follow stream left.
  void sent(SessionId session);

  // ---- streams to above ----
  SessionId connect_submit(const std::string& upstream, std::shared_ptr<Link> link);
  void receipt(SessionId session, v1::SignedReceipt receipt);
  // `ready` gets the request to send; batches that come are given to batch().
  SessionId connect_follow(const std::string& upstream, std::shared_ptr<Link> link,
                           std::function<void(SessionId, v1::FollowRequest)> ready);

  void closed(SessionId session);
  // Closes every link: before the listeners stop, so that peers need not be waited for.
  void end_sessions(const Error& why);

  // ---- records made here ----
  using OnOutcome = std::function<void(Result<v1::Outcome>)>;
  void submit(Bytes record, std::vector<Bytes> blobs, OnOutcome done);
  // A batch read from a medium; `done` gets the receipt.
  using OnReceipt = std::function<void(Result<v1::SignedReceipt>)>;
  void import_batch(v1::SignedBatch batch, OnReceipt done);

  void tick();

  // Runs `look` where the core may be read, and waits for it. Not from a callback of this node.
  void inspect(const std::function<void(const Core&)>& look) const;
  // The certificate `key` of `unit`: see Projection::is_revoked.
  bool is_revoked(const KeyId& key, const std::string& unit) const;
  // The log turned out not to be one this node could have written: its figures stay incomplete.
  std::optional<Error> load_fault() const;
  // The last commit failed; stands until one succeeds again.
  std::optional<Error> store_failure() const;
  const model::UnitId& unit() const { return unit_; }

 private:
  struct Session {
    std::string peer;
    KeyId certificate;
    std::shared_ptr<Link> link;
    std::shared_ptr<Strand> strand;          // keeps a stream's messages in order
    std::shared_ptr<std::uint64_t> batches;  // that came so far; on the strand only
    bool from_medium = false;
    OnReceipt on_receipt;
  };

  Node(CoreConfig config, journal::Store& store, trust::CertificateBook& certificates,
       const NodeIdentity& identity, ThreadPool& pool, Clock clock, Random random, NodeHooks hooks);

  SessionId add_session(Session session);
  std::optional<Session> find_session(SessionId id) const;
  // Runs on a strand, counted so that the destructor can wait.
  void run_on(Strand& strand, std::function<void()> task) const;
  void on_core(std::function<void(Actions&)> task);
  void carry_out(Actions actions);
  void load_on();
  void give_up_loading(const Error& error);
  void write(CommitPlan plan);
  void committed(Result<std::vector<NodeIo::Sealed>> sealed, std::vector<LocalOutcome> outcomes,
                 Actions& actions);
  void fail_everything(const Error& error);
  void close_session(SessionId id, const std::string& why);
  void close_revoked(const std::vector<KeyId>& keys);
  void event(std::string_view code, const std::string& text) const;
  void count(bool sent, std::uint64_t bytes) const;

  const model::UnitId unit_;
  trust::CertificateBook& certificates_;
  ThreadPool& pool_;
  const Clock clock_;
  const NodeHooks hooks_;
  mutable Strand core_strand_;
  Strand write_strand_;
  Strand read_strand_;
  Core core_;                                   // core strand only
  NodeIo io_;                                   // commit: write strand; read: read strand
  std::map<std::uint64_t, OnOutcome> waiting_;  // core strand only
  std::uint64_t next_ticket_ = 1;               // core strand only
  std::vector<std::shared_ptr<Link>> taken_;    // core strand only; told after the next commit

  mutable std::mutex mutex_;
  std::map<SessionId, Session> sessions_;
  SessionId next_session_ = 1;
  LogId log_id_{};
  std::unordered_map<KeyId, std::set<std::string>> revoked_;  // key: units named with it
  std::optional<Error> store_failure_;
  std::optional<Error> load_fault_;
  std::atomic<bool> stopping_ = false;
  mutable std::size_t running_ = 0;
  mutable std::condition_variable quiet_;
};

}  // namespace urna::node
