#include "tests/drill/replay.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/base/clock.h"
#include "common/journal/postgres_store.h"
#include "common/journal/sqlite_store.h"
#include "common/service/files.h"
#include "tests/drill/consistency.h"
#include "tests/drill/fleet.h"
#include "tests/drill/progress.h"
#include "tests/drill/replay_report.h"
#include "tests/drill/setup.h"
#include "tests/drill/straight.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {

namespace {

constexpr std::chrono::seconds kStallMax{60};
constexpr std::chrono::milliseconds kPoll{200};

std::uint64_t received_in(const nlohmann::json& status) {
  std::uint64_t received = 0;
  for (const auto& contest : status["contests"]) received += contest.value("received", 0U);
  return received;
}

class Evening {
 public:
  Evening(const Dataset& data, const ReplayOptions& options, std::filesystem::path folder,
          Setup setup, std::vector<Spoil> spoils, service::ShutdownSignals& signals)
      : data_(data),
        options_(options),
        folder_(std::move(folder)),
        setup_(std::move(setup)),
        signals_(signals),
        system_({folder_, own_folder(), setup_.servers, options.work.has_value()}) {
    outcome_.spoiled = std::move(spoils);
  }

  Result<int> run();

 private:
  using Step = Result<void> (Evening::*)();

  Result<void> start_system();
  Result<void> make_clients();
  Result<void> send();
  Result<void> hand_over_media();
  Result<void> try_without_checks();
  Result<void> wait_for_centre();
  Result<void> serve_on();
  Result<void> stop_system();
  Result<void> collect();
  Result<void> compare_tiers();

  void complain(const std::string& what) {
    std::cerr << "wrong: " << what << "\n";
    ++wrong_;
  }
  bool stopping() {
    if (!stopped_ && signals_.wait_for(std::chrono::milliseconds(0))) stopped_ = true;
    return stopped_;
  }
  std::size_t unspoiled() const { return data_.protocols.size() - outcome_.spoiled.size(); }
  // Places in the centre's received tally, as its status page tells; nullopt when it does not
  // answer.
  std::optional<nlohmann::json> centre_status();
  void compare_figures(const nlohmann::json& live);
  void compare_refusals();
  void print_table();
  Result<std::unique_ptr<journal::Store>> open_store(const std::string& unit);

  const Dataset& data_;
  const ReplayOptions& options_;
  const std::filesystem::path folder_;
  Setup setup_;
  service::ShutdownSignals& signals_;
  System system_;
  std::vector<FleetClient> clients_;
  std::vector<FleetResult> results_;
  ReplayOutcome outcome_;
  nlohmann::json live_;
  std::chrono::steady_clock::time_point begun_;
  std::atomic<bool> stopped_ = false;
  bool all_there_before_ = false;  // a second replay into a kept system
  std::uint64_t log_before_ = 0;
  std::uint64_t log_after_ = 0;
  int wrong_ = 0;
};

Result<void> Evening::start_system() {
  std::cerr << "starting " << setup_.servers.size() << " servers and a database\n";
  auto started = system_.start();
  if (!started) return started;
  std::cerr << "live page: http://" << system_.status_page() << "/\n";
  if (const auto status = centre_status()) {
    log_before_ = (*status)["log"].value("size", std::uint64_t{0});
    all_there_before_ = received_in(*status) == unspoiled();
  }
  return {};
}

Result<void> Evening::make_clients() {
  std::map<std::size_t, const Spoil*> spoil_of;
  for (const Spoil& spoil : outcome_.spoiled) spoil_of[spoil.protocol] = &spoil;
  std::vector<std::vector<FleetProtocol>> by_precinct(data_.precincts.size());
  for (std::size_t i = 0; i < data_.protocols.size(); ++i) {
    const DatasetProtocol& original = data_.protocols[i];
    const auto changed = spoil_of.find(i);
    const DatasetProtocol protocol =
        changed == spoil_of.end() ? original : spoiled(original, *changed->second);
    by_precinct[original.precinct].push_back({i, body_of(data_, setup_.election, protocol)});
  }
  Progress progress("making keys  ", data_.precincts.size());
  const model::ElectionId& election = setup_.anchors.election();
  for (std::size_t i = 0; i < data_.precincts.size(); ++i) {
    const DatasetPrecinct& precinct = data_.precincts[i];
    const auto unit = *model::UnitId::parse(precinct.id);
    auto node = setup_.keyring.identity({election, unit, trust::Role::kPrecinctNode});
    if (!node) return std::unexpected(std::move(node.error()));
    auto chair = setup_.keyring.identity({election, unit, trust::Role::kChair});
    if (!chair) return std::unexpected(std::move(chair.error()));
    FleetClient client{std::move(*node),
                       std::move(*chair),
                       {},
                       std::move(by_precinct[i]),
                       precinct.teryt == options_.by_medium};
    for (const std::string& server : setup_.routes.at(precinct.teryt)) {
      client.upstreams.push_back({*model::UnitId::parse(server), system_.address(server)});
    }
    clients_.push_back(std::move(client));
    progress.add(1);
    if (stopping()) return fail(ErrorCode::kCancelled, "stopped");
  }
  if (options_.work) return setup_.keyring.save(folder_ / "keys.json");
  return {};
}

Result<void> Evening::send() {
  FleetOptions fleet{setup_.anchors, &setup_.definition, setup_.keyring.made_at_ms(),
                     options_.streams_max};
  begun_ = std::chrono::steady_clock::now();
  {
    Progress progress("sending      ", unspoiled());
    std::mutex mutex;
    results_ = run_fleet(
        clients_, fleet, [&](std::size_t protocols) { progress.add(protocols); },
        [&] {
          const std::lock_guard lock(mutex);
          return stopping();
        });
  }
  if (stopped_) return fail(ErrorCode::kCancelled, "stopped");
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (!results_[i].error.empty()) complain(data_.precincts[i].id + ": " + results_[i].error);
    for (const FleetRefusal& refusal : results_[i].refused) {
      for (const std::string& code : refusal.codes) {
        outcome_.refused.push_back({refusal.number, code, "precinct"});
      }
    }
  }
  return {};
}

Result<void> Evening::hand_over_media() {
  if (options_.by_medium.empty()) return {};
  if (!setup_.routes.contains(options_.by_medium)) {
    return fail(ErrorCode::kInvalidArgument,
                "--by-medium: no precinct lies in " + options_.by_medium);
  }
  const ServerFiles files = System::files_of(folder_, options_.by_medium);
  std::filesystem::create_directories(folder_ / "media");
  std::size_t media = 0;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (!clients_[i].by_medium) continue;
    const std::filesystem::path medium = folder_ / "media" / (data_.precincts[i].id + ".urna");
    if (auto written = service::write_file_atomically(medium, results_[i].medium); !written)
      return written;
    const auto imported = run_program({system_.program_of(options_.by_medium).string(), "import",
                                       "--config", files.config.string(), medium.string()},
                                      files.log);
    if (!imported) return std::unexpected(imported.error());
    if (imported->status != 0) complain("import of " + medium.string() + ": " + imported->output);
    ++media;
  }
  std::cerr << media << " media imported at " << options_.by_medium << "\n";
  return {};
}

Result<void> Evening::try_without_checks() {
  if (outcome_.spoiled.empty()) return {};
  Progress progress("spoiled      ", outcome_.spoiled.size() * 2);
  for (std::size_t i = 0; i < results_.size(); ++i) {
    for (const FleetRefusal& refusal : results_[i].refused) {
      const std::pair<const char*, const uplink::Upstream&> tiers[] = {
          {"territorial", clients_[i].upstreams.front()},
          {"central", clients_[i].upstreams.back()}};
      for (const auto& [tier, server] : tiers) {
        const auto codes = submit_straight(server, setup_.anchors, clients_[i].node, refusal.record,
                                           clients_[i].chair.certificate_der, wall_clock_ms());
        if (!codes) return std::unexpected(codes.error());
        for (const std::string& code : *codes)
          outcome_.refused.push_back({refusal.number, code, tier});
        progress.add(1);
      }
    }
  }
  return {};
}

std::optional<nlohmann::json> Evening::centre_status() {
  httplib::Client http("http://" + system_.status_page());
  http.set_read_timeout(std::chrono::seconds(10));
  const auto answer = http.Get("/api/status.json");
  if (!answer || answer->status != 200) return std::nullopt;
  auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

Result<void> Evening::wait_for_centre() {
  Progress progress("at the centre", unspoiled());
  std::uint64_t last = 0;
  auto moved = std::chrono::steady_clock::now();
  for (;;) {
    const auto status = centre_status();
    std::uint64_t received = 0;
    if (status) {
      received = received_in(*status);
      live_ = *status;
    }
    progress.set(received);
    if (received >= unspoiled()) break;
    if (received != last) moved = std::chrono::steady_clock::now();
    last = received;
    if (const std::string gone = system_.ended(); !gone.empty()) {
      return fail(ErrorCode::kInternal, "the server of " + gone + " ended by itself");
    }
    if (stopping()) return fail(ErrorCode::kCancelled, "stopped");
    if (std::chrono::steady_clock::now() - moved > kStallMax) {
      complain("the centre stands at " + std::to_string(received) + " protocols and no more come");
      break;
    }
    std::this_thread::sleep_for(kPoll);
  }
  outcome_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  return {};
}

Result<void> Evening::serve_on() {
  if (!options_.serve_afterwards) return {};
  std::cerr << "\nEverything keeps running. Look at http://" << system_.status_page()
            << "/ and end with Ctrl-C.\n";
  signals_.wait();
  return {};
}

Result<void> Evening::stop_system() { return system_.stop(); }

Result<void> Evening::collect() {
  const ServerFiles files = System::files_of(folder_, system_.centre());
  const auto tally = run_program(
      {system_.program_of(system_.centre()).string(), "tally", "--config", files.config.string()},
      files.log);
  if (!tally) return std::unexpected(tally.error());
  if (tally->status != 0) return fail(ErrorCode::kInternal, "the centre's tally cannot be rebuilt");
  auto lines = parse_tally(tally->output);
  if (!lines) return std::unexpected(std::move(lines.error()));
  outcome_.tally = std::move(*lines);
  std::ranges::sort(outcome_.refused);
  auto store = open_store(system_.centre());
  if (!store) return std::unexpected(std::move(store.error()));
  const auto size = (*store)->size(journal::LogKind::kElection);
  if (!size) return std::unexpected(size.error());
  log_after_ = *size;
  if (all_there_before_ && log_after_ != log_before_) {
    complain(std::to_string(log_after_ - log_before_) +
             " new records in the centre's log, though all of them were there already");
  }
  compare_figures(live_);
  compare_refusals();
  return {};
}

void Evening::compare_figures(const nlohmann::json& live) {
  const auto totals = contest_totals(data_, outcome_);
  const auto expected = expected_totals(data_, outcome_.spoiled);
  std::uint64_t rebuilt_votes = 0;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    rebuilt_votes += totals[i].valid_votes;
    if (totals[i].protocols != expected[i].protocols ||
        totals[i].eligible != expected[i].eligible ||
        totals[i].valid_votes != expected[i].valid_votes) {
      complain("totals of " + totals[i].contest + " differ from the data set's");
    }
  }
  const auto have = rows(data_, outcome_);
  const auto want = expected_rows(data_, outcome_.spoiled);
  std::size_t different = 0;
  for (const auto& [key, votes] : want) {
    const auto found = have.find(key);
    // A unit whose protocols were all spoiled has no row.
    if ((found == have.end() ? 0 : found->second) != votes) ++different;
  }
  for (const auto& [key, votes] : have) {
    if (!want.contains(key) && votes != 0) ++different;
  }
  if (different > 0)
    complain(std::to_string(different) + " rows of votes differ from the data set's");
  std::uint64_t live_votes = 0;
  for (const auto& contest : live["contests"])
    live_votes += contest.value("valid_votes", std::uint64_t{0});
  if (live_votes != rebuilt_votes)
    complain("the tally rebuilt from the journal is not the live one");
}

void Evening::compare_refusals() {
  std::vector<Refusal> expected;
  for (const Spoil& spoil : outcome_.spoiled) {
    for (const char* tier : {"precinct", "territorial", "central"}) {
      for (const std::string& code : spoil.expected_codes)
        expected.push_back({spoil.protocol, code, tier});
    }
  }
  std::ranges::sort(expected);
  if (expected != outcome_.refused) complain("what was refused is not exactly what was spoiled");
}

Result<std::unique_ptr<journal::Store>> Evening::open_store(const std::string& unit) {
  if (unit == system_.centre()) {
    auto store = journal::PostgresStore::open(
        {.connection = system_.postgres().connection("urna"), .hook = {}, .log_id = {}});
    if (!store) return std::unexpected(std::move(store.error()));
    return std::move(*store);
  }
  auto store = journal::SqliteStore::open_read_only(System::files_of(folder_, unit).folder /
                                                    "data" / "journal.db");
  if (!store) return std::unexpected(std::move(store.error()));
  return std::move(*store);
}

// Every tier's journal verifies, and holds the same protocol statements for its area.
Result<void> Evening::compare_tiers() {
  std::map<std::string, std::string> leaf_of;
  for (const DatasetPrecinct& precinct : data_.precincts) leaf_of[precinct.id] = precinct.teryt;
  std::map<std::string, std::map<std::string, std::set<std::string>>> held;
  Progress progress("verifying    ", setup_.servers.size());
  for (const ServerPlan& server : setup_.servers) {
    {
      auto store = open_store(server.unit);
      if (!store) return std::unexpected(std::move(store.error()));
      auto statements = statements_in(**store);
      if (!statements) return std::unexpected(std::move(statements.error()));
      held[server.unit] = std::move(*statements);
    }
    const ServerFiles files = System::files_of(folder_, server.unit);
    const auto verified = run_program(
        {system_.program_of(server.unit).string(), "verify", "--config", files.config.string()},
        files.log);
    if (!verified) return std::unexpected(verified.error());
    if (verified->status != 0) complain("the journal of " + server.unit + " does not verify");
    progress.add(1);
  }
  const auto& centre = held.at(system_.centre());
  for (const auto& [leaf, route] : setup_.routes) {
    for (const std::string& server : route) {
      for (const auto& [precinct, statements] : centre) {
        if (leaf_of.at(precinct) == leaf && held.at(server)[precinct] != statements) {
          complain(server + " does not hold the same protocols of " + precinct + " as the centre");
        }
      }
    }
    for (const auto& [precinct, statements] : held.at(leaf)) {
      if (!centre.contains(precinct))
        complain("protocols of " + precinct + " did not reach the centre");
    }
  }
  return {};
}

void Evening::print_table() {
  std::printf("\n%-24s %10s %12s %12s   %s\n", "contest", "protocols", "eligible", "valid votes",
              "");
  const auto totals = contest_totals(data_, outcome_);
  const auto expected = expected_totals(data_, outcome_.spoiled);
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const bool same = totals[i].protocols == expected[i].protocols &&
                      totals[i].eligible == expected[i].eligible &&
                      totals[i].valid_votes == expected[i].valid_votes;
    std::printf("%-24s %10llu %12llu %12llu   %s\n", totals[i].contest.c_str(),
                static_cast<unsigned long long>(totals[i].protocols),
                static_cast<unsigned long long>(totals[i].eligible),
                static_cast<unsigned long long>(totals[i].valid_votes),
                same ? "as in the data set" : "DIFFERS from the data set");
  }
  std::set<std::size_t> refused;
  for (const Refusal& refusal : outcome_.refused) refused.insert(refusal.protocol);
  std::printf(
      "\n%zu protocols read, %zu refused, %llu new records in the centre's log of %llu, %.1f s\n",
      data_.protocols.size(), refused.size(),
      static_cast<unsigned long long>(log_after_ - log_before_),
      static_cast<unsigned long long>(log_after_), outcome_.seconds);
  std::printf(wrong_ == 0 ? "every figure agrees\n" : "%d things are wrong, see above\n", wrong_);
  std::fflush(stdout);
}

Result<int> Evening::run() {
  for (const Step step :
       {&Evening::start_system, &Evening::make_clients, &Evening::send, &Evening::hand_over_media,
        &Evening::try_without_checks, &Evening::wait_for_centre}) {
    if (auto done = (this->*step)(); !done) return std::unexpected(std::move(done.error()));
  }
  for (const Step step :
       {&Evening::serve_on, &Evening::stop_system, &Evening::collect, &Evening::compare_tiers}) {
    if (auto done = (this->*step)(); !done) return std::unexpected(std::move(done.error()));
  }
  if (!options_.report.empty()) {
    if (auto written = write_report(options_.report, data_, outcome_); !written) {
      return std::unexpected(std::move(written.error()));
    }
  }
  print_table();
  return wrong_ == 0 ? 0 : 1;
}

}  // namespace

Result<int> replay(const Dataset& data, const ReplayOptions& options,
                   service::ShutdownSignals& signals) {
  std::vector<Spoil> spoils;
  if (options.spoil > 0) {
    auto chosen = choose_spoils(data, options.spoil, options.seed);
    if (!chosen) return std::unexpected(std::move(chosen.error()));
    spoils = std::move(*chosen);
  }
  std::optional<test::TemporaryFolder> temporary;
  std::filesystem::path folder;
  if (options.work) {
    folder = std::filesystem::absolute(*options.work);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
  } else {
    folder = temporary.emplace().path();
  }
  auto setup = prepare(data, folder, wall_clock_ms());
  if (!setup) return std::unexpected(std::move(setup.error()));
  Evening evening(data, options, folder, std::move(*setup), std::move(spoils), signals);
  return evening.run();
}

}  // namespace urna::drill
