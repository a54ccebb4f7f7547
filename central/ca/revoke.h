// Ending a certificate: a signed record that every node of the election admits and obeys.
#pragma once

#include <filesystem>
#include <string>

#include "central/ca/folder.h"
#include "common/daemon/identity.h"

namespace urna::ca {

// What a reason may have at most, bytes of UTF-8.
inline constexpr std::size_t kReasonBytesMax = 1'000;

struct Revocation {
  KeyId key_id;
  std::string reason;    // 1 to kReasonBytesMax bytes
  StatementId manifest;  // of the definition in force, under which authority is judged
  std::filesystem::path out;
  // Make another record of what is revoked already: the first file was lost or refused.
  bool again = false;
};

// Checks all that can be checked without the licence, so that no password is asked for in vain.
// kNotFound: not issued here; kInvalidArgument: an authority, which no record ends, or a reason out
// of range; kAlreadyExists: revoked already, or the file is there.
Result<void> check_revocation(const Folder& folder, const Revocation& wanted);

// Writes the record file for `urna-central import`, then marks the index. Authority: the national
// electoral commission for any unit, the commissioner's plenipotentiary for those of the area
// (Kind::kRevocation in trust/authority.h); whether a unit lies in the area only a node can say,
// which has the table of units. kNotAuthorised: the licence's role may not revoke; kUntrusted: the
// licence is not valid today, or is revoked itself.
Result<RecordId> revoke(Folder& folder, const Revocation& wanted,
                        const daemon::LoadedLicence& licence, std::chrono::sys_seconds now);

}  // namespace urna::ca
