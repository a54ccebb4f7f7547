#include "common/service/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

namespace urna::service {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

std::string label(RecordOutcome outcome) {
  switch (outcome) {
    case RecordOutcome::kAdmitted: return "admitted";
    case RecordOutcome::kDuplicate: return "duplicate";
    case RecordOutcome::kRefused: return "refused";
    case RecordOutcome::kDeferred: return "deferred";
  }
  return "refused";
}

std::string label(QueueKind queue) {
  switch (queue) {
    case QueueKind::kVerify: return "verify";
    case QueueKind::kCommit: return "commit";
    case QueueKind::kForward: return "forward";
  }
  return "verify";
}

std::string label(LogName log) { return log == LogName::kElection ? "election" : "operations"; }
std::string label(StreamKind call) { return call == StreamKind::kSubmit ? "submit" : "follow"; }
std::string label(Direction way) { return way == Direction::kReceived ? "received" : "sent"; }

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Histogram& histogram(prometheus::Registry& registry, const char* name, const char* help,
                     Histogram::BucketBoundaries boundaries) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, std::move(boundaries));
}

// 0 where the kernel does not tell.
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return static_cast<double>(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

struct NodeMetrics::Impl {
  prometheus::Registry registry;

  Family<Counter>& records =
      counter(registry, "urna_records_total", "Records received, by what became of them");
  Family<Counter>& quarantined = counter(registry, "urna_batches_quarantined_total",
                                         "Batches refused as a whole and put aside");
  Family<Counter>& refused =
      counter(registry, "urna_peers_refused_total", "Peers turned away or cut off");
  Family<Counter>& bytes =
      counter(registry, "urna_transfer_bytes_total", "Payload bytes of batches and receipts");
  Histogram& commit_seconds =
      histogram(registry, "urna_commit_seconds", "Time until a commit is durable",
                {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5});
  Histogram& commit_records = histogram(registry, "urna_commit_records", "Records in one commit",
                                        {1, 4, 16, 64, 256, 1024, 4096});
  Family<Gauge>& queues = gauge(registry, "urna_queue_depth", "Items waiting");
  Family<Gauge>& logs = gauge(registry, "urna_log_size", "Entries of a log");
  Family<Gauge>& streams = gauge(registry, "urna_open_streams", "Streams open now");
  Family<Gauge>& connected = gauge(registry, "urna_upstream_connected", "1 when connected");
  Family<Gauge>& acknowledged = gauge(registry, "urna_upstream_acknowledged",
                                      "Entries of the election log this upstream has settled");
  Gauge& definition =
      gauge(registry, "urna_definition_version", "Version of the definition held").Add({});
  Gauge& started =
      gauge(registry, "urna_start_time_seconds", "Start of the process, Unix time").Add({});
  Gauge& resident =
      gauge(registry, "urna_resident_memory_bytes", "Resident memory of the process").Add({});
};

NodeMetrics::NodeMetrics(std::string_view software) : impl_(std::make_unique<Impl>()) {
  gauge(impl_->registry, "urna_build_info", "Always 1; the label says what runs")
      .Add({{"software", std::string(software)}})
      .Set(1);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  impl_->started.Set(std::chrono::duration<double>(now).count());
}

NodeMetrics::~NodeMetrics() = default;

void NodeMetrics::count_record(RecordOutcome outcome, std::string_view kind,
                               std::string_view code) {
  impl_->records
      .Add({{"outcome", label(outcome)}, {"kind", std::string(kind)}, {"code", std::string(code)}})
      .Increment();
}

void NodeMetrics::count_quarantined_batch(std::string_view code) {
  impl_->quarantined.Add({{"code", std::string(code)}}).Increment();
}

void NodeMetrics::count_refused_peers(std::string_view code, std::uint64_t peers) {
  impl_->refused.Add({{"code", std::string(code)}}).Increment(static_cast<double>(peers));
}

void NodeMetrics::observe_commit(double seconds, std::uint64_t records) {
  impl_->commit_seconds.Observe(seconds);
  impl_->commit_records.Observe(static_cast<double>(records));
}

void NodeMetrics::set_queue_depth(QueueKind queue, std::uint64_t items) {
  impl_->queues.Add({{"queue", label(queue)}}).Set(static_cast<double>(items));
}

void NodeMetrics::set_log_size(LogName log, std::uint64_t entries) {
  impl_->logs.Add({{"log", label(log)}}).Set(static_cast<double>(entries));
}

void NodeMetrics::set_open_streams(StreamKind call, std::uint64_t streams) {
  impl_->streams.Add({{"call", label(call)}}).Set(static_cast<double>(streams));
}

void NodeMetrics::set_upstream(std::string_view upstream, bool connected,
                               std::uint64_t acknowledged) {
  const prometheus::Labels labels{{"upstream", std::string(upstream)}};
  impl_->connected.Add(labels).Set(connected ? 1 : 0);
  impl_->acknowledged.Add(labels).Set(static_cast<double>(acknowledged));
}

void NodeMetrics::count_bytes(Direction direction, std::uint64_t bytes) {
  impl_->bytes.Add({{"direction", label(direction)}}).Increment(static_cast<double>(bytes));
}

void NodeMetrics::set_definition_version(std::uint64_t version) {
  impl_->definition.Set(static_cast<double>(version));
}

std::string NodeMetrics::serialize() const {
  impl_->resident.Set(resident_bytes());
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace urna::service
