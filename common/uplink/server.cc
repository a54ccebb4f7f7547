#include "common/uplink/server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <condition_variable>
#include <mutex>

#include "common/uplink/callback_threads.h"
#include "common/uplink/channel.h"
#include "common/uplink/outgoing.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::uplink {

namespace {

using node::SessionId;

// Memory the transport may use for all streams together, bytes.
constexpr std::size_t kMemoryBytesMax = 256 << 20;

grpc::Status status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUntrusted:
    case ErrorCode::kMalformed: return {grpc::StatusCode::UNAUTHENTICATED, error.message};
    case ErrorCode::kNotAuthorised:
    case ErrorCode::kWrongElection: return {grpc::StatusCode::PERMISSION_DENIED, error.message};
    case ErrorCode::kTooLarge: return {grpc::StatusCode::RESOURCE_EXHAUSTED, error.message};
    default: return {grpc::StatusCode::UNAVAILABLE, error.message};
  }
}

struct Shared {
  Shared(node::Node& n, trust::CertificateBook& c, std::size_t max)
      : node(n), certificates(c), streams_max(max) {}

  node::Node& node;
  trust::CertificateBook& certificates;
  const std::size_t streams_max;
  std::mutex mutex;
  std::condition_variable quiet;
  std::size_t streams = 0;

  // False when too many are open. Counted all the same, until ended().
  bool begun() {
    const std::lock_guard lock(mutex);
    return ++streams <= streams_max;
  }
  void ended() {
    const std::lock_guard lock(mutex);
    if (--streams == 0) quiet.notify_all();
  }
};

Error revoked() { return {ErrorCode::kNotAuthorised, "the certificate of this node is revoked"}; }

// Counts a new stream in. The certificate of a peer that may open it now.
Result<std::shared_ptr<const trust::Certificate>> admit(grpc::CallbackServerContext& context,
                                                        Shared& shared) {
  if (!shared.begun()) {
    return fail(ErrorCode::kUnavailable, "too many streams are open; come back later");
  }
  auto peer = peer_of(*context.auth_context(), shared.certificates);
  if (!peer) return peer;
  if (shared.node.is_revoked((*peer)->id, (*peer)->subject.unit.str())) {
    return std::unexpected(revoked());
  }
  return peer;
}

// A revocation that came between admit() and the opening of the session found no session to end.
bool revoked_meanwhile(const trust::Certificate& peer, const Shared& shared) {
  return shared.node.is_revoked(peer.id, peer.subject.unit.str());
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
      if (stream_ != nullptr) stream_->send(std::move(message));
    }
  }

  std::mutex mutex_;
  Stream* stream_;
};

// What both kinds of stream do alike: write in order, and end once. `Reactor` is gRPC's base class.
template <class Reactor, class Message>
class ServerStream : public Reactor {
 public:
  using Outgoing = Message;

  void send(Message message) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (outgoing_.push(std::move(message))) this->StartWrite(outgoing_.front());
  }
  void finish(grpc::Status status) {
    const std::lock_guard lock(mutex_);
    finish_locked(std::move(status));
  }

  void OnCancel() override { finish({grpc::StatusCode::CANCELLED, "cancelled by the peer"}); }
  void OnDone() override {
    link_->detach();
    if (session_ != 0) shared_.node.closed(session_);
    // The server, and all that is shared, may be gone as soon as the last stream says that it is.
    Shared& shared = shared_;
    delete this;
    shared.ended();
  }

 protected:
  ServerStream(grpc::CallbackServerContext& context, Shared& shared)
      : context_(context),
        shared_(shared),
        link_(std::make_shared<ServerLink<ServerStream>>(this)) {}

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
  Shared& shared_;
  const std::shared_ptr<ServerLink<ServerStream>> link_;
  SessionId session_ = 0;
  std::mutex mutex_;
  bool finished_ = false;

 private:
  void really_finish() {
    this->Finish(*pending_status_);
    pending_status_.reset();
  }

  uplink::Outgoing<Message> outgoing_;
  std::optional<grpc::Status> pending_status_;
};

class SubmitStream final
    : public ServerStream<grpc::ServerBidiReactor<v1::SignedBatch, v1::SignedReceipt>,
                          v1::SignedReceipt> {
 public:
  SubmitStream(grpc::CallbackServerContext& context, Shared& shared)
      : ServerStream(context, shared) {
    const auto peer = admit(context, shared_);
    if (!peer) {
      finish(status_of(peer.error()));
      return;
    }
    session_ = shared_.node.accept_submit((*peer)->subject.unit.str(), (*peer)->id, link_);
    if (revoked_meanwhile(**peer, shared_)) finish(status_of(revoked()));
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
    batch.Swap(&incoming_);
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
  // Reads on only while few batches wait for their receipts: the peer feels the pressure.
  void read_more() {
    if (finished_ || input_ended_) return;
    if (unanswered_ >= node::kBatchesInFlightMax) {
      paused_ = true;
    } else {
      StartRead(&incoming_);
    }
  }

  v1::SignedBatch incoming_;
  std::size_t unanswered_ = 0;
  bool paused_ = false;
  bool input_ended_ = false;
};

class FollowStream final
    : public ServerStream<grpc::ServerWriteReactor<v1::SignedBatch>, v1::SignedBatch> {
 public:
  FollowStream(grpc::CallbackServerContext& context, const v1::FollowRequest& request,
               Shared& shared)
      : ServerStream(context, shared) {
    const auto peer = admit(context, shared_);
    if (!peer) {
      finish(status_of(peer.error()));
      return;
    }
    StartSendInitialMetadata();
    session_ = shared_.node.accept_follow((*peer)->subject.unit.str(), (*peer)->id, request, link_);
    if (revoked_meanwhile(**peer, shared_)) finish(status_of(revoked()));
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      if (!wrote_locked(ok)) return;
    }
    shared_.node.sent(session_);
  }
};

class Service final : public v1::Uplink::CallbackService {
 public:
  explicit Service(Shared& shared) : shared_(shared) {}

  grpc::ServerBidiReactor<v1::SignedBatch, v1::SignedReceipt>* Submit(
      grpc::CallbackServerContext* context) override {
    return new SubmitStream(*context, shared_);
  }
  grpc::ServerWriteReactor<v1::SignedBatch>* Follow(grpc::CallbackServerContext* context,
                                                    const v1::FollowRequest* request) override {
    return new FollowStream(*context, *request, shared_);
  }

 private:
  Shared& shared_;
};

}  // namespace

struct Server::Impl {
  Impl(node::Node& node, trust::CertificateBook& certificates, std::size_t streams_max)
      : shared(node, certificates, streams_max), service(shared) {}

  Shared shared;
  Service service;
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::start(node::Node& node,
                                              trust::CertificateBook& certificates,
                                              const TlsIdentity& tls,
                                              const ServerOptions& options) {
  auto impl = std::make_unique<Impl>(node, certificates, options.streams_max);
  keep_callback_threads();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, server_credentials(tls), &port);
  builder.RegisterService(&impl->service);
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 16);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 120'000);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("uplink");
  quota.Resize(kMemoryBytesMax);
  builder.SetResourceQuota(quota);
  impl->server = builder.BuildAndStart();
  const bool on_socket = options.listen.starts_with("unix:");
  if (impl->server == nullptr || (!on_socket && port == 0)) {
    return fail(ErrorCode::kUnavailable, "cannot listen on " + options.listen);
  }
  impl->address = options.listen;
  if (!on_socket) {
    impl->address = options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(port);
  }
  impl->server->GetHealthCheckService()->SetServingStatus("urna.v1.Uplink", true);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

const std::string& Server::address() const { return impl_->address; }
std::size_t Server::open_streams() const {
  const std::lock_guard lock(impl_->shared.mutex);
  return impl_->shared.streams;
}

void Server::stop(std::chrono::milliseconds grace) {
  if (impl_ == nullptr || impl_->server == nullptr) return;
  impl_->server->GetHealthCheckService()->SetServingStatus(false);
  impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
  impl_->server->Wait();
  {
    std::unique_lock lock(impl_->shared.mutex);
    impl_->shared.quiet.wait(lock, [this] { return impl_->shared.streams == 0; });
  }
  impl_->server.reset();
}

}  // namespace urna::uplink
