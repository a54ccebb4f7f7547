// Keys: ECDSA P-256 for records, batches and receipts; Ed25519 for published checkpoints.
// OpenSSL stays behind openssl.h; nothing of it shows here.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/error.h"

namespace urna::trust {

// A public key that verifies. Immutable; safe to share between threads. A point of the curve and
// nothing else: a centre holds one for every licence of the country.
class PublicKey {
 public:
  // From a SubjectPublicKeyInfo in DER. kMalformed unless it is the one DER encoding of an
  // uncompressed point of P-256.
  static Result<std::shared_ptr<const PublicKey>> from_der(std::string_view der);

  // True when `signature` is 64 bytes r‖s with low s and a valid ECDSA P-256 signature of SHA-256
  // of the pieces laid end to end. False for everything else; never throws.
  bool verify(std::initializer_list<std::string_view> message, std::string_view signature) const;
  // The same for a message whose SHA-256 is known.
  bool verify_digest(std::span<const unsigned char, 32> digest, std::string_view signature) const;
  // The same for a signature as certificates carry it: Ecdsa-Sig-Value in DER.
  bool verify_der(std::string_view message, std::string_view der_signature) const;

 private:
  using Point = std::array<unsigned char, 65>;  // uncompressed (SEC 1, 2.3.3)
  explicit PublicKey(const Point& point) : point_(point) {}
  bool holds(std::span<const unsigned char, 32> digest, const unsigned char* der,
             std::size_t size) const;

  Point point_;
};

// A private key that signs. Not copyable; wiped when destroyed. Safe to use from several threads.
class PrivateKey {
 public:
  struct Impl;
  explicit PrivateKey(std::unique_ptr<Impl> impl);
  ~PrivateKey();
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;

  // A new P-256 key from the system's random source.
  static Result<PrivateKey> generate();
  // PKCS#8 in PEM. `password` is needed when the file is encrypted.
  // kUntrusted: no password, or a wrong one. kMalformed: not a P-256 private key.
  static Result<PrivateKey> from_pem(std::string_view pem, std::optional<std::string> password);
  // Encrypted with scrypt (N = 2^14, r = 8, p = 5) and AES-256-CBC when a password is given. As
  // dear to guess as N = 2^17, p = 1, in 16 MiB instead of 128: a precinct client has 64 in all,
  // and OpenSSL refuses to open what needs more than 32. kInvalidArgument for an empty password.
  Result<std::string> to_pem(std::optional<std::string> password) const;

  // 64 bytes r‖s with low s over SHA-256 of the pieces laid end to end.
  Bytes sign(std::initializer_list<std::string_view> message) const;
  // SubjectPublicKeyInfo in DER.
  Bytes public_der() const;

  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::trust
