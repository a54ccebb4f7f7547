#include "precinct/session.h"

#include <chrono>
#include <future>

#include "common/base/clock.h"
#include "common/daemon/record_text.h"
#include "common/model/place.h"
#include "common/trust/authority.h"

namespace urna::precinct {

Session::Session(SessionOptions options)
    : certificates_(options.anchors),
      identity_(std::move(options.identity)),
      store_(std::move(options.store)) {}

Result<std::unique_ptr<Session>> Session::open(SessionOptions options, node::ThreadPool& pool) {
  node::CoreConfig config;
  config.election = options.identity.certificate->subject.election;
  config.unit = options.identity.certificate->subject.unit;
  node::NodeHooks hooks;
  hooks.event = options.on_event;
  std::unique_ptr<Session> session(new Session(std::move(options)));
  hooks.progress = [raw = session.get()](std::uint64_t, std::uint64_t) {
    const std::lock_guard lock(raw->mutex_);
    ++raw->answered_;
    raw->moved_.notify_all();
  };
  auto node = node::Node::start(std::move(config), *session->store_, session->certificates_,
                                session->identity_, pool, wall_clock_ms, node::system_random(),
                                std::move(hooks));
  if (!node) return std::unexpected(std::move(node.error()));
  session->node_ = std::move(*node);
  return session;
}

Session::~Session() {
  disconnect();
  // Its last hooks use members declared after it.
  node_.reset();
}

Result<daemon::TakenDefinition> Session::load_definition(const node::OpenedDefinition& definition) {
  return daemon::take_definition(*node_, node::definition_for(definition, unit()));
}

Result<Session::Basis> Session::basis(const model::ContestRound& contest) const {
  Result<Basis> basis = fail(ErrorCode::kNotFound, "no definition is loaded");
  node_->inspect([&](const node::Core& core) {
    const auto definition = core.book().in_force();
    if (definition == nullptr) return;
    if (!core.projection().tally()->has(contest)) {
      basis = fail(ErrorCode::kNotFound, "this precinct has no contest " + contest.contest.str() +
                                             " in round " + std::to_string(contest.round));
      return;
    }
    const model::Slice& slice = core.projection().tally()->slice(contest);
    basis = Basis{definition->id(), slice.shared_from_this()};
  });
  return basis;
}

Result<std::vector<validation::Finding>> Session::check(
    const v1::Protocol& protocol, validation::Completeness completeness) const {
  const auto place = model::parse_place(protocol.place());
  if (!place) return fail(ErrorCode::kInvalidArgument, "the protocol names no valid place");
  const auto here = basis(place->contest);
  if (!here) return std::unexpected(here.error());
  const auto form = validation::CompiledForm::compile(*here->slice);
  if (!form) return std::unexpected(form.error());
  return validation::check(*form, protocol, place->unit, completeness);
}

bool Session::may_sign(const trust::Certificate& licence, const v1::Body& body,
                       const model::Slice& slice) const {
  bool may = false;
  node_->inspect([&](const node::Core& core) {
    const auto definition = core.book().in_force();
    may = definition != nullptr &&
          trust::may_sign(licence.subject, trust::Kind::kProtocol, body, *definition, &slice);
  });
  return may;
}

Result<v1::Outcome> Session::submit(const trust::Signer& licence, const v1::Body& body) {
  std::optional<StatementId> manifest;
  node_->inspect([&](const node::Core& core) {
    if (const auto definition = core.book().in_force()) manifest = definition->id();
  });
  if (!manifest) return fail(ErrorCode::kNotFound, "no definition is loaded");
  const Bytes record = trust::sign_record(licence, body, manifest->view(), wall_clock_ms());
  return submit_record(record, licence.certificate.der);
}

Result<v1::Outcome> Session::submit_record(const Bytes& record, std::string_view certificate_der) {
  return submit_with_blobs(record, {Bytes(certificate_der)});
}

Result<v1::Outcome> Session::submit_with_blobs(const Bytes& record, std::vector<Bytes> blobs) {
  std::promise<Result<v1::Outcome>> answer;
  node_->submit(record, std::move(blobs),
                [&](Result<v1::Outcome> outcome) { answer.set_value(std::move(outcome)); });
  return answer.get_future().get();
}

void Session::connect(uplink::ClientOptions options, const uplink::TlsIdentity& tls) {
  disconnect();
  {
    const std::lock_guard lock(mutex_);
    answered_ = 0;
  }
  if (options.upstreams.empty()) return;
  client_ = std::make_unique<uplink::Client>(*node_, tls, std::move(options));
}

void Session::disconnect() { client_.reset(); }

std::optional<uplink::Client::Status> Session::connection() const {
  if (client_ == nullptr) return std::nullopt;
  return client_->status();
}

Session::Progress Session::progress() const {
  Progress progress;
  const auto connected = connection();
  const std::string upstream = connected ? connected->unit : std::string();
  node_->inspect([&](const node::Core& core) {
    progress.size = core.size();
    progress.settled = upstream.empty() ? core.settled_anywhere() : core.settled_at(upstream);
    progress.refused_above = core.refused_upstream();
  });
  const std::lock_guard lock(mutex_);
  progress.answered = answered_ > 0 && connected && connected->connected;
  return progress;
}

bool Session::wait_settled(std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = answered_;
    }
    if (const Progress now = progress(); now.answered && now.all_settled()) return true;
    std::unique_lock lock(mutex_);
    if (!moved_.wait_until(lock, deadline, [&] { return answered_ != seen; })) return false;
  }
}

std::string Session::record_text(std::uint64_t position) const {
  const std::string number = "record " + std::to_string(position);
  const auto entries = store_->read_election(position, 1, trust::kRecordBytesMax);
  if (!entries || entries->empty()) return number;
  const auto record = trust::reopen_record(entries->front().entry.record, certificates_);
  return record ? number + ", " + daemon::describe_record(*record) : number;
}

namespace {

void add_bodies(const node::Core& core, const model::PlaceId& place,
                std::vector<Session::PlaceStatus>& all) {
  for (const node::Projection::BodyView& body : core.projection().place(place)) {
    bool in_centre = false;
    for (const RecordId& record : body.records) {
      in_centre = in_centre || core.centre_notice(record).has_value();
    }
    all.push_back(
        {place, body.statement, body.revision, body.effect.state, body.effect.reason, in_centre});
  }
}

}  // namespace

std::vector<Session::PlaceStatus> Session::places() const {
  std::vector<PlaceStatus> all;
  node_->inspect([&](const node::Core& core) {
    for (const model::PlaceId& place : core.projection().places()) add_bodies(core, place, all);
  });
  return all;
}

std::vector<Session::PlaceStatus> Session::place(const model::PlaceId& place) const {
  std::vector<PlaceStatus> bodies;
  node_->inspect([&](const node::Core& core) { add_bodies(core, place, bodies); });
  return bodies;
}

std::vector<std::shared_ptr<const model::Slice>> Session::contests() const {
  std::vector<std::shared_ptr<const model::Slice>> slices;
  node_->inspect([&](const node::Core& core) {
    const results::Tally* tally = core.projection().tally();
    if (tally == nullptr) return;
    for (const model::ContestRound& key : tally->contests()) {
      const model::Slice& slice = tally->slice(key);
      if (slice.precinct(core.config().unit) != nullptr) slices.push_back(slice.shared_from_this());
    }
  });
  return slices;
}

std::optional<daemon::DefinitionVersion> Session::definition() const {
  std::optional<daemon::DefinitionVersion> found;
  node_->inspect([&](const node::Core& core) { found = daemon::in_force(core); });
  return found;
}

bool Session::is_revoked(const trust::Certificate& licence) const {
  bool revoked = false;
  node_->inspect([&](const node::Core& core) {
    revoked = core.projection().is_revoked(licence.id, licence.subject.unit.str());
  });
  return revoked;
}

Result<std::string> Session::export_medium() {
  node::NodeIo io(*store_, certificates_, identity_, node::system_random());
  std::vector<v1::SignedBatch> batches;
  node::ReadLog request;
  std::uint64_t size = 0;
  node_->inspect([&](const node::Core& core) { size = core.size(); });
  for (std::uint64_t at = 0; at < size || batches.empty();) {
    request.positions.clear();
    for (std::uint64_t i = at; i < size && request.positions.size() < node::kBatchRecordsMax; ++i) {
      request.positions.push_back(i);
    }
    auto read = io.read(request);
    if (!read) return std::unexpected(std::move(read.error()));
    node::OutBatch out;
    node_->inspect([&](const node::Core& core) {
      out = core.medium_batch(batches.size() + 1, std::move(read->entries));
      at = out.batch.scanned_to();
      out.batch.set_final(at >= size);
      batches.push_back(io.complete(std::move(out), core.book(), wall_clock_ms()));
    });
    if (size == 0) break;
  }
  return node::write_medium(batches);
}

}  // namespace urna::precinct
