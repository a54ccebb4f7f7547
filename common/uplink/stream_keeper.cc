#include "common/uplink/stream_keeper.h"

#include <algorithm>

namespace urna::uplink {

bool StreamKeeper::begun() {
  const std::lock_guard lock(mutex_);
  return ++open_ <= streams_max_;
}

void StreamKeeper::ended() {
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) none_.notify_all();
}

StreamKeeper::Held StreamKeeper::hold(const Peer& peer, StreamKind kind,
                                      std::shared_ptr<node::Link> link, std::uint64_t now_ms) {
  const auto same = [&](const Stream& stream) {
    return stream.kind == kind && stream.peer->id == peer->id;
  };
  Held held;
  std::shared_ptr<node::Link> oldest;
  {
    const std::lock_guard lock(mutex_);
    if (std::ranges::count_if(streams_, same) >= std::ptrdiff_t{kPerCertificateMax}) {
      const auto found = std::ranges::find_if(streams_, same);
      oldest = std::move(found->link);
      streams_.erase(found);
    }
    held = {next_id_++, oldest != nullptr};
    // A Follow stream begins with its request.
    streams_.push_back({held.id, peer, kind, std::move(link), now_ms, kind == StreamKind::kFollow});
  }
  if (oldest) oldest->close("a newer stream of the same certificate took its place");
  return held;
}

void StreamKeeper::greeted(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(streams_, id, &Stream::id);
  if (found != streams_.end()) found->greeted = true;
}

void StreamKeeper::release(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [id](const Stream& stream) { return stream.id == id; });
}

std::vector<StreamKeeper::Peer> StreamKeeper::end_silent(std::uint64_t now_ms) {
  std::vector<Stream> silent;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [&](const Stream& stream) {
      if (stream.greeted || now_ms < stream.since_ms + greeting_ms_) return false;
      silent.push_back(stream);
      return true;
    });
  }
  std::vector<Peer> whose;
  for (const Stream& stream : silent) {
    stream.link->close("no greeting came in time");
    whose.push_back(stream.peer);
  }
  return whose;
}

std::size_t StreamKeeper::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

std::size_t StreamKeeper::open(StreamKind kind) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count(streams_, kind, &Stream::kind));
}

void StreamKeeper::wait_until_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return open_ == 0; });
}

}  // namespace urna::uplink
