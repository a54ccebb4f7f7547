// The last part of a replay: what the stopped system holds, compared with the data set.
#pragma once

#include <memory>

#include "common/journal/store.h"
#include "tests/drill/run.h"

namespace urna::drill {

class Comparison {
 public:
  // `live` is the centre's last status page.
  Comparison(Run& run, const nlohmann::json& live) : run_(run), live_(live) {}

  // Fills in the outcome and complains of whatever differs.
  Result<void> compare();
  void print_table() const;

 private:
  Result<void> collect();
  Result<void> collect_results();
  void compare_figures();
  void compare_refusals();
  void compare_results();
  Result<void> compare_tiers();
  void print_evening() const;
  Result<std::unique_ptr<journal::Store>> open_store(const std::string& unit);
  // Standard output of a command of the centre's program.
  Result<std::string> ask_centre(const std::string& command);

  Run& run_;
  const nlohmann::json& live_;
  std::uint64_t log_after_ = 0;
  std::size_t different_results_ = 0;
};

}  // namespace urna::drill
