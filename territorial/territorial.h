// urna-territorial: the node of a gmina, powiat, city, Warsaw district or voivodeship commission,
// on SQLite. Its upstream is another territorial node or the centre.
#pragma once

#include "common/daemon/node_program.h"

namespace urna::territorial {

daemon::Tier tier();

}  // namespace urna::territorial
