// The Uplink service of a node: takes Submit and Follow streams from below.
//
// Every stream is bounded: at most four batches are read ahead of their receipts, messages are
// limited in size, idle connections are probed and dropped. Also serves grpc.health.v1.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/node/node.h"
#include "common/uplink/credentials.h"

namespace urna::uplink {

struct ServerOptions {
  // "0.0.0.0:7443", "127.0.0.1:0" (any free port) or "unix:/path".
  std::string listen;
  // Streams open at once; further ones are told to come back later.
  std::size_t streams_max = 4'096;
};

class Server {
 public:
  // Everything given outlives the server. kUnavailable when the address cannot be bound.
  static Result<std::unique_ptr<Server>> start(node::Node& node,
                                               trust::CertificateBook& certificates,
                                               const TlsIdentity& tls,
                                               const ServerOptions& options);
  ~Server();

  // "127.0.0.1:43817": with the port really bound.
  const std::string& address() const;
  std::size_t open_streams() const;
  // Tells peers it goes away, lets streams end for up to `grace`, then cancels them.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::uplink
