// The text of a checkpoint, as in the C2SP tlog-checkpoint specification: what a log's holder
// signs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::journal {

struct Checkpoint {
  std::string origin;      // names the log; not empty, one line
  std::uint64_t size = 0;  // entries
  LeafHash root{};         // RFC 6962 root over them
  bool operator==(const Checkpoint&) const = default;
};

// "origin\nsize\nbase64 root\n". kInvalidArgument when the origin is empty or holds a line break or
// another control character.
Result<std::string> format_checkpoint(const Checkpoint& checkpoint);

// The body's three lines and nothing else: no extension lines, no leading zeros in the size, and
// the one canonical Base64 of 32 bytes (RFC 4648 §4, padded). kMalformed otherwise, so each
// checkpoint has exactly one text. Signature lines are cut off before.
Result<Checkpoint> parse_checkpoint(std::string_view text);

}  // namespace urna::journal
