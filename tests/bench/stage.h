// What a run needs before anything is measured: a country, its election, its load, signed and
// sealed, in a temporary folder that goes with it.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"
#include "tests/bench/subject.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {

class Stage {
 public:
  // Shows a progress bar named `what` on stderr.
  static Result<std::unique_ptr<Stage>> set(const std::string& what, const CountrySize& size,
                                            const LoadOptions& options);

  const Country& country() const { return country_; }
  const Office& office() const { return *office_; }
  const Load& load() const { return *load_; }
  Scene scene() const { return {&country_, &*office_, &*load_, folder_.path()}; }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  explicit Stage(const CountrySize& size) : country_(size) {}

  const test::TemporaryFolder folder_;
  const Country country_;
  std::optional<Office> office_;
  std::optional<Load> load_;
};

// A line on standard error: how far the run is.
void say(const std::string& what);

}  // namespace urna::bench
