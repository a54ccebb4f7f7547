#include "common/service/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "common/service/file_handle.h"

namespace urna::service {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> os_failure(const char* doing, const fs::path& file, int error) {
  ErrorCode code = ErrorCode::kUnavailable;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::kNoSpace;
  if (error == ENOENT) code = ErrorCode::kNotFound;
  return fail(code, std::string(doing) + " " + file.string() + ": " +
                        std::generic_category().message(error));
}

// 0, or the errno of the write that failed.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int write_and_flush(int fd, std::string_view bytes, unsigned mode) {
  if (const int error = write_all(fd, bytes)) return error;
  if (::fchmod(fd, static_cast<mode_t>(mode)) != 0) return errno;
  return ::fsync(fd) == 0 ? 0 : errno;
}

fs::path folder_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

}  // namespace

Result<void> write_file_atomically(const fs::path& file, std::string_view bytes, unsigned mode) {
  std::error_code ignored;
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored)) {
    return fail(ErrorCode::kInvalidArgument, file.string() + " is no file, and is not replaced");
  }
  const fs::path folder = folder_of(file);
  std::string temporary = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  FileHandle handle(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!handle.valid()) return os_failure("cannot write", file, errno);

  int error = write_and_flush(handle.get(), bytes, mode);
  // Some file systems report a failed write only when the file is closed.
  if (::close(handle.release()) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return os_failure("cannot write", file, error);
  }

  return flush_folder(folder);
}

Result<void> flush_folder(const fs::path& folder) {
  const fs::path named = folder.empty() ? fs::path(".") : folder;
  const FileHandle directory(::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid() && ::fsync(directory.get()) == 0) return {};
  return os_failure("cannot flush the folder", named, errno);
}

Result<void> write_address_file(const fs::path& file, std::string_view address) {
  return write_file_atomically(file, std::string(address) + "\n");
}

Result<Bytes> read_file(const fs::path& file, std::size_t bytes_max) {
  const FileHandle handle(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle.valid()) return os_failure("cannot read", file, errno);
  Bytes bytes;
  char chunk[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(handle.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure("cannot read", file, errno);
    if (got == 0) return bytes;
    bytes.append(chunk, static_cast<std::size_t>(got));
    if (bytes.size() > bytes_max) {
      return fail(ErrorCode::kTooLarge,
                  file.string() + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
  }
}

}  // namespace urna::service
