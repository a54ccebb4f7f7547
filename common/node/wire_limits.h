// Looks over the serialised form of a message before it is parsed: a few bytes of protobuf can ask
// for a hundred times as much memory. Nothing is allocated here. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "common/base/error.h"

namespace urna::node {

// A repeated field of the outermost message and how often it may come.
struct FieldLimit {
  int number;
  std::size_t count_max;
};

// Everything in `bytes`, at every depth, is a field of `type` with its wire type, and no limit is
// passed; `fields_max` bounds all fields of all depths together. kMalformed or kTooLarge, naming
// `what`.
Result<void> check_wire(std::string_view bytes, const google::protobuf::Descriptor& type,
                        std::initializer_list<FieldLimit> limits, std::size_t fields_max,
                        std::string_view what);

// The same for an envelope whose unknown fields are answered rather than refused: at most
// `fields_max` fields of any number, none of them a group.
Result<void> check_envelope(std::string_view bytes, std::size_t fields_max, std::string_view what);

}  // namespace urna::node
