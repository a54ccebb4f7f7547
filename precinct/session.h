// One precinct's installation at work: its journal, its keys, the definition of its area. Checks
// and signs protocols, keeps them, and sends them when there is a network. The program
// urna-precinct is this with a command line around it.
//
// Safe to use from several threads; functions that wait must not be called from hooks.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/daemon/definition_file.h"
#include "common/journal/store.h"
#include "common/node/node.h"
#include "common/node/transfer_file.h"
#include "common/trust/record.h"
#include "common/uplink/client.h"
#include "common/validation/check.h"

namespace urna::precinct {

struct SessionOptions {
  trust::Anchors anchors;
  // The installation's own certificate: opens connections and signs batches.
  node::NodeIdentity identity;
  std::unique_ptr<journal::Store> store;
  std::function<void(std::string_view code, const std::string& text)> on_event;
};

class Session {
 public:
  // `pool` outlives the session. Loads the journal.
  static Result<std::unique_ptr<Session>> open(SessionOptions options, node::ThreadPool& pool);
  ~Session();

  const model::UnitId& unit() const { return node_->unit(); }

  // Takes in a definition, keeping only what concerns this precinct, unless a newer one is held;
  // the same one again is fine. Fails as daemon::take_definition.
  Result<daemon::TakenDefinition> load_definition(const node::OpenedDefinition& definition);

  // What the operator would see: findings of the form in force. kNotFound when the precinct has no
  // such contest or there is no definition.
  Result<std::vector<validation::Finding>> check(const v1::Protocol& protocol,
                                                 validation::Completeness completeness) const;
  // Digest of the slice in force and the manifest's id, for making a body.
  struct Basis {
    StatementId manifest;
    std::shared_ptr<const model::Slice> slice;
  };
  Result<Basis> basis(const model::ContestRound& contest) const;

  // Whether the licence may sign this protocol by the definition in force.
  bool may_sign(const trust::Certificate& licence, const v1::Body& protocol,
                const model::Slice& slice) const;
  // Signs a body with a licence and journals it. The outcome says admitted, duplicate, or refused
  // with the findings; an error means that the journal could not be written.
  Result<v1::Outcome> submit(const trust::Signer& licence, const v1::Body& body);
  // A record already signed, with its signer's certificate.
  Result<v1::Outcome> submit_record(const Bytes& record, std::string_view certificate_der);

  // Connects and keeps sending until disconnect().
  void connect(uplink::ClientOptions options, const uplink::TlsIdentity& tls);
  void disconnect();
  std::optional<uplink::Client::Status> connection() const;

  struct Progress {
    std::uint64_t size = 0;     // of the journal
    std::uint64_t settled = 0;  // everything below has a receipt from above
    bool answered = false;      // the upstream in use took a batch since connect()
    std::map<std::uint64_t, std::string> refused_above;  // position, code
    bool all_settled() const { return settled >= size; }
  };
  Progress progress() const;
  // True when an upstream answered since connect() and everything is settled; false after
  // `timeout`. Receipts of earlier days alone do not count: the upstream may have been restored, or
  // may turn this installation away now.
  bool wait_settled(std::chrono::milliseconds timeout) const;
  // The record at a position of the journal in words, for messages.
  std::string record_text(std::uint64_t position) const;

  // One body of a place, as the journal has it.
  struct PlaceStatus {
    model::PlaceId place;
    StatementId statement;
    std::uint32_t revision = 1;
    node::State state = node::State::kWaiting;
    std::string_view reason;  // why it does not count; empty when it does
    bool in_centre = false;   // some signature on it is known to be in the centre's log
  };
  std::vector<PlaceStatus> places() const;
  std::vector<PlaceStatus> place(const model::PlaceId& place) const;
  // The contests of this precinct by the definition in force, ascending.
  std::vector<std::shared_ptr<const model::Slice>> contests() const;
  std::optional<daemon::DefinitionVersion> definition() const;
  // By a revocation that has come here.
  bool is_revoked(const trust::Certificate& licence) const;

  // Retries what was deferred; call a few times a second while connected.
  void tick() { node_->tick(); }

  // Everything in the journal as a medium file.
  Result<std::string> export_medium();

  const node::Node& node() const { return *node_; }

 private:
  explicit Session(SessionOptions options);
  Result<v1::Outcome> submit_with_blobs(const Bytes& record, std::vector<Bytes> blobs);

  trust::CertificateBook certificates_;
  const node::NodeIdentity identity_;
  const std::unique_ptr<journal::Store> store_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<uplink::Client> client_;
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  std::uint64_t answered_ = 0;  // receipts seen, to wake waiters
};

}  // namespace urna::precinct
