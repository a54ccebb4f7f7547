#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "common/node/seal.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"

namespace urna::bench {

namespace {

constexpr std::string_view kSoftware = "urna-bench 0.1.0";

void put_number(std::ofstream& out, std::uint32_t number) {
  out.write(reinterpret_cast<const char*>(&number), sizeof number);
}

// Collects records into batches of one size and writes them.
class BatchWriter {
 public:
  BatchWriter(const node::NodeIdentity& sender, const std::filesystem::path& file,
              std::size_t batch_records, std::uint64_t now_ms)
      : sender_(sender),
        out_(file, std::ios::binary),
        batch_records_(batch_records),
        now_ms_(now_ms) {}

  // `certificate` is empty when it has travelled already.
  void add(const Bytes& record, const Bytes& certificate) {
    const auto count = static_cast<std::size_t>(batch_.entries_size());
    if (count == batch_records_ || (count > 0 && bytes_ + record.size() > node::kBatchBytesMax)) {
      seal();
    }
    v1::BatchEntry& entry = *batch_.add_entries();
    entry.set_position(position_++);
    entry.set_record(record);
    bytes_ += record.size();
    if (!certificate.empty()) batch_.add_blobs(certificate);
  }
  // False when not everything could be written.
  bool finish() {
    if (batch_.entries_size() > 0) seal();
    out_.flush();
    return out_.good();
  }

 private:
  void seal() {
    const trust::Subject& subject = sender_.certificate->subject;
    batch_.set_election(subject.election.str());
    batch_.set_sender(subject.unit.str());
    batch_.set_sequence(++sequence_);
    batch_.set_created_at_ms(now_ms_);
    // No receipt of this log is ever compared: the same load is sent to many fresh servers. Any
    // root will do.
    v1::Checkpoint& log = *batch_.mutable_log();
    log.set_log_id(sender_.certificate->id.str().substr(0, 16));
    log.set_size(position_);
    log.set_root(sender_.certificate->id.str());
    batch_.set_scanned_to(position_);
    const std::string sealed = node::seal_batch(sender_, batch_).SerializeAsString();
    put_number(out_, static_cast<std::uint32_t>(batch_.entries_size()));
    put_number(out_, static_cast<std::uint32_t>(sealed.size()));
    out_.write(sealed.data(), static_cast<std::streamsize>(sealed.size()));
    batch_.Clear();
    bytes_ = 0;
  }

  const node::NodeIdentity& sender_;
  std::ofstream out_;
  const std::size_t batch_records_;
  const std::uint64_t now_ms_;
  v1::Batch batch_;
  std::size_t bytes_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace

// Makes the files of whole streams.
class StreamMaker {
 public:
  StreamMaker(const Country& country, const Office& office, const LoadOptions& options, Load& load,
              const std::function<void(std::size_t)>& on_signed)
      : country_(country), office_(office), options_(options), load_(load), on_signed_(on_signed) {}

  Result<void> make(std::size_t stream) {
    const auto sender = node_identity(office_.senders()[stream], office_.anchors());
    if (!sender) return std::unexpected(sender.error());
    std::vector<std::unique_ptr<BatchWriter>> writers;
    for (const std::size_t size : options_.batch_records) {
      writers.push_back(std::make_unique<BatchWriter>(
          *sender, stream_file(load_.files(size), stream), size, office_.now_ms()));
    }
    for (std::size_t precinct = 0; precinct < country_.data().precincts.size(); ++precinct) {
      if (country_.voivodeship_of(precinct) % options_.streams != stream) continue;
      if (auto done = sign(stream, precinct, writers); !done) return done;
    }
    for (const auto& writer : writers) {
      if (!writer->finish()) {
        return fail(ErrorCode::kUnavailable,
                    "cannot write the load into " + load_.folder_.string());
      }
    }
    return {};
  }

 private:
  Result<void> sign(std::size_t stream, std::size_t precinct,
                    const std::vector<std::unique_ptr<BatchWriter>>& writers) {
    const auto chair = office_.chair_of(country_.data().precincts[precinct].id);
    if (!chair) return std::unexpected(chair.error());
    const trust::Signer signer{chair->key, chair->certificate, std::string(kSoftware)};
    std::uint64_t bytes = 0;
    const std::uint32_t count = country_.size().protocols_per_precinct;
    for (std::uint32_t which = 0; which < count; ++which) {
      const v1::Body body =
          drill::body_of(country_.data(), office_.election(), country_.protocol(precinct, which));
      const Bytes record = trust::sign_record(signer, body, office_.manifest(), office_.now_ms());
      const auto ids = trust::envelope_ids(record);
      load_.streams_[stream].push_back(
          {ids->record, trust::digest_of(record), static_cast<std::uint32_t>(precinct), which});
      for (const auto& writer : writers) {
        writer->add(record, which == 0 ? chair->certificate.der : Bytes());
      }
      bytes += record.size();
    }
    const std::lock_guard lock(mutex_);
    load_.record_bytes_ += bytes;
    ++load_.licences_;
    on_signed_(count);
    return {};
  }

  const Country& country_;
  const Office& office_;
  const LoadOptions& options_;
  Load& load_;
  const std::function<void(std::size_t)>& on_signed_;
  std::mutex mutex_;
};

Result<Load> Load::make(const Country& country, const Office& office,
                        const std::filesystem::path& folder, const LoadOptions& options,
                        const std::function<void(std::size_t)>& on_signed) {
  Load load;
  load.folder_ = folder;
  load.streams_.resize(options.streams);
  for (const std::size_t size : options.batch_records) {
    std::filesystem::create_directories(load.files(size));
  }
  StreamMaker maker(country, office, options, load, on_signed);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> failed;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t stream; (stream = next.fetch_add(1)) < options.streams;) {
        const auto made = maker.make(stream);
        const std::lock_guard lock(mutex);
        if (!made && !failed) failed = made.error();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failed) return std::unexpected(std::move(*failed));
  return load;
}

std::size_t Load::records() const {
  std::size_t count = 0;
  for (const auto& stream : streams_) count += stream.size();
  return count;
}

std::filesystem::path Load::files(std::size_t batch_records) const {
  return folder_ / ("load-" + std::to_string(batch_records));
}

std::filesystem::path stream_file(const std::filesystem::path& folder, std::size_t stream) {
  return folder / ("stream-" + std::to_string(stream));
}

}  // namespace urna::bench
