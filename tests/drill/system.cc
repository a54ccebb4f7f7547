#include "tests/drill/system.h"

#include <chrono>

namespace urna::drill {

namespace {

constexpr std::chrono::seconds kStopPatience{20};
constexpr std::string_view kDatabase = "urna";

}  // namespace

System::~System() {
  static_cast<void>(stop());
  postgres_.reset();
}

std::filesystem::path System::program_of(const std::string& unit) const {
  return options_.programs / (unit == centre() ? "urna-central" : "urna-territorial");
}

Result<void> System::start() {
  test::PrivatePostgres::Options database;
  // A socket's path must be short; in a kept system the database lies in the folder when it can.
  if (options_.keep) database.folder = options_.folder / "pg";
  database.keep = options_.keep;
  const bool fresh = database.folder.empty() || !std::filesystem::exists(database.folder);
  auto postgres = test::PrivatePostgres::start(database);
  if (!postgres) return std::unexpected(std::move(postgres.error()));
  postgres_ = std::move(*postgres);
  if (fresh) {
    if (auto made = postgres_->create_database(std::string(kDatabase)); !made) return made;
  }
  for (const ServerPlan& server : options_.servers) {
    if (auto launched = launch(server); !launched) return launched;
  }
  return {};
}

Result<void> System::launch(const ServerPlan& server) {
  ServerConfig config;
  config.folder = options_.folder;
  config.unit = server.unit;
  if (server.unit == centre()) config.database = postgres_->connection(kDatabase);
  for (const std::string& upstream : server.upstreams) {
    config.upstreams.push_back({*model::UnitId::parse(upstream), address(upstream)});
  }
  auto started = start_server(program_of(server.unit), config);
  if (!started) return std::unexpected(std::move(started.error()));
  addresses_[server.unit] = started->address;
  if (server.unit == centre()) status_page_ = started->status_page;
  running_.emplace_back(server.unit, std::move(started->process));
  return {};
}

std::string System::ended() {
  for (auto& [unit, child] : running_) {
    if (!child.running()) return unit;
  }
  return {};
}

Result<void> System::stop() {
  std::string unclean;
  while (!running_.empty()) {
    auto& [unit, child] = running_.back();
    const int status = child.stop(kStopPatience);
    if (status != 0) unclean += " " + unit + " (" + std::to_string(status) + ")";
    running_.pop_back();
  }
  if (!unclean.empty()) return fail(ErrorCode::kInternal, "servers did not end cleanly:" + unclean);
  return {};
}

}  // namespace urna::drill
