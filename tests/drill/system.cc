#include "tests/drill/system.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/service/files.h"

namespace urna::drill {

namespace {

constexpr std::chrono::seconds kStartPatience{30};
constexpr std::chrono::seconds kStopPatience{20};
constexpr std::string_view kDatabase = "urna";

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

// The last lines of a log, for a message.
std::string tail_of(const std::filesystem::path& log) {
  std::ifstream in(log);
  std::stringstream all;
  all << in.rdbuf();
  const std::string text = all.str();
  constexpr std::size_t kTail = 600;
  return text.size() > kTail ? text.substr(text.size() - kTail) : text;
}

Result<std::string> wait_for_address(Child& child, const std::filesystem::path& file) {
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const auto text = service::read_file(file, 4'096)) return text->substr(0, text->find('\n'));
    if (!child.running()) return fail(ErrorCode::kUnavailable, "it ended at once");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(ErrorCode::kUnavailable, "it does not listen");
}

}  // namespace

System::~System() {
  static_cast<void>(stop());
  postgres_.reset();
}

ServerFiles System::files_of(const std::filesystem::path& folder, const std::string& unit) {
  const std::filesystem::path own = folder / "servers" / unit;
  return {own, own / "urna.toml", own / "log.jsonl", own / "uplink.address", own / "http.address"};
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

Result<void> System::write_config(const ServerPlan& server) const {
  const ServerFiles files = files_of(options_.folder, server.unit);
  std::ostringstream toml;
  toml << "data = \"data\"\n"
       << "definition = " << quoted((options_.folder / "definition.urna").string()) << "\n\n"
       << "[identity]\n"
       << "anchors = " << quoted((options_.folder / "trust.pem").string()) << "\n"
       << "certificate = \"node.crt\"\nkey = \"node.key\"\n\n"
       << "[uplink]\nlisten = \"127.0.0.1:0\"\naddress_file = \"uplink.address\"\n\n"
       << "[http]\nlisten = \"127.0.0.1:0\"\naddress_file = \"http.address\"\n\n"
       << "[log]\nfile = \"log.jsonl\"\n";
  if (server.unit == centre()) {
    toml << "\n[database]\nconnection = " << quoted(postgres_->connection(kDatabase)) << "\n";
  }
  for (const std::string& upstream : server.upstreams) {
    toml << "\n[[upstream]]\nunit = " << quoted(upstream)
         << "\naddress = " << quoted(address(upstream)) << "\n";
  }
  return service::write_file_atomically(files.config, toml.str());
}

Result<void> System::launch(const ServerPlan& server) {
  const ServerFiles files = files_of(options_.folder, server.unit);
  std::filesystem::remove(files.uplink_address);
  std::filesystem::remove(files.http_address);
  if (auto written = write_config(server); !written) return written;
  auto child = Child::start(
      {program_of(server.unit).string(), "serve", "--config", files.config.string()}, files.log);
  if (!child) return std::unexpected(std::move(child.error()));
  running_.emplace_back(server.unit, std::move(*child));
  auto address = wait_for_address(running_.back().second, files.uplink_address);
  if (!address) {
    return fail(address.error().code, "server " + server.unit + ": " + address.error().message +
                                          "; end of its log:\n" + tail_of(files.log));
  }
  addresses_[server.unit] = *address;
  if (server.unit == centre()) {
    auto page = wait_for_address(running_.back().second, files.http_address);
    if (!page) return std::unexpected(std::move(page.error()));
    status_page_ = *page;
  }
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
