#include "common/node/wire_limits.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <limits>
#include <span>
#include <string>

namespace urna::node {

namespace {

namespace pb = google::protobuf;
using Wire = pb::internal::WireFormatLite;

// Deeper than any message of Urna.
constexpr int kDepthMax = 16;

enum class Fault { kNone, kMalformed, kTooLarge };

// Skips the value behind `tag`; false when it is cut off, or a group.
bool skip_value(pb::io::CodedInputStream& in, std::uint32_t tag, std::string_view& inner) {
  std::uint64_t number = 0;
  std::uint32_t four = 0;
  switch (Wire::GetTagWireType(tag)) {
    case Wire::WIRETYPE_VARINT: return in.ReadVarint64(&number);
    case Wire::WIRETYPE_FIXED64: return in.ReadLittleEndian64(&number);
    case Wire::WIRETYPE_FIXED32: return in.ReadLittleEndian32(&four);
    case Wire::WIRETYPE_LENGTH_DELIMITED: {
      const void* data = nullptr;
      int available = 0;
      if (!in.ReadVarint32(&four) || four > std::numeric_limits<int>::max()) return false;
      const int size = static_cast<int>(four);
      if (size == 0) return true;
      if (!in.GetDirectBufferPointer(&data, &available) || available < size) return false;
      inner = {static_cast<const char*>(data), four};
      return in.Skip(size);
    }
    default: return false;
  }
}

pb::io::CodedInputStream reader(std::string_view bytes) {
  return pb::io::CodedInputStream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                  static_cast<int>(bytes.size()));
}

// One walk over a message and all in it.
class Walk {
 public:
  Walk(std::span<const FieldLimit> limits, std::size_t fields_max)
      : limits_(limits), fields_left_(fields_max) {}

  Fault over(std::string_view bytes, const pb::Descriptor& type, int depth) {
    if (depth > kDepthMax) return Fault::kMalformed;
    std::size_t counts[64] = {};
    auto in = reader(bytes);
    while (const std::uint32_t tag = in.ReadTag()) {
      if (fields_left_-- == 0) return Fault::kTooLarge;
      const int number = Wire::GetTagFieldNumber(tag);
      const pb::FieldDescriptor* field = type.FindFieldByNumber(number);
      std::string_view inner;
      if (field == nullptr || !fits(*field, tag) || !skip_value(in, tag, inner)) {
        return Fault::kMalformed;
      }
      if (depth == 0 && number < std::ssize(counts) && ++counts[number] > allowed(number)) {
        return Fault::kTooLarge;
      }
      if (field->type() != pb::FieldDescriptor::TYPE_MESSAGE) continue;
      const Fault fault = over(inner, *field->message_type(), depth + 1);
      if (fault != Fault::kNone) return fault;
    }
    return in.ConsumedEntireMessage() ? Fault::kNone : Fault::kMalformed;
  }

 private:
  // Repeated numbers may come packed, as one field.
  static bool fits(const pb::FieldDescriptor& field, std::uint32_t tag) {
    const auto expected = Wire::WireTypeForFieldType(static_cast<Wire::FieldType>(field.type()));
    return Wire::GetTagWireType(tag) == expected ||
           (field.is_packable() && Wire::GetTagWireType(tag) == Wire::WIRETYPE_LENGTH_DELIMITED);
  }
  std::size_t allowed(int number) const {
    for (const FieldLimit& limit : limits_) {
      if (limit.number == number) return limit.count_max;
    }
    return std::numeric_limits<std::size_t>::max();
  }

  const std::span<const FieldLimit> limits_;
  std::size_t fields_left_;
};

Result<void> verdict(Fault fault, std::string_view what) {
  switch (fault) {
    case Fault::kNone: return {};
    case Fault::kTooLarge:
      return fail(ErrorCode::kTooLarge, std::string(what) + ": holds more than is allowed");
    case Fault::kMalformed: break;
  }
  return fail(ErrorCode::kMalformed, std::string(what) + ": does not decode");
}

bool too_long(std::string_view bytes) { return bytes.size() > std::numeric_limits<int>::max(); }

}  // namespace

Result<void> check_wire(std::string_view bytes, const pb::Descriptor& type,
                        std::initializer_list<FieldLimit> limits, std::size_t fields_max,
                        std::string_view what) {
  if (too_long(bytes)) return verdict(Fault::kTooLarge, what);
  return verdict(Walk({limits.begin(), limits.size()}, fields_max).over(bytes, type, 0), what);
}

Result<void> check_envelope(std::string_view bytes, std::size_t fields_max, std::string_view what) {
  if (too_long(bytes)) return verdict(Fault::kTooLarge, what);
  auto in = reader(bytes);
  while (const std::uint32_t tag = in.ReadTag()) {
    std::string_view ignored;
    if (fields_max-- == 0) return verdict(Fault::kTooLarge, what);
    if (!skip_value(in, tag, ignored)) return verdict(Fault::kMalformed, what);
  }
  return verdict(in.ConsumedEntireMessage() ? Fault::kNone : Fault::kMalformed, what);
}

}  // namespace urna::node
