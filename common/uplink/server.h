// The Uplink service of a node: takes Submit and Follow streams from below.
//
// Everything is bounded: connections by the file descriptors there are, streams in all and for each
// certificate, batches read ahead of their receipts (four), messages in size; compressed ones are
// refused; idle connections are probed and dropped. Also serves grpc.health.v1, to peers only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/node/node.h"
#include "common/uplink/credentials.h"
#include "common/uplink/stream_keeper.h"

namespace urna::uplink {

struct ServerOptions {
  // "0.0.0.0:7443", "127.0.0.1:0" (any free port) or "unix:/path".
  std::string listen;
  // Streams open at once; further ones are told to come back later. Fewer, with an event
  // "streams_lowered", when the system allows too few open files.
  std::size_t streams_max = 4'096;
  // A Submit stream without a batch for so long is ended.
  std::uint64_t greeting_ms = 10'000;
  // What the server sees, for logs; rate-limited. From its own threads and gRPC's; must be quick.
  std::function<void(std::string_view code, const std::string& text)> event{};
  // Peers refused or cut off, by peer_refusal_name(): for metrics.
  std::function<void(std::string_view code, std::uint64_t times)> refused{};
  // How often connections that came to no handshake are counted.
  std::uint64_t handshakes_ms = 60'000;
};

class Server {
 public:
  // Everything given outlives the server. Raises the process's own limit of open files.
  // kUnavailable, with the reason, when the address cannot be bound; kInvalidArgument when the
  // system allows too few open files for any server.
  static Result<std::unique_ptr<Server>> start(node::Node& node,
                                               trust::CertificateBook& certificates,
                                               const TlsIdentity& tls,
                                               const ServerOptions& options);
  ~Server();

  // "127.0.0.1:43817": with the port really bound.
  const std::string& address() const;
  std::size_t open_streams() const;
  std::size_t open_streams(StreamKind kind) const;
  // Why peers cannot connect at the moment; nullopt when all is well.
  std::optional<std::string> trouble() const;
  // Stops listening and removes a Unix socket, tells peers it goes away, lets streams end for up to
  // `grace`, then cancels them.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::uplink
