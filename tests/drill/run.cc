#include "tests/drill/run.h"

#include <httplib.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/journal/postgres_store.h"
#include "tests/drill/consistency.h"

namespace urna::drill {

namespace {

constexpr std::chrono::seconds kStallMax{60};
constexpr std::chrono::milliseconds kPoll{200};

}  // namespace

Run::Run(const Dataset& of, const Published& told, const ReplayOptions& how,
         std::filesystem::path where, Setup prepared, service::ShutdownSignals& ended_by)
    : data(of),
      published(told),
      options(how),
      folder(std::move(where)),
      setup(std::move(prepared)),
      signals(ended_by),
      system({folder, own_folder(), setup.servers, options.work.has_value()}) {}

void Run::complain(const std::string& what) {
  const std::lock_guard lock(mutex_);
  std::cerr << "wrong: " << what << "\n";
  ++wrong;
}

bool Run::stopping() {
  const std::lock_guard lock(mutex_);
  if (!stopped_ && signals.wait_for(std::chrono::milliseconds(0))) stopped_ = true;
  return stopped_;
}

Result<void> Run::check_stopping() {
  if (stopping()) return fail(ErrorCode::kCancelled, "stopped");
  return {};
}

std::uint64_t received_in(const nlohmann::json& status) {
  std::uint64_t received = 0;
  for (const auto& contest : status["contests"]) received += contest.value("received", 0U);
  return received;
}

std::uint64_t log_size_in(const nlohmann::json& status) {
  const auto log = status.find("log");
  return log == status.end() ? 0 : log->value("size", std::uint64_t{0});
}

std::optional<nlohmann::json> Run::status_of(const std::string& unit) const {
  httplib::Client http("http://" + system.status_page(unit));
  http.set_read_timeout(std::chrono::seconds(10));
  const auto answer = http.Get("/api/status.json");
  if (!answer || answer->status != 200) return std::nullopt;
  auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::optional<int> Run::health_of(const std::string& unit) const {
  httplib::Client http("http://" + system.status_page(unit));
  const auto answer = http.Get("/healthz");
  if (!answer) return std::nullopt;
  return answer->status;
}

std::optional<nlohmann::json> Run::centre_status() const { return status_of(system.centre()); }

Result<nlohmann::json> Run::wait_for_centre(std::uint64_t received, std::uint64_t log_size,
                                            const std::function<void(std::uint64_t)>& on_received) {
  nlohmann::json last = nlohmann::json::object();
  std::pair<std::uint64_t, std::uint64_t> before;
  auto moved = std::chrono::steady_clock::now();
  for (;;) {
    std::pair<std::uint64_t, std::uint64_t> now;
    if (auto status = centre_status()) {
      now = {received_in(*status), log_size_in(*status)};
      last = std::move(*status);
    }
    on_received(now.first);
    if (now.first >= received && now.second >= log_size) return last;
    if (now != before) moved = std::chrono::steady_clock::now();
    before = now;
    if (const std::string gone = system.ended(); !gone.empty()) {
      return fail(ErrorCode::kInternal, "the server of " + gone + " ended by itself");
    }
    if (auto go_on = check_stopping(); !go_on) return std::unexpected(std::move(go_on.error()));
    if (std::chrono::steady_clock::now() - moved > kStallMax) {
      complain("the centre stands at " + std::to_string(now.first) + " protocols and " +
               std::to_string(now.second) + " records and no more come");
      return last;
    }
    std::this_thread::sleep_for(kPoll);
  }
}

Result<void> Run::wait_for_all(bool disputed) {
  std::map<std::string, std::uint64_t> wanted;
  for (std::size_t i = 0; i < data.protocols.size(); ++i) {
    if (disputed && i == incidents.disputed) continue;
    for (const std::string& server : setup.routes.at(data.precinct_of(data.protocols[i]).teryt)) {
      ++wanted[server];
    }
  }
  for (const Spoil& spoil : outcome.spoiled) {
    for (const std::string& server :
         setup.routes.at(data.precinct_of(data.protocols[spoil.protocol]).teryt)) {
      --wanted[server];
    }
  }
  const auto missing = wait_for_each(std::move(wanted), received_in);
  if (!missing) return std::unexpected(missing.error());
  for (const auto& [server, places] : *missing) {
    complain(server + " does not have all of its " + std::to_string(places) + " places");
  }
  return {};
}

Result<void> Run::wait_until_followed() {
  auto centre = journal::PostgresStore::open_read_only(system.database());
  if (!centre) return std::unexpected(std::move(centre.error()));
  auto wanted = records_to_come(**centre, setup.servers, Ways(data, setup.routes));
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const auto missing = wait_for_each(std::move(*wanted), log_size_in);
  if (!missing) return std::unexpected(missing.error());
  for (const auto& [server, records] : *missing) {
    complain(server + " does not get all of the " + std::to_string(records) +
             " records that concern it");
  }
  return {};
}

Result<Run::Wanted> Run::wait_for_each(Wanted wanted,
                                       std::uint64_t (*figure_of)(const nlohmann::json&)) {
  auto moved = std::chrono::steady_clock::now();
  std::uint64_t before = 0;
  while (!wanted.empty()) {
    std::uint64_t here = 0;
    std::erase_if(wanted, [&](const auto& server) {
      const auto status = status_of(server.first);
      const std::uint64_t figure = status ? figure_of(*status) : 0;
      here += figure;
      return figure >= server.second;
    });
    if (auto go_on = check_stopping(); !go_on) return std::unexpected(std::move(go_on.error()));
    if (here != before) moved = std::chrono::steady_clock::now();
    before = here;
    if (std::chrono::steady_clock::now() - moved > kStallMax) break;
    if (!wanted.empty()) std::this_thread::sleep_for(kPoll);
  }
  return wanted;
}

}  // namespace urna::drill
