#include "common/service/http_status.h"

#include <httplib.h>

#include <charconv>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "common/service/deadline_stream.h"
#include "common/service/files.h"
#include "common/service/snapshot.h"
#include "common/service/status_page.h"
#include "common/service/task_pool.h"

namespace urna::service {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr std::size_t kPayloadBytesMax = 1024;
constexpr std::size_t kConnectionsWaitingMax = 64;

class BoundedQueue : public httplib::TaskQueue {
 public:
  explicit BoundedQueue(unsigned threads) : pool_(threads, kConnectionsWaitingMax) {}
  void enqueue(std::function<void()> task) override { pool_.add(std::move(task)); }
  void shutdown() override { pool_.finish(); }

 private:
  TaskPool pool_;
};

// One request a connection, in time.
class PunctualServer final : public httplib::Server {
 public:
  PunctualServer(std::chrono::milliseconds request_time, std::chrono::milliseconds answer_time)
      : request_time_(request_time), answer_time_(answer_time) {}

 private:
  bool process_and_close_socket(socket_t socket) override {
    DeadlineStream stream(socket, request_time_, answer_time_);
    bool closed = false;
    const bool answered = process_request(stream, true, closed, nullptr);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return answered;
  }

  const std::chrono::milliseconds request_time_;
  const std::chrono::milliseconds answer_time_;
};

// A page elsewhere could have its own name resolve to the loopback address and read what is here.
bool names_loopback(const std::string& host) {
  const std::string name = host.substr(0, host.rfind(':'));
  return name == kLoopback || name == "localhost";
}

std::optional<int> loopback_port(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos || !names_loopback(listen)) return std::nullopt;
  const char* end = listen.data() + listen.size();
  int port = -1;
  const auto [rest, error] = std::from_chars(listen.data() + colon + 1, end, port);
  if (error != std::errc() || rest != end || port < 0 || port > 65535) return std::nullopt;
  return port;
}

void set_limits(httplib::Server& server, unsigned threads) {
  server.new_task_queue = [threads] { return new BoundedQueue(threads); };
  server.set_payload_max_length(kPayloadBytesMax);
  server.set_tcp_nodelay(true);
  // The library's own choice, SO_REUSEPORT, would let two processes share one port.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

void set_headers(httplib::Server& server) {
  server.set_default_headers(
      {{"Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
       {"X-Content-Type-Options", "nosniff"},
       {"Referrer-Policy", "no-referrer"},
       {"Cache-Control", "no-cache"}});
}

void serve_text(httplib::Server& server, const char* path, std::string_view text,
                const char* type) {
  server.Get(path, [text, type](const httplib::Request&, httplib::Response& response) {
    response.set_content(text.data(), text.size(), type);
  });
}

}  // namespace

struct StatusServer::Impl {
  Impl(StatusServerOptions chosen, StatusSources given)
      : options(std::move(chosen)),
        sources(std::move(given)),
        status(sources.status_json, options.snapshot_age_max),
        server(options.request_time, options.answer_time) {}

  StatusServerOptions options;
  StatusSources sources;
  SharedSnapshot status;
  std::mutex sources_mutex;
  PunctualServer server;
  std::string address;
  std::thread listener;

  void route();
  void answer_status(const httplib::Request& request, httplib::Response& response);
  void answer_health(httplib::Response& response);
  void answer_metrics(httplib::Response& response);
};

void StatusServer::Impl::answer_status(const httplib::Request& request,
                                       httplib::Response& response) {
  const auto snapshot = status.get();
  response.set_header("ETag", snapshot->etag);
  if (request.get_header_value("If-None-Match") == snapshot->etag) {
    response.status = 304;
    return;
  }
  response.set_content(snapshot->text, "application/json; charset=utf-8");
}

void StatusServer::Impl::answer_health(httplib::Response& response) {
  const std::lock_guard lock(sources_mutex);
  const std::optional<std::string> trouble = sources.trouble();
  if (!trouble) {
    response.set_content("{\"status\":\"ok\"}\n", "application/json");
    return;
  }
  response.status = 503;
  response.set_content(*trouble + "\n", "text/plain; charset=utf-8");
}

void StatusServer::Impl::answer_metrics(httplib::Response& response) {
  const std::lock_guard lock(sources_mutex);
  response.set_content(sources.metrics(), "text/plain; version=0.0.4; charset=utf-8");
}

void StatusServer::Impl::route() {
  using httplib::Request;
  using httplib::Response;
  server.set_pre_routing_handler([](const Request& request, Response& response) {
    int refused = 0;
    if (!names_loopback(request.get_header_value("Host"))) refused = 421;
    if (request.method != "GET" && request.method != "HEAD") refused = 405;
    if (refused == 0) return httplib::Server::HandlerResponse::Unhandled;
    response.status = refused;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.set_exception_handler(
      [](const Request&, Response& response, std::exception_ptr) { response.status = 500; });
  serve_text(server, "/", status_html(), "text/html; charset=utf-8");
  serve_text(server, "/status.css", status_css(), "text/css; charset=utf-8");
  serve_text(server, "/status.js", status_js(), "text/javascript; charset=utf-8");
  server.Get("/api/status.json", [this](const Request& request, Response& response) {
    answer_status(request, response);
  });
  server.Get("/healthz", [this](const Request&, Response& response) { answer_health(response); });
  server.Get("/metrics", [this](const Request&, Response& response) { answer_metrics(response); });
}

StatusServer::StatusServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<StatusServer>> StatusServer::start(StatusServerOptions options,
                                                          StatusSources sources) {
  const std::optional<int> wanted = loopback_port(options.listen);
  if (!wanted) {
    return fail(ErrorCode::kInvalidArgument, "\"" + options.listen +
                                                 "\" is no loopback address with a port, such as "
                                                 "127.0.0.1:8080; others are served by a proxy");
  }
  auto impl = std::make_unique<Impl>(std::move(options), std::move(sources));
  Impl& self = *impl;
  set_limits(self.server, self.options.threads);
  set_headers(self.server);
  self.route();

  int port = *wanted;
  if (port == 0) {
    port = self.server.bind_to_any_port(kLoopback);
  } else if (!self.server.bind_to_port(kLoopback, port)) {
    port = -1;
  }
  if (port <= 0) {
    return fail(ErrorCode::kUnavailable,
                "cannot listen on " + self.options.listen + ": the port is taken or not allowed");
  }
  self.address = std::string(kLoopback) + ":" + std::to_string(port);
  self.listener = std::thread([&self] { self.server.listen_after_bind(); });
  while (!self.server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));

  std::unique_ptr<StatusServer> started(new StatusServer(std::move(impl)));
  if (!self.options.address_file.empty()) {
    if (auto written = write_address_file(self.options.address_file, self.address); !written) {
      return std::unexpected(std::move(written.error()));
    }
  }
  return started;
}

StatusServer::~StatusServer() {
  impl_->server.stop();
  impl_->listener.join();
  std::error_code ignored;
  if (!impl_->options.address_file.empty()) {
    std::filesystem::remove(impl_->options.address_file, ignored);
  }
}

const std::string& StatusServer::address() const { return impl_->address; }

}  // namespace urna::service
