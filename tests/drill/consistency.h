// Do all tiers hold the same? The rule, DESIGN §4, worked out from the data set alone:
//
// - a record speaks of the unit of the place its body names; a lot, of the unit its contest is
//   determined in; a definition and a revocation speak of no unit and concern every node;
// - a record that speaks of a unit concerns the nodes on that unit's way to the centre: its own,
//   those above, the centre;
// - when all is over, a node holds exactly those of the centre's records that concern it.
//
// What journals say beside a record (its kind, its unit) is not asked: all is read from what was
// signed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/journal/store.h"
#include "common/trust/record.h"
#include "tests/drill/dataset.h"
#include "tests/drill/setup.h"
#include "urna/v1/body.pb.h"

namespace urna::drill {

// Which nodes a unit's records concern. Does not outlive what it is made of.
class Ways {
 public:
  Ways(const Dataset& data, const std::map<std::string, Route>& routes);
  // Whether records that speak of `unit` concern the node of `server`; of an empty unit, always.
  // False for a unit the data set does not have.
  bool concern(const std::string& server, const std::string& unit) const;
  // The unit a body speaks of; empty: none. kMalformed: a lot of an unknown contest.
  Result<std::string> unit_of(const v1::Body& body) const;

 private:
  const std::map<std::string, Route>& routes_;
  std::map<std::string, std::string> lies_in_;  // by precinct
  std::map<std::string, std::string> areas_;    // by "contest round"
};

// A record in a journal.
struct HeldRecord {
  RecordId id;
  trust::Kind kind = trust::Kind::kProtocol;
  auto operator<=>(const HeldRecord&) const = default;
};
// By the unit spoken of, ascending.
using HeldRecords = std::map<std::string, std::vector<HeldRecord>>;
Result<HeldRecords> records_in(journal::Store& journal, const Ways& ways);

// How `server` differs from what it must hold, by the centre's journal: a line for every unit and
// kind of records that it lacks, or has and must not, or that the centre lacks.
std::vector<std::string> differences(const HeldRecords& centre, const HeldRecords& held,
                                     const std::string& server, const Ways& ways);

// How many of the centre's records concern each server, by what its journal says beside them: for
// waiting until all have come.
Result<std::map<std::string, std::uint64_t>> records_to_come(journal::Store& centre,
                                                             const std::vector<ServerPlan>& servers,
                                                             const Ways& ways);

}  // namespace urna::drill
