// One text that many viewers share, made anew only when it is old.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace urna::service {

struct Snapshot {
  std::string text;
  std::string etag;  // quoted; equal texts have equal tags
};

// Thread-safe. `make` is called by one thread at a time, and at most once per `age_max`; when it
// throws, so does get().
class SharedSnapshot {
 public:
  SharedSnapshot(std::function<std::string()> make, std::chrono::milliseconds age_max)
      : make_(std::move(make)), age_max_(age_max) {}

  std::shared_ptr<const Snapshot> get();

 private:
  const std::function<std::string()> make_;
  const std::chrono::milliseconds age_max_;
  std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;
  std::chrono::steady_clock::time_point made_at_;
};

}  // namespace urna::service
