#include "common/model/strict.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"

namespace urna::model {

namespace pb = google::protobuf;

namespace {

// What of a type can hold something unknown: messages and enums. Finding them in the descriptor for
// every message took longer than looking into them.
struct Plan {
  struct Part {
    const pb::FieldDescriptor* field;
    const Plan* plan;
  };
  std::vector<Part> messages;
  std::vector<const pb::FieldDescriptor*> enums;
};

class Plans {
 public:
  const Plan& of(const pb::Descriptor& type) {
    auto& known = plans_[&type];
    if (known != nullptr) return *known;
    // In the table before it is filled: a type may hold itself.
    known = std::make_unique<Plan>();
    Plan& plan = *known;
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        plan.messages.push_back({&field, &of(*field.message_type())});
      }
      if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM) plan.enums.push_back(&field);
    }
    return plan;
  }

 private:
  std::map<const pb::Descriptor*, std::unique_ptr<Plan>> plans_;
};

bool is_strange(const pb::Message& message, const Plan& plan);

bool part_is_strange(const pb::Message& message, const Plan::Part& part) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (!part.field->is_repeated()) {
    return reflection.HasField(message, part.field) &&
           is_strange(reflection.GetMessage(message, part.field), *part.plan);
  }
  for (int i = 0; i < reflection.FieldSize(message, part.field); ++i) {
    if (is_strange(reflection.GetRepeatedMessage(message, part.field, i), *part.plan)) return true;
  }
  return false;
}

bool enum_is_known(const pb::FieldDescriptor& field, int value) {
  return field.enum_type()->FindValueByNumber(value) != nullptr;
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

bool is_strange(const pb::Message& message, const Plan& plan) {
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return true;
  return std::ranges::any_of(plan.messages,
                             [&](const auto& part) { return part_is_strange(message, part); }) ||
         std::ranges::any_of(plan.enums,
                             [&](const auto* field) { return enum_is_strange(message, *field); });
}

}  // namespace

bool has_unknown_fields(const pb::Message& message) {
  thread_local Plans plans;
  return is_strange(message, plans.of(*message.GetDescriptor()));
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
