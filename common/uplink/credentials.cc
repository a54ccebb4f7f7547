#include "common/uplink/credentials.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>

namespace urna::uplink {

namespace {

namespace tls_api = grpc::experimental;

grpc::Status status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotAuthorised:
    case ErrorCode::kWrongElection: return {grpc::StatusCode::PERMISSION_DENIED, error.message};
    case ErrorCode::kUnavailable: return {grpc::StatusCode::UNAVAILABLE, error.message};
    default: return {grpc::StatusCode::UNAUTHENTICATED, error.message};
  }
}

// Asked when a TLS handshake ends: no byte of HTTP is read from a peer that does not pass.
class HandshakeVerifier final : public tls_api::ExternalCertificateVerifier {
 public:
  explicit HandshakeVerifier(std::shared_ptr<PeerGate> gate) : gate_(std::move(gate)) {}

  bool Verify(tls_api::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* verdict) override {
    const auto certificate = request->peer_cert();
    const auto allowed = gate_->connection({certificate.data(), certificate.size()});
    if (!allowed) *verdict = status_of(allowed.error());
    return true;
  }
  void Cancel(tls_api::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<PeerGate> gate_;
};

// Asked when a call's headers have come, whatever its method, before a message is read.
class CallVerifier final : public grpc::AuthMetadataProcessor {
 public:
  explicit CallVerifier(std::shared_ptr<PeerGate> gate) : gate_(std::move(gate)) {}

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata&, grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    const auto peer = gate_->call(peer_certificate(*context));
    return peer ? grpc::Status::OK : status_of(peer.error());
  }

 private:
  const std::shared_ptr<PeerGate> gate_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsIdentity& tls,
                                                            std::shared_ptr<PeerGate> gate) {
  tls_api::TlsServerCredentialsOptions options(
      std::make_shared<tls_api::StaticDataCertificateProvider>(
          tls.roots_pem,
          std::vector<tls_api::IdentityKeyCertPair>{{tls.key_pem, tls.certificate_pem}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  // The application verifies, so that it can say who was refused and why.
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      tls_api::ExternalCertificateVerifier::Create<HandshakeVerifier>(gate));
  auto credentials = tls_api::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::make_shared<CallVerifier>(std::move(gate)));
  return credentials;
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsIdentity& tls) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls.roots_pem;
  options.pem_private_key = tls.key_pem;
  options.pem_cert_chain = tls.certificate_pem;
  return grpc::SslCredentials(options);
}

std::string peer_certificate(const grpc::AuthContext& context) {
  const auto values = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return values.empty() ? std::string() : std::string(values.front().data(), values.front().size());
}

}  // namespace urna::uplink
