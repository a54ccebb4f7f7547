// Private keys as PKCS#8 in PEM, in the clear or encrypted.
#include <cstring>

#include "common/base/check.h"
#include "common/trust/key_impl.h"

namespace urna::trust {

namespace {

using ossl::data_of;

// scrypt's cost (see to_pem in key.h): 16 MiB, five times over.
constexpr std::uint64_t kScryptN = 1 << 14;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 5;

struct PemBlock {
  std::string name;
  std::string der;
  ~PemBlock() { OPENSSL_cleanse(der.data(), der.size()); }
};

// The first block of a PEM text; an empty name when there is none.
void read_block(std::string_view pem, PemBlock& block) {
  const ossl::BioPtr bio = ossl::read_only_bio(pem);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (bio == nullptr || PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) return;
  const ossl::CharsPtr name_owner(name);
  const ossl::CharsPtr header_owner(header);
  block.name = name;
  block.der.assign(reinterpret_cast<char*>(data), static_cast<std::size_t>(size));
  OPENSSL_clear_free(data, static_cast<std::size_t>(size));
}

Result<ossl::Pkcs8Ptr> decrypt(const std::string& der, const std::optional<std::string>& password) {
  const unsigned char* at = data_of(der);
  const ossl::X509SigPtr sealed(d2i_X509_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (sealed == nullptr) return fail(ErrorCode::kMalformed, "the encrypted key does not decode");
  if (!password) return fail(ErrorCode::kUntrusted, "the key is encrypted and needs a password");
  ossl::Pkcs8Ptr plain(
      PKCS8_decrypt(sealed.get(), password->data(), static_cast<int>(password->size())));
  if (plain == nullptr) return fail(ErrorCode::kUntrusted, "wrong password for the key");
  return plain;
}

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::strcmp(group, "prime256v1") == 0;
}

}  // namespace

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::optional<std::string> password) {
  const ossl::ErrorScope scope;
  PemBlock block;
  read_block(pem, block);
  ossl::Pkcs8Ptr plain;
  if (block.name == PEM_STRING_PKCS8) {
    auto opened = decrypt(block.der, password);
    if (!opened) return std::unexpected(std::move(opened.error()));
    plain = std::move(*opened);
  } else if (block.name == PEM_STRING_PKCS8INF) {
    const unsigned char* at = data_of(block.der);
    plain.reset(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(block.der.size())));
  }
  if (plain == nullptr) return fail(ErrorCode::kMalformed, "not a PKCS#8 private key in PEM");
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_PKCS82PKEY(plain.get()));
  if (impl->key == nullptr || !is_p256(impl->key.get())) {
    return fail(ErrorCode::kMalformed, "not a P-256 private key");
  }
  return PrivateKey(std::move(impl));
}

Result<std::string> PrivateKey::to_pem(std::optional<std::string> password) const {
  const ossl::ErrorScope scope;
  const ossl::BioPtr bio(BIO_new(BIO_s_secmem()));
  ossl::Pkcs8Ptr plain(EVP_PKEY2PKCS8(impl_->key.get()));
  URNA_CHECK(bio != nullptr && plain != nullptr);
  if (!password) {
    URNA_CHECK(PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), plain.get()) == 1);
    return ossl::contents_of(bio.get());
  }
  if (password->empty()) return fail(ErrorCode::kInvalidArgument, "the password is empty");
  ossl::AlgorPtr algorithm(
      PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kScryptN, kScryptR, kScryptP));
  URNA_CHECK(algorithm != nullptr);
  const ossl::X509SigPtr sealed(PKCS8_set0_pbe(password->data(), static_cast<int>(password->size()),
                                               plain.get(), algorithm.get()));
  if (sealed == nullptr) return fail(ErrorCode::kInternal, "cannot encrypt the key");
  algorithm.release();  // now part of `sealed`
  URNA_CHECK(PEM_write_bio_PKCS8(bio.get(), sealed.get()) == 1);
  return ossl::contents_of(bio.get());
}

}  // namespace urna::trust
