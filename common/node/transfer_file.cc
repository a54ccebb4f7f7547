#include "common/node/transfer_file.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "common/model/strict.h"
#include "common/node/admission.h"
#include "common/node/definition_book.h"
#include "common/trust/sha256.h"

namespace urna::node {

namespace {

void append_block(std::string& out, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(size >> shift & 0xff));
  out.append(bytes);
}

// Takes a 4-byte big-endian length and that many bytes off the front.
std::optional<std::string_view> take_block(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i)
    size = size << 8 | static_cast<unsigned char>(rest[static_cast<std::size_t>(i)]);
  if (rest.size() - 4 < size) return std::nullopt;
  const std::string_view block = rest.substr(4, size);
  rest.remove_prefix(4 + size);
  return block;
}

Error damaged(std::string what) {
  return {ErrorCode::kCorrupt, std::move(what) + "; nothing of the file was used, make it again"};
}

Result<void> strip_magic(std::string_view& bytes, std::string_view magic, std::string_view what) {
  if (!bytes.starts_with(magic)) {
    return std::unexpected(damaged("this is not " + std::string(what) + " file"));
  }
  bytes.remove_prefix(magic.size());
  return {};
}

// Serialised again it must be what was read: no other encoding passes.
template <class Message>
Result<Message> parse_exactly(std::string_view bytes, std::string_view what) {
  Message message;
  if (auto parsed = model::parse_strict(bytes, message, what); !parsed) {
    return std::unexpected(std::move(parsed.error()));
  }
  if (model::serialise(message) != bytes) {
    return std::unexpected(damaged(std::string(what) + " is not in its one valid encoding"));
  }
  return message;
}

// A SignedBatch beside its payload: signature, certificate, lengths.
constexpr std::size_t kEnvelopeBytesMax = 64 << 10;

}  // namespace

// ---- medium ----

std::string write_medium(const std::vector<v1::SignedBatch>& batches) {
  std::string out(kMediumMagic);
  for (const v1::SignedBatch& batch : batches) append_block(out, model::serialise(batch));
  return out;
}

Result<std::vector<v1::SignedBatch>> read_medium(std::string_view bytes,
                                                 trust::CertificateBook& certificates) {
  if (auto good = strip_magic(bytes, kMediumMagic, "a medium"); !good) {
    return std::unexpected(good.error());
  }
  std::vector<v1::SignedBatch> batches;
  std::string sender;
  bool ended = false;
  while (!bytes.empty()) {
    const std::string which = "batch " + std::to_string(batches.size() + 1) + " of the medium";
    const auto block = take_block(bytes);
    if (ended || !block)
      return std::unexpected(damaged(which + " is cut off or follows the last one"));
    if (block->size() > kSignedBatchBytesMax + kEnvelopeBytesMax) {
      return std::unexpected(damaged(which + " is longer than any batch"));
    }
    auto batch = parse_exactly<v1::SignedBatch>(*block, which);
    if (!batch) return std::unexpected(damaged(batch.error().message));
    const InboundBatch opened = open_batch(*batch, {sender}, certificates, run_in_turn);
    if (opened.refusal != BatchRefusal::kNone) {
      return fail(opened.refusal == BatchRefusal::kWrongElection ? ErrorCode::kWrongElection
                                                                 : ErrorCode::kUntrusted,
                  which + ": " + opened.detail + "; nothing of the file was used");
    }
    if (opened.sequence != batches.size() + 1) {
      return std::unexpected(damaged(which + " is out of order"));
    }
    sender = opened.sender;
    ended = opened.is_final;
    batches.push_back(std::move(*batch));
  }
  if (!ended) return std::unexpected(damaged("the medium ends before its last batch"));
  return batches;
}

// ---- definition ----

std::string write_definition(const v1::DefinitionFile& file) {
  std::string out(kDefinitionMagic);
  append_block(out, model::serialise(file));
  return out;
}

namespace {

// Certificates of the file, without keeping them anywhere.
class FileCertificates final : public trust::CertificateSource {
 public:
  FileCertificates(const v1::DefinitionFile& file, trust::CertificateBook& book) : book_(book) {
    for (const std::string& blob : file.blobs()) {
      if (trust::CertificateBook::looks_like_certificate(blob)) {
        fresh_.emplace(trust::key_id_of(blob), book.add(blob));
      }
    }
  }
  std::shared_ptr<const trust::CertificateBook::Verdict> find(const KeyId& id) const override {
    const auto found = fresh_.find(id);
    return found != fresh_.end() ? found->second : book_.find(id);
  }

 private:
  trust::CertificateBook& book_;
  std::unordered_map<KeyId, std::shared_ptr<const trust::CertificateBook::Verdict>> fresh_;
};

Result<trust::OpenedRecord> open_manifest(const v1::DefinitionFile& file,
                                          trust::CertificateBook& certificates) {
  trust::Opened opened = trust::open_record(file.manifest(), FileCertificates(file, certificates));
  if (const auto* refused = std::get_if<trust::Refused>(&opened)) {
    const ErrorCode code = refused->code == trust::RefusalCode::kWrongElection
                               ? ErrorCode::kWrongElection
                               : ErrorCode::kUntrusted;
    return fail(code,
                "the definition is not signed by the centre of this election: " + refused->detail);
  }
  if (std::holds_alternative<trust::MissingCertificate>(opened)) {
    return fail(ErrorCode::kUntrusted, "the definition does not carry its signer's certificate");
  }
  auto& record = std::get<trust::OpenedRecord>(opened);
  if (record.kind != trust::Kind::kManifest) {
    return fail(ErrorCode::kUntrusted, "the file is signed, but is not a definition");
  }
  return std::move(record);
}

// Every part belongs to this definition, and none is a certificate that does not verify.
Result<void> check_parts(const v1::DefinitionFile& file, const v1::Manifest& manifest,
                         const trust::CertificateBook& certificates) {
  std::unordered_set<std::string> named{manifest.units()};
  for (const v1::SliceRef& ref : manifest.slices()) named.insert(ref.slice());
  for (const std::string& blob : file.blobs()) {
    if (!named.contains(trust::digest_of(blob).str())) continue;
    if (const auto parts = model::Slice::parts_of(blob)) {
      named.insert(parts->form.str());
      named.insert(parts->reference.str());
    }
  }
  int number = 0;
  for (const std::string& blob : file.blobs()) {
    ++number;
    const bool good = trust::CertificateBook::looks_like_certificate(blob)
                          ? certificates.find(trust::key_id_of(blob)) != nullptr
                          : named.contains(trust::digest_of(blob).str());
    if (!good) {
      return std::unexpected(damaged("part " + std::to_string(number) +
                                     " of the definition is not the one that was signed"));
    }
  }
  return {};
}

}  // namespace

Result<OpenedDefinition> read_definition(std::string_view bytes,
                                         trust::CertificateBook& certificates) {
  if (auto good = strip_magic(bytes, kDefinitionMagic, "a definition"); !good) {
    return std::unexpected(good.error());
  }
  const auto block = take_block(bytes);
  if (!block || !bytes.empty())
    return std::unexpected(damaged("the definition is cut off or too long"));
  auto file = parse_exactly<v1::DefinitionFile>(*block, "definition file");
  if (!file) return std::unexpected(std::move(file.error()));
  auto record = open_manifest(*file, certificates);
  if (!record) return std::unexpected(std::move(record.error()));
  if (auto good = check_parts(*file, record->body->manifest(), certificates); !good) {
    return std::unexpected(std::move(good.error()));
  }
  OpenedDefinition opened;
  opened.manifest_record = file->manifest();
  opened.blobs.assign(file->blobs().begin(), file->blobs().end());
  opened.manifest = std::move(*record);

  // Judged as it would be on admission: who may sign definitions, and whether it decodes.
  DefinitionBook book(certificates.anchors().election());
  for (const Bytes& blob : opened.blobs) book.offer(trust::digest_of(blob), blob);
  Verdict verdict = judge(opened.manifest, book);
  if (const auto* no = std::get_if<NotAdmissible>(&verdict)) {
    const bool election = no->code == trust::RefusalCode::kWrongElection;
    return fail(election ? ErrorCode::kWrongElection : ErrorCode::kNotAuthorised,
                "the definition is refused: " + no->detail);
  }
  if (std::holds_alternative<Deferred>(verdict)) {
    return fail(ErrorCode::kCorrupt, "the definition lacks its unit table");
  }
  opened.definition = std::get<Admissible>(verdict).definition;
  return opened;
}

namespace {

// The contest is of an area in `unit`, or has a precinct there or is about that precinct.
bool concerns(const v1::Slice& slice, const model::Units& units, const model::UnitId& unit) {
  const model::UnitIndex above = units.find(unit);
  const auto lies_under = [&](const std::string& name) {
    const auto id = model::UnitId::parse(name);
    return id && above != model::kNoUnit && units.lies_under(units.find(*id), above);
  };
  return lies_under(slice.area()) ||
         std::ranges::any_of(slice.precincts(), [&](const v1::Precinct& precinct) {
           return precinct.unit() == unit.str() || lies_under(precinct.parent());
         });
}

}  // namespace

OpenedDefinition definition_for(const OpenedDefinition& whole, const model::UnitId& unit) {
  const model::Definition& definition = *whole.definition;
  std::unordered_map<Digest, const Bytes*> by_digest;
  for (const Bytes& blob : whole.blobs) by_digest.emplace(trust::digest_of(blob), &blob);
  OpenedDefinition part{whole.manifest_record, whole.manifest, whole.definition, {}};
  std::unordered_set<Digest> wanted;
  const auto keep = [&](const Digest& digest) {
    const auto found = by_digest.find(digest);
    if (found == by_digest.end() || !wanted.insert(digest).second) return;
    part.blobs.push_back(*found->second);
  };
  keep(*Digest::from_bytes(definition.data().units()));
  // One slice at a time: a country's, decoded together, take hundreds of megabytes.
  for (const auto& [key, digest] : definition.slices()) {
    v1::Slice slice;
    const auto bytes = by_digest.find(digest);
    if (bytes == by_digest.end() || !slice.ParseFromString(*bytes->second)) continue;
    if (!concerns(slice, definition.units(), unit)) continue;
    keep(digest);
    for (const std::string* named : {&slice.form(), &slice.reference()}) {
      if (const auto one = Digest::from_bytes(*named)) keep(*one);
    }
  }
  for (const Bytes& blob : whole.blobs) {
    if (trust::CertificateBook::looks_like_certificate(blob)) part.blobs.push_back(blob);
  }
  return part;
}

// ---- record ----

std::string write_record(const Bytes& record, std::string_view certificate_der) {
  std::string out(kRecordMagic);
  append_block(out, record);
  append_block(out, certificate_der);
  return out;
}

Result<RecordFile> read_record(std::string_view bytes) {
  if (auto good = strip_magic(bytes, kRecordMagic, "a record"); !good) {
    return std::unexpected(good.error());
  }
  const auto record = take_block(bytes);
  const auto certificate = take_block(bytes);
  if (!record || !certificate || !bytes.empty()) {
    return std::unexpected(damaged("the record is cut off or too long"));
  }
  return RecordFile{Bytes(*record), Bytes(*certificate)};
}

// ---- any ----

namespace {

// Parts that travel in one batch, bytes; at least one part.
constexpr std::size_t kPartsBytesMax = 4 << 20;

// Batches as one sender's, in order.
class Wrapping {
 public:
  Wrapping(const NodeIdentity& identity, std::uint64_t at_ms)
      : identity_(identity), at_ms_(at_ms) {}

  void add(const std::vector<Bytes>& records, const std::vector<Bytes>& blobs) {
    v1::Batch batch;
    batch.set_election(identity_.certificate->subject.election.str());
    batch.set_sender(identity_.certificate->subject.unit.str());
    batch.set_sequence(batches_.size() + 1);
    batch.set_created_at_ms(at_ms_);
    std::uint64_t position = 0;
    for (const Bytes& record : records) {
      v1::BatchEntry& entry = *batch.add_entries();
      entry.set_position(position++);
      entry.set_record(record);
    }
    for (const Bytes& blob : blobs) batch.add_blobs(blob);
    batches_.push_back(std::move(batch));
  }
  std::vector<v1::SignedBatch> seal() {
    std::vector<v1::SignedBatch> sealed;
    if (!batches_.empty()) batches_.back().set_final(true);
    for (const v1::Batch& batch : batches_) sealed.push_back(seal_batch(identity_, batch));
    return sealed;
  }

 private:
  const NodeIdentity& identity_;
  const std::uint64_t at_ms_;
  std::vector<v1::Batch> batches_;
};

// The manifest with what it is judged by, then the parts it names, which are kept once it is known.
std::vector<v1::SignedBatch> wrap_definition(const OpenedDefinition& definition,
                                             const NodeIdentity& identity, std::uint64_t at_ms) {
  const std::string& units = definition.manifest.body->manifest().units();
  std::vector<Bytes> first;
  std::vector<std::vector<Bytes>> rest;
  std::size_t bytes = 0;
  for (const Bytes& blob : definition.blobs) {
    if (trust::CertificateBook::looks_like_certificate(blob) ||
        trust::digest_of(blob).view() == units) {
      first.push_back(blob);
      continue;
    }
    bytes += blob.size();
    if (rest.empty() || bytes > kPartsBytesMax) {
      rest.emplace_back();
      bytes = blob.size();
    }
    rest.back().push_back(blob);
  }
  Wrapping wrapping(identity, at_ms);
  wrapping.add({definition.manifest_record}, first);
  for (const std::vector<Bytes>& parts : rest) wrapping.add({}, parts);
  return wrapping.seal();
}

}  // namespace

std::vector<v1::SignedBatch> batches_of_records(const std::vector<Bytes>& records,
                                                const std::vector<Bytes>& certificates,
                                                const NodeIdentity& identity, std::uint64_t at_ms) {
  Wrapping wrapping(identity, at_ms);
  std::vector<Bytes> some;
  std::size_t bytes = 0;
  for (const Bytes& record : records) {
    bytes += record.size();
    if (!some.empty() && (some.size() == kBatchRecordsMax || bytes > kBatchBytesMax)) {
      wrapping.add(std::exchange(some, {}), certificates);
      bytes = record.size();
    }
    some.push_back(record);
  }
  if (!some.empty()) wrapping.add(some, certificates);
  return wrapping.seal();
}

Result<std::vector<v1::SignedBatch>> batches_of_file(std::string_view bytes,
                                                     trust::CertificateBook& certificates,
                                                     const NodeIdentity& identity,
                                                     std::uint64_t at_ms) {
  if (bytes.starts_with(kDefinitionMagic)) {
    auto definition = read_definition(bytes, certificates);
    if (!definition) return std::unexpected(std::move(definition.error()));
    return wrap_definition(definition_for(*definition, identity.certificate->subject.unit),
                           identity, at_ms);
  }
  if (bytes.starts_with(kRecordMagic)) {
    auto file = read_record(bytes);
    if (!file) return std::unexpected(std::move(file.error()));
    return batches_of_records({file->record}, {file->certificate}, identity, at_ms);
  }
  if (bytes.starts_with(kMediumMagic)) return read_medium(bytes, certificates);
  return fail(ErrorCode::kMalformed,
              "this is no file of Urna: neither medium, definition nor record");
}

}  // namespace urna::node
