#include "tests/bench/bare_server.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/node/events.h"
#include "common/node/executor.h"
#include "common/node/seal.h"
#include "common/service/files.h"
#include "common/service/signals.h"
#include "common/trust/record.h"
#include "common/uplink/buffers.h"
#include "common/uplink/callback_threads.h"
#include "common/uplink/channel.h"
#include "common/uplink/outgoing.h"
#include "tests/bench/bare_keys.h"
#include "tests/bench/bare_store.h"
#include "tests/drill/server.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::bench {

namespace {

// Records of one transaction: what waits longer than a commit takes goes into the next.
constexpr std::size_t kCommitRecordsMax = 4'096;

class Call;

// A call that may be over before its answer is ready.
struct Line {
  std::mutex mutex;
  Call* call = nullptr;
};

// A batch whose records were verified.
struct Verified {
  std::shared_ptr<Line> line;
  std::vector<BareRecord> records;
  v1::Receipt receipt;
};

// Commits what waits, all of it together, and answers.
class Writer {
 public:
  explicit Writer(std::unique_ptr<BareStore> store)
      : store_(std::move(store)), thread_([this] { run(); }) {}
  ~Writer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void post(Verified batch) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(batch));
    changed_.notify_all();
  }

 private:
  void run() {
    for (;;) {
      std::vector<Verified> group;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        for (std::size_t records = 0; !waiting_.empty() && records < kCommitRecordsMax;) {
          records += waiting_.front().records.size();
          group.push_back(std::move(waiting_.front()));
          waiting_.pop_front();
        }
      }
      commit(std::move(group));
    }
  }
  void commit(std::vector<Verified> group);

  const std::unique_ptr<BareStore> store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Verified> waiting_;
  bool stopping_ = false;
  std::uint64_t position_ = 0;  // of the writer's thread
  std::thread thread_;
};

struct Shared {
  BareKeys& keys;
  node::ThreadPool& pool;
  Writer& writer;
};

// Decodes a batch and verifies its records; those whose signature does not hold are refused.
Verified verify(const grpc::ByteBuffer& bytes, const Shared& shared) {
  Verified verified;
  v1::SignedBatch sealed;
  v1::Batch batch;
  {
    const uplink::Contiguous whole(bytes);
    if (!sealed.ParseFromArray(whole.view().data(), static_cast<int>(whole.view().size())) ||
        !batch.ParseFromString(sealed.payload())) {
      verified.receipt.set_refused("malformed");
      return verified;
    }
  }
  verified.receipt.set_sequence(batch.sequence());
  for (const std::string& blob : batch.blobs()) {
    if (trust::CertificateBook::looks_like_certificate(blob)) shared.keys.add(blob);
  }
  const auto count = static_cast<std::size_t>(batch.entries_size());
  std::vector<std::optional<RecordId>> ids(count);
  shared.pool.parallel(count, [&](std::size_t i) {
    v1::SignedRecord record;
    if (!record.ParseFromString(batch.entries(static_cast<int>(i)).record())) return;
    const auto id = KeyId::from_bytes(record.key_id());
    const auto key = id ? shared.keys.find(*id) : nullptr;
    const std::string prefix = trust::pae_prefix(record.payload_type(), record.payload());
    if (key != nullptr && key->verify({prefix, record.payload()}, record.signature())) {
      ids[i] = trust::record_id_of(record.payload_type(), record.payload());
    }
  });
  for (std::size_t i = 0; i < count; ++i) {
    v1::Outcome& outcome = *verified.receipt.add_outcomes();
    if (!ids[i]) {
      outcome.mutable_refused()->set_code("bad_signature");
      continue;
    }
    outcome.set_admitted_at(0);
    verified.records.push_back(
        {*ids[i], std::move(*batch.mutable_entries(static_cast<int>(i))->mutable_record())});
  }
  return verified;
}

// One Submit call: reads ahead as far as the centre does, verifies in order, answers in order.
class Call final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Call(const Shared& shared)
      : shared_(shared), strand_(shared.pool), line_(std::make_shared<Line>()) {
    line_->call = this;
    StartSendInitialMetadata();
    StartRead(&incoming_);
  }

  void send(const v1::SignedReceipt& receipt) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (outgoing_.push(uplink::to_buffer(receipt))) StartWrite(outgoing_.front());
  }
  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) {
      input_ended_ = true;
      if (unanswered_ == 0) finish({});
      return;
    }
    strand_.post([shared = shared_, line = line_, bytes = std::exchange(incoming_, {})] {
      Verified verified = verify(bytes, shared);
      verified.line = line;
      shared.writer.post(std::move(verified));
    });
    ++unanswered_;
    read_more();
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    --unanswered_;
    const bool more = outgoing_.pop();
    if (pending_) {
      Finish(*std::exchange(pending_, std::nullopt));
      return;
    }
    if (finished_) return;
    if (!ok) {
      finish({grpc::StatusCode::UNAVAILABLE, "the peer is gone"});
    } else if (more) {
      StartWrite(outgoing_.front());
    } else if (input_ended_ && unanswered_ == 0) {
      finish({});
    }
    if (!reading_ && !input_ended_) read_more();
  }
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    finish({grpc::StatusCode::CANCELLED, "cancelled"});
  }
  void OnDone() override {
    {
      const std::lock_guard lock(line_->mutex);
      line_->call = nullptr;
    }
    delete this;
  }

 private:
  void read_more() {
    reading_ = !finished_ && unanswered_ < node::kBatchesInFlightMax;
    if (reading_) StartRead(&incoming_);
  }
  void finish(const grpc::Status& status) {
    if (std::exchange(finished_, true)) return;
    if (outgoing_.writing()) {
      pending_ = status;  // comes after the write that is under way
    } else {
      Finish(status);
    }
  }

  const Shared shared_;
  node::Strand strand_;
  const std::shared_ptr<Line> line_;
  grpc::ByteBuffer incoming_;
  std::mutex mutex_;
  uplink::Outgoing<grpc::ByteBuffer> outgoing_;
  std::size_t unanswered_ = 0;
  bool reading_ = true;
  bool input_ended_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> pending_;
};

void Writer::commit(std::vector<Verified> group) {
  std::vector<BareRecord> records;
  for (Verified& batch : group) {
    for (BareRecord& record : batch.records) records.push_back(std::move(record));
  }
  const auto inserted = store_->insert(records);
  for (Verified& batch : group) {
    if (!inserted) {
      batch.receipt.clear_outcomes();
      batch.receipt.set_refused(inserted.error().message);
    }
    for (v1::Outcome& outcome : *batch.receipt.mutable_outcomes()) {
      if (outcome.has_admitted_at()) outcome.set_admitted_at(position_++);
    }
    v1::SignedReceipt receipt;
    receipt.set_payload(batch.receipt.SerializeAsString());
    const std::lock_guard lock(batch.line->mutex);
    if (batch.line->call != nullptr) batch.line->call->send(receipt);
  }
}

using RawService = v1::Uplink::WithRawCallbackMethod_Submit<v1::Uplink::Service>;

class Service final : public RawService {
 public:
  explicit Service(const Shared& shared) : shared_(shared) {}
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Submit(
      grpc::CallbackServerContext*) override {
    return new Call(shared_);
  }

 private:
  const Shared shared_;
};

std::shared_ptr<grpc::ServerCredentials> credentials_of(const uplink::TlsIdentity& tls) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls.roots_pem;
  options.pem_key_cert_pairs = {{tls.key_pem, tls.certificate_pem}};
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct BareServer::Impl {
  Impl(const BareOptions& options, std::unique_ptr<BareStore> store)
      : keys(options.anchors, options.trust_certificates),
        writer(std::move(store)),
        pool(std::max(2U, std::thread::hardware_concurrency())),
        service(Shared{keys, pool, writer}) {}

  BareKeys keys;
  Writer writer;
  node::ThreadPool pool;  // ends before the writer, to which its tasks post
  Service service;
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

BareServer::BareServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

BareServer::~BareServer() {
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

const std::string& BareServer::address() const { return impl_->address; }

Result<std::unique_ptr<BareServer>> BareServer::start(const BareOptions& options) {
  auto store = BareStore::open(options.database);
  if (!store) return std::unexpected(std::move(store.error()));
  uplink::keep_callback_threads();
  auto impl = std::make_unique<Impl>(options, std::move(*store));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, credentials_of(options.tls), &port);
  builder.RegisterService(&impl->service);
  builder.SetMaxReceiveMessageSize(uplink::kMessageBytesMax);
  // Clients ask every 20 s whether it is still there, also while it waits for its turn; by default
  // gRPC ends a connection for that.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || port == 0) {
    return fail(ErrorCode::kUnavailable, "cannot listen on " + options.listen);
  }
  impl->address = options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(port);
  return std::unique_ptr<BareServer>(new BareServer(std::move(impl)));
}

namespace {

Result<BareOptions> options_of(const BareArguments& arguments) {
  constexpr std::size_t kPemBytesMax = 64 * 1024;
  const drill::ServerFiles files = drill::files_of(arguments.folder, arguments.unit);
  auto key = service::read_file(files.folder / "node.key", kPemBytesMax);
  if (!key) return std::unexpected(std::move(key.error()));
  auto certificate = service::read_file(files.folder / "node.crt", kPemBytesMax);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  const auto pem = service::read_file(arguments.folder / "trust.pem", kPemBytesMax);
  if (!pem) return std::unexpected(pem.error());
  auto anchors = trust::Anchors::from_pem(*pem);
  if (!anchors) return std::unexpected(std::move(anchors.error()));
  std::string roots = anchors->tls_roots_pem();
  return BareOptions{"127.0.0.1:0",
                     {std::move(*key), std::move(*certificate), std::move(roots)},
                     std::move(*anchors),
                     arguments.database,
                     arguments.trust_certificates};
}

int complain(const Error& error) {
  std::cerr << "urna-bench bare: " << error.message << "\n";
  return 1;
}

}  // namespace

int run_bare_server(const BareArguments& arguments) {
  auto signals = service::ShutdownSignals::create();
  if (!signals) return complain(signals.error());
  const auto options = options_of(arguments);
  if (!options) return complain(options.error());
  const auto server = BareServer::start(*options);
  if (!server) return complain(server.error());
  const auto written = service::write_address_file(arguments.address_file, (*server)->address());
  if (!written) return complain(written.error());
  signals->wait();
  return 0;
}

}  // namespace urna::bench
