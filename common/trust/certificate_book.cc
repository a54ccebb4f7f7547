#include "common/trust/certificate_book.h"

#include <mutex>

#include "common/trust/sha256.h"

namespace urna::trust {

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::add(std::string_view der) {
  const KeyId id = key_id_of(der);
  if (auto known = find(id)) return known;
  auto verdict = std::make_shared<const Verdict>(anchors_.verify(der));
  if (verdict->has_value()) {
    const std::unique_lock lock(mutex_);
    by_id_.emplace(id, verdict);
  }
  return verdict;
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::find(const KeyId& key_id) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(key_id);
  return found == by_id_.end() ? nullptr : found->second;
}

}  // namespace urna::trust
