#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace urna {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "urna: invariant broken: %s (%s:%d); stopping\n", expression, file, line);
  std::abort();
}

}  // namespace urna
