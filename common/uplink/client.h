// The client side: keeps a Submit stream, and if wanted a Follow stream, open to the first upstream
// that can be reached, in the order configured.
//
// A failed connection is tried again with exponential backoff and jitter. When the first upstream
// has been of no use for `failover_ms`, the next one is used; from there the first is tried again
// every `return_ms`. An upstream whose certificate is revoked is not spoken to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/node/node.h"
#include "common/uplink/credentials.h"

namespace urna::uplink {

struct Upstream {
  model::UnitId unit;
  std::string address;  // "host:port" or "unix:/path"
};

struct ClientOptions {
  std::vector<Upstream> upstreams;
  model::ElectionId election;
  bool follow = true;
  std::uint64_t backoff_ms_min = 200;
  std::uint64_t backoff_ms_max = 20'000;
  std::uint64_t failover_ms = 10'000;
  std::uint64_t return_ms = 60'000;
  // An upstream that has not answered the greeting for so long is given up; 0: `failover_ms`.
  std::uint64_t greeting_ms = 0;
  // It is of use, and its failures are forgotten, once it stayed connected for so long or settled a
  // batch.
  std::uint64_t proof_ms = 5'000;
  // Called when the state of the connection changes: for logs.
  std::function<void(const std::string& text)> on_event;
};

class Client {
 public:
  struct Status {
    std::string unit;  // upstream in use or being tried
    std::string address;
    bool connected = false;  // it answered a greeting
    std::string last_error;  // of the last attempt; empty when connected
  };

  // Starts at once. `node` outlives the client.
  Client(node::Node& node, const TlsIdentity& tls, ClientOptions options);
  // Ends its streams and waits for them.
  ~Client();

  Status status() const;
  void stop();

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace urna::uplink
