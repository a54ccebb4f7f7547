#include "tests/bench/subject.h"

#include <algorithm>

#include "common/trust/record.h"
#include "tests/bench/check.h"
#include "tests/bench/usage.h"

namespace urna::bench {

namespace {

constexpr std::chrono::seconds kStopPatience{120};
// How long a start takes is a result, not a failure: with a million records it may be long.
constexpr std::chrono::minutes kStartPatience{60};

}  // namespace

Measured& Measured::operator+=(const Measured& other) {
  result.records += other.result.records;
  result.batches += other.result.batches;
  result.seconds += other.result.seconds;
  result.latencies.insert(result.latencies.end(), other.result.latencies.begin(),
                          other.result.latencies.end());
  result.sent = other.result.sent;
  server_cpu_s += other.server_cpu_s;
  database_cpu_s += other.database_cpu_s;
  wal_bytes += other.wal_bytes;
  return *this;
}

double Measured::cpu_us_per_record() const {
  if (result.records == 0) return 0;
  return (server_cpu_s + database_cpu_s) * 1e6 / static_cast<double>(result.records);
}

double Measured::wal_per_record() const {
  if (result.records == 0) return 0;
  return static_cast<double>(wal_bytes) / static_cast<double>(result.records);
}

double Measured::latency_ms(std::uint32_t permille) const {
  return static_cast<double>(percentile(result.latencies, permille).value_or(0)) / 1e6;
}

Result<drill::StartedServer> Subject::launch() {
  if (contender_.kind == SubjectKind::kBare) return launch_bare();
  drill::ServerConfig config;
  config.folder = folder();
  config.unit = kCentreUnit;
  config.database = connection_;
  config.patience = kStartPatience;
  return drill::start_server(drill::own_folder() / "urna-central", config);
}

Result<drill::StartedServer> Subject::launch_bare() {
  const auto address_file = folder() / "bare.address";
  std::filesystem::remove(address_file);
  std::vector<std::string> command = {(drill::own_folder() / "urna-bench").string(),
                                      "bare",
                                      "--folder",
                                      folder().string(),
                                      "--unit",
                                      std::string(kCentreUnit),
                                      "--database",
                                      connection_,
                                      "--address-file",
                                      address_file.string()};
  if (contender_.trust_certificates) command.push_back("--trust-certificates");
  auto process = drill::Child::start(command, folder() / "bare.log");
  if (!process) return std::unexpected(std::move(process.error()));
  auto address = drill::wait_for_address(*process, address_file, kStartPatience);
  if (!address) {
    return std::unexpected(std::move(address.error()).within("the bare server"));
  }
  return drill::StartedServer{std::move(*process), std::move(*address), {}};
}

Result<Subject> Subject::start(const Contender& contender, const Scene& scene,
                               std::size_t batch_records) {
  Subject subject(contender, scene, batch_records);
  // What the last round's server left beside its database goes too.
  std::filesystem::remove_all(subject.folder());
  if (auto ready = scene.office->equip(subject.folder()); !ready) {
    return std::unexpected(std::move(ready.error()));
  }
  auto connection = contender.database->fresh(contender.name);
  if (!connection) return std::unexpected(std::move(connection.error()));
  subject.connection_ = std::move(*connection);
  auto server = subject.launch();
  if (!server) return std::unexpected(std::move(server.error()));
  subject.server_ = std::move(*server);
  if (auto ready = subject.connect(); !ready) return std::unexpected(std::move(ready.error()));
  return subject;
}

Result<void> Subject::connect() {
  SenderOptions options{server_->address,
                        *model::UnitId::parse(kCentreUnit),
                        scene_.office->anchors().election(),
                        {},
                        scene_.load->files(batch_records_)};
  for (std::size_t i = 0; i < scene_.load->streams().size(); ++i) {
    auto tls = tls_of(scene_.office->senders()[i], scene_.office->anchors());
    if (!tls) return std::unexpected(std::move(tls.error()));
    options.identities.push_back(std::move(*tls));
  }
  auto client = ClientProcess::start(options, folder());
  if (!client) return std::unexpected(std::move(client.error()));
  client_.emplace(std::move(*client));
  sent_.assign(options.identities.size(), 0);
  return {};
}

Result<void> Subject::warm_up() {
  const std::size_t a_batch_each = scene_.load->streams().size() * batch_records_;
  const auto done = measure({std::min(a_batch_each, scene_.load->records() / 8), 0, 0});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<Measured> Subject::measure(const Stretch& stretch) {
  Database& database = *contender_.database;
  const auto wal = database.wal_bytes();
  if (!wal) return std::unexpected(wal.error());
  Measured measured;
  const double server_before = cpu_seconds(process());
  const double database_before = database.cpu_seconds();
  auto result = client_->run(stretch);
  if (!result) {
    return std::unexpected(std::move(result.error()).within("sending to " + contender_.name));
  }
  measured.server_cpu_s = cpu_seconds(process()) - server_before;
  measured.database_cpu_s = database.cpu_seconds() - database_before;
  const auto wal_after = database.wal_bytes();
  if (!wal_after) return std::unexpected(wal_after.error());
  measured.wal_bytes = *wal_after - *wal;
  measured.result = std::move(*result);
  sent_ = measured.result.sent;
  return measured;
}

Result<void> Subject::check() {
  client_.reset();
  if (contender_.kind == SubjectKind::kBare) {
    return check_rows(*scene_.load, sent_, connection_,
                      "SELECT record_id, sha256(bytes) FROM bare");
  }
  auto rows = check_rows(*scene_.load, sent_, connection_,
                         "SELECT record_id, sha256(bytes) FROM urna.record JOIN urna.log "
                         "USING (voivodeship, position) WHERE kind = " +
                             std::to_string(static_cast<int>(trust::Kind::kProtocol)));
  if (!rows) return rows;
  return check_tally(*scene_.country, *scene_.load, sent_, status_page());
}

Result<void> Subject::stop() {
  client_.reset();
  if (!server_) return {};
  const int status = server_->process.stop(kStopPatience);
  server_.reset();
  if (status == 0) return {};
  return fail(ErrorCode::kInternal, contender_.name + " ended with " + std::to_string(status));
}

Result<void> Subject::check_journal() {
  const drill::ServerFiles files = drill::files_of(folder(), std::string(kCentreUnit));
  const auto finished = drill::run_program(
      {(drill::own_folder() / "urna-central").string(), "tally", "--config", files.config.string()},
      files.log);
  if (!finished) return std::unexpected(finished.error());
  if (finished->status != 0) {
    return fail(ErrorCode::kInternal, "`urna-central tally` fails; see " + files.log.string());
  }
  return check_tally_lines(*scene_.country, *scene_.load, sent_, finished->output);
}

Result<double> Subject::restart() {
  if (auto ended = stop(); !ended) return std::unexpected(std::move(ended.error()));
  const auto begun = std::chrono::steady_clock::now();
  auto server = launch();
  if (!server) return std::unexpected(std::move(server.error()));
  server_ = std::move(*server);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace urna::bench
