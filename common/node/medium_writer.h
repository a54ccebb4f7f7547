// Makes medium files out of records, whoever made them: each file complete in itself, with the
// certificates its records need.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "common/node/seal.h"

namespace urna::node {

class MediumWriter {
 public:
  // Signed as batches of `identity`, which outlives this. `file_bytes_max`: a file is closed before
  // it grows beyond; at most kTransferFileBytesMax.
  MediumWriter(const NodeIdentity& identity, std::uint64_t at_ms, std::size_t file_bytes_max);

  // A manifest, with its signer's certificate and its unit table, without which it is not judged.
  void add_manifest(const Bytes& record, const trust::Certificate& signer, const Bytes& units);
  // A part that a manifest or slice before it names.
  void add_part(const Bytes& part);
  void add_record(const Bytes& record, const trust::Certificate& signer);

  // The files, in the order they are to be imported; one without records when nothing was added.
  std::vector<std::string> finish();

 private:
  void add_certificate(const trust::Certificate& certificate);
  void add_entry(const Bytes& record);
  void close_batch(bool is_final);
  void close_file();

  const NodeIdentity& identity_;
  const std::uint64_t at_ms_;
  const std::size_t file_bytes_max_;
  v1::Batch batch_;
  std::size_t records_bytes_ = 0;           // of the batch being made
  std::size_t blobs_bytes_ = 0;             // likewise
  std::uint64_t position_ = 0;              // of the next record, over all files
  std::unordered_set<KeyId> certificates_;  // in the file being made
  std::vector<v1::SignedBatch> batches_;    // of the file being made
  std::size_t file_bytes_ = 0;              // likewise
  std::vector<std::string> files_;
};

}  // namespace urna::node
