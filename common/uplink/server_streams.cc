#include "common/uplink/server_streams.h"

#include <mutex>
#include <optional>
#include <utility>

#include "common/base/clock.h"
#include "common/node/seal.h"
#include "common/node/wire_limits.h"
#include "common/uplink/buffers.h"
#include "common/uplink/credentials.h"
#include "common/uplink/outgoing.h"

namespace urna::uplink {

namespace {

using node::SessionId;

// The largest FollowRequest, bytes.
constexpr std::size_t kFollowRequestBytesMax = 256 << 10;
// Fields of a SignedBatch, unknown ones among them: those are answered, not refused.
constexpr std::size_t kEnvelopeFieldsMax = 16;

grpc::Status status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUntrusted: return {grpc::StatusCode::UNAUTHENTICATED, error.message};
    case ErrorCode::kNotAuthorised:
    case ErrorCode::kWrongElection: return {grpc::StatusCode::PERMISSION_DENIED, error.message};
    case ErrorCode::kTooLarge: return {grpc::StatusCode::RESOURCE_EXHAUSTED, error.message};
    case ErrorCode::kMalformed: return {grpc::StatusCode::INVALID_ARGUMENT, error.message};
    default: return {grpc::StatusCode::UNAVAILABLE, error.message};
  }
}

// Lets the node send into a stream, or end it, which gRPC may end at any time.
template <class Stream>
class ServerLink final : public node::Link {
 public:
  explicit ServerLink(Stream* stream) : stream_(stream) {}
  void send_batch(v1::SignedBatch batch) override { send(std::move(batch)); }
  void send_receipt(v1::SignedReceipt receipt) override { send(std::move(receipt)); }
  void close(const std::string& why) override {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->finish({grpc::StatusCode::ABORTED, why});
  }
  // The stream is about to go.
  void detach() {
    const std::lock_guard lock(mutex_);
    stream_ = nullptr;
  }

 private:
  // A stream carries messages of one type; the node sends no other.
  template <class Message>
  void send(Message message) {
    if constexpr (std::is_same_v<Message, typename Stream::Outgoing>) {
      const std::lock_guard lock(mutex_);
      if (stream_ != nullptr) stream_->send(message);
    }
  }

  std::mutex mutex_;
  Stream* stream_;
};

// What both kinds of stream do alike: write in order, and end once. `Reactor` is gRPC's base class.
// Messages of type `Message` leave as bytes.
template <class Reactor, class Message>
class ServerStream : public Reactor {
 public:
  using Outgoing = Message;

  void send(const Message& message) {
    grpc::ByteBuffer bytes = to_buffer(message);
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (outgoing_.push(std::move(bytes))) this->StartWrite(outgoing_.front());
  }
  void finish(grpc::Status status) {
    const std::lock_guard lock(mutex_);
    finish_locked(std::move(status));
  }

  void OnCancel() override { finish({grpc::StatusCode::CANCELLED, "cancelled by the peer"}); }
  void OnDone() override {
    link_->detach();
    shared_.keeper.release(held_);
    if (session_ != 0) shared_.node.closed(session_);
    // The server, and all that is shared, may be gone as soon as the last stream says that it is.
    StreamKeeper& keeper = shared_.keeper;
    delete this;
    keeper.ended();
  }

 protected:
  ServerStream(grpc::CallbackServerContext& context, const StreamContext& shared)
      : context_(context),
        shared_(shared),
        link_(std::make_shared<ServerLink<ServerStream>>(this)) {}

  // Counts the stream in and finds out whose it is; nullptr when it may not go on: it is finished.
  PeerGate::Peer admit(StreamKind kind) {
    const bool room = shared_.keeper.begun();
    const auto peer = shared_.gate.call(peer_certificate(*context_.auth_context()));
    if (!peer) {
      finish(status_of(peer.error()));
      return nullptr;
    }
    if (!room) {
      shared_.gate.refused(PeerRefusal::kTooManyStreams, **peer,
                           "a stream was refused: too many are open in all");
      finish({grpc::StatusCode::UNAVAILABLE, "too many streams are open; come back later"});
      return nullptr;
    }
    const auto held = shared_.keeper.hold(*peer, kind, link_, wall_clock_ms());
    held_ = held.id;
    if (held.took_place) {
      shared_.gate.refused(PeerRefusal::kTooManyStreams, **peer,
                           "its oldest stream was ended: it opens more than it may have");
    }
    return *peer;
  }
  // A revocation that came between admit() and the opening of the session found no session to end.
  void end_if_revoked(const trust::Certificate& peer) {
    if (!shared_.node.is_revoked(peer.id, peer.subject.unit.str())) return;
    finish({grpc::StatusCode::PERMISSION_DENIED, "the certificate of this node is revoked"});
  }
  void bad_message(const trust::Certificate& peer, const Error& error) {
    shared_.gate.refused(PeerRefusal::kBadMessage, peer, error.message);
    finish(status_of(error));
  }

  // After a write. False when the stream is over.
  bool wrote_locked(bool ok) {
    const bool more = outgoing_.pop();
    if (!ok && !finished_) {
      finished_ = true;
      pending_status_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the peer is gone");
    }
    if (pending_status_) really_finish();
    if (finished_) return false;
    if (more) this->StartWrite(outgoing_.front());
    return true;
  }
  // Finish comes after a write that is under way. A peer that does not read would hold that up for
  // as long as it likes, so the call is cancelled too.
  void finish_locked(grpc::Status status) {
    if (finished_) return;
    finished_ = true;
    pending_status_ = std::move(status);
    if (outgoing_.writing()) {
      context_.TryCancel();
    } else {
      really_finish();
    }
  }

  grpc::CallbackServerContext& context_;
  const StreamContext& shared_;
  const std::shared_ptr<ServerLink<ServerStream>> link_;
  std::uint64_t held_ = 0;
  SessionId session_ = 0;
  std::mutex mutex_;
  bool finished_ = false;

 private:
  void really_finish() {
    this->Finish(*pending_status_);
    pending_status_.reset();
  }

  uplink::Outgoing<grpc::ByteBuffer> outgoing_;
  std::optional<grpc::Status> pending_status_;
};

class SubmitStream final
    : public ServerStream<grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                          v1::SignedReceipt> {
 public:
  SubmitStream(grpc::CallbackServerContext& context, const StreamContext& shared)
      : ServerStream(context, shared), peer_(admit(StreamKind::kSubmit)) {
    if (peer_ == nullptr) return;
    // The client looks at this node's certificate before it sends anything.
    StartSendInitialMetadata();
    session_ = shared_.node.accept_submit(peer_->subject.unit.str(), peer_->id, link_);
    end_if_revoked(*peer_);
    const std::lock_guard lock(mutex_);
    read_more();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      input_ended_ = true;
      if (unanswered_ == 0) finish_locked(grpc::Status::OK);
      return;
    }
    v1::SignedBatch batch;
    if (const auto parsed = parse(batch); !parsed) {
      bad_message(*peer_, parsed.error());
      return;
    }
    if (!std::exchange(greeted_, true)) shared_.keeper.greeted(held_);
    {
      // Before the node has it: the answer may leave before this function goes on.
      const std::lock_guard lock(mutex_);
      ++unanswered_;
    }
    shared_.node.batch(session_, std::move(batch));
    const std::lock_guard lock(mutex_);
    read_more();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (unanswered_ > 0) --unanswered_;
    if (!wrote_locked(ok)) return;
    if (input_ended_ && unanswered_ == 0) {
      finish_locked(grpc::Status::OK);
    } else if (paused_) {
      paused_ = false;
      read_more();
    }
  }

 private:
  Result<void> parse(v1::SignedBatch& batch) {
    const Contiguous bytes(incoming_);
    auto looked = node::check_envelope(bytes.view(), kEnvelopeFieldsMax, "message");
    if (!looked) return looked;
    if (!batch.ParseFromArray(bytes.view().data(), static_cast<int>(bytes.view().size()))) {
      return fail(ErrorCode::kMalformed, "message: does not decode");
    }
    incoming_.Clear();
    return {};
  }
  // Reads on only while few batches wait for their receipts: the peer feels the pressure.
  void read_more() {
    if (finished_ || input_ended_) return;
    if (unanswered_ >= node::kBatchesInFlightMax) {
      paused_ = true;
    } else {
      StartRead(&incoming_);
    }
  }

  const PeerGate::Peer peer_;
  grpc::ByteBuffer incoming_;
  std::size_t unanswered_ = 0;
  bool greeted_ = false;
  bool paused_ = false;
  bool input_ended_ = false;
};

class FollowStream final
    : public ServerStream<grpc::ServerWriteReactor<grpc::ByteBuffer>, v1::SignedBatch> {
 public:
  FollowStream(grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
               const StreamContext& shared)
      : ServerStream(context, shared) {
    const auto peer = admit(StreamKind::kFollow);
    if (peer == nullptr) return;
    auto wanted = parse(request);
    if (!wanted) {
      bad_message(*peer, wanted.error());
      return;
    }
    StartSendInitialMetadata();
    session_ =
        shared_.node.accept_follow(peer->subject.unit.str(), peer->id, std::move(*wanted), link_);
    end_if_revoked(*peer);
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      if (!wrote_locked(ok)) return;
    }
    shared_.node.sent(session_);
  }

 private:
  static Result<v1::FollowRequest> parse(const grpc::ByteBuffer& bytes) {
    if (bytes.Length() > kFollowRequestBytesMax) {
      return fail(ErrorCode::kTooLarge, "a request to follow of more than 256 KiB");
    }
    const Contiguous whole(bytes);
    // Its wanted digests, and few fields beside.
    if (const auto looked =
            node::check_wire(whole.view(), *v1::FollowRequest::descriptor(),
                             {{v1::FollowRequest::kWantedFieldNumber, node::kWantedMax}},
                             node::kWantedMax + 16, "request to follow");
        !looked) {
      return std::unexpected(looked.error());
    }
    v1::FollowRequest request;
    if (!request.ParseFromArray(whole.view().data(), static_cast<int>(whole.view().size()))) {
      return fail(ErrorCode::kMalformed, "request to follow: does not decode");
    }
    return request;
  }
};

class Service final : public RawService {
 public:
  explicit Service(const StreamContext& shared) : shared_(shared) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Submit(
      grpc::CallbackServerContext* context) override {
    return new SubmitStream(*context, shared_);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Follow(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request) override {
    return new FollowStream(*context, *request, shared_);
  }

 private:
  const StreamContext shared_;
};

}  // namespace

std::unique_ptr<RawService> make_service(const StreamContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace urna::uplink
