// A journal copied while it is written, and put back so that its log does not fork.
#pragma once

#include <filesystem>
#include <optional>

#include "common/daemon/identity.h"
#include "common/daemon/node_program.h"

namespace urna::daemon {

// The command `backup`: copies a SQLite journal as it is at this moment into a new file, beside a
// running server or not, and checks the copy as a start would. Keys and configuration are not in
// it. kAlreadyExists: the file is there; kInvalidArgument: the journal is in a database, which has
// means of its own. After a failure nothing is left.
Result<void> run_backup(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                        const std::filesystem::path& output);

struct RestoreOrder {
  // A file made by `backup`. nullopt: the journal is in its place already, put there by other means
  // (a database's own restore, a copied disk).
  std::optional<std::filesystem::path> from;
  // A folder the journal that is there now is moved to, on the same file system; made when it is
  // not there. nullopt: there must be none.
  std::optional<std::filesystem::path> set_aside;
};

// The command `restore`, while no server runs (kLocked). Looks through the whole copy first, as
// `fsck` does, and gives its log a new id, all before anything is put in place: a log that went on
// after the copy was made must not be signed for twice. Peers then begin from zero and send what
// the copy lacks.
//
// kCorrupt: the copy is damaged, or of another node or election, and nothing was changed.
// kAlreadyExists: a journal is there and `set_aside` does not say where to put it, or the folder
// has one of that name. kInvalidArgument: `from` for a journal in a database.
Result<void> run_restore(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                         const RestoreOrder& order);

}  // namespace urna::daemon
