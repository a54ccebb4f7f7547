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
constexpr std::uint32_t kOversizeBytes = 1U << 31;
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
      auto crowd = crowd_at(stage.run(), unit, clients_ / std::size(targets));
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
    const std::string address = stage.run().system.address(unit);
    auto slow = crowd_at(stage.run(), unit, kSlow);
    auto loud = precincts_of(stage.run(), unit);
    if (!slow || !loud) return std::unexpected((slow ? loud : slow).error());
    const std::size_t crept = (*slow)->begin_slowly(address);
    Idlers idlers;
    const std::size_t idle = idlers.connect(address, kIdle);
    for (int i = 1; i <= kDrips; ++i) {
      stage.reached(part + 0.4 * i / kDrips);
      (*slow)->drip();
      if (auto go_on = stage.pause(kDripPause, kDripPause); !go_on) return go_on;
    }
    const bool served = stage.run().system.runs(unit);
    idlers.close();
    (*slow)->close();
    const std::size_t stopped = (*loud)->send_oversize(address, kSubmit, kOversizeBytes);
    stage.fault_over("idle, slow and oversize clients");
    stage.note("at " + unit + ": idle, slow, oversize and stopped",
               std::to_string(idle) + ", " + std::to_string(crept) + ", " +
                   std::to_string(stopped) + " of " + std::to_string((*loud)->size()));
    if (!served) return fail(ErrorCode::kInternal, unit + " did not stand idle clients");
    return stopped == (*loud)->size()
               ? Result<void>()
               : fail(ErrorCode::kInternal, unit + " did not stop messages that are too large");
  }

  // The server ends and everybody comes back at once.
  static Result<void> reconnect(Stage& stage, const std::string& unit, Crowd& crowd) {
    if (auto killed = stage.run().system.kill(unit); !killed) return killed;
    stage.fault_over("a storm of reconnecting clients");
    if (auto started = stage.start_again(unit); !started) return started;
    const auto begun = std::chrono::steady_clock::now();
    const std::size_t in = crowd.storm(stage.run().system.address(unit), kStormPatience);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    char text[64];
    std::snprintf(text, sizeof text, "%zu of %zu, %.1f s", in, crowd.size(), took.count());
    stage.note("at " + unit + ": reconnecting clients let in", text);
    return in == crowd.size() ? Result<void>()
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
