// A lock file: one holder at a time, given up by the kernel when the holder ends, however it ends.
#pragma once

#include <filesystem>

#include "common/base/error.h"

namespace urna::journal {

class FileLock {
 public:
  // kLocked, naming the holder's process, when another process or another object here holds it.
  // kUnavailable when the file cannot be made.
  static Result<FileLock> take(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace urna::journal
