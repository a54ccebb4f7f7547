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

bool field_is_strange(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
    if (!repeated) return has_unknown_fields(reflection.GetMessage(message, &field));
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (has_unknown_fields(reflection.GetRepeatedMessage(message, &field, i))) return true;
    }
  } else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM) {
    if (!repeated) return !enum_is_known(field, reflection.GetEnumValue(message, &field));
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (!enum_is_known(field, reflection.GetRepeatedEnumValue(message, &field, i))) return true;
    }
  }
  return false;
}

}  // namespace

bool has_unknown_fields(const pb::Message& message) {
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return true;
  std::vector<const pb::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    if (field_is_strange(message, *field)) return true;
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
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    URNA_CHECK(message.SerializeToCodedStream(&coded));
  }
  return bytes;
}

}  // namespace urna::model
