#include "tests/drill/fleet.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "common/journal/memory_store.h"
#include "common/journal/sqlite_store.h"
#include "common/trust/certificate_book.h"
#include "precinct/session.h"

namespace urna::drill {

namespace {

constexpr std::string_view kSoftware = "urna-drill 0.1.0";

LogId fresh_log_id() {
  LogId id;
  node::system_random()(id.bytes.data(), id.bytes.size());
  return id;
}

std::filesystem::path journal_of(const FleetClient& client) {
  return client.process_folder / "data" / "journal.db";
}

Result<std::unique_ptr<journal::Store>> open_journal(const FleetClient& client) {
  if (client.process_folder.empty()) {
    return std::make_unique<journal::MemoryStore>(fresh_log_id());
  }
  std::filesystem::create_directories(journal_of(client).parent_path());
  journal::SqliteStore::Options options;
  options.path = journal_of(client);
  auto store = journal::SqliteStore::open(std::move(options));
  if (!store) return std::unexpected(std::move(store.error()));
  return std::move(*store);
}

// A session at work, and its journal, which it owns.
struct OpenSession {
  std::unique_ptr<precinct::Session> session;
  journal::Store* journal = nullptr;
};

// The node's key goes to the session.
Result<OpenSession> open_session(FleetClient& client, const FleetOptions& options,
                                 node::ThreadPool& pool) {
  auto certificate = options.anchors.verify(client.node.certificate_der);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  auto store = open_journal(client);
  if (!store) return std::unexpected(std::move(store.error()));
  OpenSession opened{nullptr, store->get()};
  precinct::SessionOptions session_options{
      options.anchors,
      {std::move(client.node.key), std::move(*certificate), std::string(kSoftware)},
      std::move(*store),
      nullptr};
  auto session = precinct::Session::open(std::move(session_options), pool);
  if (!session) return std::unexpected(std::move(session.error()));
  if (auto loaded = (*session)->load_definition(*client.definition); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  opened.session = std::move(*session);
  return opened;
}

Result<void> sign_all(precinct::Session& session, const FleetClient& client,
                      const FleetOptions& options, FleetResult& result) {
  auto chair = options.anchors.verify(client.chair.certificate_der);
  if (!chair) return std::unexpected(std::move(chair.error()));
  const trust::Signer signer{client.chair.key, **chair, std::string(kSoftware)};
  for (const FleetProtocol& protocol : client.protocols) {
    const Bytes record = trust::sign_record(
        signer, protocol.body, client.definition->manifest.statement.view(), options.signed_at_ms);
    const auto outcome = session.submit_record(record, client.chair.certificate_der);
    if (!outcome) return std::unexpected(outcome.error());
    if (outcome->has_refused()) {
      result.refused.push_back({protocol.number, error_codes(outcome->refused()), record});
    } else if (outcome->has_deferred()) {
      return fail(ErrorCode::kInternal, "a protocol waits for a definition that was loaded");
    }
  }
  return {};
}

Result<void> send_here(const OpenSession& opened, const FleetClient& client,
                       const FleetOptions& options, const std::string& key_pem) {
  uplink::ClientOptions connection;
  connection.upstreams = client.upstreams;
  connection.election = options.anchors.election();
  connection.follow = false;
  connection.failover_ms = static_cast<std::uint64_t>(options.failover.count());
  connection.backoff_ms_max = static_cast<std::uint64_t>(options.backoff_max.count());
  precinct::Session& session = *opened.session;
  session.connect(std::move(connection), {key_pem, trust::der_to_pem(client.node.certificate_der),
                                          options.anchors.tls_roots_pem()});
  const bool settled = session.wait_settled(options.patience);
  const auto progress = session.progress();
  const auto status = session.connection();
  session.disconnect();
  if (options.on_done) {
    options.on_done(session.unit().str(), *opened.journal, progress.settled);
  }
  if (!progress.refused_above.empty()) {
    return fail(ErrorCode::kConflict, "refused above though accepted at the precinct: " +
                                          progress.refused_above.begin()->second);
  }
  if (settled) return {};
  return fail(ErrorCode::kUnavailable,
              "no receipts in time: " + (status ? status->last_error : std::string()));
}

// The journal was written here and is closed.
Result<void> send_as_process(const std::string& unit, const FleetClient& client,
                             const FleetOptions& options, const std::string& key_pem) {
  PrecinctInstallation installation;
  installation.folder = client.process_folder;
  installation.key_pem = key_pem;
  installation.certificate_pem = trust::der_to_pem(client.node.certificate_der);
  installation.upstreams = client.upstreams;
  installation.failover = options.failover;
  auto sent = options.processes->send(installation, options.patience);
  if (!sent || !options.on_done) return sent;
  auto store = journal::SqliteStore::open_read_only(journal_of(client));
  if (!store) return std::unexpected(std::move(store.error()));
  const auto size = (*store)->size(journal::LogKind::kElection);
  if (!size) return std::unexpected(size.error());
  options.on_done(unit, **store, *size);
  return {};
}

Result<void> work(FleetClient& client, const FleetOptions& options, node::ThreadPool& pool,
                  FleetResult& result) {
  const auto key_pem = client.node.key.to_pem(std::nullopt);
  if (!key_pem) return std::unexpected(key_pem.error());
  auto opened = open_session(client, options, pool);
  if (!opened) return std::unexpected(std::move(opened.error()));
  precinct::Session& session = *opened->session;
  if (auto done = sign_all(session, client, options, result); !done) return done;
  if (client.by_medium) {
    auto medium = session.export_medium();
    if (!medium) return std::unexpected(std::move(medium.error()));
    result.medium = std::move(*medium);
    return {};
  }
  if (client.process_folder.empty()) return send_here(*opened, client, options, *key_pem);
  const std::string unit = session.unit().str();
  opened->session.reset();
  return send_as_process(unit, client, options, *key_pem);
}

FleetResult run_client(FleetClient& client, const FleetOptions& options, node::ThreadPool& pool) {
  FleetResult result;
  if (auto done = work(client, options, pool, result); !done) result.error = done.error().message;
  return result;
}

}  // namespace

std::vector<std::string> error_codes(const v1::Refusal& refusal) {
  std::vector<std::string> codes;
  for (const v1::Finding& finding : refusal.findings()) {
    if (finding.severity() == v1::SEVERITY_ERROR) codes.push_back(finding.code());
  }
  // Refused for another reason than its figures: that is what must be told.
  if (codes.empty()) codes.push_back(refusal.code());
  return codes;
}

std::vector<FleetResult> run_fleet(std::size_t count,
                                   const std::function<Result<FleetClient>(std::size_t)>& make,
                                   const FleetOptions& options, const OnSettled& on_settled,
                                   const std::function<bool()>& stopping) {
  std::vector<FleetResult> results(count);
  node::ThreadPool pool(std::max(2U, std::thread::hardware_concurrency()) + 2);
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::size_t at) {
    auto client = make(at);
    if (client) {
      results[at] = run_client(*client, options, pool);
    } else {
      results[at].error = client.error().message;
    }
    const bool all = results[at].error.empty();
    on_settled(at, all ? client->protocols.size() - results[at].refused.size() : 0);
  };
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < std::min(options.streams_max, count); ++i) {
    workers.emplace_back([&] {
      for (std::size_t at; (at = next.fetch_add(1)) < count;) {
        if (stopping()) {
          results[at].error = "stopped";
        } else {
          run(at);
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return results;
}

}  // namespace urna::drill
