#include "common/service/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/service/files.h"

namespace urna::service {
namespace {

namespace fs = std::filesystem;

std::string holder_of(const fs::path& file) {
  const Result<Bytes> text = read_file(file, 64);
  const std::string pid = text ? text->substr(0, text->find('\n')) : "";
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<DataLock> DataLock::take(const fs::path& folder) {
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  if (error) {
    return fail(ErrorCode::kUnavailable,
                "cannot make the data folder " + folder.string() + ": " + error.message());
  }
  const fs::path file = folder / "lock";
  FileHandle handle(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!handle.valid()) {
    return fail(ErrorCode::kUnavailable,
                "cannot open " + file.string() + ": " + std::generic_category().message(errno));
  }
  if (::flock(handle.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::kLocked,
                  "the data folder " + folder.string() + " is in use by " + holder_of(file));
    }
    return fail(ErrorCode::kUnavailable,
                "cannot lock " + file.string() + ": " + std::generic_category().message(errno));
  }
  // The number only informs; the lock holds whether or not it can be written (a full disk).
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(handle.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(handle.get(), pid.data(), pid.size(), 0);
  }
  return DataLock(std::move(handle));
}

}  // namespace urna::service
