#include "tests/bench/subject.h"

#include "common/trust/record.h"
#include "tests/bench/check.h"
#include "tests/bench/usage.h"

namespace urna::bench {

namespace {

constexpr std::chrono::seconds kStopPatience{30};

}  // namespace

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

std::string Subject::database_name() const {
  return kind_ == SubjectKind::kBare ? "bare" : "centre";
}

Result<drill::StartedServer> Subject::launch() {
  const std::string unit(kCentreUnit);
  if (kind_ == SubjectKind::kCentre) {
    // What the last round's centre left beside its database.
    std::filesystem::remove_all(drill::files_of(scene_.folder, unit).folder / "data");
    return drill::start_server(drill::own_folder() / "urna-central",
                               {scene_.folder, unit, {}, connection_});
  }
  const auto address_file = scene_.folder / "bare.address";
  std::filesystem::remove(address_file);
  std::vector<std::string> command = {(drill::own_folder() / "urna-bench").string(),
                                      "bare",
                                      "--folder",
                                      scene_.folder.string(),
                                      "--unit",
                                      unit,
                                      "--database",
                                      connection_,
                                      "--address-file",
                                      address_file.string()};
  if (scene_.trust_certificates) command.push_back("--trust-certificates");
  auto process = drill::Child::start(command, scene_.folder / "bare.log");
  if (!process) return std::unexpected(std::move(process.error()));
  auto address = drill::wait_for_address(*process, address_file);
  if (!address) {
    return std::unexpected(std::move(address.error()).within("the bare server"));
  }
  return drill::StartedServer{std::move(*process), std::move(*address), {}};
}

Result<Subject> Subject::start(SubjectKind kind, const Scene& scene, std::size_t batch_records) {
  Subject subject(kind, scene);
  auto connection = scene.database->fresh(subject.database_name());
  if (!connection) return std::unexpected(std::move(connection.error()));
  subject.connection_ = std::move(*connection);
  auto server = subject.launch();
  if (!server) return std::unexpected(std::move(server.error()));
  subject.server_ = std::move(*server);

  SenderOptions options{subject.server_->address,
                        *model::UnitId::parse(kCentreUnit),
                        scene.office->anchors().election(),
                        {},
                        scene.load->files(batch_records)};
  for (std::size_t i = 0; i < scene.load->streams().size(); ++i) {
    auto tls = tls_of(scene.office->senders()[i], scene.office->anchors());
    if (!tls) return std::unexpected(std::move(tls.error()));
    options.identities.push_back(std::move(*tls));
  }
  auto client = ClientProcess::start(options, scene.folder);
  if (!client) return std::unexpected(std::move(client.error()));
  subject.client_.emplace(std::move(*client));
  const auto warm = subject.measure({options.identities.size() * batch_records, 0, 0});
  if (!warm) return std::unexpected(warm.error());
  return subject;
}

Result<Measured> Subject::measure(const Stretch& stretch) {
  const auto wal = scene_.database->wal_bytes();
  if (!wal) return std::unexpected(wal.error());
  Measured measured;
  const double server_before = cpu_seconds(process());
  const double database_before = scene_.database->cpu_seconds();
  auto result = client_->run(stretch);
  if (!result) {
    return std::unexpected(std::move(result.error()).within("sending to " + database_name()));
  }
  measured.server_cpu_s = cpu_seconds(process()) - server_before;
  measured.database_cpu_s = scene_.database->cpu_seconds() - database_before;
  const auto wal_after = scene_.database->wal_bytes();
  if (!wal_after) return std::unexpected(wal_after.error());
  measured.wal_bytes = *wal_after - *wal;
  measured.result = std::move(*result);
  sent_ = measured.result.sent;
  return measured;
}

Result<void> Subject::check() {
  client_.reset();
  if (kind_ == SubjectKind::kBare) {
    return check_rows(*scene_.load, sent_, connection_,
                      "SELECT record_id, sha256(bytes) FROM bare");
  }
  auto rows = check_rows(*scene_.load, sent_, connection_,
                         "SELECT record_id, sha256(bytes) FROM urna.record JOIN urna.log "
                         "USING (voivodeship, record_id) WHERE kind = " +
                             std::to_string(static_cast<int>(trust::Kind::kProtocol)));
  if (!rows) return rows;
  return check_tally(*scene_.country, *scene_.load, sent_, status_page());
}

Result<void> Subject::stop() {
  client_.reset();
  if (!server_) return {};
  const int status = server_->process.stop(kStopPatience);
  server_.reset();
  if (status != 0) {
    return fail(ErrorCode::kInternal, database_name() + " ended with " + std::to_string(status));
  }
  return scene_.database->drop(database_name());
}

}  // namespace urna::bench
