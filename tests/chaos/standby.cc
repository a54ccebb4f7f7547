#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

// Of the stretch's protocols, those acknowledged before the standby takes over.
constexpr std::size_t kKeptPart = 10;
constexpr std::chrono::seconds kReceiptPatience{300};

class Standby final : public Scenario {
 public:
  Result<void> prepare(drill::Run& run) override {
    run.system.endurance().standby = true;
    return {};
  }

  // The centre names both servers and takes the one that can be written to
  // (target_session_attrs=read-write), so nobody has to tell it.
  Result<void> play(Stage& stage) override {
    const std::uint64_t some = stage.run().acknowledged + 1 + stage.protocols() / kKeptPart;
    stage.reached(0.5);
    if (auto come = stage.wait_for_receipts(some, kReceiptPatience); !come) return come;
    const std::uint64_t acknowledged = stage.run().acknowledged;
    if (auto promoted = stage.run().system.promote_standby(); !promoted) return promoted;
    stage.fault_over("standby promoted, the first killed for good");
    stage.note("records acknowledged before the standby took over", std::to_string(acknowledged));
    stage.reached(1);
    return {};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_standby(const Extent&) { return std::make_unique<Standby>(); }

}  // namespace urna::chaos
