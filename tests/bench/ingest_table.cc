#include <cstdio>
#include <functional>

#include "tests/bench/ingest.h"

namespace urna::bench {

namespace {

using Figure = std::function<double(const Measured&)>;

Summary over(const std::vector<Round>& rounds, const Figure& figure) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(figure(round.full));
  return summarise(values);
}

Summary over(const std::vector<Round>& rounds, std::size_t load, const Figure& figure) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(figure(round.loads[load]));
  return summarise(values);
}

double per_record(double seconds, const Measured& measured) {
  return measured.result.records == 0
             ? 0
             : seconds * 1e6 / static_cast<double>(measured.result.records);
}

void print_rate(const char* what, const Summary& rate) {
  std::printf("%-44s %9.0f %9.0f %9.0f %6.0f%%\n", what, rate.median, rate.low, rate.high,
              rate.spread_percent());
}

void print_subject(const char* what, const std::vector<Round>& rounds) {
  const auto server = over(rounds, [](const Measured& m) { return per_record(m.server_cpu_s, m); });
  const auto database =
      over(rounds, [](const Measured& m) { return per_record(m.database_cpu_s, m); });
  const auto wal = over(rounds, [](const Measured& m) { return m.wal_per_record(); });
  std::printf("%-20s %12.1f %12.1f %12.1f %12.0f\n", what, server.median, database.median,
              server.median + database.median, wal.median);
}

void print_loads(const char* what, const IngestOptions& options, const std::vector<Round>& rounds) {
  for (std::size_t i = 0; i < options.load_percents.size(); ++i) {
    const auto rate = over(rounds, i, [](const Measured& m) { return m.rate(); });
    const auto p50 = over(rounds, i, [](const Measured& m) { return m.latency_ms(500); });
    const auto p99 = over(rounds, i, [](const Measured& m) { return m.latency_ms(990); });
    const auto p999 = over(rounds, i, [](const Measured& m) { return m.latency_ms(999); });
    const auto cpu = over(rounds, i, [](const Measured& m) { return m.cpu_us_per_record(); });
    std::printf("%-12s %5u%% %9.0f %8.1f %8.1f (%.1f to %.1f) %8.1f %10.1f\n", what,
                options.load_percents[i], rate.median, p50.median, p99.median, p99.low, p99.high,
                p999.median, cpu.median);
  }
}

void print_sweep(const IngestOutcome& outcome) {
  std::printf("\n%-30s %9s %9s %6s\n", "other loads, full speed", "(b) /s", "(c) /s", "c/b");
  const auto rate = [](const Measured& m) { return m.rate(); };
  for (const IngestOutcome::Variant& variant : outcome.variants) {
    std::printf("%-30s %9.0f %9.0f %6.2f\n", variant.name.c_str(), over(variant.bare, rate).median,
                over(variant.centre, rate).median, ratio(variant.centre, variant.bare));
  }
  std::printf("the centre with a synchronous standby, by without: %.2f\n\n", outcome.standby_ratio);
}

}  // namespace

void print_ingest(const IngestOptions& options, const IngestOutcome& outcome) {
  std::printf("\n%u rounds of %u records of %llu bytes, %u of each licence, %zu streams\n",
              options.rounds, options.records,
              static_cast<unsigned long long>(outcome.record_bytes), options.protocols_per_licence,
              options.streams);
  if (outcome.fsyncs_per_s > 0) {
    std::printf("pg_test_fsync: %.0f fdatasyncs of 8 KiB per second\n", outcome.fsyncs_per_s);
  }
  std::printf("\n%-44s %9s %9s %9s %7s\n", "records per second", "median", "lowest", "highest",
              "spread");
  print_rate("(a) signatures alone, all cores", summarise(outcome.verify_all));
  print_rate("(a) signatures alone, one core", summarise(outcome.verify_one));
  print_rate("    licences alone, one core", summarise(outcome.certificates_one));
  const auto rate = [](const Measured& m) { return m.rate(); };
  print_rate("(b) bare server: verify and insert", over(outcome.bare, rate));
  print_rate("(c) the centre", over(outcome.centre, rate));
  std::printf("\n%-20s %12s %12s %12s %12s\n", "per record", "server us", "postgres us",
              "together us", "WAL bytes");
  print_subject("(b) bare server", outcome.bare);
  print_subject("(c) the centre", outcome.centre);
  if (!options.load_percents.empty()) {
    std::printf("\n%-12s %6s %9s %8s %8s %8s %8s\n", "arrivals", "load", "records/s", "p50 ms",
                "p99 ms", "p99.9 ms", "cpu us");
    print_loads("(b) bare", options, outcome.bare);
    print_loads("(c) centre", options, outcome.centre);
  }
  const auto cpu = [](const Measured& m) { return m.cpu_us_per_record(); };
  std::printf("\nprocessor time of a record, (b) by (c): %.2f\n",
              over(outcome.bare, cpu).median / over(outcome.centre, cpu).median);
  if (options.full) print_sweep(outcome);
  std::printf("every record sent is stored with its bytes; the tally is the sum of the figures\n");
  std::printf("c/b %.2f\n", ratio(outcome.centre, outcome.bare));
}

}  // namespace urna::bench
