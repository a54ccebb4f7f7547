#include "common/journal/log_id.h"

#include <sys/random.h>

#include "common/base/check.h"

namespace urna::journal {

LogId mint_log_id() {
  LogId id;
  // Up to 256 bytes getrandom(2) is neither interrupted nor cut short.
  URNA_CHECK(getrandom(id.bytes.data(), id.bytes.size(), 0) ==
             static_cast<ssize_t>(id.bytes.size()));
  return id;
}

}  // namespace urna::journal
