#include "tests/bench/sender.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "common/node/events.h"
#include "common/uplink/buffers.h"
#include "common/uplink/channel.h"
#include "tests/bench/schedule.h"
#include "urna/v1/transfer.pb.h"

namespace urna::bench {

namespace {

using Clock = std::chrono::steady_clock;

// Long: a machine that is busy with other things must make the figures worse, not end the run.
constexpr std::chrono::seconds kPatience{300};

// A batch that was answered.
struct Answered {
  std::uint32_t records = 0;
  std::uint64_t latency_ns = 0;
  grpc::ByteBuffer receipt;
};

// One Submit call.
class Stream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Stream(const SenderOptions& options, std::size_t number, StreamFile file)
      : file_(std::move(file)),
        stub_(uplink::make_channel({options.unit, options.address}, options.election,
                                   options.identities[number])) {}

  void start() {
    stub_.PrepareBidiStreamingCall(&context_, "/urna.v1.Uplink/Submit", {}, this);
    AddHold();  // batches are offered from outside gRPC's callbacks
    StartRead(&incoming_);
    StartCall();
  }
  const std::vector<Frame>& frames() const { return file_.frames(); }

  Result<void> wait_connected() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [this] { return connected_ || ended_; });
    if (connected_ && !ended_) return {};
    return fail(ErrorCode::kUnavailable, "a stream does not open: " + status_.error_message());
  }
  // Sends batch `number` as soon as the stream is free. Its time runs from `due`.
  void offer(std::uint32_t number, Clock::time_point due) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({number, due});
    write_more();
  }
  // Waits until `count` batches were answered since the last call, and takes them.
  Result<std::vector<Answered>> collect(std::size_t count) {
    std::unique_lock lock(mutex_);
    while (answered_.size() < count && !ended_) {
      const std::size_t before = answered_.size();
      if (!changed_.wait_for(lock, kPatience,
                             [&] { return ended_ || answered_.size() > before; })) {
        return fail(ErrorCode::kUnavailable, "no receipt came for 300 s");
      }
    }
    if (answered_.size() < count) {
      return fail(ErrorCode::kUnavailable, "the server ended a stream: " + status_.error_message());
    }
    return std::exchange(answered_, {});
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (!broken_) StartWritesDone();
    }
    release();
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(5), [this] { return ended_; })) {
      context_.TryCancel();
      changed_.wait(lock, [this] { return ended_; });
    }
  }

  void OnReadInitialMetadataDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    connected_ = ok;
    changed_.notify_all();
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    write_more();
  }
  void OnReadDone(bool ok) override {
    const auto now = Clock::now();
    if (!ok) {
      // Nothing more is offered; the status comes as soon as the call is let go.
      {
        const std::lock_guard lock(mutex_);
        broken_ = true;
      }
      release();
      return;
    }
    const std::lock_guard lock(mutex_);
    if (in_flight_.empty()) return;  // an answer to nothing: the count will not fit
    const auto [number, due] = in_flight_.front();
    in_flight_.pop_front();
    const auto latency = std::chrono::duration_cast<std::chrono::nanoseconds>(now - due).count();
    answered_.push_back({frames()[number].records,
                         static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency)),
                         std::move(incoming_)});
    incoming_ = grpc::ByteBuffer();
    write_more();
    StartRead(&incoming_);
    changed_.notify_all();
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    status_ = status;
    changed_.notify_all();
  }

 private:
  // The call may end now.
  void release() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(released_, true)) return;
    }
    RemoveHold();
  }
  void write_more() {
    if (writing_ || broken_ || waiting_.empty() || in_flight_.size() >= node::kBatchesInFlightMax) {
      return;
    }
    in_flight_.push_back(waiting_.front());
    waiting_.pop_front();
    const std::string_view batch = frames()[in_flight_.back().first].batch;
    const grpc::Slice slice(batch.data(), batch.size(), grpc::Slice::STATIC_SLICE);
    outgoing_ = grpc::ByteBuffer(&slice, 1);
    writing_ = true;
    StartWrite(&outgoing_);
  }

  const StreamFile file_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::uint32_t, Clock::time_point>> waiting_;
  std::deque<std::pair<std::uint32_t, Clock::time_point>> in_flight_;
  std::vector<Answered> answered_;
  bool connected_ = false;
  bool writing_ = false;
  bool broken_ = false;
  bool released_ = false;
  bool ended_ = false;
  grpc::Status status_;
};

// All records of a batch were admitted.
Result<void> check_receipt(const Answered& answered) {
  v1::SignedReceipt sealed;
  v1::Receipt receipt;
  const uplink::Contiguous bytes(answered.receipt);
  if (!sealed.ParseFromArray(bytes.view().data(), static_cast<int>(bytes.view().size())) ||
      !receipt.ParseFromString(sealed.payload())) {
    return fail(ErrorCode::kMalformed, "a receipt does not decode");
  }
  if (!receipt.refused().empty()) {
    return fail(ErrorCode::kInternal, "a batch was refused: " + receipt.refused());
  }
  if (receipt.outcomes_size() != static_cast<int>(answered.records)) {
    return fail(ErrorCode::kInternal,
                "a receipt answers " + std::to_string(receipt.outcomes_size()) +
                    " records instead of " + std::to_string(answered.records));
  }
  for (const v1::Outcome& outcome : receipt.outcomes()) {
    if (outcome.has_refused()) {
      return fail(ErrorCode::kInternal, "a record was refused: " + outcome.refused().code() + " " +
                                            outcome.refused().detail());
    }
    if (!outcome.has_admitted_at()) return fail(ErrorCode::kInternal, "a record was not admitted");
  }
  return {};
}

}  // namespace

struct Sender::Impl {
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<std::uint32_t> next;  // batch of each stream
  std::vector<std::uint64_t> sent;  // records of each stream

  // The next batches of each stream, taken in turn.
  std::vector<std::vector<std::uint32_t>> take(std::uint64_t records_max) const {
    std::vector<std::vector<std::uint32_t>> taken(streams.size());
    std::uint64_t records = 0;
    for (bool more = true; more && records < records_max;) {
      more = false;
      for (std::size_t s = 0; s < streams.size() && records < records_max; ++s) {
        const std::size_t at = next[s] + taken[s].size();
        if (at >= streams[s]->frames().size()) continue;
        taken[s].push_back(streams[s]->frames()[at].records);
        records += taken[s].back();
        more = true;
      }
    }
    return taken;
  }
};

Sender::Sender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Sender::~Sender() {
  for (const auto& stream : impl_->streams) stream->stop();
}

Result<std::unique_ptr<Sender>> Sender::connect(const SenderOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->next.resize(options.identities.size());
  impl->sent.resize(options.identities.size());
  std::vector<StreamFile> files;
  for (std::size_t i = 0; i < options.identities.size(); ++i) {
    auto file = StreamFile::open(stream_file(options.load, i));
    if (!file) return std::unexpected(std::move(file.error()));
    files.push_back(std::move(*file));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    impl->streams.push_back(std::make_unique<Stream>(options, i, std::move(files[i])));
    impl->streams.back()->start();
  }
  auto sender = std::unique_ptr<Sender>(new Sender(std::move(impl)));
  for (const auto& stream : sender->impl_->streams) {
    if (auto open = stream->wait_connected(); !open)
      return std::unexpected(std::move(open.error()));
  }
  return sender;
}

Result<StretchResult> Sender::run(const Stretch& stretch) {
  const auto taken = impl_->take(stretch.records_max);
  const auto departures = open_loop(taken, stretch.rate, stretch.seed);
  const auto begun = Clock::now();
  for (const Departure& departure : departures) {
    const auto due = begun + std::chrono::nanoseconds(departure.at_ns);
    std::this_thread::sleep_until(due);
    impl_->streams[departure.stream]->offer(impl_->next[departure.stream] + departure.batch, due);
  }
  StretchResult result;
  std::vector<Answered> answered;
  for (std::size_t s = 0; s < taken.size(); ++s) {
    auto collected = impl_->streams[s]->collect(taken[s].size());
    if (!collected) return std::unexpected(std::move(collected.error()));
    for (Answered& one : *collected) answered.push_back(std::move(one));
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  for (std::size_t s = 0; s < taken.size(); ++s) {
    impl_->next[s] += static_cast<std::uint32_t>(taken[s].size());
    for (const std::uint32_t records : taken[s]) impl_->sent[s] += records;
  }
  for (const Answered& one : answered) {
    if (auto good = check_receipt(one); !good) return std::unexpected(std::move(good.error()));
    result.latencies.push_back({one.latency_ns, one.records});
    result.records += one.records;
    ++result.batches;
  }
  result.sent = impl_->sent;
  return result;
}

}  // namespace urna::bench
