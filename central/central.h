// urna-central: the root of the tree, on PostgreSQL.
#pragma once

#include "common/daemon/node_program.h"

namespace urna::central {

daemon::Tier tier();

}  // namespace urna::central
