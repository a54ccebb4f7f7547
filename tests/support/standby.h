// A second PostgreSQL server that replays what a first one writes, for tests of losing the first.
#pragma once

#include <memory>

#include "common/base/error.h"
#include "tests/support/private_postgres.h"

namespace urna::test {

// Starts it and makes it synchronous: when this returns, a commit at `primary` returns once it is
// on both servers' disks. kUnavailable as PrivatePostgres::start, or when it does not come so far.
Result<std::unique_ptr<PrivatePostgres>> start_synchronous_standby(PrivatePostgres& primary);

// Makes it a server of its own, that takes writes when this returns. The one it replayed must not
// be used again: the two go different ways from here.
Result<void> promote(PrivatePostgres& standby);

}  // namespace urna::test
