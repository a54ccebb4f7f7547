// A node at work in this process: memory store, real threads, real gRPC.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/journal/memory_store.h"
#include "common/node/node.h"
#include "common/uplink/client.h"
#include "common/uplink/server.h"
#include "tests/unit/node/small_election.h"

namespace urna::tests {

// Longest wait for something that must come; generous, because sanitizers slow everything down.
inline constexpr std::chrono::seconds kPatience{60};

// Polls until `done` holds; false after `patience`.
bool eventually(const std::function<bool()>& done, std::chrono::milliseconds patience = kPatience);

// Certificates valid from the election of 2014 until a year from now: TLS looks at the real clock.
trust::Validity until_next_year();

uplink::TlsIdentity tls_of(const SmallElection& election, const Holder& holder);

class LiveNode {
 public:
  LiveNode(SmallElection& election, const std::string& unit, int number = 1);
  ~LiveNode();

  // "127.0.0.1:0" or "unix:/path". Stops the test program when it cannot listen.
  void listen(const std::string& address = "127.0.0.1:0", std::size_t streams_max = 64);
  void listen(uplink::ServerOptions options);
  void stop_listening();
  // The address it listens on, or last listened on.
  const std::string& address() const { return address_; }
  uplink::Upstream as_upstream() const;

  // With short waits, so that tests are quick.
  void connect(std::vector<uplink::Upstream> upstreams, uplink::ClientOptions options = quick());
  void disconnect() { client_.reset(); }
  static uplink::ClientOptions quick();

  // Takes the election's newest definition in, whole.
  void take_definition();
  v1::Outcome enter(const Bytes& record, std::vector<Bytes> blobs = {});
  v1::Outcome enter(const Holder& signer, const v1::Body& body);

  bool has(const Bytes& record) const;
  std::uint64_t size() const;
  bool has_all(const std::vector<Bytes>& records) const;
  node::Counters counters() const;
  // What the node, its server or its client said happened: code and text.
  std::vector<std::string> events() const;
  // Peers its server refused for this reason.
  std::size_t refused(const std::string& code) const;
  bool told(const std::string& part) const;

  SmallElection& election() { return election_; }
  const std::string& unit() const { return unit_; }
  journal::MemoryStore& store() { return store_; }
  node::Node& node() { return *node_; }
  uplink::Server& server() { return *server_; }
  uplink::Client& client() { return *client_; }
  uplink::TlsIdentity tls() { return tls_of(election_, election_.node(unit_, number_)); }

 private:
  SmallElection& election_;
  const std::string unit_;
  const int number_;
  journal::MemoryStore store_;
  node::NodeIdentity identity_;
  trust::CertificateBook certificates_;
  mutable std::mutex mutex_;
  std::vector<std::string> events_;
  std::map<std::string, std::size_t> refused_;
  node::ThreadPool pool_{2};
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<uplink::Server> server_;
  std::unique_ptr<uplink::Client> client_;
  std::string address_;
};

}  // namespace urna::tests
