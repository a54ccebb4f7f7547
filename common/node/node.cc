#include "common/node/node.h"

#include <algorithm>
#include <chrono>

#include "common/model/strict.h"
#include "common/trust/sha256.h"

namespace urna::node {

namespace {

// A log of up to so many entries, a moment's work, is loaded before anybody is served; a longer one
// behind the serving node.
constexpr std::uint64_t kLoadAtOnceMax = 20'000;

std::uint64_t journal_size(journal::Store& store) {
  return store.size(journal::LogKind::kElection).value_or(0);
}

}  // namespace

Node::Node(CoreConfig config, journal::Store& store, trust::CertificateBook& certificates,
           const NodeIdentity& identity, ThreadPool& pool, Clock clock, Random random,
           NodeHooks hooks)
    : unit_(config.unit),
      certificates_(certificates),
      pool_(pool),
      clock_(std::move(clock)),
      hooks_(std::move(hooks)),
      core_strand_(pool, Urgency::kFirst),
      write_strand_(pool, Urgency::kFirst),
      read_strand_(pool),
      core_(std::move(config)),
      io_(store, certificates, identity, std::move(random)) {}

Result<std::unique_ptr<Node>> Node::start(CoreConfig config, journal::Store& store,
                                          trust::CertificateBook& certificates,
                                          const NodeIdentity& identity, ThreadPool& pool,
                                          Clock clock, Random random, NodeHooks hooks) {
  std::unique_ptr<Node> node(new Node(std::move(config), store, certificates, identity, pool,
                                      std::move(clock), std::move(random), std::move(hooks)));
  const bool at_once = journal_size(store) <= kLoadAtOnceMax;
  auto loaded = at_once ? node->io_.load(node->core_) : node->io_.load_head(node->core_);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  node->log_id_ = node->core_.log_id();
  for (const KeyId& key : node->core_.projection().revoked()) {
    node->revoked_.emplace(key, node->core_.projection().units_revoked(key));
  }
  if (!node->core_.is_whole()) node->load_on();
  return node;
}

// While the core takes one piece in, the next is read and decoded.
void Node::load_on() {
  run_on(read_strand_, [this] {
    if (stopping_) return;
    auto piece =
        io_.loader().next([this](std::size_t count, const std::function<void(std::size_t)>& work) {
          pool_.parallel(count, work);
        });
    if (!piece) return give_up_loading(piece.error());
    if (piece->records.empty()) return;
    auto shared = std::make_shared<JournalLoader::Piece>(std::move(*piece));
    on_core([this, shared](Actions&) {
      if (stopping_) return;
      load_on();
      if (auto applied = io_.loader().apply(core_, std::move(*shared)); !applied) {
        give_up_loading(applied.error());
      }
    });
  });
}

void Node::give_up_loading(const Error& error) {
  stopping_ = true;
  event("journal_not_loaded", error.message);
  const std::lock_guard lock(mutex_);
  load_fault_ = error;
}

std::optional<Error> Node::load_fault() const {
  const std::lock_guard lock(mutex_);
  return load_fault_;
}

Node::~Node() {
  stopping_ = true;
  std::unique_lock lock(mutex_);
  quiet_.wait(lock, [this] { return running_ == 0; });
}

void Node::run_on(Strand& strand, std::function<void()> task) const {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  strand.post([this, task = std::move(task)] {
    task();
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) quiet_.notify_all();
  });
}

void Node::on_core(std::function<void(Actions&)> task) {
  run_on(core_strand_, [this, task = std::move(task)] {
    Actions actions;
    task(actions);
    carry_out(std::move(actions));
  });
}

// ---- sessions ----

SessionId Node::add_session(Session session) {
  session.strand = std::make_shared<Strand>(pool_);
  session.batches = std::make_shared<std::uint64_t>(0);
  const std::lock_guard lock(mutex_);
  const SessionId id = next_session_++;
  sessions_.emplace(id, std::move(session));
  return id;
}

std::optional<Node::Session> Node::find_session(SessionId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return std::nullopt;
  return found->second;
}

SessionId Node::accept_submit(const std::string& peer, const KeyId& certificate,
                              std::shared_ptr<Link> link) {
  // This node's own certificate: a command here brings a medium's batches, signed by whoever made
  // them.
  const bool from_medium = peer == unit_.str();
  return add_session({peer, certificate, std::move(link), nullptr, nullptr, from_medium, nullptr});
}

SessionId Node::accept_follow(const std::string& peer, const KeyId& certificate,
                              v1::FollowRequest request, std::shared_ptr<Link> link) {
  const SessionId id =
      add_session({peer, certificate, std::move(link), nullptr, nullptr, false, nullptr});
  const auto strand = find_session(id)->strand;
  run_on(*strand, [this, id, peer, request = std::move(request)]() mutable {
    LogId own;
    {
      const std::lock_guard lock(mutex_);
      own = log_id_;
    }
    const PrefixVerdict known = io_.compare(request.known(), own);
    on_core([this, id, peer, request = std::move(request), known](Actions& actions) {
      if (!find_session(id)) return;  // closed before it was open
      if (request.election() != core_.config().election.str() || request.unit() != peer ||
          !core_.serves(peer)) {
        actions.closes.push_back({id, peer + " may not follow " + request.unit() + " here"});
        return;
      }
      core_.on_follow_open(id, peer, request, known, actions);
    });
  });
  return id;
}

SessionId Node::connect_submit(const std::string& upstream, std::shared_ptr<Link> link) {
  const SessionId id =
      add_session({upstream, {}, std::move(link), nullptr, nullptr, false, nullptr});
  on_core([this, id, upstream](Actions& actions) {
    core_.on_submit_open(id, upstream, clock_(), actions);
  });
  return id;
}

SessionId Node::connect_follow(const std::string& upstream, std::shared_ptr<Link> link,
                               std::function<void(SessionId, v1::FollowRequest)> ready) {
  const SessionId id =
      add_session({upstream, {}, std::move(link), nullptr, nullptr, false, nullptr});
  on_core([this, id, upstream, ready = std::move(ready)](Actions&) {
    core_.on_following(id, upstream);
    ready(id, core_.follow_request(upstream));
  });
  return id;
}

void Node::closed(SessionId session) {
  {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
  }
  on_core([this, session](Actions&) { core_.on_closed(session); });
}

void Node::close_session(SessionId id, const std::string& why) {
  if (const auto session = find_session(id)) {
    if (session->on_receipt) {
      session->on_receipt(fail(ErrorCode::kUnavailable, why));
    } else {
      session->link->close(why);
    }
  }
  const std::lock_guard lock(mutex_);
  sessions_.erase(id);
}

void Node::end_sessions(const Error& why) {
  std::map<SessionId, Session> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(sessions_);
  }
  for (const auto& [id, session] : ended) {
    if (session.on_receipt) {
      session.on_receipt(std::unexpected(why));
    } else {
      session.link->close(why.message);
    }
  }
}

void Node::close_revoked(const std::vector<KeyId>& keys) {
  std::vector<SessionId> ended;
  {
    const std::lock_guard lock(mutex_);
    for (const KeyId& key : keys) revoked_[key] = core_.projection().units_revoked(key);
    for (const auto& [id, session] : sessions_) {
      const auto found = revoked_.find(session.certificate);
      if (found != revoked_.end() && found->second.contains(session.peer)) ended.push_back(id);
    }
  }
  for (const SessionId id : ended) {
    event("session_revoked", "a stream was ended: its certificate is revoked");
    close_session(id, "the certificate of this node is revoked");
  }
}

// ---- what comes in ----

namespace {

// `number`: the batches of this stream so far, this one included.
void check_sequence(InboundBatch& inbound, std::uint64_t number) {
  if (inbound.refusal != BatchRefusal::kNone || inbound.sequence == number) return;
  inbound.refusal = BatchRefusal::kMalformed;
  inbound.detail = "batch " + std::to_string(inbound.sequence) + " came where batch " +
                   std::to_string(number) + " was due";
  inbound.entries.clear();
  inbound.parts.clear();
  inbound.notices.clear();
}

}  // namespace

void Node::batch(SessionId session, v1::SignedBatch batch) {
  const auto from = find_session(session);
  if (!from) return;
  if (from->link != nullptr) count(false, batch.ByteSizeLong());
  run_on(*from->strand, [this, session, from = *from, batch = std::move(batch)] {
    const std::uint64_t number = ++*from.batches;
    const ExpectedSender expected{from.from_medium ? std::string() : from.peer};
    InboundBatch inbound =
        open_batch(batch, expected, certificates_,
                   [this](std::size_t count, const std::function<void(std::size_t)>& work) {
                     pool_.parallel(count, work);
                   });
    if (!from.on_receipt) check_sequence(inbound, number);
    inbound.session = session;
    inbound.from_medium = from.from_medium;
    inbound.at_ms = clock_();
    inbound.fresh_log_id = io_.fresh_log_id();
    LogId own;
    {
      const std::lock_guard lock(mutex_);
      own = log_id_;
    }
    io_.compare_receipt(inbound, own);
    if (inbound.refusal != BatchRefusal::kNone) {
      event("batch_quarantined", "from " + from.peer + ": " + inbound.detail);
    }
    // std::function wants copyable tasks.
    auto shared = std::make_shared<InboundBatch>(std::move(inbound));
    on_core([this, shared, session, link = from.link](Actions& actions) {
      // What came on a stream that is closed comes again; nobody would get the receipt.
      if (!find_session(session)) return;
      core_.on_batch(std::move(*shared), actions);
      if (link == nullptr) return;
      if (core_.commit_in_flight()) {
        taken_.push_back(link);
      } else {
        link->taken();
      }
    });
  });
}

void Node::receipt(SessionId session, v1::SignedReceipt receipt) {
  const auto from = find_session(session);
  if (!from) return;
  count(false, receipt.ByteSizeLong());
  run_on(*from->strand, [this, session, from = *from, receipt = std::move(receipt)] {
    auto opened = open_receipt(receipt, from.peer, certificates_);
    if (!opened) {
      event("receipt_refused", opened.error().message);
      close_session(session, opened.error().message);
      return;
    }
    LogId own;
    {
      const std::lock_guard lock(mutex_);
      own = log_id_;
    }
    InboundReceipt inbound = io_.inbound(session, receipt, std::move(*opened), own, clock_());
    on_core([this, upstream = from.peer, inbound = std::move(inbound)](Actions& actions) {
      core_.on_receipt(inbound, actions);
      if (hooks_.progress) hooks_.progress(core_.settled_at(upstream), core_.size());
    });
  });
}

void Node::sent(SessionId session) {
  on_core([this, session](Actions& actions) { core_.on_sent(session, actions); });
}

void Node::submit(Bytes record, std::vector<Bytes> blobs, OnOutcome done) {
  auto local = std::make_shared<LocalRecord>(open_local(record, blobs, certificates_));
  local->at_ms = clock_();
  on_core([this, local, done = std::move(done)](Actions& actions) {
    local->ticket = next_ticket_++;
    waiting_[local->ticket] = done;
    core_.on_local(std::move(*local), actions);
  });
}

void Node::import_batch(v1::SignedBatch batch, OnReceipt done) {
  Session session;
  session.peer = "medium";
  session.from_medium = true;
  session.on_receipt = std::move(done);
  this->batch(add_session(std::move(session)), std::move(batch));
}

void Node::tick() {
  on_core([this](Actions& actions) { core_.on_tick(clock_(), actions); });
}

// ---- what goes out; on the core strand ----

void Node::carry_out(Actions actions) {
  {
    const std::lock_guard lock(mutex_);
    log_id_ = core_.log_id();
  }
  if (!actions.revoked.empty()) close_revoked(actions.revoked);
  for (CloseSession& close : actions.closes) {
    event("session_closed", close.why);
    core_.on_closed(close.session);
    close_session(close.session, close.why);
  }
  for (OutBatch& out : actions.batches) {
    const SessionId session_id = out.session;
    const auto session = find_session(session_id);
    if (!session) continue;
    const std::uint64_t sequence = out.batch.sequence();
    v1::SignedBatch batch = io_.complete(std::move(out), core_.book(), clock_());
    core_.on_sealed(session_id, sequence, trust::digest_of(batch.payload()));
    count(true, batch.ByteSizeLong());
    session->link->send_batch(std::move(batch));
  }
  for (ReadLog& request : actions.reads) {
    run_on(read_strand_, [this, request = std::move(request)] {
      auto read = io_.read(request);
      if (!read) {
        event("read_failed", read.error().message);
        close_session(request.session, read.error().message);
        on_core([this, id = request.session](Actions&) { core_.on_closed(id); });
        return;
      }
      auto result = std::make_shared<NodeIo::ReadResult>(std::move(*read));
      on_core([this, request, result](Actions& more) {
        core_.on_read(request, std::move(result->entries), std::move(result->notices), more);
      });
    });
  }
  if (actions.commit) write(std::move(*actions.commit));
}

void Node::write(CommitPlan plan) {
  auto shared = std::make_shared<CommitPlan>(std::move(plan));
  run_on(write_strand_, [this, shared] {
    const auto begun = std::chrono::steady_clock::now();
    const std::size_t records = shared->commit.election.size();
    auto sealed =
        std::make_shared<Result<std::vector<NodeIo::Sealed>>>(io_.commit(*shared, clock_()));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (hooks_.committed && *sealed) hooks_.committed(took.count(), records);
    on_core([this, sealed, shared](Actions& actions) {
      committed(std::move(*sealed), std::move(shared->outcomes), actions);
    });
  });
}

void Node::committed(Result<std::vector<NodeIo::Sealed>> sealed, std::vector<LocalOutcome> outcomes,
                     Actions& actions) {
  core_.on_committed(sealed.has_value(), actions);
  for (const auto& link : std::exchange(taken_, {})) link->taken();
  if (!sealed) {
    fail_everything(sealed.error());
    return;
  }
  bool recovered = false;
  {
    const std::lock_guard lock(mutex_);
    recovered = std::exchange(store_failure_, std::nullopt).has_value();
  }
  if (recovered) event("store_recovered", "the store can be written again");
  for (NodeIo::Sealed& one : *sealed) {
    const auto session = find_session(one.session);
    if (!session) continue;
    if (!session->on_receipt) {
      count(true, one.receipt.ByteSizeLong());
      session->link->send_receipt(std::move(one.receipt));
      continue;
    }
    session->on_receipt(std::move(one.receipt));
    const std::lock_guard lock(mutex_);
    sessions_.erase(one.session);
  }
  for (LocalOutcome& outcome : outcomes) {
    auto waiting = waiting_.extract(outcome.ticket);
    if (!waiting.empty()) waiting.mapped()(std::move(outcome.outcome));
  }
}

// Nothing that waited on this commit is durable: nobody gets an answer, everybody comes again.
void Node::fail_everything(const Error& error) {
  event("store_failed", error.message);
  {
    const std::lock_guard lock(mutex_);
    store_failure_ = error;
  }
  end_sessions({error.code, "the store cannot be written: " + error.message});
  auto waiting = std::exchange(waiting_, {});
  for (auto& [ticket, done] : waiting) done(std::unexpected(error));
}

// ---- questions ----

void Node::inspect(const std::function<void(const Core&)>& look) const {
  std::promise<void> done;
  run_on(core_strand_, [&] {
    look(core_);
    done.set_value();
  });
  done.get_future().wait();
}

bool Node::is_revoked(const KeyId& key, const std::string& unit) const {
  const std::lock_guard lock(mutex_);
  const auto found = revoked_.find(key);
  return found != revoked_.end() && found->second.contains(unit);
}

std::optional<Error> Node::store_failure() const {
  const std::lock_guard lock(mutex_);
  return store_failure_;
}

void Node::count(bool sent, std::uint64_t bytes) const {
  if (hooks_.transferred) hooks_.transferred(sent, bytes);
}

void Node::event(std::string_view code, const std::string& text) const {
  if (hooks_.event) hooks_.event(code, text);
}

}  // namespace urna::node
