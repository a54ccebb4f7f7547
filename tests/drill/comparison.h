// The last part of a replay: what the stopped system holds, compared with the data set.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "common/journal/store.h"
#include "tests/drill/consistency.h"
#include "tests/drill/run.h"
#include "tests/drill/sums.h"

namespace urna::drill {

class Comparison {
 public:
  // `live` is the centre's last status page.
  Comparison(Run& run, const nlohmann::json& live) : run_(run), live_(live) {}

  // Fills in the outcome and complains of whatever differs.
  Result<void> compare();
  void print_table() const;

 private:
  Result<void> collect_tally();
  Result<void> collect_log();
  Result<void> collect_results();
  void compare_figures();
  void compare_refusals();
  void compare_results();
  void compare_official();
  Result<void> compare_tiers();
  void print_evening() const;
  void print_official() const;
  Result<void> compare_tally(const std::string& unit);
  Result<HeldRecords> records_of(const std::string& unit, const Ways& ways);
  Result<std::unique_ptr<journal::Store>> open_store(const std::string& unit);
  // By the server's `tally`; its own unit's figures are the totals.
  Result<TallyReader::Tallied> tally_of(const std::string& unit);
  // Standard output of a command of a server's program; given to `take` piece by piece.
  Result<void> ask(const std::string& unit, const std::string& command,
                   const std::function<void(std::string_view)>& take);

  Run& run_;
  const nlohmann::json& live_;
  std::vector<std::vector<std::uint64_t>> votes_;  // as TallyReader::Tallied
  Sums wanted_;
  std::uint64_t log_after_ = 0;
  std::size_t different_results_ = 0;
  std::size_t records_compared_ = 0;
};

}  // namespace urna::drill
