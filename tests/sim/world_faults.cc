// Calls into engines, and what goes wrong around them.

#include "tests/sim/world.h"

namespace urna::sim {

// Every call into an engine goes through here. False when the site went dark in it.
bool World::call(Site& site, const Call& call) {
  std::optional<Output> output;
  try {
    output = call(*site.engine);
  } catch (const PowerCut& cut) {
    count("crashes at point " + std::to_string(static_cast<int>(cut.at)));
    crash(site, "in a commit");
    observe(site);
    return false;
  }
  observe(site);
  // What it means is looked at whenever it may have changed, by coming in or by being taken back.
  if (output->failure) site.looked_at = {};
  check_what_changed(site);
  if (!calm_ && random_.chance(weather_.lose_output)) {
    crash(site, "after a commit");
    return false;
  }
  last_call_took_ = !output->failure.has_value();
  carry_out(site, std::move(*output));
  return site.up();
}

void World::crash(Site& site, const std::string& why) {
  count("crashes " + why);
  trace([&] { return site.name() + " crashes " + why; });
  site.stop();
  drop_all_streams(site);
  after(random_.between(100, 8'000), [this, &site] { reopen(site); });
}

void World::hang_hook(Site& site) {
  site.disk->set_hook([this](journal::CrashPoint point) {
    // Half of them after the commit: written and not told is what is hardest to go on from.
    const unsigned share = point == journal::CrashPoint::kAfterCommit ? 500 : 500 / 6;
    if (!calm_ && random_.chance(weather_.crash) && random_.chance(share)) throw PowerCut{point};
  });
}

void World::reopen(Site& site) {
  if (site.up() || site.scrapped) return;
  hang_hook(site);
  const auto random = [this](void* buffer, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      static_cast<unsigned char*>(buffer)[i] = static_cast<unsigned char>(random_.next());
    }
  };
  if (auto started = site.start(keys_.anchors(), random); !started) {
    violation("1: " + site.name() + " does not start again: " + started.error().message);
    return;
  }
  trace([&] {
    return site.name() + " starts with " + std::to_string(site.mirror->ids.size()) +
           " entries of log " + site.engine->core().log_id().hex().substr(0, 8);
  });
  check_promises(site);
  check_what_changed(site);
  if (site.upstreams.empty()) return;
  plan_connection(site, site.submit, random_.below(500));
  plan_connection(site, site.follow, random_.below(500));
}

// Once a second: disks that fill up, links that fail, and worse.
void World::forecast() {
  if (calm_) return;
  after(1'000, [this] { forecast(); });
  for (Site* one : machines()) {
    if (random_.chance(weather_.disk_full)) {
      count("full disks");
      one->disk->set_full(true);
      after(random_.between(500, 5'000), [one] { one->disk->set_full(false); });
    }
    if (!one->upstreams.empty() && random_.chance(weather_.partition)) {
      count("partitions");
      cut_off_until_ms_[one->unit] = now_ms_ + random_.between(500, 12'000);
    }
    if (random_.chance(weather_.clock_jump)) set_clock(*one);
    forecast_copies(*one);
  }
  if (random_.chance(weather_.renew_node)) renew_node();
  if (random_.chance(weather_.hostile)) attack();
}

}  // namespace urna::sim
