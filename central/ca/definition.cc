#include "central/ca/definition.h"

#include <map>

#include "common/base/check.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "common/service/version.h"
#include "common/trust/certificate_book.h"
#include "common/trust/record.h"
#include "common/trust/role.h"

namespace urna::ca {

namespace {

constexpr unsigned kForAll = 0644;

std::map<model::ContestRound, std::string> slices_of(const v1::Manifest& manifest) {
  std::map<model::ContestRound, std::string> slices;
  for (const v1::SliceRef& ref : manifest.slices()) {
    slices[{*model::ContestId::parse(ref.contest()), ref.round()}] = ref.slice();
  }
  return slices;
}

Succession compare(const v1::Manifest& before, const v1::Manifest& after) {
  const auto old_ones = slices_of(before);
  const auto new_ones = slices_of(after);
  Succession succession;
  succession.version = before.version();
  for (const auto& [contest, slice] : old_ones) {
    const auto now = new_ones.find(contest);
    if (now == new_ones.end()) {
      succession.left_out.push_back(contest);
    } else if (now->second != slice) {
      succession.changed.push_back(contest);
    }
  }
  succession.added = new_ones.size() + succession.left_out.size() - old_ones.size();
  return succession;
}

// Names in `manifest` what it replaces.
Result<Succession> follow(const Folder& folder, const std::filesystem::path& file,
                          v1::Manifest& manifest) {
  trust::CertificateBook certificates(folder.anchors());
  const auto before = daemon::read_definition_file(file, certificates);
  if (!before) return std::unexpected(before.error());
  const v1::Manifest& replaced = before->manifest.body->manifest();
  if (manifest.version() <= replaced.version()) {
    return fail(ErrorCode::kOutdated,
                "version " + std::to_string(manifest.version()) + " cannot replace version " +
                    std::to_string(replaced.version()) + " in " + file.string());
  }
  manifest.set_replaces(before->manifest.statement.str());
  return compare(replaced, manifest);
}

Result<void> check_signer(const Folder& folder, const trust::Certificate& licence,
                          std::int64_t now_ms) {
  if (licence.subject.role != trust::Role::kNationalCommission) {
    return fail(ErrorCode::kNotAuthorised,
                "a " + std::string(trust::role_name(licence.subject.role)) +
                    " may not sign a definition; the national-commission does");
  }
  if (!licence.valid_at(now_ms)) {
    return fail(ErrorCode::kUntrusted, "the licence that is to sign is not valid today");
  }
  const Index::Entry* entry = folder.index().find(licence.id);
  if (entry != nullptr && entry->revoked_because) {
    return fail(ErrorCode::kUntrusted, "the licence that is to sign is itself revoked");
  }
  return {};
}

}  // namespace

Result<PreparedDefinition> prepare_definition(const Folder& folder, const DefinitionOrder& order) {
  if (auto good = must_be_new(order.out); !good) return std::unexpected(std::move(good.error()));
  const auto text = service::read_file(order.description, kDescriptionBytesMax);
  if (!text) return std::unexpected(text.error());
  auto described = read_description(*text, order.description.string(), folder.anchors().election());
  if (!described) return std::unexpected(std::move(described.error()));
  const std::uint64_t version = described->manifest.version();
  if (!order.replaces && version != 1) {
    return fail(ErrorCode::kInvalidArgument,
                order.description.string() + ": version: " + std::to_string(version) +
                    " replaces an earlier one; name its file with --replaces");
  }
  PreparedDefinition prepared{std::move(*described), std::nullopt};
  if (order.replaces) {
    auto succession = follow(folder, *order.replaces, prepared.described.manifest);
    if (!succession) return std::unexpected(std::move(succession.error()));
    prepared.succession = std::move(*succession);
  }
  return prepared;
}

Result<daemon::DefinitionVersion> sign_definition(const Folder& folder,
                                                  const DefinitionOrder& order,
                                                  const DescribedElection& described,
                                                  const daemon::LoadedLicence& licence,
                                                  std::chrono::sys_seconds now) {
  const std::int64_t now_ms = std::chrono::milliseconds(now.time_since_epoch()).count();
  if (auto good = check_signer(folder, *licence.certificate, now_ms); !good) {
    return std::unexpected(std::move(good.error()));
  }
  v1::Body body;
  *body.mutable_manifest() = described.manifest;
  v1::DefinitionFile file;
  file.set_manifest(
      trust::sign_record({licence.key, *licence.certificate, service::software_name("urna-ca")},
                         body, "", static_cast<std::uint64_t>(now_ms)));
  file.add_blobs(licence.certificate->der);
  for (const Bytes& part : described.parts) file.add_blobs(part);
  const std::string bytes = node::write_definition(file);
  trust::CertificateBook certificates(folder.anchors());
  const auto opened = node::read_definition(bytes, certificates);
  if (!opened) return std::unexpected(opened.error());
  auto written = write_new_file(order.out, bytes, kForAll);
  if (!written) return std::unexpected(std::move(written.error()));
  return daemon::DefinitionVersion{described.manifest.version(), opened->manifest.statement};
}

}  // namespace urna::ca
