#include "tests/support/standby.h"

#include <chrono>
#include <pqxx/pqxx>
#include <thread>

namespace urna::test {

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kPoll{50};

// Runs statements that may not stand inside a transaction, one by one; the last one's only figure.
Result<std::int64_t> ask(const PrivatePostgres& server, const std::vector<std::string>& queries) {
  try {
    pqxx::connection db(server.connection());
    pqxx::nontransaction work(db);
    for (std::size_t i = 0; i + 1 < queries.size(); ++i) work.exec(queries[i]);
    return work.exec1(queries.back())[0].as<std::int64_t>();
  } catch (const std::exception& error) {
    return fail(ErrorCode::kUnavailable, error.what());
  }
}

Result<void> wait_until_synchronous(const PrivatePostgres& primary) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto synchronous =
        ask(primary, {"SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"});
    if (!synchronous) return std::unexpected(synchronous.error());
    if (*synchronous == 1) return {};
    std::this_thread::sleep_for(kPoll);
  }
  return fail(ErrorCode::kUnavailable, "the standby does not become synchronous");
}

}  // namespace

Result<std::unique_ptr<PrivatePostgres>> start_synchronous_standby(PrivatePostgres& primary) {
  PrivatePostgres::Options options;
  options.standby_of = primary.connection();
  auto standby = PrivatePostgres::start(options);
  if (!standby) return standby;
  const auto asked = ask(primary, {"ALTER SYSTEM SET synchronous_standby_names = '*'",
                                   "SELECT pg_reload_conf()::int"});
  if (!asked) return std::unexpected(asked.error());
  if (auto ready = wait_until_synchronous(primary); !ready) return std::unexpected(ready.error());
  return standby;
}

Result<void> promote(PrivatePostgres& standby) {
  const auto promoted =
      ask(standby, {"SELECT pg_promote(true, " + std::to_string(kPatience.count()) + ")::int"});
  if (!promoted) return std::unexpected(promoted.error());
  if (*promoted != 1) return fail(ErrorCode::kUnavailable, "the standby does not take over");
  return {};
}

}  // namespace urna::test
