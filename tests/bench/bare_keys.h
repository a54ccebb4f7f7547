// The keys the bare server verifies with, by certificate.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>

#include "common/trust/certificate_book.h"
#include "common/trust/key.h"

namespace urna::bench {

// Safe to use from several threads.
class BareKeys {
 public:
  // With `trust_certificates`, whatever looks like a certificate of a P-256 key is believed.
  BareKeys(trust::Anchors anchors, bool trust_certificates)
      : book_(std::move(anchors)), trust_certificates_(trust_certificates) {}

  void add(std::string_view certificate_der);
  // nullptr when the certificate has not come, or does not verify.
  std::shared_ptr<const trust::PublicKey> find(const KeyId& id) const;

 private:
  trust::CertificateBook book_;
  const bool trust_certificates_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<KeyId, std::shared_ptr<const trust::PublicKey>> believed_;
};

// The SubjectPublicKeyInfo inside a certificate in DER, found by its fixed beginning; empty when it
// is not of P-256.
std::string_view p256_key_in(std::string_view certificate_der);

}  // namespace urna::bench
