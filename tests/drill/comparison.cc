#include "tests/drill/comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/journal/postgres_store.h"
#include "common/journal/sqlite_store.h"
#include "tests/drill/consistency.h"
#include "tests/drill/progress.h"

namespace urna::drill {

namespace {

constexpr std::size_t kComplaintsMax = 20;  // about results

bool same_totals(const ContestTotals& left, const ContestTotals& right) {
  return left.protocols == right.protocols && left.eligible == right.eligible &&
         left.valid_votes == right.valid_votes;
}

}  // namespace

Result<std::string> Comparison::ask_centre(const std::string& command) {
  const ServerFiles files = files_of(run_.folder, run_.system.centre());
  auto finished = run_program({run_.system.program_of(run_.system.centre()).string(), command,
                               "--config", files.config.string()},
                              files.log);
  if (!finished) return std::unexpected(std::move(finished.error()));
  if (finished->status != 0) {
    return fail(ErrorCode::kInternal,
                "the centre's " + command + " cannot be worked out; see " + files.log.string());
  }
  return std::move(finished->output);
}

Result<void> Comparison::collect() {
  const auto tally = ask_centre("tally");
  if (!tally) return std::unexpected(tally.error());
  auto lines = parse_tally(*tally);
  if (!lines) return std::unexpected(std::move(lines.error()));
  run_.outcome.tally = std::move(*lines);
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
  const auto results = ask_centre("results");
  if (!results) return std::unexpected(results.error());
  auto lines = parse_results(*results);
  if (!lines) return std::unexpected(std::move(lines.error()));
  run_.outcome.results = std::move(*lines);
  return {};
}

void Comparison::compare_figures() {
  const auto totals = contest_totals(run_.data, run_.outcome);
  const auto expected = expected_totals(run_.data, run_.outcome.spoiled);
  std::uint64_t rebuilt_votes = 0;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    rebuilt_votes += totals[i].valid_votes;
    if (!same_totals(totals[i], expected[i])) {
      run_.complain("totals of " + totals[i].contest + " differ from the data set's");
    }
  }
  const auto have = rows(run_.data, run_.outcome);
  const auto want = expected_rows(run_.data, run_.outcome.spoiled);
  std::size_t different = 0;
  for (const auto& [key, votes] : want) {
    const auto found = have.find(key);
    // A unit whose protocols were all spoiled has no row.
    if ((found == have.end() ? 0 : found->second) != votes) ++different;
  }
  for (const auto& [key, votes] : have) {
    if (!want.contains(key) && votes != 0) ++different;
  }
  if (different > 0) {
    run_.complain(std::to_string(different) + " rows of votes differ from the data set's");
  }
  std::uint64_t live_votes = 0;
  for (const auto& contest : live_["contests"]) {
    live_votes += contest.value("valid_votes", std::uint64_t{0});
  }
  if (live_votes != rebuilt_votes) {
    run_.complain("the tally rebuilt from the journal is not the live one");
  }
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
  if (expected != run_.outcome.refused) {
    run_.complain("what was refused is not exactly what was spoiled");
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

Result<std::unique_ptr<journal::Store>> Comparison::open_store(const std::string& unit) {
  if (unit == run_.system.centre()) {
    auto store = journal::PostgresStore::open(
        {.connection = run_.system.postgres().connection("urna"), .hook = {}, .log_id = {}});
    if (!store) return std::unexpected(std::move(store.error()));
    return std::move(*store);
  }
  auto store = journal::SqliteStore::open_read_only(files_of(run_.folder, unit).folder / "data" /
                                                    "journal.db");
  if (!store) return std::unexpected(std::move(store.error()));
  return std::move(*store);
}

// Every tier's journal verifies, and holds the same protocol statements for its area.
Result<void> Comparison::compare_tiers() {
  std::map<std::string, std::string> leaf_of;
  for (const DatasetPrecinct& precinct : run_.data.precincts) leaf_of[precinct.id] = precinct.teryt;
  std::map<std::string, std::map<std::string, std::set<std::string>>> held;
  Progress progress("verifying    ", run_.setup.servers.size());
  for (const ServerPlan& server : run_.setup.servers) {
    {
      auto store = open_store(server.unit);
      if (!store) return std::unexpected(std::move(store.error()));
      auto statements = statements_in(**store);
      if (!statements) return std::unexpected(std::move(statements.error()));
      held[server.unit] = std::move(*statements);
    }
    const ServerFiles files = files_of(run_.folder, server.unit);
    const auto verified = run_program(
        {run_.system.program_of(server.unit).string(), "verify", "--config", files.config.string()},
        files.log);
    if (!verified) return std::unexpected(verified.error());
    if (verified->status != 0) run_.complain("the journal of " + server.unit + " does not verify");
    progress.add(1);
  }
  const auto& centre = held.at(run_.system.centre());
  for (const auto& [leaf, route] : run_.setup.routes) {
    for (const std::string& server : route) {
      for (const auto& [precinct, statements] : centre) {
        if (leaf_of.at(precinct) == leaf && held.at(server)[precinct] != statements) {
          run_.complain(server + " does not hold the same protocols of " + precinct +
                        " as the centre");
        }
      }
    }
    for (const auto& [precinct, statements] : held.at(leaf)) {
      if (!centre.contains(precinct)) {
        run_.complain("protocols of " + precinct + " did not reach the centre");
      }
    }
  }
  return {};
}

Result<void> Comparison::compare() {
  if (auto done = collect(); !done) return done;
  if (auto done = collect_results(); !done) return done;
  compare_figures();
  compare_refusals();
  compare_results();
  return compare_tiers();
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
  std::printf("%-35s %10td   ", "elected, by the final protocols", elected);
  if (different_results_ == 0) {
    std::printf("as worked out again\n");
  } else {
    std::printf("%zu results DIFFER\n", different_results_);
  }
}

void Comparison::print_table() const {
  std::printf("\n%-24s %10s %12s %12s   %s\n", "contest", "protocols", "eligible", "valid votes",
              "");
  const auto totals = contest_totals(run_.data, run_.outcome);
  const auto expected = expected_totals(run_.data, run_.outcome.spoiled);
  for (std::size_t i = 0; i < totals.size(); ++i) {
    std::printf(
        "%-24s %10llu %12llu %12llu   %s\n", totals[i].contest.c_str(),
        static_cast<unsigned long long>(totals[i].protocols),
        static_cast<unsigned long long>(totals[i].eligible),
        static_cast<unsigned long long>(totals[i].valid_votes),
        same_totals(totals[i], expected[i]) ? "as in the data set" : "DIFFERS from the data set");
  }
  print_evening();
  std::set<std::size_t> refused;
  for (const Refusal& refusal : run_.outcome.refused) refused.insert(refusal.protocol);
  std::printf(
      "\n%zu protocols read, %zu refused, %llu new records in the centre's log of %llu, %.1f s\n",
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
