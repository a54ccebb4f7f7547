#include "central/ca/folder.h"

#include <utility>
#include <vector>

#include "common/service/files.h"
#include "common/trust/sha256.h"

namespace urna::ca {

namespace {

namespace fs = std::filesystem;
using trust::Role;

constexpr std::size_t kPemBytesMax = 64 * 1024;
// About a million certificates.
constexpr std::size_t kIndexBytesMax = 512 << 20;
constexpr unsigned kForOwner = 0600;
constexpr unsigned kForAll = 0644;

struct NewFile {
  fs::path file;
  Bytes bytes;
  unsigned mode;
};

// All of them or none.
Result<void> write_new_files(const std::vector<NewFile>& files) {
  for (const NewFile& each : files) {
    if (auto good = must_be_new(each.file); !good) return good;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto written = service::write_file_atomically(files[i].file, files[i].bytes, files[i].mode);
    if (written) continue;
    std::error_code ignored;
    for (std::size_t made = 0; made <= i; ++made) fs::remove(files[made].file, ignored);
    return written;
  }
  return {};
}

Role authority_of(Role role) {
  return trust::is_node(role) ? Role::kNodeAuthority : Role::kLicenceAuthority;
}

fs::path prefix_of(const fs::path& folder, std::string_view role) { return folder / role; }

// Adds PREFIX.key and PREFIX.crt to what is to be written.
Result<void> add_files(std::vector<NewFile>& files, const fs::path& prefix,
                       const trust::Identity& identity, const Password& password) {
  auto pem = identity.key.to_pem(password);
  if (!pem) return std::unexpected(std::move(pem.error()).within(key_file(prefix).string()));
  files.push_back({key_file(prefix), *std::move(pem), kForOwner});
  files.push_back({certificate_file(prefix), trust::der_to_pem(identity.certificate_der), kForAll});
  return {};
}

struct Made {
  std::string role;
  trust::Identity identity;
  Period period;
  const Password* password;
};

Result<std::vector<Made>> make_all(const NewFolder& wanted) {
  std::vector<Made> made;
  auto root = trust::make_root("Urna root " + wanted.election.str(), validity_of(wanted.root));
  if (!root) return std::unexpected(std::move(root.error()));
  made.push_back({std::string(kRootRole), *std::move(root), wanted.root, &wanted.root_password});
  for (const Role role : {Role::kNodeAuthority, Role::kLicenceAuthority}) {
    auto authority =
        trust::make_authority(made.front().identity, {wanted.election, wanted.root_unit, role},
                              validity_of(wanted.authorities));
    if (!authority) return std::unexpected(std::move(authority.error()));
    made.push_back({std::string(trust::role_name(role)), *std::move(authority), wanted.authorities,
                    &wanted.authorities_password});
  }
  return made;
}

}  // namespace

fs::path key_file(const fs::path& prefix) { return prefix.string() + ".key"; }
fs::path certificate_file(const fs::path& prefix) { return prefix.string() + ".crt"; }

Result<void> must_be_new(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(file, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (fs::exists(status)) {
    return fail(ErrorCode::kAlreadyExists, file.string() + " is there already; it is not replaced");
  }
  return fail(ErrorCode::kUnavailable, "cannot look at " + file.string() + ": " + error.message());
}

Result<void> write_new_file(const fs::path& file, std::string_view bytes, unsigned mode) {
  return write_new_files({{file, Bytes(bytes), mode}});
}

Result<void> Folder::create(const fs::path& folder, const NewFolder& wanted,
                            std::chrono::sys_seconds now) {
  if (wanted.authorities.from < wanted.root.from || wanted.root.to < wanted.authorities.to) {
    return fail(
        ErrorCode::kInvalidArgument,
        "the authorities would outlive the root, which ends on " + format_day(wanted.root.to));
  }
  const auto lock = service::DataLock::take(folder);
  if (!lock) return std::unexpected(lock.error());
  const auto made = make_all(wanted);
  if (!made) return std::unexpected(made.error());

  std::vector<NewFile> files;
  Index index;
  std::string anchors;
  for (const Made& each : *made) {
    const fs::path prefix = prefix_of(folder, each.role);
    if (auto good = add_files(files, prefix, each.identity, *each.password); !good) return good;
    index.add(Issued{trust::key_id_of(each.identity.certificate_der), each.role, wanted.root_unit,
                     each.period},
              now);
    anchors += trust::der_to_pem(each.identity.certificate_der);
  }
  files.push_back({folder / "index.jsonl", index.text(), kForAll});
  files.push_back({folder / "trust.pem", anchors, kForAll});
  return write_new_files(files);
}

Folder::Folder(fs::path path, service::DataLock lock, trust::Anchors anchors, Index index)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      anchors_(std::move(anchors)),
      index_(std::move(index)) {}

Result<Folder> Folder::open(const fs::path& folder) {
  const fs::path trust_file = folder / "trust.pem";
  const auto pem = service::read_file(trust_file, kPemBytesMax);
  if (!pem && pem.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound,
                folder.string() + " holds no authorities; make them with 'urna-ca init'");
  }
  if (!pem) return std::unexpected(pem.error());
  auto anchors = trust::Anchors::from_pem(*pem);
  if (!anchors) return std::unexpected(std::move(anchors.error()).within(trust_file.string()));
  auto lock = service::DataLock::take(folder);
  if (!lock) return std::unexpected(std::move(lock.error()));
  const fs::path index_file = folder / "index.jsonl";
  const auto text = service::read_file(index_file, kIndexBytesMax);
  if (!text) return std::unexpected(text.error());
  auto index = Index::parse(*text);
  if (!index) return std::unexpected(std::move(index.error()).within(index_file.string()));
  return Folder(folder, *std::move(lock), *std::move(anchors), *std::move(index));
}

fs::path Folder::authority_key_file(Role role) const {
  return key_file(prefix_of(path_, trust::role_name(authority_of(role))));
}

Result<Period> Folder::authority_period(Role role) const {
  const std::string_view wanted = trust::role_name(authority_of(role));
  for (const Index::Entry& entry : index_.entries()) {
    if (entry.issued.role == wanted) return entry.issued.period;
  }
  return fail(ErrorCode::kCorrupt, "the index names no " + std::string(wanted));
}

Result<model::UnitId> Folder::root_unit() const {
  for (const Index::Entry& entry : index_.entries()) {
    if (entry.issued.role == kRootRole) return entry.issued.unit;
  }
  return fail(ErrorCode::kCorrupt, "the index names no root");
}

Result<trust::Identity> Folder::load_authority(Role role, const Password& password) const {
  const fs::path key_path = authority_key_file(role);
  const auto key_pem = service::read_file(key_path, kPemBytesMax);
  if (!key_pem) return std::unexpected(key_pem.error());
  auto key = trust::PrivateKey::from_pem(*key_pem, password);
  if (!key) return std::unexpected(std::move(key.error()).within(key_path.string()));
  const fs::path certificate =
      certificate_file(prefix_of(path_, trust::role_name(authority_of(role))));
  const auto pem = service::read_file(certificate, kPemBytesMax);
  if (!pem) return std::unexpected(pem.error());
  auto der = trust::pem_to_der(*pem);
  if (!der) return std::unexpected(std::move(der.error()).within(certificate.string()));
  return trust::Identity{*std::move(key), *std::move(der)};
}

Result<void> Folder::check(const Order& order) const {
  for (const fs::path& file : {key_file(order.prefix), certificate_file(order.prefix)}) {
    if (auto good = must_be_new(file); !good) return good;
  }
  const fs::path beside = order.prefix.parent_path();
  if (std::error_code error; !beside.empty() && !fs::is_directory(beside, error)) {
    return fail(ErrorCode::kNotFound, "there is no folder " + beside.string());
  }
  if (order.period.to < order.period.from) {
    return fail(ErrorCode::kInvalidArgument, "the validity ends before it begins");
  }
  const auto authority = authority_period(order.role);
  if (!authority) return std::unexpected(authority.error());
  if (order.period.from < authority->from || authority->to < order.period.to) {
    return fail(ErrorCode::kInvalidArgument, "the validity must lie within the authority's own, " +
                                                 format_day(authority->from) + " to " +
                                                 format_day(authority->to));
  }
  return {};
}

Result<Issued> Folder::issue(const Order& order, const Password& authority_password,
                             std::chrono::sys_seconds now) {
  if (auto good = check(order); !good) return std::unexpected(std::move(good.error()));
  const auto authority = load_authority(order.role, authority_password);
  if (!authority) return std::unexpected(authority.error());
  const auto identity = trust::issue_identity(
      *authority, {anchors_.election(), order.unit, order.role}, validity_of(order.period));
  if (!identity) return std::unexpected(identity.error());
  const auto verified = anchors_.verify(identity->certificate_der);
  if (!verified) {
    return std::unexpected(
        Error(verified.error()).within("the authority is not the one in " + trust_file().string()));
  }
  std::vector<NewFile> files;
  if (auto good = add_files(files, order.prefix, *identity, order.password); !good) {
    return std::unexpected(std::move(good.error()));
  }
  const Issued issued{(*verified)->id, std::string(trust::role_name(order.role)), order.unit,
                      order.period};
  index_.add(issued, now);
  if (auto saved = save_index(); !saved) return std::unexpected(std::move(saved.error()));
  if (auto written = write_new_files(files); !written) {
    return std::unexpected(std::move(written.error()));
  }
  return issued;
}

Result<void> Folder::mark_revoked(const Revoked& revoked, std::chrono::sys_seconds now) {
  index_.add(revoked, now);
  return save_index();
}

Result<void> Folder::save_index() const {
  return service::write_file_atomically(path_ / "index.jsonl", index_.text(), kForAll);
}

}  // namespace urna::ca
