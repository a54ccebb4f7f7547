// Messages as bytes: what comes is looked over before it is parsed, which gRPC would do by itself.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <string_view>

#include "common/base/check.h"

namespace urna::uplink {

// The bytes of a received message in one piece, valid as long as this.
class Contiguous {
 public:
  explicit Contiguous(const grpc::ByteBuffer& buffer) { buffer.DumpToSingleSlice(&slice_); }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
  }

 private:
  grpc::Slice slice_;
};

template <class Message>
grpc::ByteBuffer to_buffer(const Message& message) {
  grpc::ByteBuffer buffer;
  bool own = false;
  URNA_CHECK(grpc::SerializationTraits<Message>::Serialize(message, &buffer, &own).ok());
  return buffer;
}

}  // namespace urna::uplink
