#include "tests/bench/footprint.h"

#include <chrono>
#include <cstdio>
#include <sstream>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "common/trust/certificate_book.h"
#include "tests/bench/database.h"
#include "tests/bench/office.h"
#include "tests/bench/stage.h"
#include "tests/bench/usage.h"
#include "tests/drill/server.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {

namespace {

using Clock = std::chrono::steady_clock;

// A program at rest has done everything its start brings about.
constexpr std::chrono::milliseconds kRest{1'500};
constexpr std::chrono::seconds kStopPatience{20};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// Of all starts of one program.
struct Footprint {
  std::vector<double> start_s;
  std::vector<double> resident_mib;
  std::vector<double> peak_mib;

  void rest_and_weigh(pid_t process) {
    std::this_thread::sleep_for(kRest);
    resident_mib.push_back(static_cast<double>(resident_kib(process).value_or(0)) / 1'024);
    peak_mib.push_back(static_cast<double>(peak_resident_kib(process).value_or(0)) / 1'024);
  }
};

void print_footprint(const char* what, const Footprint& footprint) {
  const Summary start = summarise(footprint.start_s);
  const Summary resident = summarise(footprint.resident_mib);
  const Summary peak = summarise(footprint.peak_mib);
  std::printf("%-52s %7.3f (%.3f to %.3f) %9.1f %9.1f\n", what, start.median, start.low, start.high,
              resident.median, peak.high);
  std::fflush(stdout);
}

class Programs {
 public:
  Programs(const FootprintOptions& options, const Country& country, const Office& office,
           Database& database)
      : options_(options), country_(country), office_(office), database_(database) {}

  Result<void> run() {
    if (auto ready = office_.equip(folder_.path()); !ready) return ready;
    std::printf("%-52s %7s %18s %9s %9s\n", "", "start s", "", "MiB", "peak MiB");
    if (auto done = weigh_centre(); !done) return done;
    if (auto done = weigh_territorial(); !done) return done;
    return weigh_precinct();
  }

 private:
  Result<void> weigh_centre();
  Result<void> weigh_territorial();
  Result<void> weigh_precinct();
  // Starts the server so many times, each time on what the last one left.
  Result<void> weigh_server(const std::string& program, const drill::ServerConfig& config,
                            const char* fresh_name, const char* again_name);
  Result<std::filesystem::path> install_precinct(const drill::DatasetPrecinct& precinct);

  const FootprintOptions& options_;
  const Country& country_;
  const Office& office_;
  Database& database_;
  const test::TemporaryFolder folder_;
};

Result<void> Programs::weigh_server(const std::string& program, const drill::ServerConfig& config,
                                    const char* fresh_name, const char* again_name) {
  Footprint fresh;
  Footprint again;
  for (std::uint32_t i = 0; i <= options_.rounds; ++i) {
    Footprint& footprint = i == 0 ? fresh : again;
    const auto begun = Clock::now();
    auto server = drill::start_server(drill::own_folder() / program, config);
    if (!server) return std::unexpected(std::move(server.error()));
    footprint.start_s.push_back(seconds_since(begun));
    footprint.rest_and_weigh(server->process.pid());
    if (const int status = server->process.stop(kStopPatience); status != 0) {
      return fail(ErrorCode::kInternal, program + " ended with " + std::to_string(status));
    }
  }
  print_footprint(fresh_name, fresh);
  print_footprint(again_name, again);
  return {};
}

Result<void> Programs::weigh_centre() {
  const auto connection = database_.fresh("centre");
  if (!connection) return std::unexpected(connection.error());
  drill::ServerConfig config;
  config.folder = folder_.path();
  config.unit = kCentreUnit;
  config.database = *connection;
  return weigh_server("urna-central", config, "urna-central, first start: takes in the definition",
                      "urna-central, on its journal");
}

Result<void> Programs::weigh_territorial() {
  const std::string unit = country_.voivodeship(0);
  auto written = drill::write_identity(office_.senders().front(), folder_.path(), unit);
  if (!written) return written;
  // Nobody answers there: a node goes on when the one above is down.
  const uplink::Upstream upstream{*model::UnitId::parse(kCentreUnit), "127.0.0.1:1"};
  drill::ServerConfig config;
  config.folder = folder_.path();
  config.unit = unit;
  config.upstreams = {upstream};
  return weigh_server("urna-territorial", config, "urna-territorial of a voivodeship, first start",
                      "urna-territorial, on its journal");
}

// A configuration with the parts of the definition that concern this precinct.
Result<std::filesystem::path> Programs::install_precinct(const drill::DatasetPrecinct& precinct) {
  const auto unit = *model::UnitId::parse(precinct.id);
  const auto node = office_.node_of(unit, trust::Role::kPrecinctNode);
  if (!node) return std::unexpected(node.error());
  auto written = drill::write_identity(*node, folder_.path(), precinct.id);
  if (!written) return std::unexpected(std::move(written.error()));
  trust::CertificateBook certificates(office_.anchors());
  const auto whole = node::read_definition(office_.definition(), certificates);
  if (!whole) return std::unexpected(whole.error());
  const node::OpenedDefinition own = node::definition_for(*whole, unit);
  v1::DefinitionFile file;
  file.set_manifest(own.manifest_record);
  for (const Bytes& blob : own.blobs) file.add_blobs(blob);
  const auto folder = drill::files_of(folder_.path(), precinct.id).folder;
  written =
      service::write_file_atomically(folder / "definition.urna", node::write_definition(file));
  if (!written) return std::unexpected(std::move(written.error()));
  std::ostringstream toml;
  toml << "data = \"data\"\ndefinition = \"definition.urna\"\n\n[identity]\n"
       << "anchors = \"../../trust.pem\"\ncertificate = \"node.crt\"\nkey = \"node.key\"\n\n"
       << "[log]\nfile = \"log.jsonl\"\n\n"
       << "[[upstream]]\nunit = \"" << precinct.teryt << "\"\naddress = \"127.0.0.1:1\"\n";
  const auto config = drill::files_of(folder_.path(), precinct.id).config;
  written = service::write_file_atomically(config, toml.str());
  if (!written) return std::unexpected(std::move(written.error()));
  return config;
}

Result<void> Programs::weigh_precinct() {
  const drill::DatasetPrecinct& precinct = country_.data().precincts.front();
  const auto config = install_precinct(precinct);
  if (!config) return std::unexpected(config.error());
  const std::string program = (drill::own_folder() / "urna-precinct").string();
  const auto log = folder_.path() / "precinct.log";
  Footprint footprint;
  for (std::uint32_t i = 0; i < options_.rounds; ++i) {
    const auto begun = Clock::now();
    const auto listed =
        drill::run_program({program, "contests", "--config", config->string()}, log);
    if (!listed) return std::unexpected(listed.error());
    footprint.start_s.push_back(seconds_since(begun));
    if (listed->status != 0 || listed->output.empty()) {
      return fail(ErrorCode::kInternal, "urna-precinct lists no contests");
    }
    auto running = drill::Child::start({program, "run", "--config", config->string()}, log);
    if (!running) return std::unexpected(std::move(running.error()));
    footprint.rest_and_weigh(running->pid());
    if (!running->running()) return fail(ErrorCode::kInternal, "urna-precinct ended by itself");
    running->stop(kStopPatience);
  }
  print_footprint("urna-precinct: `contests` from start to end; `run`", footprint);
  return {};
}

Result<void> run_all(const FootprintOptions& options) {
  const Country country({Shape::kLocal, options.precincts, 4, options.seed});
  const auto office = Office::open(country, wall_clock_ms());
  if (!office) return std::unexpected(office.error());
  auto database = Database::start();
  if (!database) return std::unexpected(std::move(database.error()));
  say("starting each program " + std::to_string(options.rounds + 1) + " times");
  return Programs(options, country, *office, *database).run();
}

}  // namespace

int run_footprint(const FootprintOptions& options) {
  const auto done = run_all(options);
  if (done) return 0;
  say("urna-bench: " + done.error().message);
  return 1;
}

}  // namespace urna::bench
