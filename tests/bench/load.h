// A load: signed protocols of a country, in batches sealed by the nodes of its voivodeships, as
// files from which a client sends them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "tests/bench/country.h"
#include "tests/bench/office.h"

namespace urna::bench {

// One record, in the order in which its stream sends it.
struct LoadRecord {
  RecordId id;
  Digest bytes;  // SHA-256 of the serialised SignedRecord
  std::uint32_t precinct = 0;
  std::uint32_t which = 0;  // as Country::protocol() takes it
};

struct LoadOptions {
  // Submit streams, each of a voivodeship's node; in [1, 16]. Voivodeship v is on stream v %
  // streams.
  std::size_t streams = 16;
  // Records of a batch, in [1, 256]; the same records are sealed once for each of these.
  std::vector<std::size_t> batch_records = {256};
};

class Load {
 public:
  // Signs every protocol of the country with its precinct's chair's licence, on all cores, and
  // writes a folder of stream files for each batch size into `folder`. A licence travels in the
  // first batch of its stream that needs it. `on_signed` is told of records signed, from several
  // threads.
  static Result<Load> make(const Country& country, const Office& office,
                           const std::filesystem::path& folder, const LoadOptions& options,
                           const std::function<void(std::size_t)>& on_signed);

  // Of each stream, in the order sent.
  const std::vector<std::vector<LoadRecord>>& streams() const { return streams_; }
  std::size_t records() const;
  std::uint64_t record_bytes() const { return record_bytes_; }
  std::size_t licences() const { return licences_; }
  // Where the stream files of this batch size are.
  std::filesystem::path files(std::size_t batch_records) const;

 private:
  friend class StreamMaker;
  std::filesystem::path folder_;
  std::vector<std::vector<LoadRecord>> streams_;
  std::uint64_t record_bytes_ = 0;
  std::size_t licences_ = 0;
};

// "stream-07" in the folder of a batch size.
std::filesystem::path stream_file(const std::filesystem::path& folder, std::size_t stream);

// ---- stream files: for each batch its number of records and its size, 32 bits each, then the
// serialised SignedBatch ----

struct Frame {
  std::uint32_t records = 0;
  std::string_view batch;
};

// The file, mapped; frames point into it.
class StreamFile {
 public:
  // kNotFound; kCorrupt when a frame is cut off.
  static Result<StreamFile> open(const std::filesystem::path& file);
  StreamFile(StreamFile&& other) noexcept;
  StreamFile& operator=(StreamFile&&) = delete;
  ~StreamFile();

  const std::vector<Frame>& frames() const { return frames_; }

 private:
  StreamFile() = default;
  void* mapped_ = nullptr;
  std::size_t bytes_ = 0;
  std::vector<Frame> frames_;
};

}  // namespace urna::bench
