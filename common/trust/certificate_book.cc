#include "common/trust/certificate_book.h"

#include <mutex>

#include "common/trust/sha256.h"

namespace urna::trust {

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::add(std::string_view der) {
  return add(key_id_of(der), der);
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::add(const KeyId& id,
                                                                     std::string_view der) {
  if (auto known = find(id)) return known;
  return keep(id, anchors_.verify(der));
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::restore(std::string_view der) {
  const KeyId id = key_id_of(der);
  if (auto known = stored_.find(id)) return known;
  auto verdict = std::make_shared<const Verdict>(anchors_.verify_again(der));
  if (verdict->has_value()) {
    const std::unique_lock lock(mutex_);
    restored_.emplace(id, verdict);
  }
  return verdict;
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::keep(const KeyId& id,
                                                                      Verdict verdict) const {
  auto shared = std::make_shared<const Verdict>(std::move(verdict));
  if (shared->has_value()) {
    const std::unique_lock lock(mutex_);
    by_id_.emplace(id, shared);
    restored_.erase(id);
  }
  return shared;
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::find(const KeyId& key_id) const {
  std::shared_ptr<const Verdict> restored;
  {
    const std::shared_lock lock(mutex_);
    const auto found = by_id_.find(key_id);
    if (found != by_id_.end()) return found->second;
    const auto waiting = restored_.find(key_id);
    if (waiting == restored_.end()) return nullptr;
    restored = waiting->second;
  }
  return keep(key_id, anchors_.verify((**restored)->der));
}

std::shared_ptr<const CertificateBook::Verdict> CertificateBook::Stored::find(
    const KeyId& key_id) const {
  const std::shared_lock lock(book.mutex_);
  for (const auto* known : {&book.by_id_, &book.restored_}) {
    if (const auto found = known->find(key_id); found != known->end()) return found->second;
  }
  return nullptr;
}

}  // namespace urna::trust
