// Everything a store holds, as one text: two stores that say the same hold the same.
#pragma once

#include <string>

#include "common/journal/store.h"

namespace urna::journal {

// Both logs with all their columns, blobs that are no certificates, cursors, notices, full tiles,
// the log's id. An error of the store.
Result<std::string> dump(Store& store);

}  // namespace urna::journal
