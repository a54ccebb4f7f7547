#include "tests/integration/uplink/live_node.h"

#include <future>
#include <thread>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/trust/sha256.h"

namespace urna::tests {

namespace {

LogId log_id_for(const std::string& name) {
  LogId id;
  const auto digest = trust::digest_of(name);
  std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

}  // namespace

bool eventually(const std::function<bool()>& done, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

trust::Validity until_next_year() {
  constexpr std::int64_t kYearMs = 365LL * 24 * 3'600 * 1'000;
  return {SmallElection::season().not_before_ms,
          static_cast<std::int64_t>(wall_clock_ms()) + kYearMs};
}

uplink::TlsIdentity tls_of(const SmallElection& election, const Holder& holder) {
  auto key = holder.key.to_pem(std::nullopt);
  URNA_CHECK(key.has_value());
  return {std::move(*key), trust::der_to_pem(holder.certificate->der),
          election.anchors().tls_roots_pem()};
}

LiveNode::LiveNode(SmallElection& election, const std::string& unit, int number)
    : election_(election),
      unit_(unit),
      number_(number),
      store_(log_id_for(unit + "/" + std::to_string(number))),
      identity_(election.node_identity(unit, number)),
      certificates_(election.anchors()) {
  node::CoreConfig config{election.election_id(), *model::UnitId::parse(unit), unit == "PL", 50};
  node::NodeHooks hooks;
  hooks.event = [this](std::string_view code, const std::string& text) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::string(code) + ": " + text);
  };
  auto node = node::Node::start(std::move(config), store_, certificates_, identity_, pool_,
                                wall_clock_ms, node::system_random(), std::move(hooks));
  URNA_CHECK(node.has_value());
  node_ = std::move(*node);
}

LiveNode::~LiveNode() {
  client_.reset();
  server_.reset();
  node_.reset();
}

void LiveNode::listen(const std::string& address, std::size_t streams_max) {
  uplink::ServerOptions options;
  options.listen = address;
  options.streams_max = streams_max;
  listen(std::move(options));
}

void LiveNode::listen(uplink::ServerOptions options) {
  options.event = [this](std::string_view code, const std::string& text) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::string(code) + ": " + text);
  };
  options.refused = [this](std::string_view code, std::uint64_t times) {
    const std::lock_guard lock(mutex_);
    refused_[std::string(code)] += times;
  };
  auto server = uplink::Server::start(*node_, certificates_, tls(), options);
  URNA_CHECK(server.has_value());
  server_ = std::move(*server);
  address_ = server_->address();
}

void LiveNode::stop_listening() {
  server_->stop(std::chrono::milliseconds(0));
  server_.reset();
}

uplink::Upstream LiveNode::as_upstream() const { return {*model::UnitId::parse(unit_), address_}; }

uplink::ClientOptions LiveNode::quick() {
  uplink::ClientOptions options;
  options.backoff_ms_min = 20;
  options.backoff_ms_max = 200;
  options.failover_ms = 300;
  options.return_ms = 500;
  options.greeting_ms = 10'000;  // of wall time: sanitizers are slow
  options.proof_ms = 1'000;
  return options;
}

void LiveNode::connect(std::vector<uplink::Upstream> upstreams, uplink::ClientOptions options) {
  options.upstreams = std::move(upstreams);
  options.election = election_.election_id();
  options.on_event = [this](const std::string& text) {
    const std::lock_guard lock(mutex_);
    events_.push_back("upstream: " + text);
  };
  client_ = std::make_unique<uplink::Client>(*node_, tls(), std::move(options));
}

void LiveNode::take_definition() {
  const Version& version = election_.current();
  std::vector<Bytes> blobs = version.parts;
  blobs.push_back(election_.national().certificate->der);
  const v1::Outcome outcome = enter(version.record, std::move(blobs));
  URNA_CHECK(!outcome.has_refused() && !outcome.has_deferred());
}

v1::Outcome LiveNode::enter(const Bytes& record, std::vector<Bytes> blobs) {
  // Kept by the callback too: it may still be returning when the answer is taken.
  auto answer = std::make_shared<std::promise<Result<v1::Outcome>>>();
  auto outcome = answer->get_future();
  node_->submit(record, std::move(blobs),
                [answer](Result<v1::Outcome> came) { answer->set_value(std::move(came)); });
  auto came = outcome.get();
  URNA_CHECK(came.has_value());
  return std::move(*came);
}

v1::Outcome LiveNode::enter(const Holder& signer, const v1::Body& body) {
  return enter(election_.sign(signer, body), {signer.certificate->der});
}

bool LiveNode::has(const Bytes& record) const { return has_all({record}); }

bool LiveNode::has_all(const std::vector<Bytes>& records) const {
  bool all = true;
  node_->inspect([&](const node::Core& core) {
    for (const Bytes& record : records) {
      const auto ids = trust::envelope_ids(record);
      all = all && ids && core.position_of(ids->record).has_value();
    }
  });
  return all;
}

std::uint64_t LiveNode::size() const {
  std::uint64_t size = 0;
  node_->inspect([&](const node::Core& core) { size = core.size(); });
  return size;
}

node::Counters LiveNode::counters() const {
  node::Counters counters;
  node_->inspect([&](const node::Core& core) { counters = core.counters(); });
  return counters;
}

std::vector<std::string> LiveNode::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::size_t LiveNode::refused(const std::string& code) const {
  const std::lock_guard lock(mutex_);
  const auto found = refused_.find(code);
  return found == refused_.end() ? 0 : found->second;
}

bool LiveNode::told(const std::string& part) const {
  for (const std::string& event : events()) {
    if (event.find(part) != event.npos) return true;
  }
  return false;
}

}  // namespace urna::tests
