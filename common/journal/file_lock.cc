#include "common/journal/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace urna::journal {

Result<FileLock> FileLock::take(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(errno == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
                "opening " + path.string() + ": " + std::strerror(errno));
  }
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t read = ::pread(descriptor, holder, sizeof holder - 1, 0);
    return fail(ErrorCode::kLocked,
                path.string() + " is held by process " +
                    std::string(holder, read > 0 ? static_cast<std::size_t>(read) : 0) +
                    "; only one program may write this journal");
  }
  // The number only helps a person; the lock itself is the kernel's, so a failure here is no harm.
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(descriptor, self.data(), self.size(), 0);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace urna::journal
