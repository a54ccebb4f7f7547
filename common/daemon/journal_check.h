// Looks at a journal from its bytes up: every hash, and every signature under them. A start only
// checks what it must to go on; this finds what somebody changed in the store behind the node.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "common/journal/store.h"
#include "common/node/seal.h"
#include "common/trust/certificate.h"

namespace urna::daemon {

// Verifies the signatures of the first `size` entries of the election log, and of the certificates
// they were made with. kCorrupt, naming the first position that is not signed as it must be;
// kCancelled once `stop` is set.
Result<void> verify_signatures(journal::Store& store, const trust::Anchors& anchors,
                               std::uint64_t size, const std::atomic<bool>& stop);

// The same for every entry, whatever is found: `found` is told of each that is not signed as it
// must be, in order of position, and says whether to go on. `parallel` has the verifying done;
// reading, and `found`, is this thread's. Errors are the store's, and kCancelled.
Result<void> verify_each_signature(journal::Store& store, const trust::Anchors& anchors,
                                   std::uint64_t size, const node::Parallel& parallel,
                                   const std::atomic<bool>& stop,
                                   const std::function<bool(const Error&)>& found);

// Checks what the store held at the start while the node works: hashes, tiles, signatures. One
// thread of its own; about 15,000 records a second. Everything given outlives it.
class JournalCheck {
 public:
  // `found` is called once, from the thread, when something is wrong.
  JournalCheck(journal::Store& store, const trust::Anchors& anchors, std::uint64_t size,
               std::function<void(const Error&)> found);
  // Stops without waiting for the rest.
  ~JournalCheck();

  std::optional<Error> fault() const;

 private:
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::optional<Error> fault_;
  std::thread thread_;
};

}  // namespace urna::daemon
