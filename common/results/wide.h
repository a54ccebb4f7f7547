// Products that do not fit 64 bits, for exact comparisons.
#pragma once

namespace urna::results {

__extension__ using Wide = unsigned __int128;

}  // namespace urna::results
