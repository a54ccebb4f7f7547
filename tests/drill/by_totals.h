// Who is elected where no commission's final protocol says so: worked out from the centre's tally
// by the law in common/results.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "tests/drill/result_lines.h"

namespace urna::drill {

// Lines of every contest that is Decided::kByTotals. `votes` as TallyReader::Tallied. kConflict,
// naming the contest, when a lot would be needed: figures of precincts are not in a tally.
Result<std::vector<ResultLine>> results_by_totals(
    const Dataset& data, std::span<const std::vector<std::uint64_t>> votes);

}  // namespace urna::drill
