// The first ceiling: how many signatures of a load's records the processors can verify, with
// nothing else to do.
#pragma once

#include <cstddef>
#include <memory>

#include "common/base/error.h"
#include "common/trust/certificate.h"
#include "tests/bench/load.h"

namespace urna::bench {

class VerifyAlone {
 public:
  // Takes the first records of each stream of `load`, at most `records_max` in all, and their keys
  // into memory; certificates are verified now.
  static Result<VerifyAlone> prepare(const Load& load, std::size_t batch_records,
                                     const trust::Anchors& anchors, std::size_t records_max);
  ~VerifyAlone();
  VerifyAlone(VerifyAlone&&) noexcept;

  // Verifies every one of them once, on so many threads. Records per second; kUntrusted when one
  // does not hold.
  Result<double> run(unsigned threads) const;

  // Certificates per second on one thread, chain and all, none of them seen before.
  double run_certificates() const;

 private:
  struct Impl;
  explicit VerifyAlone(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::bench
