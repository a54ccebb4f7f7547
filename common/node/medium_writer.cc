#include "common/node/medium_writer.h"

#include "common/node/transfer_file.h"

namespace urna::node {
namespace {

// Parts and certificates that travel in one batch, bytes.
constexpr std::size_t kBlobsBytesMax = 4 << 20;

}  // namespace

MediumWriter::MediumWriter(const NodeIdentity& identity, std::uint64_t at_ms,
                           std::size_t file_bytes_max)
    : identity_(identity), at_ms_(at_ms), file_bytes_max_(file_bytes_max) {}

void MediumWriter::add_manifest(const Bytes& record, const trust::Certificate& signer,
                                const Bytes& units) {
  close_batch(/*is_final=*/false);
  add_certificate(signer);
  batch_.add_blobs(units);
  add_entry(record);
  close_batch(/*is_final=*/false);
}

void MediumWriter::add_part(const Bytes& part) {
  if (blobs_bytes_ > 0 && blobs_bytes_ + part.size() > kBlobsBytesMax) close_batch(false);
  if (file_bytes_ > 0 && file_bytes_ + blobs_bytes_ + part.size() > file_bytes_max_) close_file();
  batch_.add_blobs(part);
  blobs_bytes_ += part.size();
}

void MediumWriter::add_record(const Bytes& record, const trust::Certificate& signer) {
  const bool full = batch_.entries_size() > 0 &&
                    (static_cast<std::size_t>(batch_.entries_size()) == kBatchRecordsMax ||
                     records_bytes_ + record.size() > kBatchBytesMax);
  const bool laden = blobs_bytes_ + signer.der.size() > kBlobsBytesMax;
  if (full || laden) close_batch(/*is_final=*/false);
  if (file_bytes_ > 0 && file_bytes_ + kBatchBytesMax + kBlobsBytesMax > file_bytes_max_) {
    close_file();
  }
  add_certificate(signer);
  add_entry(record);
}

void MediumWriter::add_certificate(const trust::Certificate& certificate) {
  if (!certificates_.insert(certificate.id).second) return;
  batch_.add_blobs(certificate.der);
  blobs_bytes_ += certificate.der.size();
}

void MediumWriter::add_entry(const Bytes& record) {
  v1::BatchEntry& entry = *batch_.add_entries();
  entry.set_position(position_++);
  entry.set_record(record);
  records_bytes_ += record.size();
}

void MediumWriter::close_batch(bool is_final) {
  const bool empty = batch_.entries_size() == 0 && batch_.blobs_size() == 0;
  if (empty && !is_final) return;
  batch_.set_election(identity_.certificate->subject.election.str());
  batch_.set_sender(identity_.certificate->subject.unit.str());
  batch_.set_sequence(batches_.size() + 1);
  batch_.set_created_at_ms(at_ms_);
  batch_.set_final(is_final);
  batches_.push_back(seal_batch(identity_, batch_));
  file_bytes_ += batches_.back().ByteSizeLong();
  batch_.Clear();
  records_bytes_ = blobs_bytes_ = 0;
}

void MediumWriter::close_file() {
  close_batch(/*is_final=*/true);
  files_.push_back(write_medium(batches_));
  batches_.clear();
  certificates_.clear();
  file_bytes_ = 0;
}

std::vector<std::string> MediumWriter::finish() {
  const bool anything = !batches_.empty() || batch_.entries_size() > 0 || batch_.blobs_size() > 0;
  if (anything || files_.empty()) close_file();
  return std::move(files_);
}

}  // namespace urna::node
