#include "common/trust/sha256.h"

#include "common/base/check.h"
#include "common/trust/openssl.h"

namespace urna::trust {

namespace {

// Looked up once: in OpenSSL 3 a lookup takes a lock and costs more than hashing a short message.
const EVP_MD* sha256_method() {
  static const ossl::MdPtr method(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return method.get();
}

}  // namespace

std::array<unsigned char, 32> sha256(std::initializer_list<std::string_view> pieces) {
  const EVP_MD* method = sha256_method();
  URNA_CHECK(method != nullptr);
  thread_local const ossl::MdCtxPtr context(EVP_MD_CTX_new());
  URNA_CHECK(context != nullptr);
  URNA_CHECK(EVP_DigestInit_ex2(context.get(), method, nullptr) == 1);
  for (const std::string_view piece : pieces) {
    URNA_CHECK(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
  }
  std::array<unsigned char, 32> digest;
  unsigned int size = 0;
  URNA_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  URNA_CHECK(size == digest.size());
  return digest;
}

}  // namespace urna::trust
