#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

class Standby final : public Scenario {
 public:
  Result<void> prepare(drill::Run& run) override {
    run.system.endurance().standby = true;
    return {};
  }

  // The centre names both servers and takes the one that can be written to
  // (target_session_attrs=read-write), so nobody has to tell it.
  Result<void> play(Stage& stage) override {
    stage.reached(0.5);
    if (auto go_on = stage.pause(Milliseconds(300), Milliseconds(1'500)); !go_on) return go_on;
    const std::uint64_t acknowledged = stage.run().acknowledged;
    if (auto promoted = stage.run().system.promote_standby(); !promoted) return promoted;
    stage.fault_over("standby promoted, the first killed for good");
    stage.note("records acknowledged before the standby took over", std::to_string(acknowledged));
    stage.reached(1);
    return acknowledged == 0 ? fail(ErrorCode::kInternal, "the standby had nothing to keep")
                             : Result<void>();
  }
};

}  // namespace

std::unique_ptr<Scenario> make_standby(const Extent&) { return std::make_unique<Standby>(); }

}  // namespace urna::chaos
