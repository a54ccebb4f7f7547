// How long the results of a whole country's councils take. The aim: the 23,101 districts of 2010 in
// under 100 ms, in memory; reading the tables is not counted.
//
// The visible districts ($URNA_DATA/2010-local) are repeated to 23,101. The counter "of_ceiling" is
// the time of the ceiling, measured in the same run, over the time of the results: 1 would be as
// fast as sorting each district's candidates by votes and nothing else.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "central/audit/results/council_table.h"
#include "common/base/check.h"
#include "common/results/explain.h"

namespace urna::results {
namespace {

constexpr std::size_t kDistricts = 23'101;

// Every visible district, repeated in turn.
struct Country {
  std::vector<std::unique_ptr<audit::DistrictFigures>> figures;
  std::vector<CouncilDistrict> districts;
  std::size_t candidates = 0;
};

void add_table(Country& country, const std::filesystem::path& folder,
               const std::filesystem::path& candidates) {
  const auto table = audit::CouncilTable::read(folder / "districts.csv", candidates);
  URNA_CHECK(table.has_value());
  for (const audit::District& district : table->districts()) {
    if (district.count == 0) continue;
    country.figures.push_back(std::make_unique<audit::DistrictFigures>());
    country.districts.push_back(
        table->contest(district, *rule_set("2010"), *country.figures.back()));
  }
}

// Empty where there is no data.
const Country& country() {
  static const Country kCountry = [] {
    Country made;
    const char* data = std::getenv("URNA_DATA");
    const std::filesystem::path folder =
        std::filesystem::path(data != nullptr ? data : "") / "2010-local";
    if (!std::filesystem::exists(folder)) return made;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().filename().string().starts_with("candidates-")) {
        add_table(made, folder, file.path());
      }
    }
    const std::size_t visible = made.districts.size();
    while (made.districts.size() < kDistricts) {
      made.districts.push_back(made.districts[made.districts.size() - visible]);
    }
    for (const CouncilDistrict& one : made.districts) made.candidates += one.candidates.size();
    return made;
  }();
  return kCountry;
}

// False, with the benchmark skipped, when there is nothing to measure; under CI that is a failure.
bool have_data(benchmark::State& state) {
  if (!country().districts.empty()) return true;
  URNA_CHECK(std::getenv("CI") == nullptr);
  state.SkipWithError("URNA_DATA names no folder with 2010-local");
  return false;
}

void sort_all() {
  std::vector<std::uint32_t> votes;
  for (const CouncilDistrict& district : country().districts) {
    votes.clear();
    for (const Candidate& one : district.candidates) votes.push_back(one.votes.value_or(0));
    std::ranges::sort(votes, std::ranges::greater{});
    benchmark::DoNotOptimize(votes.data());
  }
}

double seconds_of(void (*work)()) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void country_results(benchmark::State& state) {
  if (!have_data(state)) return;
  double ceiling = 0;
  double results = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ceiling += seconds_of(sort_all);
    state.ResumeTiming();
    results += seconds_of([] {
      for (const CouncilDistrict& district : country().districts) {
        auto result = determine_council(district);
        URNA_CHECK(result.has_value());
        benchmark::DoNotOptimize(result);
      }
    });
  }
  state.counters["of_ceiling"] = ceiling / results;
  state.counters["districts"] = static_cast<double>(country().districts.size());
  state.counters["candidates"] = static_cast<double>(country().candidates);
}
BENCHMARK(country_results)->Unit(benchmark::kMillisecond);

void country_results_and_explanations(benchmark::State& state) {
  if (!have_data(state)) return;
  for (auto _ : state) {
    for (const CouncilDistrict& district : country().districts) {
      benchmark::DoNotOptimize(explain(district, *determine_council(district)));
    }
  }
}
BENCHMARK(country_results_and_explanations)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace urna::results
