#include "common/service/snapshot.h"

#include <cinttypes>
#include <cstdint>
#include <cstdio>

namespace urna::service {
namespace {

// FNV-1a, 64 bits, and the length: enough to notice a change, and nothing is trusted on it.
std::string etag_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 1099511628211u;
  char tag[48];
  std::snprintf(tag, sizeof tag, "\"%016" PRIx64 "-%zx\"", hash, text.size());
  return tag;
}

}  // namespace

std::shared_ptr<const Snapshot> SharedSnapshot::get() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!current_ || now - made_at_ >= age_max_) {
    std::string text = make_();
    std::string etag = etag_of(text);
    current_ = std::make_shared<const Snapshot>(Snapshot{std::move(text), std::move(etag)});
    made_at_ = now;
  }
  return current_;
}

}  // namespace urna::service
