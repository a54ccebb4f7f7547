// Records in words, for an operator.
#pragma once

#include <string>

#include "common/trust/record.h"

namespace urna::daemon {

// "protocol 140101-1 council-140101/1 revision 2, statement 4f…": kind, what it speaks of, and the
// statement id by which decisions and revisions name it. Safe to print.
std::string describe_record(const trust::OpenedRecord& record);

}  // namespace urna::daemon
