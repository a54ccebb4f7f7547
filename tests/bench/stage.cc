#include "tests/bench/stage.h"

#include <sys/stat.h>

#include <cstdio>

#include "common/base/clock.h"
#include "tests/drill/progress.h"

namespace urna::bench {

Result<std::unique_ptr<Stage>> Stage::set(const std::string& what, const CountrySize& size,
                                          const LoadOptions& options) {
  std::unique_ptr<Stage> stage(new Stage(size));
  ::chmod(stage->folder_.path().c_str(), 0755);  // the database's own user reads below it
  auto office = Office::open(stage->country_, wall_clock_ms());
  if (!office) return std::unexpected(std::move(office.error()));
  stage->office_.emplace(std::move(*office));
  drill::Progress progress(what, std::uint64_t{size.precincts} * size.protocols_per_precinct);
  auto load = Load::make(stage->country_, *stage->office_, stage->folder_.path(), options,
                         [&](std::size_t records) { progress.add(records); });
  if (!load) return std::unexpected(std::move(load.error()));
  stage->load_.emplace(std::move(*load));
  return stage;
}

void say(const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); }

}  // namespace urna::bench
