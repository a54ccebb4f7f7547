#include "common/service/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace urna::service {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(Metrics, RecordsAreCountedByOutcomeKindAndCode) {
  NodeMetrics metrics("urna-central 1.2.3");
  metrics.count_record(RecordOutcome::kAdmitted, "protocol");
  metrics.count_record(RecordOutcome::kAdmitted, "protocol");
  metrics.count_record(RecordOutcome::kRefused, "protocol", "checks_failed");
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("# TYPE urna_records_total counter"));
  EXPECT_THAT(text,
              HasSubstr("urna_records_total{code=\"\",kind=\"protocol\",outcome=\"admitted\"} 2"));
  EXPECT_THAT(text, HasSubstr("urna_records_total{code=\"checks_failed\",kind=\"protocol\","
                              "outcome=\"refused\"} 1"));
}

TEST(Metrics, ALabelCannotBreakOutOfItsQuotes) {
  NodeMetrics metrics("a\"b\\c\nd");
  EXPECT_THAT(metrics.serialize(), HasSubstr("urna_build_info{software=\"a\\\"b\\\\c\\nd\"} 1"));
}

TEST(Metrics, EverythingElseIsThereToo) {
  NodeMetrics metrics("urna-territorial 1");
  metrics.count_quarantined_batch("bad_signature");
  metrics.count_refused_peers("revoked", 3);
  metrics.observe_commit(0.004, 256);
  metrics.set_queue_depth(QueueKind::kVerify, 7);
  metrics.set_log_size(LogName::kElection, 4430);
  metrics.set_open_streams(StreamKind::kSubmit, 3);
  metrics.set_upstream("PL", true, 12);
  metrics.set_upstream("PL", false, 13);
  metrics.count_bytes(Direction::kSent, 1000);
  metrics.count_bytes(Direction::kSent, 24);
  metrics.set_definition_version(5);
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("urna_batches_quarantined_total{code=\"bad_signature\"} 1"));
  EXPECT_THAT(text, HasSubstr("urna_peers_refused_total{code=\"revoked\"} 3"));
  EXPECT_THAT(text, HasSubstr("urna_commit_seconds_bucket{le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("urna_commit_seconds_bucket{le=\"0.002\"} 0"));
  EXPECT_THAT(text, HasSubstr("urna_commit_records_sum 256"));
  EXPECT_THAT(text, HasSubstr("urna_queue_depth{queue=\"verify\"} 7"));
  EXPECT_THAT(text, HasSubstr("urna_log_size{log=\"election\"} 4430"));
  EXPECT_THAT(text, HasSubstr("urna_open_streams{call=\"submit\"} 3"));
  EXPECT_THAT(text, HasSubstr("urna_upstream_connected{upstream=\"PL\"} 0"));
  EXPECT_THAT(text, HasSubstr("urna_upstream_acknowledged{upstream=\"PL\"} 13"));
  EXPECT_THAT(text, HasSubstr("urna_transfer_bytes_total{direction=\"sent\"} 1024"));
  EXPECT_THAT(text, HasSubstr("urna_definition_version 5"));
  EXPECT_THAT(text, ContainsRegex("urna_resident_memory_bytes [1-9]"));
}

TEST(Metrics, NothingIsLostBetweenThreads) {
  NodeMetrics metrics("urna-central 1");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      for (int n = 0; n < 1000; ++n) metrics.count_record(RecordOutcome::kDuplicate, "turnout");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.serialize(),
              HasSubstr("{code=\"\",kind=\"turnout\",outcome=\"duplicate\"} 4000"));
}

}  // namespace
}  // namespace urna::service
