// Signs and verifies for less. In a simulated nation one process plays every node, and each
// verifies what all the others signed: most of a run would go into it. The linker puts these in
// place of OpenSSL's functions in the simulation's programs, and nowhere else (--wrap,
// CMakeLists.txt).
//
// What is signed here gets a mark instead of a signature: r and s are hashes of the key's point and
// the digest. It holds for exactly that key and digest, as a signature would; that anybody could
// work it out does no harm, for nobody here does who lacks the key. Everything else, certificates'
// and forged ones, is verified as it is, each once: an answer is remembered for the whole question,
// which is the key's point, the digest and the signature. (r, s) and (r, order - s) hold or fail
// together (ECDSA), and share an answer.

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/trust/sha256.h"

extern "C" {

// The linker's names: what is called instead, and the originals.
int __real_ECDSA_verify(int type, const unsigned char* digest, int digest_size,
                        const unsigned char* signature, int signature_size, EC_KEY* key);
int __wrap_ECDSA_verify(int type, const unsigned char* digest, int digest_size,
                        const unsigned char* signature, int signature_size, EC_KEY* key);
int __real_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, size_t* signature_size,
                         const unsigned char* digest, size_t digest_size);
int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, size_t* signature_size,
                         const unsigned char* digest, size_t digest_size);
}

namespace {

constexpr std::size_t kAnswersMax = 200'000;  // some 50 MB
constexpr std::size_t kPointBytes = 65;
constexpr std::size_t kScalarBytes = 32;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};

// One per thread, so that nobody waits for anybody.
std::unordered_map<std::string, int>& answers() {
  thread_local std::unordered_map<std::string, int> all;
  if (all.size() >= kAnswersMax) all.clear();
  return all;
}

const BIGNUM* order() {
  static const std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  return EC_GROUP_get0_order(group.get());
}

// r, and the lower of s and order - s. nullopt: not two numbers of 32 bytes in the one DER
// encoding.
std::optional<std::string> scalars(const unsigned char* der, long size) {
  const unsigned char* at = der;
  const std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>> parsed(d2i_ECDSA_SIG(nullptr, &at, size));
  if (parsed == nullptr || at != der + size) return std::nullopt;
  if (i2d_ECDSA_SIG(parsed.get(), nullptr) != size) return std::nullopt;
  const std::unique_ptr<BIGNUM, Freed<BN_free>> other(BN_new());
  const BIGNUM* s = ECDSA_SIG_get0_s(parsed.get());
  if (BN_is_negative(s) || BN_cmp(s, order()) >= 0 || BN_sub(other.get(), order(), s) != 1) {
    return std::nullopt;
  }
  if (BN_cmp(other.get(), s) < 0) s = other.get();
  std::array<unsigned char, 2 * kScalarBytes> both;
  const BIGNUM* r = ECDSA_SIG_get0_r(parsed.get());
  if (BN_is_negative(r) || BN_bn2binpad(r, both.data(), kScalarBytes) < 0 ||
      BN_bn2binpad(s, both.data() + kScalarBytes, kScalarBytes) < 0) {
    return std::nullopt;
  }
  return std::string(reinterpret_cast<const char*>(both.data()), both.size());
}

using Point = std::array<unsigned char, kPointBytes>;

// Of a private key; nullptr when it is not of this curve. Each key that was asked for is held from
// then on, so that its address stays its own.
const Point* point_of(EVP_PKEY* key) {
  struct Known {
    std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> held;
    std::optional<Point> point;
  };
  thread_local std::unordered_map<EVP_PKEY*, Known> all;
  const auto [found, fresh] = all.try_emplace(key);
  Known& known = found->second;
  if (fresh) {
    EVP_PKEY_up_ref(key);
    known.held.reset(key);
    Point point;
    std::size_t size = 0;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                        point.size(), &size) == 1 &&
        size == point.size() && point[0] == POINT_CONVERSION_UNCOMPRESSED) {
      known.point = point;
    }
  }
  return known.point ? &*known.point : nullptr;
}

std::string question(const Point& point, const unsigned char* digest, std::size_t digest_size,
                     const std::string& scalars) {
  std::string all(reinterpret_cast<const char*>(point.data()), point.size());
  all += scalars;
  all.append(reinterpret_cast<const char*>(digest), digest_size);
  return all;
}

// SEQUENCE of two INTEGERs of 32 bytes each.
constexpr std::size_t kMarkBytes = 2 + 2 * (2 + kScalarBytes);
using Mark = std::array<unsigned char, kMarkBytes>;

Mark mark_of(const Point& point, const unsigned char* digest, std::size_t digest_size) {
  Mark mark{0x30, kMarkBytes - 2};
  unsigned char* at = mark.data() + 2;
  const auto view = [](const unsigned char* bytes, std::size_t size) {
    return std::string_view(reinterpret_cast<const char*>(bytes), size);
  };
  for (const std::string_view name : {"r", "s"}) {
    *at++ = 0x02;
    *at++ = kScalarBytes;
    const auto hash =
        urna::trust::sha256({name, view(point.data(), point.size()), view(digest, digest_size)});
    std::ranges::copy(hash, at);
    // Neither short nor negative, and s in the lower half of the order.
    at[0] = static_cast<unsigned char>((at[0] & 0x3f) | 0x20);
    at += kScalarBytes;
  }
  return mark;
}

}  // namespace

int __wrap_ECDSA_verify(int type, const unsigned char* digest, int digest_size,
                        const unsigned char* signature, int signature_size, EC_KEY* key) {
  Point point;
  const bool known = EC_POINT_point2oct(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key),
                                        POINT_CONVERSION_UNCOMPRESSED, point.data(), point.size(),
                                        nullptr) == point.size();
  const std::span given(signature, static_cast<std::size_t>(signature_size));
  if (known && given.size() == kMarkBytes &&
      std::ranges::equal(given, mark_of(point, digest, static_cast<std::size_t>(digest_size)))) {
    return 1;
  }
  const auto both = known ? scalars(signature, signature_size) : std::nullopt;
  if (!both) {
    return __real_ECDSA_verify(type, digest, digest_size, signature, signature_size, key);
  }
  const auto [found, fresh] = answers().try_emplace(
      question(point, digest, static_cast<std::size_t>(digest_size), *both), 0);
  if (fresh) {
    found->second = __real_ECDSA_verify(type, digest, digest_size, signature, signature_size, key);
  }
  return found->second;
}

int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, size_t* signature_size,
                         const unsigned char* digest, size_t digest_size) {
  const Point* point = point_of(EVP_PKEY_CTX_get0_pkey(context));
  if (signature == nullptr || point == nullptr || *signature_size < kMarkBytes) {
    return __real_EVP_PKEY_sign(context, signature, signature_size, digest, digest_size);
  }
  std::ranges::copy(mark_of(*point, digest, digest_size), signature);
  *signature_size = kMarkBytes;
  return 1;
}
