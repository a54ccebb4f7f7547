// One process per data folder.
#pragma once

#include <filesystem>

#include "common/base/error.h"
#include "common/service/file_handle.h"

namespace urna::service {

// Held as long as this object lives. The kernel drops it when the process ends in any way, so a
// lock is never left behind by a crash. Not for folders on network file systems that do not lock.
class DataLock {
 public:
  // Locks `folder`/lock and writes this process's number into it; makes the folder, readable by its
  // owner alone, when it is not there. kLocked names the process that holds it.
  static Result<DataLock> take(const std::filesystem::path& folder);

 private:
  explicit DataLock(FileHandle handle) : handle_(std::move(handle)) {}

  FileHandle handle_;
};

}  // namespace urna::service
