// urna-bench: how fast and how far the centre goes, against ceilings of the same run.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "common/service/version.h"
#include "common/uplink/quiet.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/client_process.h"
#include "tests/bench/footprint.h"
#include "tests/bench/ingest.h"
#include "tests/bench/nation.h"
#include "tests/bench/run_folder.h"
#include "tests/bench/scale.h"

namespace {

using namespace urna;

CLI::App* add_ingest(CLI::App& app, bench::IngestOptions& options) {
  CLI::App* ingest = app.add_subcommand(
      "ingest",
      "Records per second the centre takes in, against (a) verifying signatures alone and (b) a "
      "bare "
      "server that verifies and inserts; latency at several loads. Everything is checked at the "
      "end: "
      "each record's bytes in the store, each figure in the tally. The last line is c/b");
  static const std::map<std::string, bench::Shape> kShapes = {
      {"parliament", bench::Shape::kParliament}, {"local", bench::Shape::kLocal}};
  static const std::map<std::string, bench::Only> kOnly = {
      {"a", bench::Only::kVerify}, {"b", bench::Only::kBare}, {"c", bench::Only::kCentre}};
  ingest
      ->add_option(
          "--shape", options.shape,
          "what the protocols are like: parliament (6 lists, 132 candidates on average) or "
          "local (mayor, gmina, powiat, assembly in turn)")
      ->transform(CLI::CheckedTransformer(kShapes, CLI::ignore_case));
  ingest->add_option("--records", options.records, "sent in each round, as fast as they are taken")
      ->check(CLI::Range(1'000U, 4'000'000U))
      ->capture_default_str();
  ingest
      ->add_option("--per-licence", options.protocols_per_licence,
                   "protocols each chair signs; the certificate travels with the first")
      ->check(CLI::Range(1U, 8U))
      ->capture_default_str();
  ingest->add_option("--streams", options.streams, "senders, each a voivodeship's node")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  ingest->add_option("--batch", options.batch_records, "records of a batch at full speed")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  ingest
      ->add_option("--latency-batch", options.latency_batch_records,
                   "records of a batch where latency is measured")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  ingest->add_option("--rounds", options.rounds, "rounds counted, after one that is not")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  ingest->add_option("--stretch", options.stretch_s, "seconds at each load")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  ingest->add_flag("--trust-certificates", options.trust_certificates,
                   "the bare server does not verify who issued a licence");
  ingest->add_flag(
      "--full", options.full,
      "afterwards the ratio for other loads (local protocols, fewer and more protocols "
      "of a licence, small batches, few streams) and with a synchronous standby");
  ingest
      ->add_flag_callback(
          "--quick",
          [&options] {
            options.records = 6'000;
            options.rounds = 1;
            options.stretch_s = 0.5;
            options.load_percents = {50};
          },
          "a small round of everything, to see that it works")
      ->excludes("--full");
  ingest->add_option("--seed", options.seed, "of figures and arrivals")->capture_default_str();
  ingest
      ->add_option(
          "--only", options.only,
          "for a profiler: full load on one of a, b, c for --seconds; its process is named "
          "on stderr")
      ->transform(CLI::CheckedTransformer(kOnly, CLI::ignore_case));
  ingest->add_option("--seconds", options.seconds, "with --only")
      ->check(CLI::Range(1.0, 3'600.0))
      ->capture_default_str();
  return ingest;
}

CLI::App* add_nation(CLI::App& app, bench::NationOptions& options) {
  CLI::App* nation = app.add_subcommand(
      "nation",
      "A parliament's protocols of the whole country at once, each with its own licence: seconds "
      "to "
      "the last receipt and the last total, against COPY and SUM of the same figures in plain "
      "PostgreSQL; then ten times as many. The last line is the growth per protocol");
  nation->add_option("--precincts", options.precincts, "a protocol from each")
      ->check(CLI::Range(100U, 200'000U))
      ->capture_default_str();
  nation->add_option("--times", options.times, "how many times as many afterwards; 1: not")
      ->check(CLI::Range(1U, 10U))
      ->capture_default_str();
  nation->add_option("--rounds", options.rounds, "of the country; a third of it of the larger one")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  nation->add_flag_callback(
      "--quick",
      [&options] {
        options.precincts = 2'000;
        options.times = 2;
        options.rounds = 1;
      },
      "a small country, to see that it works");
  nation->add_option("--seed", options.seed, "of the figures")->capture_default_str();
  return nation;
}

CLI::App* add_scale(CLI::App& app, bench::ScaleOptions& options) {
  CLI::App* scale =
      app.add_subcommand("scale",
                         "A million precincts: the centre's rate, memory and disk as the log "
                         "grows, its restart, and how "
                         "fast any total is found. Takes a quarter of an hour and 5 GB of disk");
  scale->add_option("--precincts", options.precincts, "a protocol and a licence for each")
      ->check(CLI::Range(100U, 2'000'000U))
      ->capture_default_str();
  scale->add_option("--portions", options.portions, "the rate is told for each")
      ->check(CLI::Range(1U, 1'000U))
      ->capture_default_str();
  scale->add_flag_callback(
      "--quick",
      [&options] {
        options.precincts = 3'000;
        options.portions = 2;
      },
      "few precincts, to see that it works");
  scale->add_option("--seed", options.seed, "of the figures")->capture_default_str();
  return scale;
}

CLI::App* add_footprint(CLI::App& app, bench::FootprintOptions& options) {
  CLI::App* footprint = app.add_subcommand(
      "footprint",
      "Start time and resident memory of urna-precinct, urna-territorial and urna-central");
  footprint->add_option("--precincts", options.precincts, "of the definition the servers load")
      ->check(CLI::Range(100U, 2'000'000U))
      ->capture_default_str();
  footprint->add_option("--rounds", options.rounds, "starts of each program")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  footprint->add_flag_callback(
      "--quick",
      [&options] {
        options.precincts = 2'000;
        options.rounds = 1;
      },
      "a small definition, to see that it works");
  return footprint;
}

// Processes this program starts of itself.
void add_helpers(CLI::App& app, std::string& settings, bench::BareArguments& bare) {
  CLI::App* client = app.add_subcommand("client", "Send a load, as told on standard input");
  client->group("");
  client->add_option("SETTINGS", settings)->required();
  CLI::App* server = app.add_subcommand("bare", "Serve as the bare server until SIGTERM");
  server->group("");
  server->add_option("--folder", bare.folder)->required();
  server->add_option("--unit", bare.unit)->required();
  server->add_option("--database", bare.database)->required();
  server->add_option("--address-file", bare.address_file)->required();
  server->add_flag("--trust-certificates", bare.trust_certificates);
}

}  // namespace

int main(int argc, char** argv) {
  uplink::quieten_libraries();
  CLI::App app{
      "Measures the centre against ceilings of the same run. Nothing needs to be prepared: "
      "it makes its own PostgreSQL, keys, election and load, and removes them.",
      "urna-bench"};
  app.set_version_flag("--version", service::software_name("urna-bench"));
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 measured and everything agrees, 1 something is wrong, 2 wrong usage, 130 "
      "stopped.\n"
      "Progress goes to standard error, results to standard output. What each ceiling is and "
      "why it is fair: docs/performance.md.");
  bench::IngestOptions ingest;
  bench::NationOptions nation;
  bench::ScaleOptions scale;
  bench::FootprintOptions footprint;
  std::string settings;
  bench::BareArguments bare;
  const CLI::App* ingest_command = add_ingest(app, ingest);
  const CLI::App* nation_command = add_nation(app, nation);
  const CLI::App* scale_command = add_scale(app, scale);
  add_footprint(app, footprint);
  add_helpers(app, settings, bare);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (app.got_subcommand("client")) return bench::run_client(settings);
  if (app.got_subcommand("bare")) return bench::run_bare_server(bare);
  const auto folder = bench::RunFolder::make();
  if (!folder) {
    std::cerr << "urna-bench: " << folder.error().message << "\n";
    return 1;
  }
  if (ingest_command->parsed()) return bench::run_ingest(ingest);
  if (nation_command->parsed()) return bench::run_nation(nation);
  if (scale_command->parsed()) return bench::run_scale(scale);
  return bench::run_footprint(footprint);
}
