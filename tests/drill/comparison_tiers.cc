// Every tier by itself: its journal, the records it holds and what it adds them up to.
#include <algorithm>

#include "common/journal/postgres_store.h"
#include "common/journal/sqlite_store.h"
#include "tests/drill/comparison.h"
#include "tests/drill/progress.h"

namespace urna::drill {

namespace {

constexpr std::size_t kComplaintsMax = 20;  // about one server

}  // namespace

Result<void> Comparison::ask(const std::string& unit, const std::string& command,
                             const std::function<void(std::string_view)>& take) {
  const ServerFiles files = files_of(run_.folder, unit);
  const auto finished = run_program(
      {run_.system.program_of(unit).string(), command, "--config", files.config.string()},
      files.log, {.on_output = take, .keep_output = false});
  if (!finished) return std::unexpected(finished.error());
  if (finished->status != 0) {
    return fail(ErrorCode::kInternal, "the " + command + " of " + unit +
                                          " cannot be worked out; see " + files.log.string());
  }
  return {};
}

Result<TallyReader::Tallied> Comparison::tally_of(const std::string& unit) {
  TallyReader reader(run_.data, unit);
  Result<void> read;
  const auto asked = ask(unit, "tally", [&](std::string_view piece) {
    if (read) read = reader.take(piece);
  });
  if (!asked) return std::unexpected(asked.error());
  if (!read) return std::unexpected(read.error());
  return reader.finish();
}

Result<std::unique_ptr<journal::Store>> Comparison::open_store(const std::string& unit) {
  if (unit == run_.system.centre()) {
    auto store = journal::PostgresStore::open(
        {.connection = run_.system.database(), .hook = {}, .log_id = {}});
    if (!store) return std::unexpected(std::move(store.error()));
    return std::move(*store);
  }
  auto store = journal::SqliteStore::open_read_only(files_of(run_.folder, unit).folder / "data" /
                                                    "journal.db");
  if (!store) return std::unexpected(std::move(store.error()));
  return std::move(*store);
}

Result<HeldRecords> Comparison::records_of(const std::string& unit, const Ways& ways) {
  auto store = open_store(unit);
  if (!store) return std::unexpected(std::move(store.error()));
  auto records = records_in(**store, ways);
  if (!records) return std::unexpected(std::move(records.error()).within(unit));
  return records;
}

// What `unit` adds up by itself, of the part of the files that lies under it.
Result<void> Comparison::compare_tally(const std::string& unit) {
  const auto tallied = tally_of(unit);
  if (!tallied) return std::unexpected(tallied.error());
  const Sums part =
      part_of(wanted_, run_.data, run_.outcome.spoiled, [&](const std::string& teryt) {
        const auto way = run_.setup.routes.find(teryt);
        return way != run_.setup.routes.end() &&
               std::ranges::find(way->second, unit) != way->second.end();
      });
  for (const std::string& difference : differences(tallied->sums, part)) {
    run_.complain("the tally of " + unit + " is not as in the data set: " + difference);
  }
  return {};
}

// One server after another, so that no more than two journals' records are held.
Result<void> Comparison::compare_tiers() {
  const Ways ways(run_.data, run_.setup.routes);
  const std::string& centre_unit = run_.system.centre();
  const auto centre = records_of(centre_unit, ways);
  if (!centre) return std::unexpected(centre.error());
  Progress progress("verifying    ", run_.setup.servers.size());
  for (const ServerPlan& server : run_.setup.servers) {
    const bool is_centre = server.unit == centre_unit;
    const auto held = is_centre ? *centre : records_of(server.unit, ways);
    if (!held) return std::unexpected(held.error());
    const auto found = differences(*centre, *held, server.unit, ways);
    for (std::size_t i = 0; i < found.size() && i < kComplaintsMax; ++i) run_.complain(found[i]);
    if (found.size() > kComplaintsMax) {
      run_.complain(server.unit + " differs about " +
                    std::to_string(found.size() - kComplaintsMax) + " more");
    }
    for (const auto& [unit, records] : *held) records_compared_ += records.size();
    const ServerFiles files = files_of(run_.folder, server.unit);
    const auto verified = run_program(
        {run_.system.program_of(server.unit).string(), "fsck", "--config", files.config.string()},
        files.log);
    if (!verified) return std::unexpected(verified.error());
    if (verified->status != 0) run_.complain("the journal of " + server.unit + " does not verify");
    if (!is_centre) {
      if (auto compared = compare_tally(server.unit); !compared) return compared;
    }
    progress.add(1);
  }
  return {};
}

}  // namespace urna::drill
