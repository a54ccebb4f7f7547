// Counts the streams of one server and keeps any one certificate from taking them all. Safe to use
// from any thread; it ends streams through their links, outside of its lock.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "common/node/node.h"

namespace urna::uplink {

enum class StreamKind { kSubmit, kFollow };

class StreamKeeper {
 public:
  using Peer = std::shared_ptr<const trust::Certificate>;
  // Of one kind and one certificate: one in use, and one whose end did not get through yet.
  static constexpr std::size_t kPerCertificateMax = 2;

  // `greeting_ms`: how long a Submit stream may stay without its first batch.
  StreamKeeper(std::size_t streams_max, std::uint64_t greeting_ms)
      : streams_max_(streams_max), greeting_ms_(greeting_ms) {}

  // A stream began; counted until ended(). False when there are too many.
  bool begun();
  void ended();

  struct Held {
    std::uint64_t id = 0;
    bool took_place = false;  // the oldest of this certificate was ended for it
  };
  // The stream belongs to `peer`. When its certificate holds kPerCertificateMax of this kind, the
  // oldest is ended: a peer that came back after a broken connection must not wait for the old one
  // to die.
  Held hold(const Peer& peer, StreamKind kind, std::shared_ptr<node::Link> link,
            std::uint64_t now_ms);
  // Its first message came.
  void greeted(std::uint64_t id);
  void release(std::uint64_t id);

  // Ends streams that did not greet in time; whose they were.
  std::vector<Peer> end_silent(std::uint64_t now_ms);

  std::size_t open() const;
  std::size_t open(StreamKind kind) const;
  // Until every stream that began has ended.
  void wait_until_none();

 private:
  struct Stream {
    std::uint64_t id;
    Peer peer;
    StreamKind kind;
    std::shared_ptr<node::Link> link;
    std::uint64_t since_ms;
    bool greeted;
  };

  const std::size_t streams_max_;
  const std::uint64_t greeting_ms_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t open_ = 0;
  std::uint64_t next_id_ = 1;
  std::list<Stream> streams_;  // oldest first
};

}  // namespace urna::uplink
