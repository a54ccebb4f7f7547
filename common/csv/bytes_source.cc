#include <zlib.h>

#include <array>
#include <cstdio>

#include "common/csv/csv.h"

namespace urna::csv {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class PlainFile : public ByteSource {
 public:
  PlainFile(File file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t got = std::fread(into, 1, size, file_.get());
    if (got == 0 && std::ferror(file_.get()) != 0) {
      return fail(ErrorCode::kCorrupt, name_ + ": cannot be read");
    }
    return got;
  }

 private:
  File file_;
  std::string name_;
};

// zlib's own gz* calls pass plain bytes through and drop what follows the last member; this refuses
// both.
class GzipFile : public ByteSource {
 public:
  GzipFile(std::unique_ptr<ByteSource> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)) {}
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;
  ~GzipFile() override {
    if (ready_) inflateEnd(&stream_);
  }

  Result<std::size_t> read(char* into, std::size_t size) override {
    if (!ready_) {
      constexpr int kGzipOnly = 16 + MAX_WBITS;
      if (inflateInit2(&stream_, kGzipOnly) != Z_OK) return broken("out of memory");
      ready_ = true;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(into);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out > 0) {
      if (auto filled = fill(); !filled) return std::unexpected(std::move(filled.error()));
      if (stream_.avail_in == 0) {
        if (!between_members_) return broken("cut short");
        break;
      }
      const int state = inflate(&stream_, Z_NO_FLUSH);
      between_members_ = state == Z_STREAM_END;
      if (state != Z_OK && state != Z_STREAM_END) return broken("damaged or not gzip");
      // A gzip file may be several members laid end to end.
      if (between_members_ && inflateReset(&stream_) != Z_OK) return broken("damaged");
    }
    return size - stream_.avail_out;
  }

 private:
  Result<void> fill() {
    if (stream_.avail_in > 0) return {};
    auto got = packed_->read(input_.data(), input_.size());
    if (!got) return std::unexpected(std::move(got.error()));
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(*got);
    return {};
  }
  std::unexpected<Error> broken(std::string_view reason) const {
    return fail(ErrorCode::kCorrupt, name_ + ": compressed file is " + std::string(reason));
  }

  std::unique_ptr<ByteSource> packed_;
  std::string name_;
  z_stream stream_{};
  bool ready_ = false;
  bool between_members_ = false;  // false at the start: an empty file is cut short
  std::array<char, 64 * 1024> input_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) {
    return fail(ErrorCode::kNotFound, path.string() + ": no such file");
  }
  File file(std::fopen(path.c_str(), "rb"));
  if (!file) return fail(ErrorCode::kNotFound, path.string() + ": cannot be opened");
  auto plain = std::make_unique<PlainFile>(std::move(file), path.string());
  if (path.extension() != ".gz") return plain;
  return std::make_unique<GzipFile>(std::move(plain), path.string());
}

}  // namespace urna::csv
