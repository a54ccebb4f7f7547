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
// Depends on the data set and the seed only; the mistaken protocol is a mayor's and the disputed
// one is not, where the data set has both. Neither precinct lies in `spared`, and neither protocol
// has a blocking warning. kInvalidArgument when the data set has no two such protocols.
Result<Incidents> choose_incidents(const Dataset& data, const BuiltElection& election,
                                   const std::string& spared, std::uint64_t seed);

// The same protocol with the votes of two options, or of two candidates of one list, exchanged: no
// rule can find it.
DatasetProtocol with_other_figures(const DatasetContest& contest, const DatasetProtocol& protocol);

// What precincts sign, made anew each time it is asked for: a country's bodies are not kept. Safe
// to use from several threads; what it is made of outlives it.
class Bodies {
 public:
  Bodies(const Dataset& data, const BuiltElection& election, const Incidents& incidents)
      : data_(data), election_(election), incidents_(incidents) {}

  v1::Body first(std::size_t protocol) const;
  v1::Body rival() const;    // of the disputed place
  v1::Body revised() const;  // of the mistaken place: revision 2

 private:
  v1::Body other(std::size_t protocol) const;

  const Dataset& data_;
  const BuiltElection& election_;
  const Incidents incidents_;
};

// The control code on the paper of a body, as printed.
std::string control_code_of(const v1::Body& body);

// The unit whose commission confirms a protocol, collects those of a precinct (empty: nobody), and
// determines the result. LAW.md, "Contests: who does what"; for parliament, which it does not tell
// of, the powiat confirms.
std::string confirming_unit(const UnitTree& units, const DatasetContest& contest,
                            const DatasetPrecinct& precinct);
std::string collecting_unit(const UnitTree& units, const DatasetContest& contest,
                            const DatasetPrecinct& precinct);
inline const std::string& determining_unit(const DatasetContest& contest) { return contest.area; }

// Lines for the desks, by unit.
using Commands = std::map<std::string, std::vector<std::string>>;

// In each stage every desk can do what it is given with what the stages before have left behind.
struct Agenda {
  // Approvals, the settlement, the return, confirmations; then the protocols of commissions that
  // add up nothing but what they confirmed themselves, with their lots.
  Commands decisions;
  // The confirmation of what was returned, and what waited for it at the same desk.
  Commands after_revision;
  // Protocols that add up what other commissions confirmed or signed.
  Commands protocols;
};
Agenda plan_evening(const Dataset& data, const BuiltElection& election, const Bodies& bodies,
                    const Incidents& incidents, const ExpectedResults& expected);

}  // namespace urna::drill
