#include "common/daemon/node_runtime.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/base/clock.h"
#include "common/daemon/definition_file.h"
#include "common/service/files.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

constexpr std::chrono::milliseconds kShutdownGrace{2'000};
// A status is never older.
constexpr std::chrono::seconds kStatusAgeMax{30};

// Before anything is started that would have to be taken down again.
Result<void> check_address_files(const NodeSettings& settings) {
  if (settings.uplink.address_file) {
    auto good = folder_exists(*settings.uplink.address_file, "uplink.address_file");
    if (!good) return good;
  }
  if (!settings.http.address_file) return {};
  return folder_exists(*settings.http.address_file, "http.address_file");
}

}  // namespace

NodeRuntime::NodeRuntime(const Tier& tier, const NodeSettings& settings, service::Logger& logger)
    : tier_(tier),
      settings_(settings),
      logger_(logger),
      software_(service::software_name(tier.program)) {}

Result<std::unique_ptr<NodeRuntime>> NodeRuntime::start(const Tier& tier,
                                                        const NodeSettings& settings,
                                                        const Tier::OpenStore& open_store,
                                                        service::Logger& logger) {
  if (auto good = check_address_files(settings); !good) {
    return std::unexpected(std::move(good.error()));
  }
  std::unique_ptr<NodeRuntime> runtime(new NodeRuntime(tier, settings, logger));
  if (auto started = runtime->start_node(open_store); !started) {
    return std::unexpected(std::move(started.error()));
  }
  if (auto taken = runtime->take_definition(); !taken)
    return std::unexpected(std::move(taken.error()));
  if (auto listening = runtime->start_listeners(); !listening) {
    return std::unexpected(std::move(listening.error()));
  }
  runtime->start_client();
  const trust::Subject& self = runtime->identity_->node.certificate->subject;
  logger.info("started", runtime->software_ + " as " + self.unit.str() + " of election " +
                             self.election.str());
  return runtime;
}

NodeRuntime::~NodeRuntime() {
  http_.reset();
  client_.reset();
  if (node_) node_->end_sessions({ErrorCode::kUnavailable, "this server is stopping"});
  if (server_) server_->stop(kShutdownGrace);
  if (std::error_code ignored; server_ && settings_.uplink.address_file) {
    std::filesystem::remove(*settings_.uplink.address_file, ignored);
  }
  server_.reset();
  check_.reset();
  node_.reset();
  pool_.reset();
}

Result<void> NodeRuntime::start_node(const Tier::OpenStore& open_store) {
  auto identity = load_identity(settings_.identity, software_);
  if (!identity) return std::unexpected(std::move(identity.error()));
  identity_ = std::make_unique<LoadedIdentity>(std::move(*identity));
  const trust::Subject& subject = identity_->node.certificate->subject;
  if (subject.role != tier_.role) {
    return fail(ErrorCode::kNotAuthorised,
                settings_.identity.certificate.string() + " is the certificate of a " +
                    std::string(trust::role_name(subject.role)) + "; " + tier_.program +
                    " needs one of a " + std::string(trust::role_name(tier_.role)));
  }
  if (const auto problem = validity_problem(settings_.identity.certificate.string(),
                                            *identity_->node.certificate, wall_clock_ms())) {
    logger_.warning("certificate_not_valid", *problem + "; other nodes will refuse this one");
  }
  auto store = open_store();
  if (!store) return std::unexpected(std::move(store.error()));
  store_ = std::move(*store);
  certificates_ = std::make_unique<trust::CertificateBook>(identity_->anchors);
  metrics_ = std::make_unique<service::NodeMetrics>(software_);
  feed_ = std::make_unique<MetricsFeed>(*metrics_);
  const std::size_t threads = settings_.threads != 0
                                  ? settings_.threads
                                  : std::max(2U, std::thread::hardware_concurrency()) + 2;
  pool_ = std::make_unique<node::ThreadPool>(threads);

  node::CoreConfig config;
  config.election = subject.election;
  config.unit = subject.unit;
  config.is_centre = tier_.is_centre;
  config.retry_ms = settings_.retry_ms;
  node::NodeHooks hooks;
  hooks.event = [this](std::string_view code, const std::string& text) {
    logger_.warning(code, text);
  };
  hooks.committed = [this](double seconds, std::size_t records) {
    metrics_->observe_commit(seconds, records);
  };
  hooks.transferred = [this](bool sent, std::uint64_t bytes) {
    metrics_->count_bytes(sent ? service::Direction::kSent : service::Direction::kReceived, bytes);
  };
  auto node = node::Node::start(std::move(config), *store_, *certificates_, identity_->node, *pool_,
                                wall_clock_ms, node::system_random(), std::move(hooks));
  if (!node) return std::unexpected(std::move(node.error()));
  node_ = std::move(*node);
  check_when_loaded();
  return {};
}

// The check of the whole journal follows the loading: both read it from end to end.
void NodeRuntime::check_when_loaded() {
  if (check_ != nullptr || node_->load_fault()) return;
  std::uint64_t held = 0;
  bool whole = false;
  node_->inspect([&](const node::Core& core) {
    held = core.size();
    whole = core.is_whole();
  });
  if (!whole) return;
  check_ =
      std::make_unique<JournalCheck>(*store_, identity_->anchors, held, [this](const Error& fault) {
        logger_.error("journal_damaged", fault.message + "; stop this node and restore it");
      });
  checking_ = check_.get();
}

// One that is older than what is held changes nothing: updates come from above too, and the file of
// the installation stays behind.
Result<void> NodeRuntime::take_definition() {
  if (!settings_.definition) return {};
  const std::string file = settings_.definition->string();
  const auto definition = read_definition_file(*settings_.definition, *certificates_);
  if (!definition) return std::unexpected(definition.error());
  const model::UnitId& unit = identity_->node.certificate->subject.unit;
  auto taken = daemon::take_definition(*node_, node::definition_for(*definition, unit));
  if (!taken) return std::unexpected(std::move(taken.error()).within(file));
  if (taken->older()) {
    logger_.warning("definition_older", file + ": " + describe(*taken));
  } else {
    logger_.info("definition", file + ": " + describe(*taken));
  }
  return {};
}

Result<void> NodeRuntime::start_listeners() {
  uplink::ServerOptions taking;
  taking.listen = settings_.uplink.listen;
  taking.streams_max = settings_.uplink.streams_max;
  taking.event = [this](std::string_view code, const std::string& text) {
    logger_.warning(code, text);
  };
  taking.refused = [this](std::string_view code, std::uint64_t times) {
    metrics_->count_refused_peers(code, times);
  };
  auto server = uplink::Server::start(*node_, *certificates_, identity_->tls, taking);
  if (!server) return std::unexpected(std::move(server.error()).within("uplink.listen"));
  server_ = std::move(*server);
  logger_.info("listening", "taking streams on " + server_->address());
  if (!settings_.http.listen.empty()) {
    service::StatusServerOptions options;
    options.listen = settings_.http.listen;
    if (settings_.http.address_file) options.address_file = *settings_.http.address_file;
    service::StatusSources sources;
    sources.status_json = [this] { return status_json(); };
    sources.metrics = [this] { return metrics_text(); };
    sources.trouble = [this]() -> std::optional<std::string> {
      if (const auto failure = node_->store_failure()) return failure->message;
      if (const auto fault = node_->load_fault()) return fault->message;
      if (const auto fault = journal_fault()) return fault->message;
      return server_->trouble();
    };
    auto http = service::StatusServer::start(std::move(options), std::move(sources));
    if (!http) return std::unexpected(std::move(http.error()).within("http.listen"));
    http_ = std::move(*http);
    logger_.info("status_page", "http://" + http_->address() + "/");
  }
  if (settings_.uplink.address_file) {
    return service::write_address_file(*settings_.uplink.address_file, server_->address());
  }
  return {};
}

void NodeRuntime::start_client() {
  if (settings_.upstreams.empty()) return;
  uplink::ClientOptions options;
  options.upstreams = settings_.upstreams;
  options.election = identity_->node.certificate->subject.election;
  options.failover_ms = settings_.failover_ms;
  options.on_event = [this](const std::string& text) { logger_.info("upstream", text); };
  client_ = std::make_unique<uplink::Client>(*node_, identity_->tls, std::move(options));
}

void NodeRuntime::tick() {
  node_->tick();
  check_when_loaded();
}

std::optional<Error> NodeRuntime::fault() const {
  auto fault = node_->load_fault();
  const bool of_the_journal =
      fault && (fault->code == ErrorCode::kCorrupt || fault->code == ErrorCode::kNotFound);
  return of_the_journal ? std::move(fault) : std::nullopt;
}

std::optional<Error> NodeRuntime::journal_fault() const {
  const JournalCheck* check = checking_;
  return check == nullptr ? std::nullopt : check->fault();
}

bool NodeRuntime::must_restart() const {
  if (node_->load_fault() && !fault()) return true;  // the store did not answer while it was read
  const auto failure = node_->store_failure();
  if (failure && failure->code != ErrorCode::kNoSpace) return true;
  // Before a peer comes for nothing and stays away the longer.
  return store_->lost();
}

std::string NodeRuntime::status_json() {
  // At most a tenth of the node's time goes into it, however many look.
  const std::lock_guard lock(status_mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto pause =
      std::min<std::chrono::steady_clock::duration>(10 * status_took_, kStatusAgeMax);
  if (status_.empty() || now - status_made_ > pause) {
    status_ = make_status_json();
    status_made_ = std::chrono::steady_clock::now();
  }
  return status_;
}

std::string NodeRuntime::make_status_json() {
  service::NodeStatus status;
  std::vector<std::uint64_t> acknowledged(settings_.upstreams.size());
  node_->inspect([&](const node::Core& core) {
    const auto begun = std::chrono::steady_clock::now();
    status = view_of(core, software_);
    status_took_ = std::chrono::steady_clock::now() - begun;
    for (std::size_t i = 0; i < settings_.upstreams.size(); ++i) {
      acknowledged[i] = core.settled_at(settings_.upstreams[i].unit.str());
    }
  });
  const auto connection = client_ ? client_->status() : uplink::Client::Status{};
  for (std::size_t i = 0; i < settings_.upstreams.size(); ++i) {
    const uplink::Upstream& upstream = settings_.upstreams[i];
    const bool connected = connection.connected && connection.unit == upstream.unit.str();
    status.upstreams.push_back({upstream.unit.str(), upstream.address, connected, acknowledged[i]});
  }
  return service::to_json(status);
}

std::string NodeRuntime::metrics_text() {
  std::vector<std::uint64_t> acknowledged(settings_.upstreams.size());
  node_->inspect([&](const node::Core& core) {
    feed_->update(core);
    for (std::size_t i = 0; i < settings_.upstreams.size(); ++i) {
      acknowledged[i] = core.settled_at(settings_.upstreams[i].unit.str());
    }
  });
  const auto connection = client_ ? client_->status() : uplink::Client::Status{};
  for (std::size_t i = 0; i < settings_.upstreams.size(); ++i) {
    const std::string& unit = settings_.upstreams[i].unit.str();
    metrics_->set_upstream(unit, connection.connected && connection.unit == unit, acknowledged[i]);
  }
  using uplink::StreamKind;
  metrics_->set_open_streams(service::StreamKind::kSubmit,
                             server_->open_streams(StreamKind::kSubmit));
  metrics_->set_open_streams(service::StreamKind::kFollow,
                             server_->open_streams(StreamKind::kFollow));
  metrics_->set_queue_depth(service::QueueKind::kVerify, pool_->queued());
  return metrics_->serialize();
}

std::string NodeRuntime::summary() const {
  std::string text;
  node_->inspect([&](const node::Core& core) {
    text = "log " + std::to_string(core.size()) + " entries, admitted " +
           std::to_string(core.counters().admitted) + ", duplicates " +
           std::to_string(core.counters().duplicates) + ", refused " +
           std::to_string(core.counters().refused);
  });
  return text;
}

}  // namespace urna::daemon
