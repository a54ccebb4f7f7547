// Verifying uses OpenSSL's older interface, which makes a key of a point in a microsecond; see
// docs/decisions/0012.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/trust/key.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/check.h"
#include "common/trust/key_impl.h"
#include "common/trust/sha256.h"

namespace urna::trust {

namespace {

using ossl::data_of;

constexpr std::size_t kScalarBytes = 32;
constexpr std::size_t kSignatureBytes = 2 * kScalarBytes;

// SubjectPublicKeyInfo of P-256 up to the point, and the mark of an uncompressed point (RFC 5480).
constexpr unsigned char kSpkiPrefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::size_t kSpkiBytes = sizeof kSpkiPrefix + 2 * kScalarBytes;

// Half the order of P-256, rounded down: the largest low s (order in FIPS 186-4, D.1.2.3).
constexpr unsigned char kHalfOrder[kScalarBytes] = {
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8};

bool is_low(const unsigned char* s) { return std::memcmp(s, kHalfOrder, kScalarBytes) <= 0; }

// Writes one scalar as a DER INTEGER; returns its length.
std::size_t put_integer(const unsigned char* scalar, unsigned char* out) {
  std::size_t skip = 0;
  while (skip < kScalarBytes - 1 && scalar[skip] == 0) ++skip;
  const std::size_t pad = (scalar[skip] & 0x80) != 0 ? 1 : 0;
  const std::size_t size = kScalarBytes - skip + pad;
  out[0] = 0x02;
  out[1] = static_cast<unsigned char>(size);
  out[2] = 0;
  std::memcpy(out + 2 + pad, scalar + skip, kScalarBytes - skip);
  return 2 + size;
}

// OpenSSL takes signatures in DER; on the stack, for this runs thousands of times a second.
struct DerSignature {
  std::array<unsigned char, 2 + 2 * (2 + 1 + kScalarBytes)> bytes;
  std::size_t size;

  explicit DerSignature(std::string_view raw) {
    const unsigned char* scalars = data_of(raw);
    size = 2;
    size += put_integer(scalars, bytes.data() + size);
    size += put_integer(scalars + kScalarBytes, bytes.data() + size);
    bytes[0] = 0x30;
    bytes[1] = static_cast<unsigned char>(size - 2);
  }
};

using EcGroupPtr = std::unique_ptr<EC_GROUP, ossl::Deleter<EC_GROUP_free>>;
using EcKeyPtr = std::unique_ptr<EC_KEY, ossl::Deleter<EC_KEY_free>>;

// The curve, made once and only read: safe to share between threads.
const EC_GROUP* p256() {
  static const EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  URNA_CHECK(group != nullptr);
  return group.get();
}

// Null unless the point lies on the curve.
EcKeyPtr key_of(const std::array<unsigned char, 65>& point) {
  EcKeyPtr key(EC_KEY_new());
  URNA_CHECK(key != nullptr && EC_KEY_set_group(key.get(), p256()) == 1);
  if (EC_KEY_oct2key(key.get(), point.data(), point.size(), nullptr) != 1) return nullptr;
  return key;
}

bool is_spki(std::string_view der) {
  return der.size() == kSpkiBytes && std::memcmp(der.data(), kSpkiPrefix, sizeof kSpkiPrefix) == 0;
}

ossl::BigNumPtr p256_order() { return ossl::BigNumPtr(BN_dup(EC_GROUP_get0_order(p256()))); }

// r‖s with low s from what OpenSSL signs: (r, s) and (r, order - s) both verify, one is allowed.
Bytes to_raw_low_s(const unsigned char* der, std::size_t size) {
  const ossl::EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size)));
  URNA_CHECK(signature != nullptr);
  Bytes raw(kSignatureBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  URNA_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kScalarBytes) == kScalarBytes);
  unsigned char* s = out + kScalarBytes;
  URNA_CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), s, kScalarBytes) == kScalarBytes);
  if (!is_low(s)) {
    const ossl::BigNumPtr low = p256_order();
    URNA_CHECK(BN_sub(low.get(), low.get(), ECDSA_SIG_get0_s(signature.get())) == 1);
    URNA_CHECK(BN_bn2binpad(low.get(), s, kScalarBytes) == kScalarBytes);
  }
  return raw;
}

}  // namespace

ossl::PkeyPtr p256_from_spki(std::string_view der) {
  if (!is_spki(der)) return nullptr;
  const unsigned char* at = data_of(der);
  return ossl::PkeyPtr(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
}

bool der_signature_has_low_s(std::string_view der) {
  const unsigned char* at = data_of(der);
  const ossl::EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (signature == nullptr) return false;
  unsigned char s[kScalarBytes];
  const BIGNUM* number = ECDSA_SIG_get0_s(signature.get());
  return !BN_is_negative(number) && BN_bn2binpad(number, s, kScalarBytes) == kScalarBytes &&
         is_low(s);
}

Result<std::shared_ptr<const PublicKey>> PublicKey::from_der(std::string_view der) {
  const ossl::ErrorScope scope;
  if (!is_spki(der)) return fail(ErrorCode::kMalformed, "not a P-256 public key");
  Point point;
  std::memcpy(point.data(), der.data() + kSpkiBytes - point.size(), point.size());
  if (key_of(point) == nullptr) return fail(ErrorCode::kMalformed, "not a point of P-256");
  return std::shared_ptr<const PublicKey>(new PublicKey(point));
}

bool PublicKey::verify(std::initializer_list<std::string_view> message,
                       std::string_view signature) const {
  return verify_digest(sha256(message), signature);
}

bool PublicKey::verify_digest(std::span<const unsigned char, 32> digest,
                              std::string_view signature) const {
  if (signature.size() != kSignatureBytes || !is_low(data_of(signature) + kScalarBytes)) {
    return false;
  }
  const DerSignature der(signature);
  return holds(digest, der.bytes.data(), der.size);
}

bool PublicKey::verify_der(std::string_view message, std::string_view der_signature) const {
  return der_signature_has_low_s(der_signature) &&
         holds(sha256({message}), data_of(der_signature), der_signature.size());
}

bool PublicKey::holds(std::span<const unsigned char, 32> digest, const unsigned char* der,
                      std::size_t size) const {
  const ossl::ErrorScope scope;
  const EcKeyPtr key = key_of(point_);
  URNA_CHECK(key != nullptr);
  return ECDSA_verify(0, digest.data(), static_cast<int>(digest.size()), der,
                      static_cast<int>(size), key.get()) == 1;
}

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

Result<PrivateKey> PrivateKey::generate() {
  const ossl::ErrorScope scope;
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_EC_gen("P-256"));
  if (impl->key == nullptr) return fail(ErrorCode::kInternal, "cannot make a P-256 key");
  return PrivateKey(std::move(impl));
}

Bytes PrivateKey::sign(std::initializer_list<std::string_view> message) const {
  const ossl::ErrorScope scope;
  const auto digest = sha256(message);
  const ossl::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, impl_->key.get(), nullptr));
  URNA_CHECK(context != nullptr && EVP_PKEY_sign_init(context.get()) == 1);
  std::array<unsigned char, 80> der;
  std::size_t size = der.size();
  URNA_CHECK(EVP_PKEY_sign(context.get(), der.data(), &size, digest.data(), digest.size()) == 1);
  return to_raw_low_s(der.data(), size);
}

Bytes PrivateKey::public_der() const {
  Bytes der = ossl::to_der(i2d_PUBKEY, impl_->key.get());
  URNA_CHECK(der.size() == kSpkiBytes);
  return der;
}

}  // namespace urna::trust
