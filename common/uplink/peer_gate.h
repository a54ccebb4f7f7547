// Who may speak to a server: looked at when a TLS handshake ends, and again before each call,
// before any message of it is read. What is refused is told of and counted.
//
// Safe to use from any thread. gRPC may ask after the server is gone: everybody is refused then.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "common/node/node.h"
#include "common/trust/certificate_book.h"
#include "common/uplink/refusal_log.h"

namespace urna::uplink {

// Why a peer was refused or cut off. Closed: a label of metrics.
enum class PeerRefusal {
  kNoCertificate,
  kUntrusted,      // not of this election's node authority, or of a shape it never issues
  kWrongElection,  // a certificate of another election
  kWrongRole,      // a licence, or a node's certificate from the wrong authority
  kNotValidNow,    // expired, or not valid yet
  kRevoked,
  kTooManyStreams,  // of this certificate, or of all
  kTooManyConnections,
  kNoHandshake,  // connections that ended without a certificate, or speak no TLS
  kSilent,       // no greeting in time
  kBadMessage,   // a message that is none of the service, or over its limits
};
// "no_certificate", …
std::string_view peer_refusal_name(PeerRefusal refusal);

class PeerGate {
 public:
  struct Hooks {
    // Rate-limited, for logs.
    std::function<void(std::string_view code, const std::string& text)> event;
    // Every refusal, for metrics.
    std::function<void(std::string_view code, std::uint64_t times)> refused;
  };
  using Peer = std::shared_ptr<const trust::Certificate>;

  // `node` and `certificates` live until close().
  PeerGate(node::Node& node, trust::CertificateBook& certificates, Hooks hooks)
      : node_(&node), certificates_(&certificates), hooks_(std::move(hooks)) {}

  // May a peer with this certificate (PEM, perhaps empty) have a connection: a node of this
  // election, at this moment by the clock. A revoked one may, to be told so at its first call.
  // kUntrusted, kWrongElection, kNotAuthorised.
  Result<void> connection(std::string_view certificate_pem);
  // May it make a call now. The same, and kNotAuthorised when it is revoked.
  Result<Peer> call(std::string_view certificate_pem);

  void refused(PeerRefusal why, const trust::Certificate& peer, const std::string& text);
  // Nothing is known of the peer, or of so many peers.
  void refused(PeerRefusal why, const std::string& text, std::uint64_t times = 1);

  // TLS handshakes that came to an end with a certificate, good or bad. gRPC says nothing of
  // others.
  std::uint64_t handshakes() const { return handshakes_; }

  void close();

 private:
  Result<Peer> look(std::string_view certificate_pem);
  void tell(PeerRefusal why, std::string_view peer, const std::string& text,
            std::uint64_t times = 1);

  // Shared while anything given is in use; close() waits for that.
  std::shared_mutex life_;
  node::Node* node_;
  trust::CertificateBook* certificates_;
  Hooks hooks_;
  std::atomic<std::uint64_t> handshakes_{0};
  std::mutex log_mutex_;
  RefusalLog log_;
};

}  // namespace urna::uplink
