#include "common/uplink/attempt.h"

#include "common/node/seal.h"
#include "common/trust/sha256.h"
#include "common/uplink/channel.h"
#include "common/uplink/outgoing.h"

namespace urna::uplink {

namespace {

using node::SessionId;

// An upstream that refuses the greeting answered, but is of no use: it counts as one that failed.
bool refuses(const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  return !receipt.ParseFromString(sealed.payload()) || !receipt.refused().empty();
}

// What is left out is asked for when the rest has come.
void ask_for_less(v1::FollowRequest& request) {
  const int most = static_cast<int>(node::kWantedMax);
  if (request.wanted_size() > most) {
    request.mutable_wanted()->DeleteSubrange(most, request.wanted_size() - most);
  }
}

}  // namespace

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
    upstream_ = upstream;
    AddHold();
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

  // Nothing is said before it is known to whom.
  void OnReadInitialMetadataDone(bool ok) override {
    if (!ok || !attempt_->may_use(context_)) {
      const std::lock_guard lock(mutex_);
      release_locked();
      return;
    }
    session_ = attempt_->node_.connect_submit(upstream_, shared_from_this());
    StartRead(&incoming_);
  }
  void OnReadDone(bool ok) override {
    if (!ok || !attempt_->may_use(context_)) {
      const std::lock_guard lock(mutex_);
      release_locked();
      return;
    }
    v1::SignedReceipt receipt;
    receipt.Swap(&incoming_);
    if (!refuses(receipt)) {
      if (!std::exchange(greeted_, true)) {
        attempt_->events_.greeted();
      } else if (!std::exchange(settled_, true)) {
        attempt_->events_.settled();
      }
    }
    attempt_->node_.receipt(session_, std::move(receipt));
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
    if (session_ != 0) attempt_->node_.closed(session_);
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
  std::string upstream_;
  bool over_ = false;
  bool greeted_ = false;
  bool settled_ = false;
};

// The Follow stream.
class Attempt::FollowCall final : public grpc::ClientReadReactor<v1::SignedBatch>,
                                  public node::Link,
                                  public std::enable_shared_from_this<FollowCall> {
 public:
  explicit FollowCall(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}

  void begin(v1::Uplink::Stub& stub, const std::string& upstream) {
    self_ = shared_from_this();
    attempt_->node_.connect_follow(upstream, shared_from_this(),
                                   [self = self_, &stub](SessionId id, v1::FollowRequest request) {
                                     const std::lock_guard lock(self->mutex_);
                                     self->session_ = id;
                                     self->request_ = std::move(request);
                                     ask_for_less(self->request_);
                                     self->started_ = true;
                                     if (self->over_) self->context_.TryCancel();
                                     stub.async()->Follow(&self->context_, &self->request_,
                                                          self.get());
                                     if (!self->over_)
                                       self->AddHold();  // reads may start outside of a reaction
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

  void OnReadInitialMetadataDone(bool ok) override {
    ok = ok && attempt_->may_use(context_);
    const std::lock_guard lock(mutex_);
    if (!ok) {
      release_locked();
    } else if (!over_) {
      StartRead(&incoming_);
    }
  }
  void OnReadDone(bool ok) override {
    if (!ok || !attempt_->may_use(context_)) {
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
    attempt_->node_.batch(session_, std::move(batch));
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
    if (session_ != 0) attempt_->node_.closed(session_);
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
  channel_ = make_channel(upstream_, election_, tls_);
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
    submit_->begin(*stub_, upstream_.unit.str());
    if (follow_) follow_->begin(*stub_, upstream_.unit.str());
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

void Attempt::give_up(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    why_given_up_ = why;
  }
  cancel();
}

bool Attempt::may_use(const grpc::ClientContext& context) {
  const auto peer = context.auth_context();
  const auto der = trust::pem_to_der(peer ? peer_certificate(*peer) : std::string());
  if (!der) {
    give_up("it shows no certificate");
    return false;
  }
  if (!node_.is_revoked(trust::key_id_of(*der), upstream_.unit.str())) return true;
  give_up("its certificate is revoked");
  return false;
}

void Attempt::call_ended(const grpc::Status& status) {
  bool first = false;
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    first = std::exchange(reported_, true) == false;
    if (first) first_status_ = status;
    if (!why_given_up_.empty()) first_status_ = {grpc::StatusCode::CANCELLED, why_given_up_};
    last = --calls_ == 0;
  }
  if (first && !last) cancel();
  if (!last) return;
  {
    const std::lock_guard lock(mutex_);
    submit_.reset();
    follow_.reset();
  }
  events_.ended(first_status_);
}

}  // namespace urna::uplink
