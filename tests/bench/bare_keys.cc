#include "tests/bench/bare_keys.h"

#include <mutex>

#include "common/trust/sha256.h"

namespace urna::bench {

namespace {

// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 66 bytes, none unused.
// Source: RFC 5480.
constexpr std::string_view kBeginning{
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00",
    26};
constexpr std::size_t kPointBytes = 65;

}  // namespace

std::string_view p256_key_in(std::string_view certificate_der) {
  const std::size_t at = certificate_der.find(kBeginning);
  if (at == std::string_view::npos ||
      certificate_der.size() - at < kBeginning.size() + kPointBytes) {
    return {};
  }
  return certificate_der.substr(at, kBeginning.size() + kPointBytes);
}

void BareKeys::add(std::string_view certificate_der) {
  if (!trust_certificates_) {
    book_.add(certificate_der);
    return;
  }
  const auto key = trust::PublicKey::from_der(p256_key_in(certificate_der));
  if (!key) return;
  const std::lock_guard lock(mutex_);
  believed_.emplace(trust::key_id_of(certificate_der), *key);
}

std::shared_ptr<const trust::PublicKey> BareKeys::find(const KeyId& id) const {
  if (trust_certificates_) {
    const std::shared_lock lock(mutex_);
    const auto found = believed_.find(id);
    return found == believed_.end() ? nullptr : found->second;
  }
  const auto verdict = book_.find(id);
  return verdict != nullptr && verdict->has_value() ? (**verdict)->key : nullptr;
}

}  // namespace urna::bench
