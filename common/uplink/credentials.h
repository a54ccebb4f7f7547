// Mutual TLS of one node. All that is believed of a peer comes from its certificate, verified by
// the application (PeerGate): TLS itself proves no more than that the peer holds the key.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/trust/certificate.h"
#include "common/uplink/peer_gate.h"

namespace grpc {
class AuthContext;
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace urna::uplink {

// What TLS needs, in PEM.
struct TlsIdentity {
  std::string key_pem;          // unencrypted, in memory only
  std::string certificate_pem;  // the leaf
  std::string roots_pem;        // trust::Anchors::tls_roots_pem()
};

// Every client must show a certificate; `gate` decides when the handshake ends, and before each
// call.
std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsIdentity& tls,
                                                            std::shared_ptr<PeerGate> gate);
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsIdentity& tls);

// The certificate the other end of a call showed, PEM; empty when there is none.
std::string peer_certificate(const grpc::AuthContext& context);

}  // namespace urna::uplink
