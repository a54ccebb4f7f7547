// A small HTTP server that shows how a node is doing: to a person, to Prometheus, to a load
// balancer.
//
//   GET /                 a page, embedded in the binary, that follows the status
//   GET /api/status.json  NodeStatus, with an ETag; If-None-Match answers 304
//   GET /metrics          Prometheus text
//   GET /healthz          200 {"status":"ok"} or 503 with the reason
//
// It listens on the loopback address alone and answers only requests that name it as such, since it
// asks nobody who they are: what is shown to others goes through a proxy that does. Requests are
// small, a connection serves one of them, all of it has 2 seconds to come and its answer 5 to
// leave, and threads and queue are bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/error.h"

namespace urna::service {

struct StatusServerOptions {
  // "127.0.0.1:8080", "localhost:8080"; port 0 for any free one. Another host is refused.
  std::string listen = "127.0.0.1:0";
  // When not empty, gets "127.0.0.1:PORT\n" once requests are answered.
  std::filesystem::path address_file{};
  // As many connections may be slow at once without anybody else waiting.
  unsigned threads = 8;
  std::chrono::milliseconds request_time{2'000};
  std::chrono::milliseconds answer_time{5'000};
  // All viewers share one snapshot, made anew at most this often.
  std::chrono::milliseconds snapshot_age_max{250};
};

// Called from the server's threads, one call of each at a time. An exception becomes a 500.
struct StatusSources {
  std::function<std::string()> status_json;
  std::function<std::string()> metrics;
  // nullopt when all is well, else the reason in one line.
  std::function<std::optional<std::string>()> trouble;
};

class StatusServer {
 public:
  // kInvalidArgument for an address that is not on loopback; kUnavailable when the port cannot be
  // bound or the address file cannot be written.
  static Result<std::unique_ptr<StatusServer>> start(StatusServerOptions options,
                                                     StatusSources sources);
  // Stops listening and waits for requests under way; removes the address file.
  ~StatusServer();
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

  // "127.0.0.1:PORT"
  const std::string& address() const;

 private:
  struct Impl;
  explicit StatusServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::service
