#include "common/trust/certificate_book.h"

#include <mutex>

#include "common/trust/sha256.h"

namespace urna::trust {

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::add(std::string_view der) {
  const KeyId id = key_id_of(der);
  if (auto known = find(id)) return known;
  return keep(id, anchors_.verify(der));
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::restore(std::string_view der) {
  const KeyId id = key_id_of(der);
  if (auto known = find(id)) return known;
  return keep(id, anchors_.verify_again(der));
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::keep(const KeyId& id,
                                                                      Verdict verdict) {
  auto shared = std::make_shared<const Verdict>(std::move(verdict));
  if (shared->has_value()) {
    const std::unique_lock lock(mutex_);
    by_id_.emplace(id, shared);
  }
  return shared;
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::find(const KeyId& key_id) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(key_id);
  return found == by_id_.end() ? nullptr : found->second;
}

}  // namespace urna::trust
