// The configuration that every node shares: identity, neighbours, listeners, log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/service/config.h"
#include "common/service/logging.h"
#include "common/uplink/client.h"

namespace urna::daemon {

struct IdentitySettings {
  std::filesystem::path anchors;      // root and authorities, PEM
  std::filesystem::path certificate;  // this node's, PEM
  std::filesystem::path key;          // PKCS#8 in PEM
  std::optional<std::filesystem::path> password_file;
};

struct UplinkSettings {
  std::string listen;  // "127.0.0.1:7443", port 0 for any free one, or "unix:/path"
  std::optional<std::filesystem::path> address_file;
  std::size_t streams_max = 4'096;
};

// The status page and metrics, on the loopback address.
struct HttpSettings {
  std::string listen;  // "127.0.0.1:8080", port 0 for any free one; empty: none
  std::optional<std::filesystem::path> address_file;
};

struct NodeSettings {
  std::filesystem::path data;
  // A definition file looked at on every start; taken in when newer than what is held.
  std::optional<std::filesystem::path> definition;
  IdentitySettings identity;
  UplinkSettings uplink;
  HttpSettings http;
  std::vector<uplink::Upstream> upstreams;
  std::uint64_t failover_ms = 10'000;
  std::uint64_t retry_ms = 1'000;
  std::size_t threads = 0;  // 0: as many as the machine has processors, and two more
  std::optional<std::filesystem::path> log_file;
  service::LogLevel log_level = service::LogLevel::kInfo;
};

// Reads the sections all nodes have. Problems are remembered by the configuration and come out of
// Config::finish(). `listens`: the node takes streams from below.
NodeSettings read_node_settings(service::ConfigSection root, bool listens);

// kNotFound, naming the key, when the folder that `file` is to be written in is not there: it is
// never made.
Result<void> folder_exists(const std::filesystem::path& file, const std::string& key);

}  // namespace urna::daemon
