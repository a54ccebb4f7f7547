// A server at work: node, listeners and upstream client, put together in order and taken apart in
// the opposite one.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/daemon/identity.h"
#include "common/daemon/journal_check.h"
#include "common/daemon/node_program.h"
#include "common/daemon/status_view.h"
#include "common/node/node.h"
#include "common/service/http_status.h"
#include "common/uplink/server.h"

namespace urna::daemon {

class NodeRuntime {
 public:
  // Everything is up when it returns: streams are taken, address files are written.
  static Result<std::unique_ptr<NodeRuntime>> start(const Tier& tier, const NodeSettings& settings,
                                                    const Tier::OpenStore& open_store,
                                                    service::Logger& logger);
  // Stops taking streams, lets those open end for a moment, then closes the store.
  ~NodeRuntime();

  // Called a few times a second.
  void tick();
  // The store was lost and everything must start anew.
  bool must_restart() const;
  // The journal cannot be this node's: it must be restored, and nothing else helps.
  std::optional<Error> fault() const;
  std::string summary() const;

 private:
  NodeRuntime(const Tier& tier, const NodeSettings& settings, service::Logger& logger);
  Result<void> start_node(const Tier::OpenStore& open_store);
  Result<void> take_definition();
  void check_when_loaded();
  std::optional<Error> journal_fault() const;
  Result<void> start_listeners();
  void start_client();
  std::string status_json();
  std::string make_status_json();
  std::string metrics_text();

  const Tier& tier_;
  const NodeSettings& settings_;
  service::Logger& logger_;
  const std::string software_;
  std::unique_ptr<LoadedIdentity> identity_;
  std::unique_ptr<journal::Store> store_;
  std::unique_ptr<trust::CertificateBook> certificates_;
  std::unique_ptr<service::NodeMetrics> metrics_;
  std::unique_ptr<MetricsFeed> feed_;
  std::unique_ptr<node::ThreadPool> pool_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<JournalCheck> check_;
  std::atomic<const JournalCheck*> checking_ = nullptr;  // check_, for the status page's threads
  std::unique_ptr<uplink::Server> server_;
  std::unique_ptr<uplink::Client> client_;
  std::unique_ptr<service::StatusServer> http_;
  // The last status, and how dear it was: a country's takes long to put together, in which the node
  // does nothing else.
  std::mutex status_mutex_;
  std::string status_;
  std::chrono::steady_clock::time_point status_made_{};
  std::chrono::steady_clock::duration status_took_{};
};

}  // namespace urna::daemon
