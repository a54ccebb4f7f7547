#include "common/daemon/node_settings.h"

namespace urna::daemon {

using service::ConfigSection;
using service::LogLevel;

namespace {

IdentitySettings read_identity(ConfigSection section) {
  IdentitySettings identity;
  identity.anchors = section.required_path("anchors");
  identity.certificate = section.required_path("certificate");
  identity.key = section.required_path("key");
  identity.password_file = section.path("password_file");
  return identity;
}

std::vector<uplink::Upstream> read_upstreams(ConfigSection& root) {
  std::vector<uplink::Upstream> upstreams;
  for (ConfigSection& section : root.sections("upstream")) {
    const std::string unit = section.required_string("unit");
    const std::string address = section.required_string("address");
    const auto parsed = model::UnitId::parse(unit);
    if (!parsed && !unit.empty()) section.complain("unit", "'" + unit + "' is not a unit");
    if (parsed) upstreams.push_back({*parsed, address});
  }
  return upstreams;
}

}  // namespace

NodeSettings read_node_settings(ConfigSection root, bool listens) {
  NodeSettings settings;
  settings.data = root.required_path("data");
  settings.definition = root.path("definition");
  settings.threads = static_cast<std::size_t>(root.integer("threads", 0, {.min = 0, .max = 256}));
  settings.identity = read_identity(root.section("identity"));
  if (listens) {
    ConfigSection uplink = root.section("uplink");
    settings.uplink.listen = uplink.required_string("listen");
    settings.uplink.address_file = uplink.path("address_file");
    settings.uplink.streams_max =
        static_cast<std::size_t>(uplink.integer("streams_max", 4'096, {.min = 1, .max = 100'000}));
    ConfigSection http = root.section("http");
    settings.http.listen = http.string("listen");
    settings.http.address_file = http.path("address_file");
  }
  settings.upstreams = read_upstreams(root);
  ConfigSection sending = root.section("sending");
  settings.failover_ms = static_cast<std::uint64_t>(
      sending.integer("failover_ms", 10'000, {.min = 100, .max = 3'600'000}));
  settings.retry_ms =
      static_cast<std::uint64_t>(sending.integer("retry_ms", 1'000, {.min = 10, .max = 600'000}));
  ConfigSection log = root.section("log");
  settings.log_file = log.path("file");
  const std::string level = log.choice("level", {"debug", "info", "warning", "error"}, "info");
  settings.log_level = service::parse_log_level(level).value_or(LogLevel::kInfo);
  return settings;
}

Result<void> folder_exists(const std::filesystem::path& file, const std::string& key) {
  const std::filesystem::path folder = file.parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  return fail(ErrorCode::kNotFound,
              key + ": there is no folder " + folder.string() + " for " + file.string());
}

}  // namespace urna::daemon
