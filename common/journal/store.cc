#include "common/journal/store.h"

namespace urna::journal {

Result<std::vector<std::string>> Store::storage_faults(std::size_t) {
  return std::vector<std::string>();
}

Result<Bytes> Store::record_unchecked(std::uint64_t position) {
  auto entries = read_election(position, 1, 1);
  if (!entries) return std::unexpected(std::move(entries.error()));
  if (entries->empty() || entries->front().position != position) {
    return fail(ErrorCode::kNotFound, "there is no entry " + std::to_string(position));
  }
  return std::move(entries->front().entry.record);
}

Result<void> Store::for_each_blob_unchecked(const std::function<void(const StoredBlob&)>& visit) {
  return for_each_part(visit);
}

}  // namespace urna::journal
