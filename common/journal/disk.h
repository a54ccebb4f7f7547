// What a journal asks of the file system beside SQLite, whose own calls go through its VFS: to make
// a file before SQLite sees it, and to flush what SQLite does not. Behind an interface, so that
// tests can put a disk that fails below both.
#pragma once

#include <filesystem>

#include "common/base/error.h"

namespace urna::journal {

// Errors: kNoSpace when the disk is full, kUnavailable otherwise.
class Disk {
 public:
  virtual ~Disk() = default;
  // Makes an empty file that only its owner can read. False: there is one already, left as it is.
  virtual Result<bool> make_private(const std::filesystem::path& file) = 0;
  // Returns when a file's bytes are on the disk.
  virtual Result<void> flush_file(const std::filesystem::path& file) = 0;
  // Returns when the folder that holds `file` keeps its name.
  virtual Result<void> flush_name(const std::filesystem::path& file) = 0;
};

// The machine's own. Keeps no state.
class MachineDisk final : public Disk {
 public:
  Result<bool> make_private(const std::filesystem::path& file) override;
  Result<void> flush_file(const std::filesystem::path& file) override;
  Result<void> flush_name(const std::filesystem::path& file) override;
};

}  // namespace urna::journal
