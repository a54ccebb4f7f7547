#include "common/trust/leaf.h"

#include <openssl/asn1t.h>

#include <set>

#include "common/trust/certificate_impl.h"

namespace urna::trust {

namespace {

// Many times what an authority issues; a stranger's is not walked through before its signature.
constexpr std::size_t kLeafBytesMax = 16'384;

// Names and the key stay as they are encoded: their bytes are compared, not looked into. Unique
// identifiers have no place here, so that a certificate that carries one does not decode.
struct Tbs {
  ASN1_INTEGER* version;
  ASN1_INTEGER* serial;
  X509_ALGOR* algorithm;
  ASN1_STRING* issuer;
  X509_VAL* validity;
  ASN1_STRING* subject;
  ASN1_STRING* public_key;
  STACK_OF(X509_EXTENSION) * extensions;
};

struct Leaf {
  Tbs* tbs;
  X509_ALGOR* algorithm;
  ASN1_BIT_STRING* signature;
};

// clang-format off
ASN1_SEQUENCE(Tbs) = {
  ASN1_EXP(Tbs, version, ASN1_INTEGER, 0),
  ASN1_SIMPLE(Tbs, serial, ASN1_INTEGER),
  ASN1_SIMPLE(Tbs, algorithm, X509_ALGOR),
  ASN1_SIMPLE(Tbs, issuer, ASN1_SEQUENCE),
  ASN1_SIMPLE(Tbs, validity, X509_VAL),
  ASN1_SIMPLE(Tbs, subject, ASN1_SEQUENCE),
  ASN1_SIMPLE(Tbs, public_key, ASN1_SEQUENCE),
  ASN1_EXP_SEQUENCE_OF(Tbs, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(Tbs)

ASN1_SEQUENCE(Leaf) = {
  ASN1_SIMPLE(Leaf, tbs, Tbs),
  ASN1_SIMPLE(Leaf, algorithm, X509_ALGOR),
  ASN1_SIMPLE(Leaf, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(Leaf)
    // clang-format on

    struct LeafDeleter {
  void operator()(Leaf* leaf) const {
    ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(leaf), ASN1_ITEM_rptr(Leaf));
  }
};
using LeafPtr = std::unique_ptr<Leaf, LeafDeleter>;

std::string bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

template <class Object>
std::string encoded(const Object* object, const ASN1_ITEM* item) {
  unsigned char* raw = nullptr;
  const int size = ASN1_item_i2d(reinterpret_cast<const ASN1_VALUE*>(object), &raw, item);
  const ossl::BytesPtr owner(raw);
  return size > 0 ? std::string(reinterpret_cast<char*>(raw), static_cast<std::size_t>(size))
                  : std::string();
}

// The last byte counts whole: with a last bit of 0, another number of unused bits would give the
// same signature a second encoding.
bool has_whole_bytes(const ASN1_BIT_STRING* bits) { return (bits->flags & 0x07) == 0; }

bool is_ecdsa_sha256(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  int parameters = 0;
  X509_ALGOR_get0(&object, &parameters, nullptr, algorithm);
  return OBJ_obj2nid(object) == NID_ecdsa_with_SHA256 && parameters == V_ASN1_UNDEF;
}

// An extension's value as its own type; null when it does not decode.
template <class Pointer>
Pointer value_of(X509_EXTENSION* extension) {
  return Pointer(static_cast<typename Pointer::pointer>(X509V3_EXT_d2i(extension)));
}

bool read_constraints(X509_EXTENSION* extension, LeafCertificate& leaf) {
  const auto value =
      value_of<std::unique_ptr<BASIC_CONSTRAINTS, ossl::Deleter<BASIC_CONSTRAINTS_free>>>(
          extension);
  if (value == nullptr || (value->ca == 0 && value->pathlen != nullptr)) return false;
  leaf.is_authority = value->ca != 0;
  return true;
}

bool read_key_usage(X509_EXTENSION* extension, LeafCertificate& leaf) {
  const auto value =
      value_of<std::unique_ptr<ASN1_BIT_STRING, ossl::Deleter<ASN1_BIT_STRING_free>>>(extension);
  if (value == nullptr || ASN1_STRING_length(value.get()) > 2) return false;
  leaf.key_usage = 0;
  for (int i = 0; i < ASN1_STRING_length(value.get()); ++i) {
    *leaf.key_usage |= unsigned{ASN1_STRING_get0_data(value.get())[i]} << (8 * i);
  }
  return true;
}

bool read_purposes(X509_EXTENSION* extension, LeafCertificate& leaf) {
  const auto value = value_of<ossl::ExtKeyUsagePtr>(extension);
  if (value == nullptr) return false;
  for (int i = 0; i < sk_ASN1_OBJECT_num(value.get()); ++i) {
    leaf.purposes.push_back(dotted(sk_ASN1_OBJECT_value(value.get(), i)));
  }
  return true;
}

bool read_key_id(X509_EXTENSION* extension, int nid) {
  if (X509_EXTENSION_get_critical(extension) != 0) return false;  // RFC 5280, 4.2.1.1 and 4.2.1.2
  if (nid == NID_subject_key_identifier) {
    return value_of<std::unique_ptr<ASN1_OCTET_STRING, ossl::Deleter<ASN1_OCTET_STRING_free>>>(
               extension) != nullptr;
  }
  return value_of<std::unique_ptr<AUTHORITY_KEYID, ossl::Deleter<AUTHORITY_KEYID_free>>>(
             extension) != nullptr;
}

bool read_extension(X509_EXTENSION* extension, int nid, LeafCertificate& leaf) {
  switch (nid) {
    case NID_basic_constraints: return read_constraints(extension, leaf);
    case NID_key_usage: return read_key_usage(extension, leaf);
    case NID_ext_key_usage: return read_purposes(extension, leaf);
    case NID_subject_key_identifier:
    case NID_authority_key_identifier: return read_key_id(extension, nid);
    case NID_subject_alt_name:
      leaf.names = value_of<ossl::GeneralNamesPtr>(extension);
      return leaf.names != nullptr;
    default: return X509_EXTENSION_get_critical(extension) == 0;
  }
}

bool read_extensions(const STACK_OF(X509_EXTENSION) * extensions, LeafCertificate& leaf) {
  std::set<std::string> seen;
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
    X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, i);
    const ASN1_OBJECT* object = X509_EXTENSION_get_object(extension);
    if (!seen.insert(dotted(object)).second) return false;
    if (!read_extension(extension, OBJ_obj2nid(object), leaf)) return false;
  }
  return true;
}

}  // namespace

std::optional<LeafCertificate> decode_leaf(std::string_view der) {
  if (der.size() > kLeafBytesMax) return std::nullopt;
  const unsigned char* at = ossl::data_of(der);
  const LeafPtr decoded(reinterpret_cast<Leaf*>(
      ASN1_item_d2i(nullptr, &at, static_cast<long>(der.size()), ASN1_ITEM_rptr(Leaf))));
  // One certificate, one encoding, one key id: trailing bytes and looser encodings are refused.
  if (decoded == nullptr || encoded(decoded.get(), ASN1_ITEM_rptr(Leaf)) != der) {
    return std::nullopt;
  }
  const Tbs& tbs = *decoded->tbs;
  if (ASN1_INTEGER_get(tbs.version) != X509_VERSION_3 || !is_ecdsa_sha256(tbs.algorithm) ||
      !is_ecdsa_sha256(decoded->algorithm) || !has_whole_bytes(decoded->signature)) {
    return std::nullopt;
  }
  const auto not_before = milliseconds_of(tbs.validity->notBefore);
  const auto not_after = milliseconds_of(tbs.validity->notAfter);
  if (!not_before || !not_after) return std::nullopt;
  LeafCertificate leaf;
  leaf.signed_part = encoded(&tbs, ASN1_ITEM_rptr(Tbs));
  leaf.signature = bytes_of(decoded->signature);
  leaf.issuer = bytes_of(tbs.issuer);
  leaf.public_key = bytes_of(tbs.public_key);
  leaf.not_before_ms = *not_before;
  leaf.not_after_ms = *not_after;
  if (!read_extensions(tbs.extensions, leaf)) return std::nullopt;
  return leaf;
}

}  // namespace urna::trust
