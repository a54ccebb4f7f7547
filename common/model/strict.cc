#include "common/model/strict.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/unknown_field_set.h>

#include <limits>
#include <string>
#include <vector>

#include "common/base/check.h"

namespace urna::model {

namespace pb = google::protobuf;

namespace {

bool enum_is_known(const pb::FieldDescriptor& field, int value) {
  return field.enum_type()->FindValueByNumber(value) != nullptr;
}

bool message_is_strange(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    return reflection.HasField(message, &field) &&
           has_unknown_fields(reflection.GetMessage(message, &field));
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (has_unknown_fields(reflection.GetRepeatedMessage(message, &field, i))) return true;
  }
  return false;
}

bool enum_is_strange(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    return reflection.HasField(message, &field) &&
           !enum_is_known(field, reflection.GetEnumValue(message, &field));
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (!enum_is_known(field, reflection.GetRepeatedEnumValue(message, &field, i))) return true;
  }
  return false;
}

}  // namespace

bool has_unknown_fields(const pb::Message& message) {
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return true;
  // Only messages and enums can hold something unknown; the rest need not be looked at.
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    const auto kind = field.cpp_type();
    if (kind == pb::FieldDescriptor::CPPTYPE_MESSAGE && message_is_strange(message, field)) {
      return true;
    }
    if (kind == pb::FieldDescriptor::CPPTYPE_ENUM && enum_is_strange(message, field)) return true;
  }
  return false;
}

Result<void> parse_strict(std::string_view bytes, pb::Message& message, std::string_view what) {
  if (bytes.size() > std::numeric_limits<int>::max()) {
    return fail(ErrorCode::kTooLarge, std::string(what) + ": over 2 GiB");
  }
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorCode::kMalformed, std::string(what) + ": does not decode");
  }
  if (has_unknown_fields(message)) {
    return fail(ErrorCode::kMalformed,
                std::string(what) + ": carries fields or values unknown to it");
  }
  if (serialise(message) != bytes) {
    return fail(ErrorCode::kMalformed, std::string(what) + ": is not in its one valid encoding");
  }
  return {};
}

std::string serialise(const pb::Message& message) {
  const std::size_t size = message.ByteSizeLong();
  URNA_CHECK(size <= std::numeric_limits<int>::max());
  std::string bytes(size, '\0');
  pb::io::ArrayOutputStream stream(bytes.data(), static_cast<int>(size));
  pb::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
  coded.Trim();
  URNA_CHECK(!coded.HadError() && coded.ByteCount() == static_cast<int>(size));
  return bytes;
}

}  // namespace urna::model
