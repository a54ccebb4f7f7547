// Opens and judges records of the small election against one definition book.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/node/admission.h"
#include "common/trust/certificate_book.h"
#include "tests/unit/node/small_election.h"

namespace urna::tests {

// A book with certificates, as a node has them while it judges.
class Judge {
 public:
  explicit Judge(SmallElection& election, const std::string& book_election = {})
      : election_(election),
        certificates_(election.anchors()),
        book_(*model::ElectionId::parse(book_election.empty() ? election.id() : book_election)) {}

  void knows(const Holder& holder) { certificates_.add(holder.certificate->der); }
  // Takes in a version of the definition with all its parts.
  void takes(const Version& version) {
    knows(election_.national());
    for (const journal::StoredBlob& blob : version.blobs()) book_.restore(blob.digest, blob.bytes);
    const node::Verdict verdict = judge(version.record);
    if (const auto* yes = std::get_if<node::Admissible>(&verdict)) {
      book_.add(yes->definition, node::signer_of(yes->record));
    }
  }

  trust::Opened open(const Bytes& record) const {
    return trust::open_record(record, certificates_);
  }
  // What node::judge says, or what opening said before it.
  node::Verdict judge(const Bytes& record) {
    trust::Opened opened = open(record);
    if (auto* refused = std::get_if<trust::Refused>(&opened)) {
      return node::NotAdmissible{refused->code, refused->detail, {}};
    }
    if (auto* missing = std::get_if<trust::MissingCertificate>(&opened)) {
      return node::Deferred{{Digest{missing->key_id.bytes}}};
    }
    return node::judge(std::get<trust::OpenedRecord>(std::move(opened)), book_);
  }
  // "admitted", "deferred" or the code of the refusal.
  std::string verdict(const Bytes& record) {
    const node::Verdict verdict = judge(record);
    if (const auto* no = std::get_if<node::NotAdmissible>(&verdict)) {
      return std::string(trust::refusal_code_name(no->code));
    }
    return std::holds_alternative<node::Deferred>(verdict) ? "deferred" : "admitted";
  }
  // What a deferred record waits for; empty when it is not deferred.
  std::vector<Digest> missing(const Bytes& record) {
    const node::Verdict verdict = judge(record);
    const auto* later = std::get_if<node::Deferred>(&verdict);
    return later == nullptr ? std::vector<Digest>{} : later->missing;
  }

  node::DefinitionBook& book() { return book_; }
  trust::CertificateBook& certificates() { return certificates_; }

 private:
  SmallElection& election_;
  trust::CertificateBook certificates_;
  node::DefinitionBook book_;
};

}  // namespace urna::tests
