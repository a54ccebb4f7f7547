#include "tests/unit/node/wired_nodes.h"

#include "common/base/check.h"
#include "common/trust/sha256.h"

namespace urna::tests {

namespace {

LogId log_id_for(const std::string& unit, int number) {
  LogId id;
  const auto digest = trust::digest_of(unit + "/" + std::to_string(number));
  std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

}  // namespace

TestNode::TestNode(SmallElection& election, const std::string& unit, int number)
    : election_(election),
      unit_(unit),
      store_(std::make_unique<journal::MemoryStore>(log_id_for(unit, number))),
      identity_(election.node_identity(unit, number)) {
  restart();
}

void TestNode::restart() {
  engine_.reset();
  certificates_ = std::make_unique<trust::CertificateBook>(election_.anchors());
  node::CoreConfig config{election_.election_id(), *model::UnitId::parse(unit_), unit_ == "PL"};
  if (ask_first_bytes_) config.ask_first_bytes = *ask_first_bytes_;
  const node::Random random = [this](void* buffer, std::size_t bytes) {
    ++minted_;
    std::fill_n(static_cast<unsigned char*>(buffer), bytes, minted_);
  };
  auto engine = node::Engine::open(config, *store_, *certificates_, identity_, random);
  URNA_CHECK(engine.has_value());
  engine_ = std::move(*engine);
}

void TestNode::restore(std::unique_ptr<journal::MemoryStore> backup) {
  engine_.reset();
  store_ = std::move(backup);
  restart();
}

std::vector<RecordId> TestNode::log() {
  std::vector<RecordId> ids;
  const auto entries = store_->read_election(0, 100'000, 1ULL << 40);
  URNA_CHECK(entries.has_value());
  for (const journal::StoredEntry& entry : *entries) ids.push_back(entry.entry.id);
  return ids;
}

bool TestNode::has(const Bytes& record) const {
  return core().position_of(record_id(record)).has_value();
}

RecordId record_id(const Bytes& record) {
  const auto ids = trust::envelope_ids(record);
  URNA_CHECK(ids.has_value());
  return ids->record;
}

void Wires::submit(TestNode& lower, TestNode& upper) {
  const node::SessionId session = next_session_++;
  sessions_[session] = {&lower, &upper, false};
  take(lower, lower.engine().open_submit(session, upper.unit(), now_ms));
}

void Wires::follow(TestNode& lower, TestNode& upper) {
  const node::SessionId session = next_session_++;
  sessions_[session] = {&lower, &upper, true};
  const v1::FollowRequest request = lower.engine().start_following(session, upper.unit());
  take(upper, upper.engine().open_follow(session, lower.unit(), request, now_ms));
}

void Wires::close(node::SessionId session) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  found->second.lower->engine().closed(session);
  found->second.upper->engine().closed(session);
  sessions_.erase(found);
  std::erase_if(wire_, [&](const Message& message) { return message.session == session; });
}

void Wires::disconnect(TestNode& node) {
  std::vector<node::SessionId> ending;
  for (const auto& [id, session] : sessions_) {
    if (session.lower == &node || session.upper == &node) ending.push_back(id);
  }
  for (const node::SessionId id : ending) close(id);
}

bool Wires::connected(const TestNode& node) const {
  for (const auto& [id, session] : sessions_) {
    if (session.lower == &node || session.upper == &node) return true;
  }
  return false;
}

void Wires::take(TestNode& node, node::Engine::Output output) {
  if (output.failure) {
    failures.push_back(*output.failure);
    disconnect(node);
    return;
  }
  for (auto& [session, batch] : output.batches) {
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) continue;
    wire_.push_back({session, found->second.lower == &node, std::move(batch), {}, false});
  }
  for (auto& [session, receipt] : output.receipts) {
    if (sessions_.contains(session))
      wire_.push_back({session, false, {}, std::move(receipt), true});
  }
  revoked.insert(revoked.end(), output.revoked.begin(), output.revoked.end());
  for (const node::CloseSession& one : output.closes) {
    closed_because.push_back(one.why);
    close(one.session);
  }
}

void Wires::deliver(const Message& message) {
  const auto found = sessions_.find(message.session);
  if (found == sessions_.end()) return;
  const Session session = found->second;
  TestNode& from = message.up ? *session.lower : *session.upper;
  TestNode& to = message.up ? *session.upper : *session.lower;
  Delivered seen{message.session,    from.unit(),   to.unit(), {}, {},
                 message.is_receipt, session.follow};
  URNA_CHECK(message.is_receipt ? seen.receipt.ParseFromString(message.receipt.payload())
                                : seen.batch.ParseFromString(message.batch.payload()));
  if (message.is_receipt && lose_receipts) return;
  delivered.push_back(std::move(seen));
  if (message.is_receipt) {
    take(to, to.engine().receive_receipt(message.session, from.unit(), message.receipt, now_ms));
    return;
  }
  take(to, to.engine().receive_batch(message.session, from.unit(), message.batch, now_ms));
  if (session.follow && sessions_.contains(message.session)) {
    take(from, from.engine().sent(message.session, now_ms));
  }
}

void Wires::carry() {
  constexpr int kMessagesMax = 10'000;
  for (int messages = 0; !wire_.empty();) {
    URNA_CHECK(++messages < kMessagesMax);
    const Message message = std::move(wire_.front());
    wire_.pop_front();
    deliver(message);
  }
}

void Wires::run() {
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    carry();
    now_ms += 60'000;
    std::map<std::string, TestNode*> nodes;
    for (const auto& [id, session] : sessions_) {
      nodes[session.lower->unit()] = session.lower;
      nodes[session.upper->unit()] = session.upper;
    }
    for (const auto& [unit, node] : nodes) take(*node, node->engine().tick(now_ms));
  }
}

v1::Outcome Wires::enter(TestNode& node, const Bytes& record, const std::vector<Bytes>& blobs) {
  node::Engine::Output output = node.engine().submit(1, record, blobs, now_ms);
  v1::Outcome outcome;
  if (!output.outcomes.empty()) outcome = output.outcomes.front().outcome;
  take(node, std::move(output));
  return outcome;
}

}  // namespace urna::tests
