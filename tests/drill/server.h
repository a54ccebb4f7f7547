// One server of Urna as a process: its files, its configuration, its start.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/trust/certificate.h"
#include "common/uplink/client.h"
#include "tests/drill/child.h"

namespace urna::drill {

// Where a server's files are.
struct ServerFiles {
  std::filesystem::path folder;
  std::filesystem::path config;
  std::filesystem::path log;
  std::filesystem::path uplink_address;
  std::filesystem::path http_address;
};

// In the folder of a system, which also holds definition.urna and trust.pem.
ServerFiles files_of(const std::filesystem::path& folder, const std::string& unit);

// servers/UNIT/node.key and node.crt. The key is unencrypted: for drills only.
Result<void> write_identity(const trust::Identity& identity, const std::filesystem::path& folder,
                            const std::string& unit);

struct ServerConfig {
  std::filesystem::path folder;  // of the system
  std::string unit;
  std::vector<uplink::Upstream> upstreams;  // first choice first
  std::string database;                     // for libpq; empty: the program has its own
  std::chrono::seconds patience{30};        // with its start
  std::string listen = "127.0.0.1:0";       // for streams; port 0: any free one
  std::string http_listen = "127.0.0.1:0";  // for the status page
  std::chrono::milliseconds failover{10'000};
  // Words in front of the program's own, such as "/usr/bin/env NAME=VALUE".
  std::vector<std::string> prefix;
};
// urna.toml of this server.
Result<void> write_config(const ServerConfig& config);

// Waits for the first line of a file that a starting program writes. kUnavailable when the program
// ends first or takes longer than `patience`.
Result<std::string> wait_for_address(Child& program, const std::filesystem::path& file,
                                     std::chrono::seconds patience = std::chrono::seconds(30));

// Writes the configuration and starts `program serve` with it. It takes streams when this returns;
// kUnavailable otherwise, with the end of its log.
struct StartedServer {
  Child process;
  std::string address;      // for streams
  std::string status_page;  // "127.0.0.1:PORT"
};
Result<StartedServer> start_server(const std::filesystem::path& program,
                                   const ServerConfig& config);

}  // namespace urna::drill
