// Records and entries made up from numbers.
#pragma once

#include <cstdint>

#include "common/journal/store.h"

namespace urna::journal {

RecordId id_of(std::uint64_t number);
// A record of `bytes` bytes; the leaf is the right one.
ElectionEntry entry_of(std::uint64_t number, std::size_t bytes = 100);
OperationsRow row_of(std::uint64_t number);
StoredBlob blob_of(std::uint64_t number);
Cursor cursor_of(const std::string& peer, std::uint64_t position);
Notice notice_of(std::uint64_t number);

// Appends entries numbered [first, first + count) to the election log, which must hold `first`.
Result<void> append_entries(Store& store, std::uint64_t first, std::uint64_t count);

}  // namespace urna::journal
