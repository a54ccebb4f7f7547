// A peer that speaks the protocol by hand, so that it can also speak it badly.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/uplink/channel.h"
#include "common/uplink/credentials.h"
#include "tests/unit/node/small_election.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::tests {

// A channel to the node of `unit` at `address`, with `tls` as it is and no limit on message sizes.
std::shared_ptr<grpc::Channel> raw_channel(const std::string& address, const std::string& election,
                                           const std::string& unit, const uplink::TlsIdentity& tls);

// One Submit stream. Messages are bytes: what they hold need not be a batch.
class RawSubmit {
 public:
  // `compression`: what messages are compressed with, though the server wants none.
  explicit RawSubmit(std::shared_ptr<grpc::Channel> channel,
                     grpc_compression_algorithm compression = GRPC_COMPRESS_NONE);
  // Cancels the stream if it is still open.
  ~RawSubmit();

  // False when the stream is over. Waits while the server does not read.
  bool write(const std::string& bytes);
  bool write(const v1::SignedBatch& batch);
  // The next receipt; nullopt when the stream is over or what came is no receipt.
  std::optional<v1::Receipt> read();
  // Writes and reads: most tests need no more.
  std::optional<v1::Receipt> ask(const v1::SignedBatch& batch);
  // Says that no more will be written.
  void writes_done() { stream_->WritesDone(); }
  void cancel() { context_.TryCancel(); }
  // Ends the stream and says how it ended.
  grpc::Status finish();

 private:
  using Stream = grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  bool finished_ = false;
};

// Follows by hand until `context` is cancelled.
std::unique_ptr<grpc::ClientReader<v1::SignedBatch>> raw_follow(v1::Uplink::Stub& stub,
                                                                grpc::ClientContext& context,
                                                                const std::string& election,
                                                                const std::string& unit);

// What grpc.health.v1 says of the Uplink service: serving or not, or how the call ended.
std::expected<bool, grpc::StatusCode> health(std::shared_ptr<grpc::Channel> channel);

// A batch of these records, at positions 0, 1, …, from the node of `sender`.
v1::Batch batch_of(const std::string& election, const std::string& sender, std::uint64_t sequence,
                   const std::vector<Bytes>& records, const std::vector<Bytes>& blobs = {});

}  // namespace urna::tests
