// Serves the status page with invented figures until interrupted: service_status_preview [PORT].
#include <atomic>
#include <chrono>
#include <cstdio>

#include "common/service/http_status.h"
#include "common/service/signals.h"
#include "tests/unit/service/fake_status.h"

int main(int argc, char** argv) {
  using namespace urna::service;
  auto signals = ShutdownSignals::create();
  if (!signals) return 1;
  std::atomic<std::uint64_t> step = 35;
  const auto status_json = [&step] { return to_json(fake_status(step)); };
  auto server =
      StatusServer::start({.listen = std::string("127.0.0.1:") + (argc > 1 ? argv[1] : "0")},
                          {status_json, [] { return std::string(); }, [] { return std::nullopt; }});
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("http://%s/\n", (*server)->address().c_str());
  std::fflush(stdout);
  while (!signals->wait_for(std::chrono::seconds(1))) step = std::min<std::uint64_t>(step + 1, 100);
}
