// The status page's view of a node, and its metrics.
#pragma once

#include "common/node/core.h"
#include "common/service/metrics.h"
#include "common/service/status.h"

namespace urna::daemon {

// Reads the core; call where that is allowed (Node::inspect).
service::NodeStatus view_of(const node::Core& core, const std::string& software);

// Carries the core's counters into the metrics. Keeps what was already counted.
class MetricsFeed {
 public:
  explicit MetricsFeed(service::NodeMetrics& metrics) : metrics_(metrics) {}
  void update(const node::Core& core);

 private:
  service::NodeMetrics& metrics_;
  node::Counters counted_;
};

}  // namespace urna::daemon
