#include "common/daemon/salvage.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "common/base/clock.h"
#include "common/daemon/fsck_receipts.h"
#include "common/daemon/terminal.h"
#include "common/node/medium_writer.h"
#include "common/node/transfer_file.h"
#include "common/service/data_lock.h"
#include "common/service/files.h"
#include "common/service/version.h"
#include "common/trust/sha256.h"

namespace urna::daemon {

namespace {

// Positions without an entry that can be read, one after another, before the log is taken to end:
// below the size it is said to have, and beyond it.
constexpr std::uint64_t kMissesMax = 65'536;
constexpr std::uint64_t kMissesBeyondMax = 1'024;
// A file stays well below what an import takes.
constexpr std::size_t kFileBytesMax = node::kTransferFileBytesMax / 4 * 3;
// Lost positions listed; all are counted.
constexpr std::size_t kLostShownMax = 100;

bool is_damage(const Error& error) {
  return error.code == ErrorCode::kCorrupt || error.code == ErrorCode::kNotFound;
}

class Salvaging {
 public:
  Salvaging(const LoadedIdentity& identity, journal::Store& store)
      : identity_(identity), store_(store), certificates_(identity.anchors) {}

  Result<Salvaged> run(std::uint64_t at_ms) {
    if (auto done = read_blobs(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = guess_size(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = read_records(); !done) return std::unexpected(std::move(done.error()));
    if (salvaged_.entries == 0) {
      const auto faults = store_.storage_faults(1);
      if (faults && !faults->empty()) {
        return fail(ErrorCode::kCorrupt, "nothing can be read: " + faults->front() +
                                             "; restore a backup, or begin anew");
      }
    }
    write(at_ms);
    return std::move(salvaged_);
  }

 private:
  // By digest of what the bytes are, whatever digest they were stored under: changed bytes are then
  // what nobody asks for.
  Result<void> read_blobs() {
    return store_.for_each_blob_unchecked([this](const journal::StoredBlob& blob) {
      if (trust::CertificateBook::looks_like_certificate(blob.bytes)) {
        certificates_.add(blob.bytes);
      } else {
        parts_.emplace(trust::digest_of(blob.bytes), blob.bytes);
      }
    });
  }

  // As many entries as anything here says there were.
  Result<void> guess_size() {
    const auto size = store_.size(journal::LogKind::kElection);
    if (!size && !is_damage(size.error())) return std::unexpected(size.error());
    if (size) salvaged_.entries = *size;
    const auto seen =
        read_receipts(store_, identity_.node.certificate->subject.unit.str(), certificates_);
    if (!seen && !is_damage(seen.error())) return std::unexpected(seen.error());
    if (!seen) return {};
    for (const journal::KnownRoot& root : seen->roots) {
      salvaged_.entries = std::max(salvaged_.entries, root.size);
    }
    return {};
  }

  Result<void> read_records() {
    std::uint64_t misses = 0;
    std::uint64_t at = 0;
    for (; misses < (at < salvaged_.entries ? kMissesMax : kMissesBeyondMax); ++at) {
      const auto bytes = store_.record_unchecked(at);
      if (!bytes && !is_damage(bytes.error())) return std::unexpected(bytes.error());
      if (!bytes) {
        ++misses;
        pending_lost_.push_back({at, bytes.error().message});
        continue;
      }
      // What was missing before lies within the log.
      misses = 0;
      keep_lost(at);
      take(at, *bytes);
    }
    keep_lost(salvaged_.entries);
    if (salvaged_.entries > at) {
      salvaged_.lost.push_back({at, "this and everything up to position " +
                                        std::to_string(salvaged_.entries - 1) +
                                        " is said to have been there, and cannot be read"});
    }
    return {};
  }

  void keep_lost(std::uint64_t end) {
    salvaged_.entries = std::max(salvaged_.entries, end);
    for (LostEntry& lost : pending_lost_) {
      if (lost.position < end) salvaged_.lost.push_back(std::move(lost));
    }
    pending_lost_.clear();
  }

  void take(std::uint64_t at, const Bytes& bytes) {
    salvaged_.entries = std::max(salvaged_.entries, at + 1);
    look_up_signer(bytes);
    trust::Opened opened = trust::open_record(bytes, certificates_);
    if (auto* record = std::get_if<trust::OpenedRecord>(&opened)) {
      if (!seen_.insert(record->id).second) return;
      records_.push_back(std::move(*record));
      return;
    }
    const auto* refused = std::get_if<trust::Refused>(&opened);
    salvaged_.lost.push_back(
        {at, refused != nullptr
                 ? std::string(trust::refusal_code_name(refused->code)) + ": " + refused->detail
                 : "its signer's certificate cannot be read"});
  }

  // Certificates that were not met among the blobs are looked up one by one.
  void look_up_signer(const Bytes& record) {
    const auto ids = trust::envelope_ids(record);
    if (!ids || certificates_.find(ids->key) != nullptr) return;
    const auto stored = store_.blob(Digest{ids->key.bytes});
    if (stored && *stored) certificates_.add(**stored);
  }

  // Manifests first, then their parts from the top down, then everything in the order it came: so
  // nothing has to wait for what comes behind it.
  void write(std::uint64_t at_ms) {
    node::MediumWriter writer(identity_.node, at_ms, kFileBytesMax);
    for (const trust::OpenedRecord& record : records_) {
      if (record.kind == trust::Kind::kManifest) write_manifest(record, writer);
    }
    std::vector<Digest> lower;
    for (const Digest& slice : slices_) {
      if (!write_part(slice, writer)) continue;
      const auto named = model::Slice::parts_of(parts_.at(slice));
      if (named) lower.insert(lower.end(), {named->form, named->reference});
    }
    for (const Digest& part : lower) write_part(part, writer);
    for (const trust::OpenedRecord& record : records_) {
      if (record.kind == trust::Kind::kManifest) continue;
      writer.add_record(record.bytes, *record.certificate);
    }
    salvaged_.records = records_.size();
    salvaged_.files = writer.finish();
  }

  void write_manifest(const trust::OpenedRecord& record, node::MediumWriter& writer) {
    const v1::Manifest& manifest = record.body->manifest();
    ++salvaged_.manifests;
    const auto units = Digest::from_bytes(manifest.units());
    if (units && parts_.contains(*units)) {
      writer.add_manifest(record.bytes, *record.certificate, parts_.at(*units));
      salvaged_.parts += written_.insert(*units).second;
    } else {
      if (units) salvaged_.parts_lost.push_back(units->hex());
      writer.add_record(record.bytes, *record.certificate);
    }
    for (const v1::SliceRef& ref : manifest.slices()) {
      if (const auto slice = Digest::from_bytes(ref.slice())) slices_.insert(*slice);
    }
  }

  // False when it cannot be read. A node holds the parts of its area only, so that what a manifest
  // names and the store never had is no loss.
  bool write_part(const Digest& digest, node::MediumWriter& writer) {
    const auto found = parts_.find(digest);
    if (found == parts_.end()) {
      if (stored_under(digest)) salvaged_.parts_lost.push_back(digest.hex());
      return false;
    }
    if (!written_.insert(digest).second) return true;
    writer.add_part(found->second);
    ++salvaged_.parts;
    return true;
  }

  bool stored_under(const Digest& digest) {
    if (!lost_parts_.insert(digest).second) return false;
    const auto stored = store_.blob(digest);
    return !stored || stored->has_value();
  }

  const LoadedIdentity& identity_;
  journal::Store& store_;
  trust::CertificateBook certificates_;
  std::unordered_map<Digest, Bytes> parts_;
  std::unordered_set<Digest> written_;
  std::unordered_set<Digest> lost_parts_;
  std::set<Digest> slices_;
  std::vector<trust::OpenedRecord> records_;
  std::unordered_set<RecordId> seen_;
  std::vector<LostEntry> pending_lost_;  // beyond the last entry read so far
  Salvaged salvaged_;
};

std::filesystem::path numbered(const std::filesystem::path& output, std::size_t number) {
  if (number == 1) return output;
  return output.string() + "." + std::to_string(number);
}

void print(const Salvaged& salvaged) {
  std::cout << salvaged.records << " of " << salvaged.entries << " records saved, "
            << salvaged.manifests << " of them definitions with " << salvaged.parts << " parts\n";
  std::size_t shown = 0;
  for (const LostEntry& lost : salvaged.lost) {
    if (++shown > kLostShownMax) break;
    std::cout << "lost: position " << lost.position << ": " << printable(lost.why) << "\n";
  }
  if (salvaged.lost.size() > kLostShownMax) {
    std::cout << "lost: … and " << salvaged.lost.size() - kLostShownMax << " more\n";
  }
  for (const std::string& digest : salvaged.parts_lost) {
    std::cout << "lost: part " << digest << " of a definition; `import` the definition's file\n";
  }
  std::cout << "The operations log (receipts, refusals) is not carried over: keep the damaged "
               "file.\n"
               "Next: begin with an empty data folder, import, serve. What was lost comes back "
               "from the nodes\n"
               "above and below; what only this node had must be entered again.\n";
}

}  // namespace

Result<Salvaged> salvage(const LoadedIdentity& identity, journal::Store& store,
                         std::uint64_t at_ms) {
  return Salvaging(identity, store).run(at_ms);
}

Result<bool> run_salvage(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                         const std::filesystem::path& output) {
  const auto lock = service::DataLock::take(settings.data);
  if (!lock) return std::unexpected(lock.error());
  std::error_code ignored;
  if (std::filesystem::exists(output, ignored)) {
    return fail(ErrorCode::kAlreadyExists, output.string() + " is there already");
  }
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto store = stores.damaged();
  if (!store) return std::unexpected(std::move(store.error()));
  auto salvaged = salvage(*identity, **store, wall_clock_ms());
  if (!salvaged) return std::unexpected(std::move(salvaged.error()));
  for (std::size_t i = 0; i < salvaged->files.size(); ++i) {
    const auto file = numbered(output, i + 1);
    auto written = service::write_file_atomically(file, salvaged->files[i]);
    if (!written) return std::unexpected(std::move(written.error()));
    std::cout << file.string() << ": " << salvaged->files[i].size() << " bytes\n";
  }
  print(*salvaged);
  if (salvaged->lost.empty() && salvaged->parts_lost.empty()) return true;
  std::cout << std::flush;
  complain(tier.program, std::to_string(salvaged->lost.size()) + " records and " +
                             std::to_string(salvaged->parts_lost.size()) +
                             " parts could not be saved; everything else is in " + output.string());
  return false;
}

}  // namespace urna::daemon
