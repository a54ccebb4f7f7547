#include "common/trust/key.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "common/trust/sha256.h"

namespace urna::trust {
namespace {

// RFC 6979, A.2.5: P-256, SHA-256, message "sample". The s given there is high; the low twin is
// order - s, computed by hand (python: n - s).
constexpr std::string_view kSpkiHex =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr std::string_view kR = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
constexpr std::string_view kHighS =
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
constexpr std::string_view kLowS =
    "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";

std::shared_ptr<const PublicKey> public_key(const PrivateKey& key) {
  return PublicKey::from_der(key.public_der()).value();
}

TEST(Key, SignatureOfWrongLengthIsRefused) {
  const auto key = PrivateKey::generate().value();
  const Bytes good = key.sign({"message"});
  ASSERT_EQ(good.size(), 64u);
  EXPECT_FALSE(public_key(key)->verify({"message"}, ""));
  EXPECT_FALSE(public_key(key)->verify({"message"}, good.substr(1)));
  EXPECT_FALSE(public_key(key)->verify({"message"}, good + '\0'));
}

TEST(Key, ZeroScalarsAreRefused) {
  const auto key = PrivateKey::generate().value();
  EXPECT_FALSE(public_key(key)->verify({"message"}, Bytes(64, '\0')));
  EXPECT_FALSE(public_key(key)->verify({"message"}, Bytes(32, '\xff') + Bytes(32, '\x01')));
}

TEST(Key, HighSOfTheStandardsVectorIsRefusedAndItsLowTwinHolds) {
  const auto key = PublicKey::from_der(from_hex(kSpkiHex).value()).value();
  const Bytes r = from_hex(kR).value();
  EXPECT_FALSE(key->verify({"sample"}, r + from_hex(kHighS).value()));
  EXPECT_TRUE(key->verify({"sample"}, r + from_hex(kLowS).value()));
  EXPECT_TRUE(key->verify({"sam", "", "ple"}, r + from_hex(kLowS).value()));
  EXPECT_FALSE(key->verify({"simple"}, r + from_hex(kLowS).value()));
}

TEST(Key, EveryFlippedBitOfASignatureIsRefused) {
  const auto key = PrivateKey::generate().value();
  const auto verifier = public_key(key);
  const Bytes good = key.sign({"message"});
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(verifier->verify({"message"}, bad)) << "byte " << at;
    }
  }
}

TEST(Key, PublicKeyInAnyOtherEncodingIsMalformed) {
  const Bytes good = from_hex(kSpkiHex).value();
  EXPECT_FALSE(PublicKey::from_der("").has_value());
  EXPECT_FALSE(PublicKey::from_der(good + '\0').has_value());
  EXPECT_FALSE(PublicKey::from_der(good.substr(0, good.size() - 1)).has_value());
  Bytes off_curve = good;
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  EXPECT_EQ(PublicKey::from_der(off_curve).error().code, ErrorCode::kMalformed);
}

TEST(Key, WrongOrMissingPasswordIsUntrusted) {
  const auto key = PrivateKey::generate().value();
  const std::string pem = key.to_pem("correct horse").value();
  EXPECT_TRUE(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  EXPECT_EQ(PrivateKey::from_pem(pem, "battery staple").error().code, ErrorCode::kUntrusted);
  EXPECT_EQ(PrivateKey::from_pem(pem, std::nullopt).error().code, ErrorCode::kUntrusted);
  EXPECT_EQ(PrivateKey::from_pem(pem, "correct horse").value().public_der(), key.public_der());
  EXPECT_EQ(key.to_pem("").error().code, ErrorCode::kInvalidArgument);
}

TEST(Key, TextThatIsNoP256KeyIsMalformed) {
  EXPECT_EQ(PrivateKey::from_pem("", std::nullopt).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                 std::nullopt)
                .error()
                .code,
            ErrorCode::kMalformed);
  // The Ed25519 key of RFC 8410, 10.3: a good PKCS#8 of another kind.
  EXPECT_EQ(
      PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n"
                           "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                           "-----END PRIVATE KEY-----\n",
                           std::nullopt)
          .error()
          .code,
      ErrorCode::kMalformed);
}

TEST(Key, PlainPemOpensAgain) {
  const auto key = PrivateKey::generate().value();
  const std::string pem = key.to_pem(std::nullopt).value();
  EXPECT_EQ(PrivateKey::from_pem(pem, std::nullopt).value().public_der(), key.public_der());
}

RC_GTEST_PROP(Key, WhatIsSignedInPiecesVerifiesAsOne, (std::string a, std::string b)) {
  static const auto key = PrivateKey::generate().value();
  static const auto verifier = public_key(key);
  const Bytes signature = key.sign({a, b});
  RC_ASSERT(signature.size() == 64u);
  RC_ASSERT(verifier->verify({a + b}, signature));
  RC_ASSERT(!verifier->verify({a, b, "x"}, signature));
}

// FIPS 180-4 examples.
TEST(Sha256, ExamplesOfTheStandardHold) {
  EXPECT_EQ(digest_of("").hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ((hash_as<Digest>({"a", "", "bc"}).hex()), digest_of("abc").hex());
}

}  // namespace
}  // namespace urna::trust
