// Streams between sites: ordered each, unordered among each other, and never to be trusted.

#include <algorithm>

#include "tests/sim/world.h"

namespace urna::sim {

namespace {

constexpr std::uint64_t kBackoffMs = 400;
constexpr std::uint64_t kBackoffMsMax = 6'000;
// Attempts at one upstream before the next is tried.
constexpr unsigned kAttemptsMax = 3;

bool defers(const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  URNA_CHECK(receipt.ParseFromString(sealed.payload()));
  return std::ranges::any_of(receipt.outcomes(),
                             [](const v1::Outcome& outcome) { return outcome.has_deferred(); });
}

}  // namespace

std::uint64_t World::delay() { return random_.between(1, calm_ ? 20 : weather_.delay_ms_max); }

bool World::reachable(const Site& lower, const Site& upper) const {
  if (!lower.up() || !upper.up()) return false;
  const auto cut = [&](const Site& one) {
    const auto found = cut_off_until_ms_.find(one.unit);
    return found != cut_off_until_ms_.end() && now_ms_ < found->second;
  };
  return !cut(lower) && !cut(upper);
}

// What the handshake asks: is the peer's certificate revoked, as far as is known here?
bool World::trusts(const Site& one, const Site& peer) const {
  const node::Projection& projection = one.engine->core().projection();
  return !projection.is_revoked(peer.identity->certificate->id, peer.unit.str());
}

// Streams with a peer whose certificate was just revoked end, as the servers' do.
void World::end_revoked(Site& site, const std::vector<KeyId>& revoked) {
  for (const KeyId& key : revoked) {
    for (auto& [id, stream] : streams_) {
      const bool below = stream.upper == &site && stream.lower_key == key && stream.upper_open;
      const bool above = stream.lower == &site && stream.upper_key == key && stream.lower_open;
      if (!below && !above) continue;
      count("streams ended by a revocation");
      close_side(id, above);
      after(delay(), [this, id = id, above] { close_side(id, !above); });
    }
  }
}

void World::plan_connection(Site& site, Connector& connector, std::uint64_t delay_ms) {
  if (connector.waiting || connector.session != 0) return;
  connector.waiting = true;
  after(delay_ms, [this, &site, &connector] {
    connector.waiting = false;
    if (site.up() && connector.session == 0) connect(site, connector);
  });
}

void World::connect(Site& lower, Connector& connector) {
  Site& upper = workplace(lower.upstreams[connector.upstream]);
  const bool reached = reachable(lower, upper);
  const bool trusted = reached && trusts(lower, upper) && trusts(upper, lower);
  if (reached && !trusted) count("refused connections");
  if (!trusted) {
    if (++connector.failures % kAttemptsMax == 0) {
      connector.upstream = (connector.upstream + 1) % lower.upstreams.size();
    }
    const std::uint64_t wait =
        std::min(kBackoffMs << std::min(connector.failures, 5u), kBackoffMsMax);
    plan_connection(lower, connector, wait / 2 + random_.below(wait));
    return;
  }
  connector.failures = 0;
  trace([&] {
    return lower.name() + (connector.follow ? " follows " : " submits to ") + upper.name() +
           ", session " + std::to_string(next_session_);
  });
  const SessionId id = next_session_++;
  connector.session = id;
  streams_[id] = {.lower = &lower,
                  .upper = &upper,
                  .follow = connector.follow,
                  .lower_key = lower.identity->certificate->id,
                  .upper_key = upper.identity->certificate->id};
  count(connector.follow ? "follows" : "submits");
  if (connector.upstream != 0) {
    count("failovers");
    prefer_first(lower, connector, id);
  }
  if (!connector.follow) {
    call(lower, [&](node::Engine& engine) {
      return engine.open_submit(id, upper.unit.str(), clock(lower));
    });
    return;
  }
  const v1::FollowRequest request = lower.engine->start_following(id, upper.unit.str());
  after(delay(), [this, id, request] {
    Stream& stream = streams_.at(id);
    if (!stream.upper_open || broken_on_the_way(id)) return;
    Site& above = *stream.upper;
    call(above, [&](node::Engine& engine) {
      return engine.open_follow(id, stream.lower->unit.str(), request, clock(above));
    });
  });
}

// Away from the preferred upstream only for a while.
void World::prefer_first(Site& site, Connector& connector, SessionId session) {
  after(random_.between(3'000, 9'000), [this, &site, &connector, session] {
    if (connector.session != session) return;
    connector.upstream = 0;
    break_stream(session);
    plan_connection(site, connector, 1);
  });
}

void World::close_side(SessionId id, bool lower) {
  Stream& stream = streams_.at(id);
  bool& open = lower ? stream.lower_open : stream.upper_open;
  if (!open) return;
  open = false;
  Site& here = lower ? *stream.lower : *stream.upper;
  if (here.up()) here.engine->closed(id);
  if (!lower) return;
  Connector& connector = stream.follow ? here.follow : here.submit;
  if (connector.session != id) return;
  connector.session = 0;
  if (here.up()) plan_connection(here, connector, random_.between(50, kBackoffMs));
}

// Both sides find out, each in its own time: meanwhile a new stream may be open already.
void World::break_stream(SessionId id) {
  close_side(id, true);
  after(delay(), [this, id] { close_side(id, false); });
}

void World::drop_all_streams(Site& site) {
  for (auto& [id, stream] : streams_) {
    if (stream.lower == &site) {
      close_side(id, true);
      if (stream.upper_open) after(delay(), [this, id = id] { close_side(id, false); });
    } else if (stream.upper == &site) {
      close_side(id, false);
      if (stream.lower_open) after(delay(), [this, id = id] { close_side(id, true); });
    }
  }
}

// The message does not arrive; the stream with it.
bool World::broken_on_the_way(SessionId id) {
  Stream& stream = streams_.at(id);
  if (stream.broken) return true;
  const bool cut = !calm_ && random_.chance(weather_.cut_stream);
  if (!cut && reachable(*stream.lower, *stream.upper)) return false;
  tear(id);
  return true;
}

void World::tear(SessionId id) {
  count("broken streams");
  streams_.at(id).broken = true;
  after(delay(), [this, id] { close_side(id, true); });
  after(delay(), [this, id] { close_side(id, false); });
}

void World::send_up(SessionId id, v1::SignedBatch batch) {
  Stream& stream = streams_.at(id);
  if (!stream.lower_open) return;
  note_sent(*stream.lower, batch);
  if (!calm_ && random_.chance(weather_.repeat_batch)) repeat_later(stream, batch);
  stream.last_up_ms = std::max(stream.last_up_ms, now_ms_ + delay());
  after(stream.last_up_ms - now_ms_,
        [this, id, batch = std::move(batch), life = stream.lower->mirror] {
          Stream& now = streams_.at(id);
          if (!now.upper_open || broken_on_the_way(id)) return;
          Site& lower = *now.lower;
          Site& upper = *now.upper;
          const bool taken = call(upper, [&](node::Engine& engine) {
            return engine.receive_batch(id, lower.unit.str(), batch, clock(upper));
          });
          if (taken && last_call_took_) note_batch_kept(upper, lower, life, batch);
        });
}

// The same bytes once more, on a stream of their own, perhaps long afterwards.
void World::repeat_later(const Stream& stream, const v1::SignedBatch& batch) {
  const SessionId id = next_session_++;
  streams_[id] = {.lower = stream.lower, .upper = stream.upper, .lower_open = false};
  after(random_.between(1, 15'000), [this, id, batch] {
    Stream& ghost = streams_.at(id);
    ghost.upper_open = false;
    if (!ghost.upper->up()) return;
    count("repeated batches");
    call(*ghost.upper, [&](node::Engine& engine) {
      return engine.receive_batch(id, ghost.lower->unit.str(), batch, clock(*ghost.upper));
    });
  });
}

void World::send_receipt(SessionId id, v1::SignedReceipt receipt) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !found->second.upper_open) return;
  Stream& stream = found->second;
  stream.last_down_ms = std::max(stream.last_down_ms, now_ms_ + delay());
  after(stream.last_down_ms - now_ms_,
        [this, id, receipt = std::move(receipt), life = stream.upper->mirror] {
          Stream& now = streams_.at(id);
          if (!now.lower_open || broken_on_the_way(id)) return;
          Site& lower = *now.lower;
          Site& upper = *now.upper;
          const bool taken = call(lower, [&](node::Engine& engine) {
            return engine.receive_receipt(id, upper.unit.str(), receipt, clock(lower));
          });
          if (taken && last_call_took_) note_receipt_kept(lower, upper, life, receipt);
          if (taken && defers(receipt)) interrupt_after_deferral(id);
        });
}

// What the upstream put off is remembered in memory and on the stream alone: just then either of
// them goes.
void World::interrupt_after_deferral(SessionId id) {
  count("deferrals");
  if (calm_) return;
  const std::uint64_t luck = random_.below(1'000);
  if (luck < 300 && weather_.cut_stream > 0) {
    tear(id);
  } else if (luck < 600 && weather_.crash > 0) {
    crash(*streams_.at(id).lower, "after a deferral");
  }
}

void World::send_down(SessionId id, v1::SignedBatch batch) {
  Stream& stream = streams_.at(id);
  check_sent_down(*stream.upper, batch);
  if (!stream.upper_open) return;
  stream.last_down_ms = std::max(stream.last_down_ms, now_ms_ + delay());
  after(stream.last_down_ms - now_ms_, [this, id, batch = std::move(batch)] {
    Stream& now = streams_.at(id);
    if (!now.lower_open || broken_on_the_way(id)) return;
    call(*now.lower, [&](node::Engine& engine) {
      return engine.receive_batch(id, now.upper->unit.str(), batch, clock(*now.lower));
    });
  });
  after(1, [this, id] {
    Stream& now = streams_.at(id);
    if (!now.upper_open || !now.upper->up()) return;
    call(*now.upper, [&](node::Engine& engine) { return engine.sent(id, clock(*now.upper)); });
  });
}

void World::carry_out(Site& site, Output output) {
  if (output.failure) {
    count("failed commits");
    trace([&] { return site.name() + " cannot commit"; });
    if (output.failure->code == ErrorCode::kConflict) {
      violation("2: " + site.name() + " writes what its log holds: " + output.failure->message);
    } else if (output.failure->code != ErrorCode::kNoSpace) {
      violation("1: " + site.name() + " cannot commit: " + output.failure->message);
    }
    drop_all_streams(site);
    return;
  }
  for (auto& [id, receipt] : output.receipts) {
    if (attacks_.contains(id)) {
      check_attack(site, attacks_.at(id), receipt);
      continue;
    }
    check_receipt(site, receipt);
    send_receipt(id, std::move(receipt));
  }
  for (auto& [id, batch] : output.batches) {
    if (attacks_.contains(id)) {
      check_sent_down(site, batch);
      continue;
    }
    const Stream& stream = streams_.at(id);
    if (stream.follow) {
      send_down(id, std::move(batch));
    } else {
      send_up(id, std::move(batch));
    }
  }
  for (const node::CloseSession& close : output.closes) {
    if (!streams_.contains(close.session)) continue;
    count("closed: " + close.why.substr(0, 30));
    trace([&] {
      return site.name() + " closes " + std::to_string(close.session) + ": " + close.why;
    });
    const bool lower = streams_.at(close.session).lower == &site;
    close_side(close.session, lower);
    after(delay(), [this, id = close.session, lower] { close_side(id, !lower); });
  }
  end_revoked(site, output.revoked);
}

}  // namespace urna::sim
