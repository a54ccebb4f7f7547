// What every store checks, and the errors all of them give alike.
#pragma once

#include <cstdint>

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::journal {

// Positions and sizes are signed 64-bit numbers in both databases.
inline constexpr std::uint64_t kPositionMax = 0x7fff'ffff'ffff'ffff;
// Names of units and peers, bytes.
inline constexpr std::size_t kNameBytesMax = 128;
// One record, operations entry or blob, bytes. Far above what is admitted; it keeps a mistake from
// reaching the databases' own limits.
inline constexpr std::size_t kValueBytesMax = std::size_t{64} << 20;

// kConflict: the bases are not the sizes, or a record id stands in the commit twice.
// kInvalidArgument: a name too long or with characters that are not printable ASCII, a log id or
// root of a wrong length, a number above kPositionMax (cursors and notices repeat what peers
// claim). kTooLarge: a value above kValueBytesMax.
Result<void> check_commit(const Commit& commit, std::uint64_t election_size,
                          std::uint64_t operations_size);

// kInvalidArgument unless from <= to <= size: leaves() past the end of the log.
Result<void> check_range(std::uint64_t from, std::uint64_t to, std::uint64_t size);

// Reads these a few at a time, in their order, holding no lock while `visit` runs.
Result<void> visit_blobs(Store& store, std::span<const Digest> digests,
                         const std::function<void(const StoredBlob&)>& visit);

// kNotFound, of a tile.
std::unexpected<Error> tile_not_full(unsigned level, std::uint64_t index);

}  // namespace urna::journal
