#include "central/ca/revoke.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/node/transfer_file.h"
#include "common/service/version.h"
#include "common/trust/authority.h"
#include "common/trust/record.h"

namespace urna::ca {

namespace {

constexpr unsigned kForAll = 0644;

bool is_reason(const std::string& text) {
  const bool printable =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return !text.empty() && text.size() <= kReasonBytesMax && printable && is_utf8(text);
}

bool may_revoke(trust::Role role) {
  return std::ranges::any_of(trust::authority_table(), [&](const trust::AuthorityRow& row) {
    return row.kind == trust::Kind::kRevocation && row.role == role;
  });
}

Result<void> check_licence(const Folder& folder, const trust::Certificate& licence,
                           std::int64_t now_ms) {
  if (!may_revoke(licence.subject.role)) {
    return fail(ErrorCode::kNotAuthorised,
                "a " + std::string(trust::role_name(licence.subject.role)) + " may not revoke");
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

Result<void> check_revocation(const Folder& folder, const Revocation& wanted) {
  const Index::Entry* entry = folder.index().find(wanted.key_id);
  if (entry == nullptr) {
    return fail(ErrorCode::kNotFound, "no certificate " + wanted.key_id.hex() + " was issued here");
  }
  const auto role = trust::parse_role(entry->issued.role);
  if (!role || trust::is_authority(*role)) {
    return fail(ErrorCode::kInvalidArgument,
                "an authority is not revoked by a record; the election needs new authorities");
  }
  if (entry->revoked_because && !wanted.again) {
    return fail(ErrorCode::kAlreadyExists,
                wanted.key_id.hex() + " is revoked already; --again makes another record");
  }
  if (!is_reason(wanted.reason)) {
    return fail(ErrorCode::kInvalidArgument, "the reason must be one line of 1 to " +
                                                 std::to_string(kReasonBytesMax) + " bytes");
  }
  return must_be_new(wanted.out);
}

Result<RecordId> revoke(Folder& folder, const Revocation& wanted,
                        const daemon::LoadedLicence& licence, std::chrono::sys_seconds now) {
  if (auto good = check_revocation(folder, wanted); !good) {
    return std::unexpected(std::move(good.error()));
  }
  const std::int64_t now_ms = std::chrono::milliseconds(now.time_since_epoch()).count();
  if (auto good = check_licence(folder, *licence.certificate, now_ms); !good) {
    return std::unexpected(std::move(good.error()));
  }
  v1::Body body;
  v1::Revocation& revocation = *body.mutable_revocation();
  revocation.set_key_id(wanted.key_id.str());
  revocation.set_unit(folder.index().find(wanted.key_id)->issued.unit.str());
  revocation.set_reason(wanted.reason);
  const Bytes record =
      trust::sign_record({licence.key, *licence.certificate, service::software_name("urna-ca")},
                         body, wanted.manifest.view(), static_cast<std::uint64_t>(now_ms));
  const auto ids = trust::envelope_ids(record);
  URNA_CHECK(ids.has_value());
  auto written =
      write_new_file(wanted.out, node::write_record(record, licence.certificate->der), kForAll);
  if (!written) return std::unexpected(std::move(written.error()));
  auto marked = folder.mark_revoked({wanted.key_id, wanted.reason, ids->key, ids->record}, now);
  if (!marked) {
    return std::unexpected(
        std::move(marked.error()).within(wanted.out.string() + " is written, but not the index"));
  }
  return ids->record;
}

}  // namespace urna::ca
