// Certificates by key id, each verified once and kept with its key ready to verify.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>

#include "common/trust/record.h"

namespace urna::trust {

// Grows with every certificate added and forgets none: the caller bounds what it adds. Safe to use
// from several threads; a lookup takes a shared lock for a hash probe.
class CertificateCache : public CertificateSource {
 public:
  using Verdict = Result<std::shared_ptr<const Certificate>>;

  explicit CertificateCache(Anchors anchors) : anchors_(std::move(anchors)) {}

  // Verifies a certificate in DER, keeps the verdict, good or bad, and returns it. A certificate
  // seen before is not verified again.
  std::shared_ptr<const Verdict> add(std::string_view der);

  std::shared_ptr<const Verdict> find(const KeyId& key_id) const override;

 private:
  const Anchors anchors_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<KeyId, std::shared_ptr<const Verdict>> verdicts_;
};

}  // namespace urna::trust
