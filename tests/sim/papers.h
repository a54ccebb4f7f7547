// What people write and sign in the simulated election.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sim/nation.h"

namespace urna::sim {

enum class Flaw { kNone, kBlockingWarning, kError };

// One frozen protocol body.
struct Paper {
  model::PlaceId place;
  StatementId statement;
  std::uint32_t revision = 1;
  v1::Body body;
  Flaw flaw = Flaw::kNone;
};

// What the writer knows about statements without asking any form engine.
class Papers {
 public:
  Papers(const Nation& nation, Random& random) : nation_(nation), random_(random) {}

  // From now on the votes of every list split evenly between its two candidates: only a lot can
  // tell them apart.
  void split_evenly() { even_ = true; }

  // A protocol of this place under one version of the definition, with figures of its own.
  // `before` is the body it supersedes, nullptr at revision 1.
  Paper protocol(const model::PlaceId& place, const DefinitionVersion& version, const Paper* before,
                 Flaw flaw, v1::EntryOrigin origin);

  // Codes of the blocking warnings a body was written with.
  const std::vector<std::string>& blocking(const StatementId& statement) const;

  static v1::Body confirmation(const Paper& paper);
  static v1::Body return_of(const Paper& paper);
  static v1::Body annulment(const Paper& paper);
  static v1::Body approval(const Paper& paper, const std::vector<std::string>& codes);
  static v1::Body settlement(const Paper& chosen, const std::vector<StatementId>& aside);
  static v1::Body revocation(const Licence& licence);
  static v1::Body turnout(const model::PlaceId& place, const DefinitionVersion& version,
                          std::uint32_t at_min, std::uint32_t issued);

 private:
  std::map<std::string, std::uint32_t> figures(Flaw flaw);

  const Nation& nation_;
  Random& random_;
  bool even_ = false;
  std::map<StatementId, std::vector<std::string>> blocking_;
};

}  // namespace urna::sim
