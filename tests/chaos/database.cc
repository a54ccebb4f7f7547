#include <pqxx/pqxx>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

constexpr std::size_t kRounds = 8;
constexpr std::size_t kCuts = 4;
// There are transactions only while those below are connected.
constexpr std::chrono::seconds kWellPatience{30};
constexpr Milliseconds kAwayMax{1'500};
constexpr Milliseconds kTransactionPatience{5'000};
constexpr Milliseconds kPoll{0};  // a transaction takes a few milliseconds
constexpr int kStartsMax = 40;
constexpr Milliseconds kStartPause{250};

class DatabaseLost final : public Scenario {
 public:
  Result<void> play(Stage& stage) override {
    for (std::size_t i = 0; i < kRounds; ++i) {
      if (auto go_on =
              i < kCuts ? stage.wait_until_well(kWellPatience) : stage.pause({}, Milliseconds(500));
          !go_on) {
        return go_on;
      }
      stage.reached(static_cast<double>(i + 1) / static_cast<double>(kRounds));
      auto done = i < kCuts    ? cut_connection(stage)
                  : i % 2 == 0 ? lose(stage, SIGKILL, "PostgreSQL killed with SIGKILL")
                               : lose(stage, SIGQUIT, "PostgreSQL ended with SIGQUIT");
      if (!done) return done;
    }
    return {};
  }

  Result<void> finish(Stage& stage) override {
    stage.note("connections cut in the middle of a transaction", std::to_string(cut_));
    return cut_ == 0 ? fail(ErrorCode::kInternal, "no transaction was met to cut") : Result<void>();
  }

 private:
  // The centre starts anew from its journal by itself, once the database answers.
  static Result<void> lose(Stage& stage, int signal, const std::string& what) {
    test::PrivatePostgres& postgres = stage.run().system.postgres();
    postgres.crash(signal);
    if (auto go_on = stage.pause({}, kAwayMax); !go_on) return go_on;
    stage.fault_over(what);
    Result<void> started;
    for (int i = 0; i < kStartsMax; ++i) {
      started = postgres.start_again();
      if (started) return started;
      // A process of the old one may still hold what the new one needs.
      if (auto go_on = stage.pause(kStartPause, kStartPause); !go_on) return go_on;
    }
    return started;
  }

  // Ends the server's process of a connection that has written something and not committed it.
  Result<void> cut_connection(Stage& stage) {
    const auto deadline = std::chrono::steady_clock::now() + kTransactionPatience;
    try {
      pqxx::connection db(stage.run().system.postgres().connection());
      pqxx::nontransaction work(db);
      while (std::chrono::steady_clock::now() < deadline) {
        const auto cut = work.exec1(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'urna' AND backend_xid IS NOT NULL");
        if (cut[0].as<std::size_t>() > 0) {
          ++cut_;
          stage.fault_over("connection cut in a transaction");
          return {};
        }
        if (auto go_on = stage.pause(kPoll, kPoll); !go_on) return go_on;
      }
      return {};
    } catch (const std::exception& error) {
      return fail(ErrorCode::kUnavailable, error.what());
    }
  }

  std::size_t cut_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> make_database(const Extent&) { return std::make_unique<DatabaseLost>(); }

}  // namespace urna::chaos
