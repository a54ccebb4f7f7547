// The kept election (tests/fuzz/corpus): keys of its licences and nodes, so that a target signs
// what it is given as a certified liar would, and a node with an evening behind it that takes it
// in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/journal/memory_store.h"
#include "common/node/engine.h"
#include "common/trust/certificate_book.h"
#include "tests/fuzz/cast.h"

namespace urna::fuzz {

// A kept file; the name is that within the corpus folder.
std::string kept(const std::string& name);
const trust::Anchors& kept_anchors();

const trust::Signer& signer_number(unsigned number);
const node::NodeIdentity& node_of(const std::string& unit);

// A node of the gmina 140101 that holds the kept definition and the records of corpus/evening.
class Town {
 public:
  // The one the last inputs left as it was, or a new one.
  static Town& as_kept();
  // What was put in changed it: the next input gets another.
  void spoil() { uses_left_ = 0; }

  node::Engine& engine() { return *engine_; }
  trust::CertificateBook& certificates() { return certificates_; }
  // The definition's record and parts.
  const Bytes& manifest_record() const { return manifest_record_; }
  const std::vector<Bytes>& parts() const { return parts_; }
  // The definition in force.
  const StatementId& manifest() const { return manifest_; }
  // What the node makes of its log is what comes out when it is read a second time.
  void check_meaning();

 private:
  Town();

  journal::MemoryStore store_{LogId{{1}}};
  trust::CertificateBook certificates_{kept_anchors()};
  std::unique_ptr<node::Engine> engine_;
  Bytes manifest_record_;
  std::vector<Bytes> parts_;
  StatementId manifest_;
  unsigned uses_left_ = 256;  // refusals leave their traces in the operations log
};

}  // namespace urna::fuzz
