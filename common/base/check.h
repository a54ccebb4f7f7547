// Invariants that stay on in release builds: a node that finds one broken stops before it tells a
// lie.
#pragma once

namespace urna {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define URNA_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::urna::check_failed(#expression, __FILE__, __LINE__))
