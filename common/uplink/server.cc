#include "common/uplink/server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include "common/base/clock.h"
#include "common/uplink/acceptor.h"
#include "common/uplink/callback_threads.h"
#include "common/uplink/channel.h"
#include "common/uplink/descriptors.h"
#include "common/uplink/server_streams.h"

namespace urna::uplink {

namespace {

// Memory the transport may use for all streams together, bytes.
constexpr std::size_t kMemoryBytesMax = 256 << 20;

void set_limits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  // A kilobyte compressed can be a megabyte; batches hold digests and signatures, which do not
  // compress.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 16);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 120'000);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // A buffer of this size is held for each connection, and little is sent on most.
  builder.AddChannelArgument(GRPC_ARG_TSI_MAX_FRAME_SIZE, 4'096);
  grpc::ResourceQuota quota("uplink");
  quota.Resize(kMemoryBytesMax);
  builder.SetResourceQuota(quota);
}

}  // namespace

struct Server::Impl {
  Impl(node::Node& n, trust::CertificateBook& certificates, const ServerOptions& options,
       const DescriptorPlan& plan)
      : node(n),
        gate(std::make_shared<PeerGate>(n, certificates,
                                        PeerGate::Hooks{options.event, options.refused})),
        keeper(plan.streams_max, options.greeting_ms),
        service(make_service({n, keeper, *gate})),
        handshakes_ms(options.handshakes_ms),
        next_look_ms(wall_clock_ms() + options.handshakes_ms) {}

  Result<void> build(const TlsIdentity& tls);
  void start_accepting(int descriptor_end);
  void look_after_streams();
  void look_after_handshakes();
  void tell_health(bool serving);

  node::Node& node;
  const std::shared_ptr<PeerGate> gate;
  StreamKeeper keeper;
  const std::unique_ptr<RawService> service;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
  std::unique_ptr<Acceptor> acceptor;
  std::string address;
  bool serving = false;
  // Of the acceptor's thread.
  const std::uint64_t handshakes_ms;
  std::uint64_t accepted = 0;
  std::uint64_t without_handshake = 0;  // told of so far
  std::uint64_t next_look_ms;
};

Result<void> Server::Impl::build(const TlsIdentity& tls) {
  keep_callback_threads();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  using Kind = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  connections = builder.experimental().AddExternalConnectionAcceptor(Kind::FROM_FD,
                                                                     server_credentials(tls, gate));
  builder.RegisterService(service.get());
  set_limits(builder);
  server = builder.BuildAndStart();
  if (server == nullptr) return fail(ErrorCode::kInternal, "gRPC does not start a server");
  tell_health(true);
  return {};
}

void Server::Impl::start_accepting(int descriptor_end) {
  acceptor->start(
      descriptor_end,
      {.connection =
           [this](int fd) {
             grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters one;
             one.fd = fd;
             ++accepted;
             connections->HandleNewConnection(&one);
           },
       .refused =
           [this] {
             gate->refused(PeerRefusal::kTooManyConnections,
                           "a connection was refused: too many are open");
           },
       .tick =
           [this] {
             look_after_streams();
             look_after_handshakes();
             tell_health(!node.store_failure().has_value());
           }});
}

void Server::Impl::look_after_streams() {
  for (const auto& peer : keeper.end_silent(wall_clock_ms())) {
    gate->refused(PeerRefusal::kSilent, *peer, "its stream was ended: no greeting came in time");
  }
}

// A handshake under way may be counted a little early; it is taken off the next count.
void Server::Impl::look_after_handshakes() {
  if (wall_clock_ms() < next_look_ms) return;
  next_look_ms = wall_clock_ms() + handshakes_ms;
  const std::uint64_t ended = gate->handshakes();
  const std::uint64_t now = accepted > ended ? accepted - ended : 0;
  if (now <= without_handshake) return;
  const std::uint64_t fresh = now - std::exchange(without_handshake, now);
  gate->refused(PeerRefusal::kNoHandshake,
                std::to_string(fresh) + " connections showed no certificate", fresh);
}

void Server::Impl::tell_health(bool now) {
  if (std::exchange(serving, now) == now) return;
  server->GetHealthCheckService()->SetServingStatus("urna.v1.Uplink", now);
  server->GetHealthCheckService()->SetServingStatus(now);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::start(node::Node& node,
                                              trust::CertificateBook& certificates,
                                              const TlsIdentity& tls,
                                              const ServerOptions& options) {
  const std::uint64_t limit = raise_descriptor_limit();
  const auto plan = plan_descriptors(limit, descriptors_open(), options.streams_max);
  if (!plan) return std::unexpected(plan.error());
  if (plan->streams_max < options.streams_max && options.event) {
    options.event("streams_lowered",
                  "at most " + std::to_string(plan->streams_max) + " streams instead of " +
                      std::to_string(options.streams_max) + ": the system allows " +
                      std::to_string(limit) + " open files");
  }
  auto acceptor = Acceptor::bind(options.listen);
  if (!acceptor) return std::unexpected(acceptor.error());
  auto impl = std::make_unique<Impl>(node, certificates, options, *plan);
  if (auto built = impl->build(tls); !built) return std::unexpected(std::move(built.error()));
  impl->acceptor = std::move(*acceptor);
  impl->address = impl->acceptor->address();
  impl->start_accepting(plan->descriptor_end);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

const std::string& Server::address() const { return impl_->address; }
std::size_t Server::open_streams() const { return impl_->keeper.open(); }
std::size_t Server::open_streams(StreamKind kind) const { return impl_->keeper.open(kind); }
std::optional<std::string> Server::trouble() const {
  return impl_->acceptor ? impl_->acceptor->trouble() : std::nullopt;
}

void Server::stop(std::chrono::milliseconds grace) {
  if (impl_ == nullptr || impl_->server == nullptr) return;
  impl_->acceptor.reset();
  impl_->tell_health(false);
  impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
  impl_->server->Wait();
  impl_->keeper.wait_until_none();
  impl_->gate->close();
  impl_->server.reset();
}

}  // namespace urna::uplink
