// What a node counts, in Prometheus's text format.
//
// Labels come from closed lists (kinds of record, codes) or from the configuration (upstreams), so
// the number of series is bounded whatever peers send. No personal data and no figures of the
// election. Thread-safe; each call takes well under a microsecond once its series exists.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace urna::service {

// What became of one record received.
enum class RecordOutcome { kAdmitted, kDuplicate, kRefused, kDeferred };

enum class QueueKind { kVerify, kCommit, kForward };
enum class LogName { kElection, kOperations };
enum class StreamKind { kSubmit, kFollow };
enum class Direction { kReceived, kSent };

class NodeMetrics {
 public:
  // `software` as of software_name(); it is the label of urna_build_info.
  explicit NodeMetrics(std::string_view software);
  ~NodeMetrics();
  NodeMetrics(const NodeMetrics&) = delete;
  NodeMetrics& operator=(const NodeMetrics&) = delete;

  // urna_records_total{outcome,kind,code}: `kind` by trust::kind_name, empty when it could not be
  // read; `code` by trust::refusal_code_name, empty unless refused.
  void count_record(RecordOutcome outcome, std::string_view kind, std::string_view code = "");

  // urna_batches_quarantined_total{code}
  void count_quarantined_batch(std::string_view code);

  // urna_peers_refused_total{code}: peers turned away or cut off, `code` by
  // uplink::peer_refusal_name.
  void count_refused_peers(std::string_view code, std::uint64_t peers);

  // urna_commit_seconds and urna_commit_records, one observation per durable commit.
  void observe_commit(double seconds, std::uint64_t records);

  // urna_queue_depth{queue}: items waiting now.
  void set_queue_depth(QueueKind queue, std::uint64_t items);

  // urna_log_size{log}: entries.
  void set_log_size(LogName log, std::uint64_t entries);

  // urna_open_streams{call}
  void set_open_streams(StreamKind call, std::uint64_t streams);

  // urna_upstream_connected{upstream} 0 or 1, urna_upstream_acknowledged{upstream} entries of the
  // election log that this upstream has settled.
  void set_upstream(std::string_view upstream, bool connected, std::uint64_t acknowledged);

  // urna_transfer_bytes_total{direction}: payload bytes of batches and receipts.
  void count_bytes(Direction direction, std::uint64_t bytes);

  // urna_definition_version, and urna_start_time_seconds set by the constructor.
  void set_definition_version(std::uint64_t version);

  // The whole registry as text, with the resident memory of the process at this moment.
  std::string serialize() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::service
