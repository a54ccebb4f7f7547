// Making certificates.
#include <array>
#include <utility>

#include "common/base/check.h"
#include "common/trust/certificate_impl.h"
#include "common/trust/key_impl.h"

namespace urna::trust {

namespace {

using ossl::data_of;

// RFC 5280 allows a common name 64 characters.
constexpr std::size_t kCommonNameMax = 64;

struct NameParts {
  std::string organisation;
  std::string unit;
  std::string common_name;
};

NameParts name_of(const Subject& subject) {
  return {subject.election.str(), subject.unit.str(), std::string(role_name(subject.role))};
}

void add_entry(X509_NAME* name, int nid, const std::string& text) {
  if (text.empty()) return;
  URNA_CHECK(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, data_of(text),
                                        static_cast<int>(text.size()), -1, 0) == 1);
}

void set_subject(X509* certificate, const NameParts& parts) {
  X509_NAME* name = X509_get_subject_name(certificate);
  add_entry(name, NID_organizationName, parts.organisation);
  add_entry(name, NID_organizationalUnitName, parts.unit);
  add_entry(name, NID_commonName, parts.common_name);
}

// 16 random bytes, positive.
void set_serial(X509* certificate) {
  std::array<unsigned char, 16> random;
  URNA_CHECK(RAND_bytes(random.data(), random.size()) == 1);
  random[0] = static_cast<unsigned char>((random[0] & 0x3f) | 0x40);
  const ossl::BigNumPtr number(BN_bin2bn(random.data(), random.size(), nullptr));
  const ossl::Asn1IntegerPtr serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
  URNA_CHECK(serial != nullptr && X509_set_serialNumber(certificate, serial.get()) == 1);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ossl::ExtensionPtr extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  URNA_CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// Signs again until s is low: the high half is refused on verification (see certificate.cc), and
// OpenSSL draws a new nonce each time.
Bytes sign_certificate(X509* certificate, EVP_PKEY* key) {
  while (true) {
    URNA_CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
    const ASN1_BIT_STRING* signature = nullptr;
    X509_get0_signature(&signature, nullptr, certificate);
    if (der_signature_has_low_s({reinterpret_cast<const char*>(ASN1_STRING_get0_data(signature)),
                                 static_cast<std::size_t>(ASN1_STRING_length(signature))})) {
      return ossl::to_der(i2d_X509, certificate);
    }
  }
}

// An unsigned certificate with everything but extensions.
Result<ossl::X509Ptr> begin(const NameParts& name, EVP_PKEY* key, Validity validity) {
  if (validity.not_before_ms < 0 || validity.not_after_ms < validity.not_before_ms) {
    return fail(ErrorCode::kInvalidArgument, "the validity ends before it begins");
  }
  ossl::X509Ptr certificate(X509_new());
  URNA_CHECK(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_serial(certificate.get());
  set_subject(certificate.get(), name);
  const auto seconds = [](std::int64_t ms) { return static_cast<time_t>(ms / 1000); };
  if (ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds(validity.not_before_ms)) ==
          nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds(validity.not_after_ms)) ==
          nullptr) {
    return fail(ErrorCode::kInvalidArgument, "the validity lies outside the calendar");
  }
  URNA_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

void add_authority_extensions(X509* certificate, X509* issuer, const std::string& constraints) {
  add_extension(certificate, issuer, NID_basic_constraints, constraints);
  add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
}

void set_issuer(X509* certificate, X509* issuer) {
  URNA_CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
}

}  // namespace

Result<Identity> make_root(std::string_view common_name, Validity validity) {
  const ossl::ErrorScope scope;
  if (common_name.empty() || common_name.size() > kCommonNameMax) {
    return fail(ErrorCode::kInvalidArgument, "the root's name must have 1 to 64 characters");
  }
  auto key = PrivateKey::generate();
  if (!key) return std::unexpected(std::move(key.error()));
  EVP_PKEY* raw = key->impl().key.get();
  auto certificate = begin({"", "", std::string(common_name)}, raw, validity);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  set_issuer(certificate->get(), certificate->get());
  add_authority_extensions(certificate->get(), certificate->get(), "critical,CA:TRUE,pathlen:1");
  Bytes der = sign_certificate(certificate->get(), raw);
  return Identity{*std::move(key), std::move(der)};
}

Result<Identity> make_authority(const Identity& root, const Subject& subject, Validity validity) {
  const ossl::ErrorScope scope;
  if (!is_authority(subject.role)) {
    return fail(ErrorCode::kInvalidArgument,
                std::string(role_name(subject.role)) + " is not an authority");
  }
  const ossl::X509Ptr issuer = decode_certificate(root.certificate_der);
  if (issuer == nullptr) return fail(ErrorCode::kMalformed, "the root does not decode");
  auto key = PrivateKey::generate();
  if (!key) return std::unexpected(std::move(key.error()));
  auto certificate = begin(name_of(subject), key->impl().key.get(), validity);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  X509* made = certificate->get();
  set_issuer(made, issuer.get());
  add_authority_extensions(made, issuer.get(), "critical,CA:TRUE,pathlen:0");
  add_extension(made, issuer.get(), NID_authority_key_identifier, "keyid:always");
  add_extension(made, issuer.get(), NID_ext_key_usage, std::string(purposes_of(subject.role)));
  add_extension(made, issuer.get(), NID_subject_alt_name, "URI:" + subject_uri(subject));
  Bytes der = sign_certificate(made, root.key.impl().key.get());
  return Identity{*std::move(key), std::move(der)};
}

Result<Bytes> issue(const Identity& authority, const Subject& subject,
                    std::string_view public_key_der, Validity validity) {
  const ossl::ErrorScope scope;
  const ossl::X509Ptr issuer = decode_certificate(authority.certificate_der);
  const auto issuing = issuer == nullptr ? std::nullopt : subject_of(issuer.get());
  if (!issuing) return fail(ErrorCode::kMalformed, "the authority's certificate does not decode");
  const Role needed = is_node(subject.role) ? Role::kNodeAuthority : Role::kLicenceAuthority;
  if (is_authority(subject.role) || issuing->role != needed ||
      issuing->election != subject.election) {
    return fail(ErrorCode::kNotAuthorised,
                subject_uri(*issuing) + " may not issue " + subject_uri(subject));
  }
  const ossl::PkeyPtr key = p256_from_spki(public_key_der);
  if (key == nullptr) return fail(ErrorCode::kMalformed, "not a P-256 public key");
  auto certificate = begin(name_of(subject), key.get(), validity);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  X509* made = certificate->get();
  set_issuer(made, issuer.get());
  add_extension(made, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made, issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(made, issuer.get(), NID_subject_key_identifier, "hash");
  add_extension(made, issuer.get(), NID_authority_key_identifier, "keyid:always");
  std::string names = "URI:" + subject_uri(subject);
  if (is_node(subject.role)) names += ",DNS:" + dns_name_of(subject.election, subject.unit);
  add_extension(made, issuer.get(), NID_ext_key_usage, std::string(purposes_of(subject.role)));
  add_extension(made, issuer.get(), NID_subject_alt_name, names);
  return sign_certificate(made, authority.key.impl().key.get());
}

Result<Identity> issue_identity(const Identity& authority, const Subject& subject,
                                Validity validity) {
  auto key = PrivateKey::generate();
  if (!key) return std::unexpected(std::move(key.error()));
  auto der = issue(authority, subject, key->public_der(), validity);
  if (!der) return std::unexpected(std::move(der.error()));
  return Identity{*std::move(key), *std::move(der)};
}

}  // namespace urna::trust
