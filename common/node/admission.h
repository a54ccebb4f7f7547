// May a record enter the log? Depends only on the record's bytes and on the manifest, slice and
// certificate it names: never on the receiver's clock, nor on what else the log holds. So every
// tier says the same, in whatever order records arrive. DESIGN §3.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/node/definition_book.h"
#include "common/trust/record.h"
#include "common/validation/check.h"

namespace urna::node {

// An opened record that may enter the log.
struct Admissible {
  trust::OpenedRecord record;
  // The place it speaks of; empty for manifests, revocations and lots.
  std::optional<model::PlaceId> place;
  // The slice it was judged by; nullptr for manifests and revocations.
  std::shared_ptr<const model::Slice> slice;
  // Warnings and blocking warnings of a protocol.
  std::vector<validation::Finding> findings;
  // The definition a manifest states.
  std::shared_ptr<const model::Definition> definition;
  // Depth of the signer's unit in the tree, 0 = national; decides between settlements.
  int signer_depth = 0;
  // The place is a precinct of the slice, and no commission.
  bool of_precinct = false;
};

// A lot speaks of the commission whose result it decides: nodes above and below that one need it
// as they need its protocols. nullopt for manifests and revocations, which concern everybody.
std::optional<model::UnitId> unit_spoken_of(const Admissible& admissible);

struct NotAdmissible {
  trust::RefusalCode code;
  std::string detail;
  std::vector<validation::Finding> findings;
};

// Digests that are not here: the manifest's statement id, a part, or a certificate.
struct Deferred {
  std::vector<Digest> missing;
};

using Verdict = std::variant<Admissible, NotAdmissible, Deferred>;

ManifestChoice::Signer signer_of(const trust::OpenedRecord& record);

Verdict judge(trust::OpenedRecord record, DefinitionBook& book);

}  // namespace urna::node
