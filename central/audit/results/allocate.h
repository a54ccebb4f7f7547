// urna-results allocate: seats of lists by d'Hondt, from figures on the command line.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/error.h"

namespace urna::audit {

// One line without its line feed: the seats of each list, separated by commas; when a lot decides
// the last seats, the seats certain so far, then " lot: " and the positions, from 1, of the lists
// it is drawn among. Of equal quotients the list with more votes wins (LAW.md, allocation 3).
//
// `votes`: figures separated by commas, each below 10^18. kInvalidArgument names the value that is
// wrong, also for seats outside 1 to kSeatsMax.
Result<std::string> allocate(std::int64_t seats, const std::string& votes);

}  // namespace urna::audit
