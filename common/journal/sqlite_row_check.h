// A checksum for what no hash of a log covers: the columns beside a record, cursors, notices, the
// log's id. A changed byte there would not break the tree, and yet could keep a record from being
// sent, or send it to nobody. CRC-32 finds every single changed byte; against somebody who means it
// the signatures stand.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/journal/store.h"

namespace urna::journal::sqlite {

std::uint32_t check_of(std::uint64_t position, const ElectionEntry& entry);
// The same without the record: it is not among what is checked.
std::uint32_t check_of(std::uint64_t position, const RecordId& id, const LeafHash& leaf,
                       std::uint8_t kind, std::string_view unit, std::string_view voivodeship,
                       std::string_view source);
std::uint32_t check_of(const Cursor& cursor);
std::uint32_t check_of(std::uint64_t number, const Notice& notice);
std::uint32_t check_of(std::string_view name, std::string_view value);  // of a row of `meta`

}  // namespace urna::journal::sqlite
