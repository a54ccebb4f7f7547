#include "tests/drill/fleet.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "common/journal/memory_store.h"
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

// The node's key goes to the session.
Result<std::unique_ptr<precinct::Session>> open_session(FleetClient& client,
                                                        const FleetOptions& options,
                                                        node::ThreadPool& pool) {
  auto certificate = options.anchors.verify(client.node.certificate_der);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  precinct::SessionOptions session_options{
      options.anchors,
      {std::move(client.node.key), std::move(*certificate), std::string(kSoftware)},
      std::make_unique<journal::MemoryStore>(fresh_log_id()),
      nullptr};
  auto session = precinct::Session::open(std::move(session_options), pool);
  if (!session) return session;
  if (auto loaded = (*session)->load_definition(*client.definition); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  return session;
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

FleetResult run_client(FleetClient& client, const FleetOptions& options, node::ThreadPool& pool) {
  FleetResult result;
  const auto key_pem = client.node.key.to_pem(std::nullopt);
  auto session = key_pem ? open_session(client, options, pool) : std::unexpected(key_pem.error());
  if (!session) {
    result.error = session.error().message;
    return result;
  }
  if (auto done = sign_all(**session, client, options, result); !done) {
    result.error = done.error().message;
    return result;
  }
  if (client.by_medium) {
    auto medium = (*session)->export_medium();
    if (medium) {
      result.medium = std::move(*medium);
    } else {
      result.error = medium.error().message;
    }
    return result;
  }
  uplink::ClientOptions connection;
  connection.upstreams = client.upstreams;
  connection.election = options.anchors.election();
  connection.follow = false;
  (*session)->connect(
      std::move(connection),
      {*key_pem, trust::der_to_pem(client.node.certificate_der), options.anchors.tls_roots_pem()});
  if (!(*session)->wait_settled(options.patience)) {
    const auto status = (*session)->connection();
    result.error = "no receipts in time: " + (status ? status->last_error : std::string());
  }
  for (const auto& [position, code] : (*session)->progress().refused_above) {
    result.error = "refused above though accepted at the precinct: " + code;
  }
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
                                   const FleetOptions& options,
                                   const std::function<void(std::size_t protocols)>& on_settled,
                                   const std::function<bool()>& stopping) {
  std::vector<FleetResult> results(count);
  node::ThreadPool pool(std::max(2U, std::thread::hardware_concurrency()) + 2);
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::size_t at) {
    auto client = make(at);
    if (!client) {
      results[at].error = client.error().message;
      return;
    }
    results[at] = run_client(*client, options, pool);
    if (results[at].error.empty()) {
      on_settled(client->protocols.size() - results[at].refused.size());
    }
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
