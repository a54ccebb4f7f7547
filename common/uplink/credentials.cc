#include "common/uplink/credentials.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

namespace urna::uplink {

std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsIdentity& tls) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls.roots_pem;
  options.pem_key_cert_pairs.push_back({tls.key_pem, tls.certificate_pem});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsIdentity& tls) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls.roots_pem;
  options.pem_private_key = tls.key_pem;
  options.pem_cert_chain = tls.certificate_pem;
  return grpc::SslCredentials(options);
}

Result<std::shared_ptr<const trust::Certificate>> peer_of(const grpc::AuthContext& context,
                                                          trust::CertificateBook& certificates) {
  const auto values = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (values.empty()) return fail(ErrorCode::kUntrusted, "the peer shows no certificate");
  const auto der = trust::pem_to_der({values.front().data(), values.front().size()});
  if (!der) return std::unexpected(der.error());
  const auto verdict = certificates.add(*der);
  if (!*verdict) return std::unexpected(verdict->error());
  const auto& certificate = **verdict;
  if (!trust::is_node(certificate->subject.role)) {
    return fail(ErrorCode::kNotAuthorised,
                "the peer shows the certificate of a " +
                    std::string(trust::role_name(certificate->subject.role)) + ", not of a node");
  }
  return certificate;
}

}  // namespace urna::uplink
