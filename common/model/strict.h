// Strict decoding: what a format does not know is refused, at every depth.
#pragma once

#include <google/protobuf/message.h>

#include <string_view>

#include "common/base/error.h"

namespace urna::model {

// True when the message or anything inside it carries fields its format does not know.
bool has_unknown_fields(const google::protobuf::Message& message);

// Parses all of `bytes` into `message`. kMalformed, naming `what`, when they do not decode, carry
// unknown fields or enum values, or are not exactly what serialise() writes: protobuf would let a
// field come twice and hide the first.
Result<void> parse_strict(std::string_view bytes, google::protobuf::Message& message,
                          std::string_view what);

// The one serialisation Urna writes: fields in ascending order, no unknown fields, map-free.
std::string serialise(const google::protobuf::Message& message);

}  // namespace urna::model
