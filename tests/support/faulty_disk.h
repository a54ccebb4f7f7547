// A disk that fails, for tests of what a SQLite file keeps: a VFS over the system's own, installed
// as SQLite's default, so that the code under test opens its files through it without knowing; and
// a journal::Disk, to be given to what makes and flushes files beside SQLite.
//
// Calls are counted from 1; one of them is made to fail. What was written and not synced can be
// lost when the disk dies, block by block, as a drive's cache might lose it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/journal/disk.h"

struct sqlite3_file;
struct sqlite3_vfs;

namespace urna::test {

// What is counted.
enum class DiskCall : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kFileSize,
  kLock,
  kUnlock,  // one that fails has kept the lock
  kClose,   // one that fails has closed all the same
  kShmMap,
  kShmLock,
  kDelete,
  kAccess,
  kMake,   // beside SQLite
  kFlush,  // beside SQLite, of a file or of a folder
};
inline constexpr std::array kAllDiskCalls = {
    DiskCall::kOpen,   DiskCall::kRead,     DiskCall::kWrite,   DiskCall::kTruncate,
    DiskCall::kSync,   DiskCall::kFileSize, DiskCall::kLock,    DiskCall::kUnlock,
    DiskCall::kClose,  DiskCall::kShmMap,   DiskCall::kShmLock, DiskCall::kDelete,
    DiskCall::kAccess, DiskCall::kMake,     DiskCall::kFlush};

enum class DiskFault : std::uint8_t {
  kNone,
  kIoError,     // the call fails with EIO and does nothing
  kNoSpace,     // with ENOSPC; what can need no room (reading, locking, deleting) is spared
  kShortWrite,  // the first half is written, then the disk is full; only of writes
  kLostSync,    // a sync says yes and has kept nothing; only of syncs and flushes
  kDeath,       // what the call does is done, unsynced, and every call from then on fails
};

// One at a time in a process; used by one thread.
class FaultyDisk final : public journal::Disk {
 public:
  struct Plan {
    DiskFault fault = DiskFault::kNone;
    std::uint64_t at = 0;        // number of the call that fails
    bool lasts = false;          // every call after it that the fault fits fails as well
    std::uint64_t death_at = 0;  // a second fault: the call at which the disk dies; 0: never
    // Every sync is a lost one: what a disk sees of a program that never asks for any.
    bool no_sync_counts = false;
  };

  FaultyDisk();
  ~FaultyDisk() override;
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  Result<bool> make_private(const std::filesystem::path& file) override;
  Result<void> flush_file(const std::filesystem::path& file) override;
  Result<void> flush_name(const std::filesystem::path& file) override;

  // Counting begins again. What files hold now is on the disk.
  void begin(const Plan& plan);
  std::uint64_t calls() const { return trace_.size(); }
  // Their kinds, in order.
  const std::vector<DiskCall>& trace() const { return trace_; }
  // Whether this fault can happen to this kind of call.
  static bool fits(DiskFault fault, DiskCall call);
  // The kind of call number `at`, or of the first that failed of a fault that lasts, once it was
  // made to fail; nullopt when the fault does not fit the call, or it was never reached.
  std::optional<DiskCall> struck() const { return struck_; }
  bool is_dead() const { return dead_; }
  // The disk dies now.
  void die() { dead_ = true; }

  // After a death, when all files are closed: of each file's blocks of `block_bytes` (512 or 4,096)
  // that were written since the last sync, some become what they were, by `seed`; so do lengths,
  // files made and files removed. Seeds 0 and 1: all of them, and none.
  void lose_unsynced(std::size_t block_bytes, std::uint64_t seed);

 private:
  friend struct FaultyDiskCalls;
  struct File {
    std::optional<std::string> durable;  // bytes on the disk; nullopt: no such file there
  };
  // How the call is to go on.
  enum class Verdict { kGoOn, kFail, kHalf, kPretend };
  Verdict next(DiskCall call);
  void synced(sqlite3_file* real, const std::string& path, bool with_folder);
  // A folder's entries are on the disk; all files here lie in one.
  void names_kept();
  // Runs one call beside SQLite through a verdict. `keep`: what a good flush leaves durable.
  Result<void> flush(const std::filesystem::path& file,
                     Result<void> (Disk::*call)(const std::filesystem::path&),
                     const std::function<void()>& keep);

  journal::MachineDisk machine_;
  sqlite3_vfs* real_;
  sqlite3_vfs* own_;
  Plan plan_;
  std::vector<DiskCall> trace_;
  std::optional<DiskCall> struck_;
  int last_errno_ = 0;
  bool dead_ = false;
  std::map<std::string, File> files_;
};

}  // namespace urna::test
