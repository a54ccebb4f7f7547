// Where log ids come from.
#pragma once

#include "common/base/bytes.h"

namespace urna::journal {

// 16 bytes from the system's random source. Stops the program when that source fails: a log whose
// id is not unique could be taken for another one's continuation.
LogId mint_log_id();

}  // namespace urna::journal
