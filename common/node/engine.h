// A whole node in one thread: core, store and keys, driven by calls. Every call runs to the end,
// commits included, and says what is to be sent. Used by the precinct client, command-line tools
// and the simulation; the servers use Node, which spreads the same work over threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/journal/store.h"
#include "common/node/core.h"
#include "common/node/node_io.h"

namespace urna::node {

class Engine {
 public:
  // What a call leaves to be done. Receipts stand for durable facts.
  struct Output {
    std::vector<std::pair<SessionId, v1::SignedBatch>> batches;
    std::vector<std::pair<SessionId, v1::SignedReceipt>> receipts;
    std::vector<LocalOutcome> outcomes;
    std::vector<CloseSession> closes;
    std::vector<KeyId> revoked;
    // A commit failed: all sessions are gone, and nothing of this call was kept.
    std::optional<Error> failure;
  };

  // The store and certificates outlive the engine. Loads everything the store holds.
  static Result<std::unique_ptr<Engine>> open(CoreConfig config, journal::Store& store,
                                              trust::CertificateBook& certificates,
                                              const NodeIdentity& identity, Random random);

  Output receive_batch(SessionId session, const std::string& peer, const v1::SignedBatch& batch,
                       std::uint64_t at_ms);
  // Batches of a medium: signed by the node that wrote it, whoever carries it.
  Output import_batch(const v1::SignedBatch& batch, std::uint64_t at_ms);
  Output receive_receipt(SessionId session, const std::string& upstream,
                         const v1::SignedReceipt& receipt, std::uint64_t at_ms);
  // A serialised SignedRecord made here, with the parts it brings (a definition file).
  Output submit(std::uint64_t ticket, const Bytes& record, const std::vector<Bytes>& blobs,
                std::uint64_t at_ms);
  Output open_submit(SessionId session, const std::string& upstream, std::uint64_t at_ms);
  Output open_follow(SessionId session, const std::string& follower,
                     const v1::FollowRequest& request, std::uint64_t at_ms);
  v1::FollowRequest start_following(SessionId session, const std::string& upstream);
  Output sent(SessionId session, std::uint64_t at_ms);
  void closed(SessionId session) { core_.on_closed(session); }
  Output tick(std::uint64_t at_ms);
  // Takes a new log id, for a store that was put back from a copy. Durable when it returns without
  // `failure`.
  Output restored_copy(std::uint64_t at_ms);

  const Core& core() const { return core_; }
  journal::Store& store() { return store_; }

 private:
  Engine(CoreConfig config, journal::Store& store, trust::CertificateBook& certificates,
         const NodeIdentity& identity, Random random);
  // Carries out actions until none are left.
  Output settle(Actions actions, std::uint64_t at_ms);
  void commit(CommitPlan plan, std::uint64_t at_ms, Actions& more, Output& output);
  Output take_batch(InboundBatch inbound, SessionId session, std::uint64_t at_ms);

  journal::Store& store_;
  trust::CertificateBook& certificates_;
  Core core_;
  NodeIo io_;
};

}  // namespace urna::node
