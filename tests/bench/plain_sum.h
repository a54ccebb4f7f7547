// The ceiling for a nation's count: the same figures, without signatures, records or checks, copied
// into one table of PostgreSQL and added up there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/base/error.h"
#include "tests/bench/country.h"

namespace urna::bench {

class PlainSum {
 public:
  // Writes every vote figure of the country (lists and candidates) as a file for COPY.
  static Result<PlainSum> prepare(const Country& country, const std::filesystem::path& file);

  struct Took {
    double copy_s = 0;  // until committed
    double sum_s = 0;   // per contest and cell
  };
  // In an empty database. kInternal when the sum is not the sum of the figures.
  Result<Took> run(const std::string& connection) const;
  std::uint64_t figures() const { return figures_; }

 private:
  std::filesystem::path file_;
  std::uint64_t figures_ = 0;
  std::uint64_t votes_ = 0;
};

}  // namespace urna::bench
