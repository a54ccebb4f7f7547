#include "common/trust/certificate.h"

#include <ctime>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/trust/certificate_impl.h"
#include "common/trust/key_impl.h"
#include "common/trust/leaf.h"
#include "common/trust/sha256.h"

namespace urna::trust {

using ossl::data_of;

namespace {

// An authority as its leaves name it.
struct Issuer {
  ossl::X509Ptr certificate;
  std::string name;  // in DER, as every leaf repeats it
  std::shared_ptr<const PublicKey> key;
};

}  // namespace

struct Anchors::Impl {
  model::ElectionId election;
  model::UnitId national;  // both authorities' unit
  ossl::X509Ptr root;
  Issuer node_authority;
  Issuer licence_authority;
  std::string tls_roots_pem;
};

std::optional<std::int64_t> milliseconds_of(const ASN1_TIME* time) {
  std::tm parts = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<std::int64_t>(timegm(&parts)) * 1000;
}

std::string dotted(const ASN1_OBJECT* object) {
  char text[64] = {};
  const int size = OBJ_obj2txt(text, sizeof text, object, 1);
  return size > 0 && size < std::ssize(text) ? std::string(text) : std::string();
}

namespace {

// Whether `issuer` made this signature, as ECDSA with SHA-256 and low s. The high twin of a
// signature would give the same certificate a second DER, and so a second key id that no revocation
// names.
bool is_signed_by(X509* certificate, X509* issuer) {
  if (X509_get_signature_nid(certificate) != NID_ecdsa_with_SHA256) return false;
  if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) != 0) {
    return false;
  }
  const ASN1_BIT_STRING* signature = nullptr;
  X509_get0_signature(&signature, nullptr, certificate);
  const std::string_view der(reinterpret_cast<const char*>(ASN1_STRING_get0_data(signature)),
                             static_cast<std::size_t>(ASN1_STRING_length(signature)));
  return der_signature_has_low_s(der) && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

bool extensions_understood(X509* certificate) {
  return (X509_get_extension_flags(certificate) & (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0;
}

bool may_issue(X509* certificate) {
  return extensions_understood(certificate) && X509_check_ca(certificate) == 1 &&
         (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0 &&
         (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
}

// Exactly the purposes of `role`, in any order.
bool are_purposes_of(const std::vector<std::string>& purposes, Role role) {
  std::set<std::string> wanted;
  for (const auto part : std::views::split(purposes_of(role), ',')) {
    wanted.emplace(part.begin(), part.end());
  }
  return std::ssize(purposes) == std::ssize(wanted) &&
         std::set(purposes.begin(), purposes.end()) == wanted;
}

bool has_purposes_of(X509* certificate, Role role) {
  const ossl::ExtKeyUsagePtr purposes(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (purposes == nullptr) return false;
  std::vector<std::string> found;
  for (int i = 0; i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
    found.push_back(dotted(sk_ASN1_OBJECT_value(purposes.get(), i)));
  }
  return are_purposes_of(found, role);
}

Result<std::vector<ossl::X509Ptr>> read_all(std::string_view pem) {
  const ossl::BioPtr bio = ossl::read_only_bio(pem);
  URNA_CHECK(bio != nullptr);
  std::vector<ossl::X509Ptr> certificates;
  while (true) {
    ossl::X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  // Anything but "no further block" means that a block was there and did not decode.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fail(ErrorCode::kMalformed, "trust anchors: a certificate does not decode");
  }
  if (certificates.size() != 3) {
    return fail(ErrorCode::kMalformed,
                "trust anchors: a root and two authorities are needed, found " +
                    std::to_string(certificates.size()) + " certificates");
  }
  return certificates;
}

std::string pem_of(X509* certificate) {
  const ossl::BioPtr bio(BIO_new(BIO_s_mem()));
  URNA_CHECK(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1);
  return ossl::contents_of(bio.get());
}

// Puts an authority where its role says; fails when the place is taken or it is no authority.
Result<void> place_authority(Anchors::Impl& impl, ossl::X509Ptr certificate) {
  const auto subject = subject_of(certificate.get());
  if (!subject || !is_authority(subject->role)) {
    return fail(ErrorCode::kMalformed, "trust anchors: one names neither root nor authority");
  }
  if (!has_purposes_of(certificate.get(), subject->role)) {
    return fail(ErrorCode::kUntrusted, "trust anchors: the " +
                                           std::string(role_name(subject->role)) +
                                           " is not restricted to its purpose");
  }
  if (impl.election.empty()) impl.election = subject->election;
  if (impl.election != subject->election) {
    return fail(ErrorCode::kWrongElection, "trust anchors: authorities of two elections, " +
                                               impl.election.str() + " and " +
                                               subject->election.str());
  }
  if (impl.national.empty()) impl.national = subject->unit;
  if (impl.national != subject->unit) {
    return fail(ErrorCode::kUntrusted, "trust anchors: authorities of two units, " +
                                           impl.national.str() + " and " + subject->unit.str());
  }
  Issuer& place =
      subject->role == Role::kNodeAuthority ? impl.node_authority : impl.licence_authority;
  if (place.certificate != nullptr) {
    return fail(ErrorCode::kMalformed,
                "trust anchors: two certificates of " + std::string(role_name(subject->role)));
  }
  auto key =
      PublicKey::from_der(ossl::to_der(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get())));
  if (!key) return std::unexpected(std::move(key.error()).within("trust anchors"));
  place.key = *std::move(key);
  place.name = ossl::to_der(i2d_X509_NAME, X509_get_subject_name(certificate.get()));
  place.certificate = std::move(certificate);
  return {};
}

bool is_issued_by(const LeafCertificate& leaf, const Issuer& issuer) {
  return leaf.issuer == issuer.name && issuer.key->verify_der(leaf.signed_part, leaf.signature);
}

// Why a leaf with this subject is not trusted; its role decides which authority must have signed.
Result<void> check_issuer(const Anchors::Impl& impl, const Subject& subject,
                          const LeafCertificate& leaf) {
  if (is_authority(subject.role)) {
    return fail(ErrorCode::kNotAuthorised, "certificate: an authority's, not a person's or node's");
  }
  const bool by_licences = is_licence(subject.role);
  const Issuer& right = by_licences ? impl.licence_authority : impl.node_authority;
  const Issuer& wrong = by_licences ? impl.node_authority : impl.licence_authority;
  if (is_issued_by(leaf, right)) return {};
  if (is_issued_by(leaf, wrong)) {
    return fail(ErrorCode::kNotAuthorised, "certificate: issued by the wrong authority for " +
                                               std::string(role_name(subject.role)));
  }
  return fail(ErrorCode::kUntrusted, "certificate: not issued by this election's authorities");
}

}  // namespace

std::string_view purposes_of(Role role) {
  // serverAuth and clientAuth; documentSigning.
  const bool tls = is_node(role) || role == Role::kNodeAuthority;
  return tls ? "1.3.6.1.5.5.7.3.1,1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.36";
}

ossl::X509Ptr decode_certificate(std::string_view der) {
  const unsigned char* at = data_of(der);
  ossl::X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  // One certificate, one encoding, one key id: trailing bytes and looser encodings are refused.
  if (certificate != nullptr && ossl::to_der(i2d_X509, certificate.get()) != der) return nullptr;
  return certificate;
}

Anchors::Anchors(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
const model::ElectionId& Anchors::election() const { return impl_->election; }
const std::string& Anchors::tls_roots_pem() const { return impl_->tls_roots_pem; }

Result<Anchors> Anchors::from_pem(std::string_view pem) {
  const ossl::ErrorScope scope;
  auto certificates = read_all(pem);
  if (!certificates) return std::unexpected(std::move(certificates.error()));
  auto impl = std::make_shared<Impl>();
  for (ossl::X509Ptr& certificate : *certificates) {
    if (!may_issue(certificate.get())) {
      return fail(ErrorCode::kUntrusted, "trust anchors: a certificate is not an authority's");
    }
    if (is_signed_by(certificate.get(), certificate.get())) {
      if (impl->root != nullptr) return fail(ErrorCode::kMalformed, "trust anchors: two roots");
      impl->root = std::move(certificate);
    } else if (auto placed = place_authority(*impl, std::move(certificate)); !placed) {
      return std::unexpected(std::move(placed.error()));
    }
  }
  if (impl->root == nullptr) return fail(ErrorCode::kUntrusted, "trust anchors: there is no root");
  for (X509* authority :
       {impl->node_authority.certificate.get(), impl->licence_authority.certificate.get()}) {
    if (authority == nullptr || !is_signed_by(authority, impl->root.get())) {
      return fail(ErrorCode::kUntrusted, "trust anchors: the root did not sign both authorities");
    }
  }
  impl->tls_roots_pem = pem_of(impl->root.get()) + pem_of(impl->node_authority.certificate.get());
  return Anchors(std::move(impl));
}

Result<std::shared_ptr<const Certificate>> Anchors::verify(std::string_view der) const {
  return judge(der, Signature::kVerify);
}

Result<std::shared_ptr<const Certificate>> Anchors::verify_again(std::string_view der) const {
  return judge(der, Signature::kVerifiedBefore);
}

Result<std::shared_ptr<const Certificate>> Anchors::judge(std::string_view der,
                                                          Signature signature) const {
  const ossl::ErrorScope scope;
  const auto leaf = decode_leaf(der);
  if (!leaf) return fail(ErrorCode::kMalformed, "certificate: does not decode");
  auto subject = subject_in(leaf->names.get());
  if (!subject) {
    return fail(ErrorCode::kMalformed, "certificate: its names are not one subject of Urna");
  }
  if (subject->election != impl_->election) {
    return fail(ErrorCode::kWrongElection, "certificate: of election " + subject->election.str() +
                                               ", not " + impl_->election.str());
  }
  if (signature == Signature::kVerify) {
    if (auto issued = check_issuer(*impl_, *subject, *leaf); !issued) {
      return std::unexpected(std::move(issued.error()));
    }
  }
  const bool of_the_top =
      subject->role == Role::kNationalCommission || subject->role == Role::kCentralNode;
  if (of_the_top && subject->unit != impl_->national) {
    return fail(ErrorCode::kNotAuthorised,
                "certificate: a " + std::string(role_name(subject->role)) + " is of " +
                    impl_->national.str() + ", not of " + subject->unit.str());
  }
  if (leaf->is_authority || leaf->key_usage != unsigned{KU_DIGITAL_SIGNATURE}) {
    return fail(ErrorCode::kUntrusted, "certificate: its key may do more, or less, than sign");
  }
  if (!are_purposes_of(leaf->purposes, subject->role)) {
    return fail(ErrorCode::kUntrusted,
                "certificate: its key is not restricted to the purpose of a " +
                    std::string(role_name(subject->role)));
  }
  auto key = PublicKey::from_der(leaf->public_key);
  if (!key) return std::unexpected(std::move(key.error()).within("certificate"));
  return std::make_shared<const Certificate>(Certificate{.id = key_id_of(der),
                                                         .subject = *std::move(subject),
                                                         .not_before_ms = leaf->not_before_ms,
                                                         .not_after_ms = leaf->not_after_ms,
                                                         .der = Bytes(der),
                                                         .key = *std::move(key)});
}

Result<Bytes> pem_to_der(std::string_view pem) {
  const ossl::ErrorScope scope;
  const ossl::BioPtr bio = ossl::read_only_bio(pem);
  URNA_CHECK(bio != nullptr);
  const ossl::X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return fail(ErrorCode::kMalformed, "not a certificate in PEM");
  return ossl::to_der(i2d_X509, certificate.get());
}

std::string der_to_pem(std::string_view der) {
  const ossl::ErrorScope scope;
  const ossl::BioPtr bio(BIO_new(BIO_s_mem()));
  URNA_CHECK(bio != nullptr && PEM_write_bio(bio.get(), PEM_STRING_X509, "", data_of(der),
                                             static_cast<long>(der.size())) > 0);
  return ossl::contents_of(bio.get());
}

}  // namespace urna::trust
