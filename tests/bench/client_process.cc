#include "tests/bench/client_process.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/service/files.h"
#include "tests/drill/child.h"

namespace urna::bench {

namespace {

using nlohmann::json;

constexpr std::size_t kSettingsBytesMax = std::size_t{1} << 20;
// Longer than a Sender waits for a receipt, and than any stretch takes.
constexpr int kPatienceMs = 1'800'000;

json json_of(const SenderOptions& options) {
  json identities = json::array();
  for (const uplink::TlsIdentity& identity : options.identities) {
    identities.push_back({{"key", identity.key_pem},
                          {"certificate", identity.certificate_pem},
                          {"roots", identity.roots_pem}});
  }
  return {{"address", options.address},
          {"unit", options.unit.str()},
          {"election", options.election.str()},
          {"load", options.load.string()},
          {"identities", std::move(identities)}};
}

// Throws what the library throws: only ever fed by json_of().
SenderOptions options_of(const json& from) {
  SenderOptions options{from.at("address").get<std::string>(),
                        *model::UnitId::parse(from.at("unit").get<std::string>()),
                        *model::ElectionId::parse(from.at("election").get<std::string>()),
                        {},
                        from.at("load").get<std::string>()};
  for (const json& identity : from.at("identities")) {
    options.identities.push_back({identity.at("key").get<std::string>(),
                                  identity.at("certificate").get<std::string>(),
                                  identity.at("roots").get<std::string>()});
  }
  return options;
}

json json_of(const StretchResult& result) {
  json latencies = json::array();
  for (const Weighted& one : result.latencies) latencies.push_back({one.value, one.weight});
  return {{"records", result.records},
          {"batches", result.batches},
          {"seconds", result.seconds},
          {"latencies", std::move(latencies)},
          {"sent", result.sent}};
}

StretchResult result_of(const json& from) {
  StretchResult result;
  result.records = from.at("records").get<std::uint64_t>();
  result.batches = from.at("batches").get<std::uint64_t>();
  result.seconds = from.at("seconds").get<double>();
  for (const json& one : from.at("latencies")) {
    result.latencies.push_back({one.at(0).get<std::uint64_t>(), one.at(1).get<std::uint64_t>()});
  }
  result.sent = from.at("sent").get<std::vector<std::uint64_t>>();
  return result;
}

void answer(const json& line) { std::cout << line.dump() << std::endl; }
void answer(const Error& error) { answer(json{{"error", error.message}}); }

}  // namespace

Result<ClientProcess> ClientProcess::start(const SenderOptions& options,
                                           const std::filesystem::path& folder) {
  const std::filesystem::path settings = folder / "client.json";
  auto written = service::write_file_atomically(settings, json_of(options).dump(), 0600);
  if (!written) return std::unexpected(std::move(written.error()));
  const auto self = drill::own_folder() / "urna-bench";
  auto child = test::start_talking({self.string(), "client", settings.string()},
                                   (folder / "client.log").string());
  if (!child) return std::unexpected(std::move(child.error()));
  ClientProcess client(*child);
  if (auto ready = client.hear(); !ready) return std::unexpected(std::move(ready.error()));
  return client;
}

ClientProcess::ClientProcess(ClientProcess&& other) noexcept
    : child_(std::exchange(other.child_, {})), heard_(std::move(other.heard_)) {}

ClientProcess::~ClientProcess() {
  if (child_.pid <= 0) return;
  ::close(child_.input);
  while (::waitpid(child_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<std::string> ClientProcess::hear() {
  for (;;) {
    if (const auto end = heard_.find('\n'); end != std::string::npos) {
      std::string line = heard_.substr(0, end);
      heard_.erase(0, end + 1);
      const json parsed = json::parse(line, nullptr, false);
      if (parsed.is_object() && parsed.contains("error")) {
        return fail(ErrorCode::kInternal, parsed["error"].get<std::string>());
      }
      return line;
    }
    pollfd ready{child_.input, POLLIN, 0};
    const int polled = ::poll(&ready, 1, kPatienceMs);
    if (polled < 0 && errno == EINTR) continue;
    if (polled == 0) return fail(ErrorCode::kUnavailable, "the client does not answer");
    char buffer[65'536];
    const ssize_t got = ::read(child_.input, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(ErrorCode::kUnavailable, "the client ended by itself");
    heard_.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<StretchResult> ClientProcess::run(const Stretch& stretch) {
  test::tell(
      child_,
      json{{"records_max", stretch.records_max}, {"rate", stretch.rate}, {"seed", stretch.seed}}
              .dump() +
          "\n");
  const auto line = hear();
  if (!line) return std::unexpected(line.error());
  return result_of(json::parse(*line));
}

int run_client(const std::filesystem::path& settings) {
  const auto text = service::read_file(settings, kSettingsBytesMax);
  if (!text) {
    answer(text.error());
    return 1;
  }
  const auto sender = Sender::connect(options_of(json::parse(*text)));
  if (!sender) {
    answer(sender.error());
    return 1;
  }
  answer(json{{"ready", true}});
  std::string line;
  while (std::getline(std::cin, line)) {
    const json order = json::parse(line);
    const auto result =
        (*sender)->run({order.at("records_max").get<std::uint64_t>(),
                        order.at("rate").get<double>(), order.at("seed").get<std::uint64_t>()});
    if (!result) {
      answer(result.error());
      return 1;
    }
    answer(json_of(*result));
  }
  return 0;
}

}  // namespace urna::bench
