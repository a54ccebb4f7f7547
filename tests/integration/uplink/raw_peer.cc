#include "tests/integration/uplink/raw_peer.h"

#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/rpc_method.h>
#include <grpcpp/impl/codegen/sync_stream.h>

#include <chrono>

#include "common/base/clock.h"
#include "common/model/strict.h"

namespace urna::tests {

namespace {

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

std::shared_ptr<grpc::Channel> raw_channel(const std::string& address, const std::string& election,
                                           const std::string& unit,
                                           const uplink::TlsIdentity& tls) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(
      trust::dns_name_of(*model::ElectionId::parse(election), *model::UnitId::parse(unit)));
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, uplink::channel_credentials(tls), arguments);
}

RawSubmit::RawSubmit(std::shared_ptr<grpc::Channel> channel, grpc_compression_algorithm compression)
    : channel_(std::move(channel)) {
  context_.set_compression_algorithm(compression);
  static const grpc::internal::RpcMethod kMethod("/urna.v1.Uplink/Submit",
                                                 grpc::internal::RpcMethod::BIDI_STREAMING);
  context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  stream_.reset(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
          channel_.get(), kMethod, &context_));
}

RawSubmit::~RawSubmit() {
  if (finished_) return;
  context_.TryCancel();
  finish();
}

bool RawSubmit::write(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer buffer(&slice, 1);
  return stream_->Write(buffer);
}

bool RawSubmit::write(const v1::SignedBatch& batch) { return write(model::serialise(batch)); }

std::optional<v1::Receipt> RawSubmit::read() {
  grpc::ByteBuffer buffer;
  v1::SignedReceipt sealed;
  v1::Receipt receipt;
  if (!stream_->Read(&buffer) || !sealed.ParseFromString(bytes_of(buffer)) ||
      !receipt.ParseFromString(sealed.payload())) {
    return std::nullopt;
  }
  return receipt;
}

std::optional<v1::Receipt> RawSubmit::ask(const v1::SignedBatch& batch) {
  if (!write(batch)) return std::nullopt;
  return read();
}

grpc::Status RawSubmit::finish() {
  finished_ = true;
  grpc::ByteBuffer rest;
  while (stream_->Read(&rest)) {
  }
  return stream_->Finish();
}

std::unique_ptr<grpc::ClientReader<v1::SignedBatch>> raw_follow(v1::Uplink::Stub& stub,
                                                                grpc::ClientContext& context,
                                                                const std::string& election,
                                                                const std::string& unit) {
  v1::FollowRequest request;
  request.set_election(election);
  request.set_unit(unit);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return stub.Follow(&context, request);
}

std::expected<bool, grpc::StatusCode> health(std::shared_ptr<grpc::Channel> channel) {
  // HealthCheckRequest{service = 1} and HealthCheckResponse{status = 1}, SERVING being 1, by hand.
  const std::string service = "urna.v1.Uplink";
  const grpc::Slice request("\x0a" + std::string(1, static_cast<char>(service.size())) + service);
  grpc::ByteBuffer sent(&request, 1);
  grpc::ByteBuffer came;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  static const grpc::internal::RpcMethod kMethod("/grpc.health.v1.Health/Check",
                                                 grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall(channel.get(), kMethod, &context, sent, &came);
  if (!status.ok()) return std::unexpected(status.error_code());
  return bytes_of(came) == "\x08\x01";
}

v1::Batch batch_of(const std::string& election, const std::string& sender, std::uint64_t sequence,
                   const std::vector<Bytes>& records, const std::vector<Bytes>& blobs) {
  v1::Batch batch;
  batch.set_election(election);
  batch.set_sender(sender);
  batch.set_sequence(sequence);
  batch.set_created_at_ms(wall_clock_ms());
  batch.mutable_log()->set_log_id(std::string(16, 'L'));
  batch.mutable_log()->set_size(records.size());
  batch.mutable_log()->set_root(std::string(32, 'R'));
  batch.set_scanned_to(records.size());
  std::uint64_t position = 0;
  for (const Bytes& record : records) {
    v1::BatchEntry& entry = *batch.add_entries();
    entry.set_position(position++);
    entry.set_record(record);
  }
  for (const Bytes& blob : blobs) batch.add_blobs(blob);
  return batch;
}

}  // namespace urna::tests
