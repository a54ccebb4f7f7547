// What travels as a file: a removable medium, a definition, a single record. The bytes are
// specified in docs/formats.md. A file with one changed byte is refused whole, before anything of
// it is used.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "common/node/seal.h"
#include "urna/v1/definition.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::node {

inline constexpr std::string_view kMediumMagic = "urna medium 1\n";
inline constexpr std::string_view kDefinitionMagic = "urna definition 1\n";
inline constexpr std::string_view kRecordMagic = "urna record 1\n";

// Files larger than this are refused, bytes.
inline constexpr std::size_t kTransferFileBytesMax = std::size_t{256} << 20;

// ---- removable medium: signed batches, the last one marked ----

std::string write_medium(const std::vector<v1::SignedBatch>& batches);
// All batches, each opened once to see that it holds: signatures, sequence 1, 2, …, one sender, the
// last one marked final. kCorrupt or kUntrusted, naming the batch; then nothing may be used.
Result<std::vector<v1::SignedBatch>> read_medium(std::string_view bytes,
                                                 trust::CertificateBook& certificates);

// ---- definition ----

std::string write_definition(const v1::DefinitionFile& file);

struct OpenedDefinition {
  Bytes manifest_record;
  trust::OpenedRecord manifest;
  std::shared_ptr<const model::Definition> definition;  // what the manifest states
  std::vector<Bytes> blobs;
};
// The manifest's signature holds, its signer may sign definitions, and every part is a certificate
// or is named by the manifest or a slice. kUntrusted, kNotAuthorised, kWrongElection or kCorrupt,
// naming what is wrong.
Result<OpenedDefinition> read_definition(std::string_view bytes,
                                         trust::CertificateBook& certificates);

// Only what concerns one unit: unit table, its slices, their forms and reference figures,
// certificates.
OpenedDefinition definition_for(const OpenedDefinition& whole, const model::UnitId& unit);

// ---- one record ----

// `certificate_der`: the signer's, so that the record can be judged where it is not known.
std::string write_record(const Bytes& record, std::string_view certificate_der);

struct RecordFile {
  Bytes record;
  Bytes certificate;
};
Result<RecordFile> read_record(std::string_view bytes);

// ---- any of them ----

// Records signed here as batches of this node, each with the certificates they need.
std::vector<v1::SignedBatch> batches_of_records(const std::vector<Bytes>& records,
                                                const std::vector<Bytes>& certificates,
                                                const NodeIdentity& identity, std::uint64_t at_ms);

// Turns a file of any kind into batches for import: a medium's own, or one signed by this node
// around a definition or record.
Result<std::vector<v1::SignedBatch>> batches_of_file(std::string_view bytes,
                                                     trust::CertificateBook& certificates,
                                                     const NodeIdentity& identity,
                                                     std::uint64_t at_ms);

}  // namespace urna::node
