// A TCP proxy on the loopback address that stands between any two programs and does to their bytes
// what bad networks do. One thread for all links; at most one piece of kPieceBytes is held per
// connection and direction, and nothing is read while it is held, so that memory is bounded and
// pressure is passed on.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"

namespace urna::chaos {

// What happens to the pieces (reads of at most kPieceBytes) of a link's connections, both ways.
// Chances are in thousandths of pieces. What happens to a connection follows from the proxy's seed,
// the number of the connection and of the piece, not from the moment.
struct LinkFaults {
  std::uint32_t delay_ms_max = 0;      // each piece waits from 0 to so long
  std::size_t slice_bytes_max = 0;     // passed on in writes of 1 to so many bytes; 0: whole
  std::uint32_t corrupt_permille = 0;  // one bit of one byte is turned over
  std::uint32_t cut_permille = 0;      // the connection is broken off, both ways
  // Everything is taken and nothing passed on, as when the other end lost its power. A connection
  // that lost bytes so stays dead, even when this ends, until one of its ends gives it up.
  bool silent = false;
  // Connections made from now on are broken off after so many bytes upward; nullopt: never.
  std::optional<std::uint64_t> cut_after_bytes;
};

// Safe from any thread.
class FaultProxy {
 public:
  static constexpr std::size_t kPieceBytes = 16'384;

  // kUnavailable with the system's reason.
  static Result<std::unique_ptr<FaultProxy>> start(std::uint64_t seed);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  // The address, "127.0.0.1:PORT", at which `target` ("127.0.0.1:PORT") is reached by this link;
  // the same again for the same name. A connection to a target that does not listen is broken off.
  Result<std::string> add(const std::string& link, const std::string& target);

  // Faults of one link (kNotFound) or of all, from now on, also of those added later.
  Result<void> set(const std::string& link, const LinkFaults& faults);
  void set_all(const LinkFaults& faults);
  std::vector<std::string> links() const;

  // What was done so far.
  struct Counts {
    std::uint64_t connections = 0;
    std::uint64_t pieces = 0;
    std::uint64_t delayed = 0;
    std::uint64_t sliced = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t cut = 0;
    std::uint64_t swallowed = 0;  // pieces
    Counts& operator+=(const Counts& other);
  };
  Counts counts() const;  // of all links
  std::map<std::string, Counts> counts_by_link() const;

 private:
  struct Link;
  struct Connection;
  struct Way;
  class Loop;
  explicit FaultProxy(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace urna::chaos
