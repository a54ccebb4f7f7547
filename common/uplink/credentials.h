// Mutual TLS of one node, and the peer at the other end. All that is believed of a peer comes from
// its certificate, verified again by the application: gRPC's own checks only open the door.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/trust/certificate.h"
#include "common/trust/certificate_book.h"

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

std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsIdentity& tls);
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsIdentity& tls);

// The certificate of the peer: of a node, of this election.
// kUntrusted when there is none or it does not verify; kNotAuthorised when it is not a node's.
Result<std::shared_ptr<const trust::Certificate>> peer_of(const grpc::AuthContext& context,
                                                          trust::CertificateBook& certificates);

}  // namespace urna::uplink
