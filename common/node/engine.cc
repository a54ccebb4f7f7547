#include "common/node/engine.h"

#include "common/model/strict.h"
#include "common/trust/sha256.h"

namespace urna::node {

Engine::Engine(CoreConfig config, journal::Store& store, trust::CertificateBook& certificates,
               const NodeIdentity& identity, Random random)
    : store_(store),
      certificates_(certificates),
      core_(std::move(config)),
      io_(store, certificates, identity, std::move(random)) {}

Result<std::unique_ptr<Engine>> Engine::open(CoreConfig config, journal::Store& store,
                                             trust::CertificateBook& certificates,
                                             const NodeIdentity& identity, Random random) {
  std::unique_ptr<Engine> engine(
      new Engine(std::move(config), store, certificates, identity, std::move(random)));
  if (auto loaded = engine->io_.load(engine->core_); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  return engine;
}

Engine::Output Engine::take_batch(InboundBatch inbound, SessionId session, std::uint64_t at_ms) {
  inbound.session = session;
  inbound.at_ms = at_ms;
  inbound.fresh_log_id = io_.fresh_log_id();
  io_.compare_receipt(inbound, core_.log_id());
  Actions actions;
  core_.on_batch(std::move(inbound), actions);
  return settle(std::move(actions), at_ms);
}

Engine::Output Engine::receive_batch(SessionId session, const std::string& peer,
                                     const v1::SignedBatch& batch, std::uint64_t at_ms) {
  return take_batch(open_batch(batch, {peer}, certificates_, run_in_turn), session, at_ms);
}

Engine::Output Engine::import_batch(const v1::SignedBatch& batch, std::uint64_t at_ms) {
  InboundBatch inbound = open_batch(batch, {}, certificates_, run_in_turn);
  inbound.from_medium = true;
  return take_batch(std::move(inbound), 0, at_ms);
}

Engine::Output Engine::receive_receipt(SessionId session, const std::string& upstream,
                                       const v1::SignedReceipt& receipt, std::uint64_t at_ms) {
  auto opened = open_receipt(receipt, upstream, certificates_);
  if (!opened) {
    Output output;
    output.closes.push_back({session, opened.error().message});
    return output;
  }
  Actions actions;
  core_.on_receipt(io_.inbound(session, receipt, std::move(*opened), core_.log_id(), at_ms),
                   actions);
  return settle(std::move(actions), at_ms);
}

Engine::Output Engine::submit(std::uint64_t ticket, const Bytes& record,
                              const std::vector<Bytes>& blobs, std::uint64_t at_ms) {
  LocalRecord local = open_local(record, blobs, certificates_);
  local.ticket = ticket;
  local.at_ms = at_ms;
  Actions actions;
  core_.on_local(std::move(local), actions);
  return settle(std::move(actions), at_ms);
}

Engine::Output Engine::open_submit(SessionId session, const std::string& upstream,
                                   std::uint64_t at_ms) {
  Actions actions;
  core_.on_submit_open(session, upstream, at_ms, actions);
  return settle(std::move(actions), at_ms);
}

Engine::Output Engine::open_follow(SessionId session, const std::string& follower,
                                   const v1::FollowRequest& request, std::uint64_t at_ms) {
  Actions actions;
  core_.on_follow_open(session, follower, request, io_.compare(request.known(), core_.log_id()),
                       actions);
  return settle(std::move(actions), at_ms);
}

v1::FollowRequest Engine::start_following(SessionId session, const std::string& upstream) {
  core_.on_following(session, upstream);
  return core_.follow_request(upstream);
}

Engine::Output Engine::sent(SessionId session, std::uint64_t at_ms) {
  Actions actions;
  core_.on_sent(session, actions);
  return settle(std::move(actions), at_ms);
}

Engine::Output Engine::tick(std::uint64_t at_ms) {
  Actions actions;
  core_.on_tick(at_ms, actions);
  return settle(std::move(actions), at_ms);
}

Engine::Output Engine::restored_copy(std::uint64_t at_ms) {
  Actions actions;
  core_.on_restored_copy(io_.fresh_log_id(), at_ms, actions);
  return settle(std::move(actions), at_ms);
}

void Engine::commit(CommitPlan plan, std::uint64_t at_ms, Actions& more, Output& output) {
  auto sealed = io_.commit(plan, at_ms);
  core_.on_committed(sealed.has_value(), more);
  if (!sealed) {
    output = Output{};
    output.failure = std::move(sealed.error());
    return;
  }
  for (NodeIo::Sealed& one : *sealed) {
    output.receipts.emplace_back(one.session, std::move(one.receipt));
  }
  for (LocalOutcome& outcome : plan.outcomes) output.outcomes.push_back(std::move(outcome));
}

Engine::Output Engine::settle(Actions actions, std::uint64_t at_ms) {
  Output output;
  for (;;) {
    Actions more;
    for (OutBatch& out : actions.batches) {
      const SessionId session = out.session;
      const std::uint64_t sequence = out.batch.sequence();
      v1::SignedBatch batch = io_.complete(std::move(out), core_.book(), at_ms);
      core_.on_sealed(session, sequence, trust::digest_of(batch.payload()));
      output.batches.emplace_back(session, std::move(batch));
    }
    for (CloseSession& close : actions.closes) output.closes.push_back(std::move(close));
    for (const KeyId& key : actions.revoked) output.revoked.push_back(key);
    for (const ReadLog& request : actions.reads) {
      auto read = io_.read(request);
      if (!read) {
        output.failure = std::move(read.error());
        return output;
      }
      core_.on_read(request, std::move(read->entries), std::move(read->notices), more);
    }
    if (actions.commit) commit(std::move(*actions.commit), at_ms, more, output);
    if (output.failure) return output;
    const bool done = !more.commit && more.reads.empty() && more.batches.empty() &&
                      more.closes.empty() && more.revoked.empty();
    if (done) return output;
    actions = std::move(more);
  }
}

}  // namespace urna::node
