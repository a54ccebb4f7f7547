// What commissions have to do after the protocols have arrived, worked out from the data set before
// anything runs: the commands of every desk, stage by stage. Who does what is LAW.md's table,
// written down here again.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/builder.h"
#include "tests/drill/dataset.h"
#include "tests/drill/expected.h"
#include "urna/v1/body.pb.h"

namespace urna::drill {

// What goes wrong in the evening, so that commissions have something to put right.
struct Incidents {
  std::size_t disputed = 0;  // a second body with other figures is sent; into Dataset::protocols
  std::size_t mistaken = 0;  // its first body has other figures and is returned
};
// Depends on the data set and the seed only. Neither precinct lies in `spared`, and neither
// protocol has a blocking warning. kInvalidArgument when the data set has no two such protocols.
Result<Incidents> choose_incidents(const Dataset& data, const BuiltElection& election,
                                   const std::string& spared, std::uint64_t seed);

// The same protocol with the votes of two options, or of two candidates of one list, exchanged: no
// rule can find it.
DatasetProtocol with_other_figures(const DatasetContest& contest, const DatasetProtocol& protocol);

// What precincts sign.
struct SignedBodies {
  std::vector<v1::Body> first;  // by Dataset::protocols
  v1::Body rival;               // of the disputed place
  v1::Body revised;             // of the mistaken place: revision 2
};
SignedBodies bodies_of(const Dataset& data, const BuiltElection& election,
                       const Incidents& incidents);

// The control code on the paper of a body, as printed.
std::string control_code_of(const v1::Body& body);

// The unit whose commission confirms a protocol, collects those of a precinct (empty: nobody), and
// determines the result. LAW.md, "Contests: who does what".
std::string confirming_unit(const Dataset& data, const DatasetProtocol& protocol);
std::string collecting_unit(const Dataset& data, const DatasetContest& contest,
                            const DatasetPrecinct& precinct);
inline const std::string& determining_unit(const DatasetContest& contest) { return contest.area; }

// Lines for the desks, by unit.
using Commands = std::map<std::string, std::vector<std::string>>;

struct Agenda {
  Commands decisions;       // approvals, the settlement, the return, confirmations
  Commands after_revision;  // the confirmation of what was returned
  Commands protocols;       // collective protocols, lots, tabulations, final protocols
};
Agenda plan_evening(const Dataset& data, const BuiltElection& election, const SignedBodies& bodies,
                    const Incidents& incidents, const ExpectedResults& expected);

}  // namespace urna::drill
