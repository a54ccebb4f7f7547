#include "common/uplink/client.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>

#include "common/uplink/channel.h"
#include "common/uplink/outgoing.h"
#include "common/uplink/selector.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::uplink {

namespace {

using node::SessionId;

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

// An upstream that refuses the greeting answered, but is of no use: it counts as one that failed.
bool refuses(const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  return !receipt.ParseFromString(sealed.payload()) || !receipt.refused().empty();
}

}  // namespace

// One attempt at one upstream: a Submit call and, beside it, a Follow call. Lives until both ended.
class Attempt;

struct Client::Impl : std::enable_shared_from_this<Client::Impl> {
  Impl(node::Node& n, const TlsIdentity& t, ClientOptions o)
      : node(n),
        tls(t),
        options(std::move(o)),
        selector(options.upstreams.size(),
                 {options.backoff_ms_min, options.backoff_ms_max, options.failover_ms}),
        random(std::random_device{}()) {}

  void try_next();
  void begin(std::size_t upstream);
  void greeted(std::size_t upstream);
  void look_for_better(std::size_t upstream, const std::shared_ptr<Attempt>& current);
  void ended(std::size_t upstream, const grpc::Status& status);
  void stop();
  // Runs `task` on a thread of gRPC's, unless stop() comes first.
  void after(std::uint64_t wait_ms, std::function<void()> task);
  void say(const std::string& text) {
    if (options.on_event) options.on_event(text);
  }

  node::Node& node;
  const TlsIdentity tls;
  const ClientOptions options;
  mutable std::mutex mutex;
  std::condition_variable quiet;
  Selector selector;
  std::minstd_rand random;
  std::shared_ptr<Attempt> attempt;
  std::size_t alive = 0;  // attempts and alarms not over yet
  bool stopping = false;
  bool returning = false;  // the attempt is ended to try an earlier upstream
  Status status;
  std::set<std::shared_ptr<grpc::Alarm>> alarms;
};

class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(std::shared_ptr<Client::Impl> owner, std::size_t upstream)
      : owner_(std::move(owner)), upstream_(upstream) {}

  void begin(bool follow);
  void cancel();

 private:
  class SubmitCall;
  class FollowCall;
  friend class SubmitCall;
  friend class FollowCall;

  // Both calls end together; the first to end cancels the other.
  void call_ended(const grpc::Status& status);

  std::shared_ptr<Client::Impl> owner_;
  const std::size_t upstream_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Uplink::Stub> stub_;
  std::mutex mutex_;
  std::shared_ptr<SubmitCall> submit_;
  std::shared_ptr<FollowCall> follow_;
  int calls_ = 0;
  bool cancelled_ = false;
  bool reported_ = false;
  grpc::Status first_status_;
};

// The Submit stream. Kept alive by `self_` until gRPC is done with it.
class Attempt::SubmitCall final
    : public grpc::ClientBidiReactor<v1::SignedBatch, v1::SignedReceipt>,
      public node::Link,
      public std::enable_shared_from_this<SubmitCall> {
 public:
  explicit SubmitCall(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}

  void begin(v1::Uplink::Stub& stub, const std::string& upstream) {
    self_ = shared_from_this();
    stub.async()->Submit(&context_, this);
    AddHold();
    // Before the call starts, so that no reaction comes without a session.
    session_ = attempt_->owner_->node.connect_submit(upstream, shared_from_this());
    StartRead(&incoming_);
    StartCall();
  }

  void send_batch(v1::SignedBatch batch) override {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    if (outgoing_.push(std::move(batch))) StartWrite(outgoing_.front());
  }
  void send_receipt(v1::SignedReceipt) override {}
  void close(const std::string&) override { cancel(); }

  void cancel() {
    {
      const std::lock_guard lock(mutex_);
      release_locked();
    }
    context_.TryCancel();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      release_locked();
      return;
    }
    v1::SignedReceipt receipt;
    receipt.Swap(&incoming_);
    if (!greeted_ && !refuses(receipt)) {
      greeted_ = true;
      attempt_->owner_->greeted(attempt_->upstream_);
    }
    attempt_->owner_->node.receipt(session_, std::move(receipt));
    StartRead(&incoming_);
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    const bool more = outgoing_.pop();
    if (!ok) release_locked();
    if (more && !over_) StartWrite(outgoing_.front());
  }
  void OnDone(const grpc::Status& status) override {
    const auto self = std::move(self_);
    attempt_->owner_->node.closed(session_);
    attempt_->call_ended(status);
  }

 private:
  // No write starts after this.
  void release_locked() {
    if (over_) return;
    over_ = true;
    RemoveHold();
  }

  const std::shared_ptr<Attempt> attempt_;
  std::shared_ptr<SubmitCall> self_;
  grpc::ClientContext context_;
  SessionId session_ = 0;
  v1::SignedReceipt incoming_;
  std::mutex mutex_;
  Outgoing<v1::SignedBatch> outgoing_;
  bool over_ = false;
  bool greeted_ = false;
};

// The Follow stream.
class Attempt::FollowCall final : public grpc::ClientReadReactor<v1::SignedBatch>,
                                  public node::Link,
                                  public std::enable_shared_from_this<FollowCall> {
 public:
  explicit FollowCall(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}

  void begin(v1::Uplink::Stub& stub, const std::string& upstream) {
    self_ = shared_from_this();
    attempt_->owner_->node.connect_follow(
        upstream, shared_from_this(),
        [self = self_, &stub](SessionId id, v1::FollowRequest request) {
          const std::lock_guard lock(self->mutex_);
          self->session_ = id;
          self->request_ = std::move(request);
          self->started_ = true;
          if (self->over_) self->context_.TryCancel();
          stub.async()->Follow(&self->context_, &self->request_, self.get());
          if (!self->over_) self->AddHold();  // reads may start outside of a reaction
          self->StartRead(&self->incoming_);
          self->StartCall();
        });
  }

  void send_batch(v1::SignedBatch) override {}
  void send_receipt(v1::SignedReceipt) override {}
  void close(const std::string&) override { cancel(); }
  void cancel() {
    const std::lock_guard lock(mutex_);
    release_locked();
    if (started_) context_.TryCancel();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      release_locked();
      return;
    }
    v1::SignedBatch batch;
    batch.Swap(&incoming_);
    {
      const std::lock_guard lock(mutex_);
      ++waiting_;
    }
    attempt_->owner_->node.batch(session_, std::move(batch));
    const std::lock_guard lock(mutex_);
    paused_ = true;
    read_more();
  }
  // Reads on only while few batches wait to be taken in: the upstream feels the pressure.
  void taken() override {
    const std::lock_guard lock(mutex_);
    --waiting_;
    read_more();
  }
  void OnDone(const grpc::Status& status) override {
    const auto self = std::move(self_);
    attempt_->owner_->node.closed(session_);
    attempt_->call_ended(status);
  }

 private:
  void read_more() {
    if (!paused_ || over_ || waiting_ >= node::kBatchesInFlightMax) return;
    paused_ = false;
    StartRead(&incoming_);
  }
  // No read starts after this.
  void release_locked() {
    if (over_) return;
    over_ = true;
    if (started_) RemoveHold();
  }

  const std::shared_ptr<Attempt> attempt_;
  std::shared_ptr<FollowCall> self_;
  grpc::ClientContext context_;
  SessionId session_ = 0;
  v1::FollowRequest request_;
  v1::SignedBatch incoming_;
  std::mutex mutex_;
  std::size_t waiting_ = 0;  // batches given to the node and not taken in
  bool started_ = false;
  bool paused_ = false;
  bool over_ = false;
};

void Attempt::begin(bool follow) {
  const Upstream& upstream = owner_->options.upstreams[upstream_];
  channel_ = make_channel(upstream, owner_->options.election, owner_->tls);
  stub_ = v1::Uplink::NewStub(channel_);
  bool cancelled = false;
  {
    const std::lock_guard lock(mutex_);
    submit_ = std::make_shared<SubmitCall>(shared_from_this());
    ++calls_;
    if (follow) {
      follow_ = std::make_shared<FollowCall>(shared_from_this());
      ++calls_;
    }
    submit_->begin(*stub_, upstream.unit.str());
    if (follow_) follow_->begin(*stub_, upstream.unit.str());
    cancelled = cancelled_;
  }
  // Cancelled before there was anything to cancel.
  if (cancelled) cancel();
}

void Attempt::cancel() {
  std::shared_ptr<SubmitCall> submit;
  std::shared_ptr<FollowCall> follow;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    submit = submit_;
    follow = follow_;
  }
  if (submit) submit->cancel();
  if (follow) follow->cancel();
}

void Attempt::call_ended(const grpc::Status& status) {
  bool first = false;
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    first = std::exchange(reported_, true) == false;
    if (first) first_status_ = status;
    last = --calls_ == 0;
  }
  if (first && !last) cancel();
  if (!last) return;
  {
    const std::lock_guard lock(mutex_);
    submit_.reset();
    follow_.reset();
  }
  owner_->ended(upstream_, first_status_);
}

// ---- the client ----

void Client::Impl::after(std::uint64_t wait_ms, std::function<void()> task) {
  // Called with the mutex held. The alarm is owned by the set alone: its callback must not keep it.
  auto fresh = std::make_shared<grpc::Alarm>();
  alarms.insert(fresh);
  ++alive;
  const auto due = std::chrono::system_clock::now() + std::chrono::milliseconds(wait_ms);
  fresh->Set(due, [self = shared_from_this(), key = std::weak_ptr(fresh),
                   task = std::move(task)](bool ok) mutable {
    if (ok) task();
    task = nullptr;  // with all it keeps, before stop() may return
    const std::lock_guard inner(self->mutex);
    if (const auto mine = key.lock()) self->alarms.erase(mine);
    if (--self->alive == 0) self->quiet.notify_all();
  });
}

void Client::Impl::try_next() {
  const std::lock_guard lock(mutex);
  if (stopping || attempt != nullptr) return;
  const double jitter = std::uniform_real_distribution<double>(0, 1)(random);
  const Selector::Choice choice = selector.next(now_ms(), jitter);
  after(choice.wait_ms, [this, upstream = choice.upstream] { begin(upstream); });
}

void Client::Impl::begin(std::size_t upstream) {
  std::shared_ptr<Attempt> fresh;
  {
    const std::lock_guard lock(mutex);
    if (stopping || attempt != nullptr) return;
    fresh = attempt = std::make_shared<Attempt>(shared_from_this(), upstream);
    ++alive;
    status.unit = options.upstreams[upstream].unit.str();
    status.address = options.upstreams[upstream].address;
  }
  fresh->begin(options.follow);
}

void Client::Impl::greeted(std::size_t upstream) {
  std::string text;
  {
    const std::lock_guard lock(mutex);
    selector.connected(upstream);
    status.connected = true;
    status.last_error.clear();
    text = "connected to " + status.unit + " at " + status.address;
    if (upstream > 0 && !stopping) {
      // Only the second choice: look for the first again after a while.
      after(options.return_ms,
            [self = shared_from_this(), upstream, mine = std::weak_ptr(attempt)] {
              if (const auto still = mine.lock()) self->look_for_better(upstream, still);
            });
    }
  }
  say(text);
}

void Client::Impl::look_for_better(std::size_t upstream, const std::shared_ptr<Attempt>& current) {
  {
    const std::lock_guard lock(mutex);
    if (attempt != current) return;
    selector.try_before(upstream);
    returning = true;
  }
  current->cancel();
}

void Client::Impl::ended(std::size_t upstream, const grpc::Status& how) {
  std::string text;
  {
    const std::lock_guard lock(mutex);
    attempt.reset();
    const bool was_connected = std::exchange(status.connected, false);
    if (!std::exchange(returning, false)) selector.failed(upstream, now_ms());
    status.last_error = how.ok() ? "the upstream ended the stream" : how.error_message();
    if (!stopping) {
      text = (was_connected ? "lost " : "cannot reach ") + status.unit + " at " + status.address +
             ": " + status.last_error;
    }
  }
  if (!text.empty()) say(text);
  try_next();
  const std::lock_guard lock(mutex);
  if (--alive == 0) quiet.notify_all();
}

void Client::Impl::stop() {
  std::shared_ptr<Attempt> current;
  std::set<std::shared_ptr<grpc::Alarm>> waiting;
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    current = attempt;
    waiting = alarms;
  }
  for (const auto& alarm : waiting) alarm->Cancel();
  waiting.clear();
  if (current) current->cancel();
  std::unique_lock lock(mutex);
  quiet.wait(lock, [this] { return alive == 0; });
}

Client::Client(node::Node& node, const TlsIdentity& tls, ClientOptions options)
    : impl_(std::make_shared<Impl>(node, tls, std::move(options))) {
  if (!impl_->options.upstreams.empty()) impl_->try_next();
}

Client::~Client() { stop(); }

Client::Status Client::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

void Client::stop() { impl_->stop(); }

}  // namespace urna::uplink
