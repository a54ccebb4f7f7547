#include "tests/drill/comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/drill/by_totals.h"

namespace urna::drill {

namespace {

constexpr std::size_t kComplaintsMax = 20;  // about one matter

}  // namespace

Result<void> Comparison::collect_tally() {
  auto tallied = tally_of(run_.system.centre());
  if (!tallied) return std::unexpected(std::move(tallied.error()));
  run_.outcome.sums = std::move(tallied->sums);
  votes_ = std::move(tallied->votes);
  return {};
}

Result<void> Comparison::collect_log() {
  std::ranges::sort(run_.outcome.refused);
  auto store = open_store(run_.system.centre());
  if (!store) return std::unexpected(std::move(store.error()));
  const auto size = (*store)->size(journal::LogKind::kElection);
  if (!size) return std::unexpected(size.error());
  log_after_ = *size;
  const bool nothing_new = run_.all_there_before && (run_.evening_before || !run_.has_evening());
  if (nothing_new && log_after_ != run_.log_before) {
    run_.complain(std::to_string(log_after_ - run_.log_before) +
                  " new records in the centre's log, though all of them were there already");
  }
  return {};
}

Result<void> Comparison::collect_results() {
  if (!run_.has_evening()) return {};
  std::string results;
  const auto asked =
      ask(run_.system.centre(), "results", [&](std::string_view piece) { results += piece; });
  if (!asked) return asked;
  auto lines = parse_results(results);
  if (!lines) return std::unexpected(std::move(lines.error()));
  run_.outcome.results = std::move(*lines);
  auto by_totals = results_by_totals(run_.data, votes_);
  if (!by_totals) return std::unexpected(std::move(by_totals.error()));
  run_.outcome.results.insert(run_.outcome.results.end(), by_totals->begin(), by_totals->end());
  return {};
}

// Sums of the files' own rows where they are read so, else of the data set.
void Comparison::compare_figures() {
  const Published& published = run_.published;
  wanted_ = published.sums ? without(*published.sums, run_.data, run_.outcome.spoiled)
                           : sums_of(run_.data, run_.outcome.spoiled);
  for (const std::string& difference : differences(run_.outcome.sums, wanted_)) {
    run_.complain("not as in the data set: " + difference);
  }
  std::uint64_t rebuilt_votes = 0;
  for (const ContestTotals& totals : run_.outcome.sums.contests) {
    rebuilt_votes += totals.valid_votes;
  }
  std::uint64_t live_votes = 0;
  for (const auto& contest : live_["contests"]) {
    live_votes += contest.value("valid_votes", std::uint64_t{0});
  }
  if (live_votes != rebuilt_votes) {
    run_.complain("the tally rebuilt from the journal is not the live one");
  }
}

void Comparison::compare_official() {
  // What was published is of all protocols.
  if (!run_.published.official || !run_.outcome.spoiled.empty()) return;
  OfficialComparison comparison = drill::compare(
      *run_.published.official, figures_here(run_.data, votes_, run_.outcome.results));
  std::size_t wrong = 0;
  for (const OfficialDifference& one : comparison.differences) {
    if (!one.wrong || ++wrong > kComplaintsMax) continue;
    run_.complain("not as published: " + one.key.figure + " of " + one.key.option + " in " +
                  one.key.teryt + " " + one.key.district);
  }
  if (wrong > kComplaintsMax) {
    run_.complain(std::to_string(wrong - kComplaintsMax) + " more figures are not as published");
  }
  run_.outcome.official = std::move(comparison);
}

void Comparison::compare_refusals() {
  std::vector<Refusal> expected;
  for (const Spoil& spoil : run_.outcome.spoiled) {
    for (const char* tier : {"precinct", "territorial", "central"}) {
      for (const std::string& code : spoil.expected_codes) {
        expected.push_back({spoil.protocol, code, tier});
      }
    }
  }
  std::ranges::sort(expected);
  if (expected == run_.outcome.refused) return;
  run_.complain("what was refused is not exactly what was spoiled");
  std::vector<Refusal> unexpected;
  std::ranges::set_difference(run_.outcome.refused, expected, std::back_inserter(unexpected));
  for (std::size_t i = 0; i < unexpected.size() && i < kComplaintsMax; ++i) {
    const Refusal& one = unexpected[i];
    const DatasetProtocol& protocol = run_.data.protocols[one.protocol];
    run_.complain("refused as it stands in the files: protocol " + protocol.id + " of " +
                  run_.data.precinct_of(protocol).id + ", " + run_.data.contest_of(protocol).id +
                  ", by " + one.code + " at tier " + one.tier);
  }
}

void Comparison::compare_results() {
  if (!run_.has_evening()) return;
  const auto found = differences(run_.outcome.results, expected_lines(run_.data, run_.expected));
  different_results_ = found.size();
  for (std::size_t i = 0; i < found.size() && i < kComplaintsMax; ++i) run_.complain(found[i]);
  if (found.size() > kComplaintsMax) {
    run_.complain(std::to_string(found.size() - kComplaintsMax) + " more results differ");
  }
}

Result<void> Comparison::compare() {
  if (auto done = collect_tally(); !done) return done;
  if (auto done = collect_log(); !done) return done;
  if (auto done = collect_results(); !done) return done;
  compare_figures();
  compare_refusals();
  compare_results();
  compare_official();
  if (auto done = compare_tiers(); !done) return done;
  if (run_.options.disturbance == nullptr) return {};
  return run_.options.disturbance->verify(
      [&](const std::string& unit) { return open_store(unit); });
}

void Comparison::print_evening() const {
  if (!run_.has_evening()) {
    std::printf("\na spoiled election cannot be completed: the evening ended after the transfer\n");
    return;
  }
  const EveningCounts& evening = run_.outcome.evening;
  const std::pair<const char*, std::size_t> lines[] = {
      {"protocols confirmed", evening.confirmed},
      {"approvals of blocking warnings", evening.approved},
      {"conflicts settled", evening.settled},
      {"returned and revised", evening.returned},
      {"lots drawn", evening.lots},
      {"territorial protocols signed", evening.territorial}};
  std::printf("\n%-35s %10s\n", "the evening", "");
  for (const auto& [what, count] : lines) std::printf("%-35s %10zu\n", what, count);
  const auto elected = std::ranges::count(run_.outcome.results, "elected", &ResultLine::outcome);
  if (run_.outcome.results.empty()) return;
  std::printf("%-35s %10td   ", "elected", elected);
  if (different_results_ == 0) {
    std::printf("as worked out again\n");
  } else {
    std::printf("%zu results DIFFER\n", different_results_);
  }
}

void Comparison::print_official() const {
  if (!run_.outcome.official) return;
  const OfficialComparison& official = *run_.outcome.official;
  std::map<std::string, std::size_t> differing;
  for (const OfficialDifference& one : official.differences) {
    ++differing[one.key.figure + (one.wrong ? ", WRONG" : ", as known of the source")];
  }
  std::printf("\n%-35s %10zu\n", "published figures compared", official.compared);
  for (const auto& [what, count] : differing) {
    std::printf("%-35s %10zu\n", ("differ: " + what).c_str(), count);
  }
}

void Comparison::print_table() const {
  std::printf("\n%-24s %10s %12s %12s   %s\n", "contest", "protocols", "eligible", "valid votes",
              "");
  const auto& totals = run_.outcome.sums.contests;
  const auto& expected = wanted_.contests;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    std::printf("%-24s %10llu %12llu %12llu   %s\n", title_of(run_.data, totals[i].contest).c_str(),
                static_cast<unsigned long long>(totals[i].protocols),
                static_cast<unsigned long long>(totals[i].eligible),
                static_cast<unsigned long long>(totals[i].valid_votes),
                totals[i] == expected[i] ? "as in the data set" : "DIFFERS from the data set");
  }
  print_evening();
  print_official();
  if (run_.options.disturbance != nullptr) run_.options.disturbance->print();
  std::printf("\n%zu servers compared: their %zu records, their own tallies\n",
              run_.setup.servers.size(), records_compared_);
  std::set<std::size_t> refused;
  for (const Refusal& refusal : run_.outcome.refused) refused.insert(refusal.protocol);
  std::printf(
      "%zu protocols read, %zu refused, %llu new records in the centre's log of %llu, %.1f s\n",
      run_.data.protocols.size(), refused.size(),
      static_cast<unsigned long long>(log_after_ - run_.log_before),
      static_cast<unsigned long long>(log_after_), run_.outcome.seconds);
  if (run_.outcome.evening_seconds > 0) {
    std::printf("the evening took %.1f s\n", run_.outcome.evening_seconds);
  }
  std::printf(run_.wrong == 0 ? "every figure agrees\n" : "%d things are wrong, see above\n",
              run_.wrong);
  std::fflush(stdout);
}

}  // namespace urna::drill
