// Streams a file of protocols through the rules of a form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "urna/v1/definition.pb.h"

namespace urna::audit {

struct CheckRequest {
  struct ContestForm {
    std::string contest;  // empty: every row
    v1::Form form;
  };
  std::filesystem::path protocols;
  std::optional<std::filesystem::path> votes;
  // One with an empty contest, or one or more with different names. From two on the across-protocol
  // rules run too.
  std::vector<ContestForm> forms;
  std::optional<std::string> contest;  // only rows of this one
  bool summary = false;
};

struct CheckCounts {
  std::uint64_t protocols = 0;      // checked
  std::uint64_t without_votes = 0;  // of these, with no row in the file of votes
  std::uint64_t votes_left = 0;     // protocols in the file of votes that no row of protocols has
  // What could not be compared across protocols, and words that are not known; a line each.
  std::vector<std::string> notes;
};

// Writes findings (or, as a summary, counts) to `out` while it reads. Rows are held one at a time;
// in memory stay the file of votes, and for the across-protocol rules some 200 bytes per protocol.
// Fails with file, line and reason at the first row that cannot be read; what was found before it
// has been written, a summary has not.
//
// A figure that is empty or has no column is not there: rules over it do not apply. So without
// votes no rule over votes does.
Result<CheckCounts> check_protocols(const CheckRequest& request, std::ostream& out);

}  // namespace urna::audit
