#include "tests/bench/verify_alone.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "common/trust/certificate_book.h"
#include "common/trust/record.h"
#include "urna/v1/transfer.pb.h"

namespace urna::bench {

namespace {

struct Signed {
  std::shared_ptr<const trust::PublicKey> key;
  std::string prefix;
  Bytes payload;
  Bytes signature;
};

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

struct VerifyAlone::Impl {
  explicit Impl(const trust::Anchors& a) : anchors(a) {}

  Result<void> take(const Frame& frame, trust::CertificateBook& book) {
    v1::SignedBatch sealed;
    v1::Batch batch;
    if (!sealed.ParseFromArray(frame.batch.data(), static_cast<int>(frame.batch.size())) ||
        !batch.ParseFromString(sealed.payload())) {
      return fail(ErrorCode::kMalformed, "a batch of the load does not decode");
    }
    for (const std::string& blob : batch.blobs()) {
      book.add(blob);
      certificates.push_back(blob);
    }
    for (const v1::BatchEntry& entry : batch.entries()) {
      v1::SignedRecord record;
      record.ParseFromString(entry.record());
      const auto id = KeyId::from_bytes(record.key_id());
      const auto verdict = id ? book.find(*id) : nullptr;
      if (verdict == nullptr || !*verdict) {
        return fail(ErrorCode::kUntrusted, "a record of the load has no certificate");
      }
      records.push_back({(**verdict)->key,
                         trust::pae_prefix(record.payload_type(), record.payload()),
                         record.payload(), record.signature()});
    }
    return {};
  }

  trust::Anchors anchors;
  std::vector<Signed> records;
  std::vector<Bytes> certificates;
};

VerifyAlone::VerifyAlone(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VerifyAlone::~VerifyAlone() = default;
VerifyAlone::VerifyAlone(VerifyAlone&&) noexcept = default;

Result<VerifyAlone> VerifyAlone::prepare(const Load& load, std::size_t batch_records,
                                         const trust::Anchors& anchors, std::size_t records_max) {
  auto impl = std::make_unique<Impl>(anchors);
  trust::CertificateBook book(anchors);
  for (std::size_t s = 0; s < load.streams().size(); ++s) {
    const auto file = StreamFile::open(stream_file(load.files(batch_records), s));
    if (!file) return std::unexpected(file.error());
    const std::size_t until = records_max * (s + 1) / load.streams().size();
    for (const Frame& frame : file->frames()) {
      if (impl->records.size() + frame.records > until) break;
      if (auto taken = impl->take(frame, book); !taken) return std::unexpected(taken.error());
    }
  }
  return VerifyAlone(std::move(impl));
}

Result<double> VerifyAlone::run(unsigned threads) const {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> bad{0};
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        constexpr std::size_t kPortion = 64;
        for (std::size_t at; (at = next.fetch_add(kPortion)) < impl_->records.size();) {
          const std::size_t end = std::min(at + kPortion, impl_->records.size());
          for (; at < end; ++at) {
            const Signed& one = impl_->records[at];
            if (!one.key->verify({one.prefix, one.payload}, one.signature)) ++bad;
          }
        }
      });
    }
  }
  if (bad > 0) {
    return fail(ErrorCode::kUntrusted, std::to_string(bad) + " signatures do not hold");
  }
  return static_cast<double>(impl_->records.size()) / seconds_since(begun);
}

double VerifyAlone::run_certificates() const {
  const auto begun = std::chrono::steady_clock::now();
  for (const Bytes& certificate : impl_->certificates) {
    static_cast<void>(impl_->anchors.verify(certificate));
  }
  return static_cast<double>(impl_->certificates.size()) / seconds_since(begun);
}

}  // namespace urna::bench
