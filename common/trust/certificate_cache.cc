#include "common/trust/certificate_cache.h"

#include <mutex>

#include "common/trust/sha256.h"

namespace urna::trust {

std::shared_ptr<const CertificateCache::Verdict> CertificateCache::add(std::string_view der) {
  const KeyId id = key_id_of(der);
  if (auto known = find(id)) return known;
  auto verdict = std::make_shared<const Verdict>(anchors_.verify(der));
  const std::unique_lock lock(mutex_);
  return verdicts_.emplace(id, std::move(verdict)).first->second;
}

std::shared_ptr<const CertificateCache::Verdict> CertificateCache::find(const KeyId& key_id) const {
  const std::shared_lock lock(mutex_);
  const auto found = verdicts_.find(key_id);
  return found == verdicts_.end() ? nullptr : found->second;
}

}  // namespace urna::trust
