#include <algorithm>
#include <csignal>

#include "common/uplink/descriptors.h"
#include "tests/chaos/crowd.h"
#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

constexpr std::size_t kIdle = 5'000;   // at each of the two servers
constexpr std::size_t kSlow = 100;     // at each
constexpr std::size_t kOversize = 20;  // at each
// As much of it as the server takes; it must have stopped it long before all was there.
constexpr Crowd::Message kTooLarge{1U << 31, 1U << 30};
constexpr std::chrono::seconds kOversizePatience{20};
constexpr Crowd::Message kAllowed{1U << 16, 48U << 10};
constexpr std::chrono::seconds kAllowedPatience{2};
constexpr std::chrono::seconds kSlowPatience{30};
constexpr std::chrono::seconds kServedPatience{30};
constexpr int kDrips = 5;
constexpr Milliseconds kDripPause{1'000};
constexpr std::chrono::seconds kStormPatience{180};
constexpr const char* kSubmit = "/urna.v1.Uplink/Submit";

class Storm final : public Scenario {
 public:
  explicit Storm(const Extent& extent) : clients_(extent.clients) {}

  Result<void> play(Stage& stage) override {
    uplink::raise_descriptor_limit();
    ::signal(SIGPIPE, SIG_IGN);  // writing to who has gone is an error, no end
    const std::string targets[] = {stage.run().system.centre(), stage.draw_node()};
    stage.reached(0.1);
    for (const std::string& unit : targets) {
      auto crowd = crowd_at(stage.run(), unit, clients_);
      if (!crowd) return std::unexpected(std::move(crowd.error()));
      crowds_.push_back(std::move(*crowd));
    }
    for (std::size_t i = 0; i < std::size(targets); ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(std::size(targets));
      if (auto done = press(stage, targets[i], part); !done) return done;
      if (auto done = reconnect(stage, targets[i], *crowds_[i]); !done) return done;
    }
    crowds_.clear();
    return {};
  }

 private:
  // Certificates of precincts that are in no definition: TLS lets them in all the same.
  static Result<std::unique_ptr<Crowd>> crowd_at(drill::Run& run, const std::string& unit,
                                                 std::size_t count) {
    std::vector<trust::Identity> identities;
    for (std::size_t i = 0; i < count; ++i) {
      auto made = run.setup.keyring.identity(
          {run.setup.anchors.election(),
           *model::UnitId::parse(unit + "-" + std::to_string(100'000 + i)),
           trust::Role::kPrecinctNode});
      if (!made) return std::unexpected(std::move(made.error()));
      identities.push_back(std::move(*made));
    }
    return Crowd::make(identities);
  }

  // Precincts the server knows, so that nothing but the size of what they send is wrong.
  static Result<std::unique_ptr<Crowd>> precincts_of(drill::Run& run, const std::string& unit) {
    std::vector<trust::Identity> identities;
    for (const drill::DatasetPrecinct& precinct : run.data.precincts) {
      const drill::Route& route = run.setup.routes.at(precinct.teryt);
      if (identities.size() == kOversize || std::ranges::find(route, unit) == route.end()) continue;
      auto made = run.setup.keyring.identity({run.setup.anchors.election(),
                                              *model::UnitId::parse(precinct.id),
                                              trust::Role::kPrecinctNode});
      if (!made) return std::unexpected(std::move(made.error()));
      identities.push_back(std::move(*made));
    }
    return Crowd::make(identities);
  }

  // Clients that say nothing, that say it slowly, and that say too much, while precincts send.
  static Result<void> press(Stage& stage, const std::string& unit, double part) {
    const std::string address = stage.run().system.own_address(unit);
    auto slow = crowd_at(stage.run(), unit, kSlow);
    if (!slow) return std::unexpected(std::move(slow.error()));
    const std::size_t crept = (*slow)->begin_slowly(address, kSlowPatience);
    const std::uint64_t received = stage.run().acknowledged;
    Idlers idlers;
    const std::size_t idle = idlers.connect(address, kIdle);
    std::size_t dripped = 0;
    for (int i = 1; i <= kDrips; ++i) {
      stage.reached(part + 0.4 * i / kDrips);
      dripped += (*slow)->drip();
      if (auto go_on = stage.pause(kDripPause, kDripPause); !go_on) return go_on;
    }
    // Beyond its limit a server turns connections away and says so there.
    const bool answers = stage.run().health_of(unit).has_value();
    // Precincts that began meanwhile.
    if (auto sent = stage.wait_for_receipts(received + 1, kServedPatience); !sent) return sent;
    idlers.close();
    (*slow)->close();
    stage.note(
        "at " + unit + ": idle clients, slow ones, their bytes",
        std::to_string(idle) + ", " + std::to_string(crept) + ", " + std::to_string(dripped));
    if (idle < kIdle) {
      return fail(ErrorCode::kUnavailable,
                  "not all idle connections could be made; processes need "
                  "more open files (ulimit -n)");
    }
    if (crept < kSlow) return fail(ErrorCode::kInternal, unit + " did not let all slow clients in");
    if (!answers) return fail(ErrorCode::kInternal, unit + " did not stand idle clients");
    auto stopped = stop_oversize(stage, unit, address);
    stage.fault_over("idle, slow and oversize clients");
    return stopped;
  }

  // The beginning of a message is waited for when all of it may come, and stopped when it may not,
  // from the same clients: it is the size that stops it.
  static Result<void> stop_oversize(Stage& stage, const std::string& unit,
                                    const std::string& address) {
    const auto loud = precincts_of(stage.run(), unit);
    if (!loud) return std::unexpected(loud.error());
    const std::size_t all = (*loud)->size();
    if (all == 0) return fail(ErrorCode::kInternal, "no precinct is known to " + unit);
    const Crowd::Calls allowed = (*loud)->begin_calls(address, kSubmit, kAllowed, kAllowedPatience);
    const auto begun = std::chrono::steady_clock::now();
    const Crowd::Calls oversize =
        (*loud)->begin_calls(address, kSubmit, kTooLarge, kOversizePatience);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    char text[96];
    std::snprintf(text, sizeof text, "%zu, %zu stopped within %.1f s, %llu MB taken",
                  oversize.begun, oversize.stopped, took.count(),
                  static_cast<unsigned long long>(oversize.taken >> 20));
    stage.note("at " + unit + ": oversize messages", text);
    if (allowed.begun < all || oversize.begun < all) {
      return fail(ErrorCode::kInternal, unit + " did not take calls of precincts it knows");
    }
    // A precinct that comes back just then has an older call of its own certificate ended.
    if (allowed.stopped == all) {
      return fail(ErrorCode::kInternal, unit + " stops messages that are not too large");
    }
    return oversize.stopped == all
               ? Result<void>()
               : fail(ErrorCode::kInternal, unit + " did not stop messages that are too large");
  }

  // The server ends and everybody comes back at once.
  static Result<void> reconnect(Stage& stage, const std::string& unit, Crowd& crowd) {
    if (auto killed = stage.run().system.kill(unit); !killed) return killed;
    stage.fault_over("a storm of reconnecting clients");
    if (auto started = stage.start_again(unit); !started) return started;
    const auto begun = std::chrono::steady_clock::now();
    const std::size_t in = crowd.storm(stage.run().system.own_address(unit), kStormPatience);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    char text[64];
    std::snprintf(text, sizeof text, "%zu of %zu, %.1f s", in, crowd.size(), took.count());
    stage.note("at " + unit + ": reconnecting clients let in", text);
    return in == crowd.size() && in > 0
               ? Result<void>()
               : fail(ErrorCode::kInternal, unit + " did not let everybody back in");
  }

  const std::size_t clients_;
  std::vector<std::unique_ptr<Crowd>> crowds_;
};

}  // namespace

std::unique_ptr<Scenario> make_storm(const Extent& extent) {
  return std::make_unique<Storm>(extent);
}

}  // namespace urna::chaos
