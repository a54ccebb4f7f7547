// Whether a journal is still what it was: every page, hash, tile, signature, effect and figure, and
// every root of the log that this node or a peer signed for. Changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/daemon/identity.h"
#include "common/daemon/node_program.h"
#include "common/node/seal.h"

namespace urna::daemon {

// One thing that was looked at.
struct FsckSection {
  std::string name;                 // "election log"
  std::string checked;              // "1,021 entries, root 9f…", or why it was not looked at
  std::vector<std::string> faults;  // the first ones, each with its place
  std::uint64_t faults_found = 0;
  // All of these faults are in what follows from the entries, and can be built anew.
  bool rebuildable = false;
  // The records are sound; what is worked out from them, here or by a server, is not.
  bool of_figures = false;
  bool skipped = false;  // what it rests on is damaged, or cannot be had
};

struct FsckReport {
  std::vector<FsckSection> sections;

  std::uint64_t faults_found() const;
  bool sound() const { return faults_found() == 0; }
  // Whatever was found is in figures: what the node, or a server, makes of sound records.
  bool journal_sound() const;
  // Not sound, and everything found can be built anew.
  bool rebuildable() const;
  // The first fault, with the name of its section; empty when sound.
  std::string first_fault() const;
};

// Looks at everything, damage or not. An error only when the store does not answer.
//
//   pages and indexes   what the database itself finds (SQLite); parts: bytes against digests
//   operations log      leaves, tiles; every receipt in it is signed
//   election log        leaves, tiles, lookup by id
//   roots signed for    by receipts given under this log's id, and by peers that told what they
//                       remember: each must be the root of a beginning of the log; entries
//                       acknowledged must be there
//   signatures          of every record and its certificate
//   cursors             point into the log; name checkpoints that receipts bear out
//   effects             every record judged again; what the set means for each precinct's place is
//                       worked out a second time, by a reading of its own of docs/effects.md (what
//                       commissions sign is not)
//   tally               added up a second time from the protocols that count by that reading
//   running server      what it shows, against that reading of as many entries
struct FsckOptions {
  // Verifies signatures at once.
  node::Parallel parallel = node::run_in_turn;
  // The /api/status.json of the server beside the journal, or why there is none. Empty: not asked.
  std::function<Result<std::string>()> ask_status = {};
};
Result<FsckReport> check_journal(const Tier& tier, const LoadedIdentity& identity,
                                 journal::Store& store, const FsckOptions& options = {});

// The command `fsck`: opens the journal for reading, also beside a running server, and prints the
// report with what to do next. With `rebuild`, tiles and indexes are made anew when they are all
// that is wrong; no server may run then. False: damaged, or not rebuilt.
Result<bool> run_fsck(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                      bool rebuild);

}  // namespace urna::daemon
