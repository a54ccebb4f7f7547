#include "common/journal/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace urna::journal {

namespace {

std::unexpected<Error> failure(const char* doing, const std::filesystem::path& path, int error) {
  return fail(error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
              std::string(doing) + " " + path.string() + ": " + std::strerror(error));
}

Result<void> flush(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool flushed = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  return flushed ? Result<void>() : failure("flushing", path, error);
}

}  // namespace

Result<bool> MachineDisk::make_private(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return true;
  }
  if (errno == EEXIST) return false;
  return failure("making", file, errno);
}

Result<void> MachineDisk::flush_file(const std::filesystem::path& file) {
  return flush(file, O_RDONLY);
}

Result<void> MachineDisk::flush_name(const std::filesystem::path& file) {
  return flush(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."),
               O_RDONLY | O_DIRECTORY);
}

}  // namespace urna::journal
