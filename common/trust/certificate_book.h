// Certificates seen so far, verified once each. Safe to use from several threads.
#pragma once

#include <memory>
#include <shared_mutex>

#include "common/base/flat_map.h"
#include "common/trust/certificate.h"
#include "common/trust/record.h"

namespace urna::trust {

class CertificateBook final : public CertificateSource {
 public:
  using Verdict = Result<std::shared_ptr<const Certificate>>;

  explicit CertificateBook(Anchors anchors) : anchors_(std::move(anchors)) {}
  CertificateBook(const CertificateBook&) = delete;
  CertificateBook& operator=(const CertificateBook&) = delete;

  // True when the bytes look like a certificate (a DER sequence); such a blob belongs here.
  static bool looks_like_certificate(std::string_view bytes) {
    return !bytes.empty() && bytes.front() == '\x30';
  }

  // Verifies and keeps a certificate. One that does not verify is not kept, so that nobody can fill
  // the memory with them; the verdict is returned either way.
  std::shared_ptr<const Verdict> add(std::string_view der);
  // The same with the id of these bytes, for who has it already.
  std::shared_ptr<const Verdict> add(const KeyId& id, std::string_view der);

  // One from this node's own store, which was verified before it was put there: the authority's
  // signature is not looked at before find() is asked for it.
  std::shared_ptr<const Verdict> restore(std::string_view der);
  // What is here with those as they were restored: for records of the same store, whose signatures
  // are not verified again either.
  const CertificateSource& stored() const { return stored_; }

  std::shared_ptr<const Verdict> find(const KeyId& key_id) const override;

  const Anchors& anchors() const { return anchors_; }

 private:
  std::shared_ptr<const Verdict> keep(const KeyId& id, Verdict verdict) const;

  struct Stored final : CertificateSource {
    explicit Stored(const CertificateBook& b) : book(b) {}
    std::shared_ptr<const Verdict> find(const KeyId& key_id) const override;
    const CertificateBook& book;
  };

  const Anchors anchors_;
  const Stored stored_{*this};
  mutable std::shared_mutex mutex_;
  mutable FlatMap<KeyId, std::shared_ptr<const Verdict>> by_id_;
  mutable FlatMap<KeyId, std::shared_ptr<const Verdict>> restored_;
};

}  // namespace urna::trust
