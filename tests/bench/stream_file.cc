#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/bench/load.h"

namespace urna::bench {

namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace

Result<StreamFile> StreamFile::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return fail(ErrorCode::kNotFound, file.string() + ": " + std::strerror(error));
  }
  StreamFile opened;
  opened.bytes_ = static_cast<std::size_t>(status.st_size);
  if (opened.bytes_ > 0) {
    // Read in at once: the client must not wait for the disk while it measures.
    void* mapped =
        ::mmap(nullptr, opened.bytes_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (mapped != MAP_FAILED) opened.mapped_ = mapped;
  }
  ::close(descriptor);
  if (opened.bytes_ > 0 && opened.mapped_ == nullptr) {
    return fail(ErrorCode::kUnavailable, file.string() + " cannot be mapped");
  }
  const std::string_view all(static_cast<const char*>(opened.mapped_), opened.bytes_);
  constexpr std::size_t kHead = 2 * sizeof(std::uint32_t);
  for (std::size_t at = 0; at < all.size();) {
    if (all.size() - at < kHead || all.size() - at - kHead < number_at(all, at + 4)) {
      return fail(ErrorCode::kCorrupt, file.string() + " is cut off");
    }
    const std::uint32_t size = number_at(all, at + 4);
    opened.frames_.push_back({number_at(all, at), all.substr(at + kHead, size)});
    at += kHead + size;
  }
  return opened;
}

StreamFile::StreamFile(StreamFile&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      frames_(std::move(other.frames_)) {}

StreamFile::~StreamFile() {
  if (mapped_ != nullptr) ::munmap(mapped_, bytes_);
}

}  // namespace urna::bench
