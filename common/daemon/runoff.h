// The definition of the second round, from a journal with the first one in it (R37).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/day.h"
#include "common/daemon/node_program.h"
#include "common/node/projection.h"

namespace urna::daemon {

struct RunoffOrder {
  Day date;  // of the new definition
  // "CONTEST=OPTION": candidates who withdrew or died after round one.
  std::vector<std::string> withdrawn;
};

// What round one says of a second one.
struct RunoffDescription {
  // JSON for urna-ca: the definition in force under the next version, with a contest of round 2 for
  // every mayor's contest whose final protocol sends candidates to a runoff: these, as round one's
  // ballot names and orders them, on the same form in the same precincts with the same figures of
  // reference. One candidate left: form mayor-single-2014, options YES under the candidate's name
  // and NO. A contest of round 2 with these options that is there already stays as it is, one with
  // others is replaced, one that round one no longer needs is left out.
  std::string text;
  std::vector<std::string> notes;  // a line each: runoffs, what changes, what is not decided
  std::size_t runoffs = 0;         // contests of round one that need a second
  std::size_t undecided = 0;       // without a final protocol that holds
  std::size_t changed = 0;         // contests of round 2 that come, change or go
};

// Round one is taken as `results` prints it, from final protocols that hold. As
// describe_definition(); kNotFound also when there is no mayor's contest of round one;
// kInvalidArgument: `withdrawn` names what is not there or stands in no runoff.
Result<RunoffDescription> describe_runoff(const node::Projection& projection,
                                          const RunoffOrder& order);

// Writes the description to `output`, a new file, or to standard output, and the notes to standard
// error. As describe_runoff(); kAlreadyExists: `output` is there; kUnavailable: contests are not
// decided and `partial` is not asked for; kNotFound: no contest of round 2 would come, change or
// go.
Result<void> write_runoff(const Tier& tier, const NodeSettings& settings,
                          const Tier::OpenStore& read_store, const RunoffOrder& order, bool partial,
                          const std::optional<std::filesystem::path>& output);

}  // namespace urna::daemon
