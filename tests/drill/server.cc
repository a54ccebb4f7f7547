#include "tests/drill/server.h"

#include <fstream>
#include <sstream>
#include <thread>

#include "common/service/files.h"

namespace urna::drill {

namespace {

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

}  // namespace

ServerFiles files_of(const std::filesystem::path& folder, const std::string& unit) {
  const std::filesystem::path own = folder / "servers" / unit;
  return {own, own / "urna.toml", own / "log.jsonl", own / "uplink.address", own / "http.address"};
}

Result<void> write_identity(const trust::Identity& identity, const std::filesystem::path& folder,
                            const std::string& unit) {
  const auto key = identity.key.to_pem(std::nullopt);
  if (!key) return std::unexpected(key.error());
  const ServerFiles files = files_of(folder, unit);
  std::filesystem::create_directories(files.folder);
  auto written = service::write_file_atomically(files.folder / "node.key", *key, 0600);
  if (!written) return written;
  return service::write_file_atomically(files.folder / "node.crt",
                                        trust::der_to_pem(identity.certificate_der));
}

Result<void> write_config(const ServerConfig& config) {
  std::ostringstream toml;
  toml << "data = \"data\"\n"
       << "definition = " << quoted((config.folder / "definition.urna").string()) << "\n\n"
       << "[identity]\n"
       << "anchors = " << quoted((config.folder / "trust.pem").string()) << "\n"
       << "certificate = \"node.crt\"\nkey = \"node.key\"\n\n"
       << "[uplink]\nlisten = " << quoted(config.listen)
       << "\naddress_file = \"uplink.address\"\n\n"
       << "[http]\nlisten = " << quoted(config.http_listen)
       << "\naddress_file = \"http.address\"\n\n"
       << "[sending]\nfailover_ms = " << config.failover.count() << "\n\n"
       << "[log]\nfile = \"log.jsonl\"\n";
  if (!config.database.empty()) {
    toml << "\n[database]\nconnection = " << quoted(config.database) << "\n";
  }
  for (const uplink::Upstream& upstream : config.upstreams) {
    toml << "\n[[upstream]]\nunit = " << quoted(upstream.unit.str())
         << "\naddress = " << quoted(upstream.address) << "\n";
  }
  return service::write_file_atomically(files_of(config.folder, config.unit).config, toml.str());
}

Result<std::string> wait_for_address(Child& program, const std::filesystem::path& file,
                                     std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const auto text = service::read_file(file, 4'096)) return text->substr(0, text->find('\n'));
    if (!program.running()) return fail(ErrorCode::kUnavailable, "it ended at once");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(ErrorCode::kUnavailable, "it does not listen");
}

Result<StartedServer> start_server(const std::filesystem::path& program,
                                   const ServerConfig& config) {
  const ServerFiles files = files_of(config.folder, config.unit);
  std::filesystem::remove(files.uplink_address);
  std::filesystem::remove(files.http_address);
  if (auto written = write_config(config); !written) return std::unexpected(written.error());
  std::vector<std::string> command = config.prefix;
  command.insert(command.end(), {program.string(), "serve", "--config", files.config.string()});
  auto process = Child::start(command, files.log);
  if (!process) return std::unexpected(std::move(process.error()));
  auto address = wait_for_address(*process, files.uplink_address, config.patience);
  auto page = address ? wait_for_address(*process, files.http_address, config.patience) : address;
  if (!page) {
    return fail(page.error().code, "server " + config.unit + ": " + page.error().message +
                                       "; end of its log:\n" + tail_of(files.log));
  }
  return StartedServer{std::move(*process), std::move(*address), std::move(*page)};
}

}  // namespace urna::drill
