// Recorded lots, from the table lots.csv: one row per seat that was drawn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "central/audit/results/council_table.h"
#include "common/base/error.h"
#include "common/results/council.h"

namespace urna::audit {

struct DrawnSeat {
  results::BallotName name;
  std::uint64_t line = 0;
};

class LotsFile {
 public:
  // teryt, district, list, position; other columns are not looked at. kMalformed with file, line
  // and reason; a district without candidates in the input is one.
  static Result<LotsFile> read(const std::filesystem::path& path, const CouncilTable& table);

  // Empty when none was recorded.
  std::span<const DrawnSeat> of(const model::ContestId& district) const;

  // Works the district out with the seats drawn in it, lot by lot: which list won a seat by lot,
  // and who of the list, both follow from the candidates named. `district.lots` is not used.
  // kMalformed with file, line and reason: repeated, not_in_tie, too_few, too_many.
  Result<results::CouncilResult> determine(results::CouncilDistrict district) const;

 private:
  std::map<model::ContestId, std::vector<DrawnSeat>> seats_;
  std::string file_;
};

}  // namespace urna::audit
