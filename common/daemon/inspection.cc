#include "common/daemon/inspection.h"

#include <iostream>

#include "common/daemon/identity.h"
#include "common/daemon/journal_check.h"
#include "common/daemon/journal_engine.h"
#include "common/daemon/status_client.h"
#include "common/service/data_lock.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

// A journal opened for looking, with everything rebuilt from it.
struct Opened {
  service::DataLock lock;
  LoadedIdentity identity;
  std::unique_ptr<journal::Store> store;
  std::unique_ptr<trust::CertificateBook> certificates;
  std::unique_ptr<node::Engine> engine;
};

// Where to look while the server runs.
Error instead(Error error, const NodeSettings& settings) {
  if (error.code != ErrorCode::kLocked) return error;
  const auto address = status_address(settings);
  error.message += address ? "; while the server runs its figures are at http://" + *address +
                                 "/ and /api/status.json there"
                           : "; stop the server first, or give it an [http] status page";
  return error;
}

Result<std::unique_ptr<Opened>> open_journal(const Tier& tier, const NodeSettings& settings,
                                             const Tier::OpenStore& open_store) {
  auto lock = service::DataLock::take(settings.data);
  if (!lock) return std::unexpected(instead(std::move(lock.error()), settings));
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto store = open_store();
  if (!store) return std::unexpected(std::move(store.error()));
  auto opened = std::make_unique<Opened>(
      Opened{std::move(*lock), std::move(*identity), std::move(*store), nullptr, nullptr});
  opened->certificates = std::make_unique<trust::CertificateBook>(opened->identity.anchors);
  auto engine = open_engine(tier, opened->identity.node, *opened->store, *opened->certificates);
  if (!engine) return std::unexpected(std::move(engine.error()));
  opened->engine = std::move(*engine);
  return opened;
}

Result<void> verify_signatures_of(Opened& opened) {
  const std::atomic<bool> never = false;
  return verify_signatures(*opened.store, opened.identity.anchors, opened.engine->core().size(),
                           never);
}

void print_totals(const model::Slice& slice, const std::string& unit,
                  const results::Totals& totals) {
  const std::string begin = slice.key().contest.str() + "," + std::to_string(slice.key().round) +
                            "," + unit + "," + std::to_string(totals.protocols) + ",";
  for (std::size_t i = 0; i < totals.points.size(); ++i) {
    std::cout << begin << "point," << slice.form().points(static_cast<int>(i)).code() << ","
              << totals.points[i] << "\n";
  }
  for (std::size_t i = 0; i < slice.options().size(); ++i) {
    const v1::Option& option = slice.data().options(static_cast<int>(i));
    const model::OptionCells& cells = slice.options()[i];
    std::cout << begin << "option," << option.code() << "," << totals.votes[cells.total] << "\n";
    for (std::size_t j = 0; j < cells.candidates; ++j) {
      std::cout << begin << "candidate," << option.code() << "/"
                << option.candidates(static_cast<int>(j)).position() << ","
                << totals.votes[cells.first_candidate + j] << "\n";
    }
  }
}

}  // namespace

Result<void> print_tally(const Tier& tier, const NodeSettings& settings,
                         const Tier::OpenStore& open_store) {
  auto opened = open_journal(tier, settings, open_store);
  if (!opened) return std::unexpected(std::move(opened.error()));
  // What is printed was signed: a store changed behind the node's back is noticed first.
  if (auto good = verify_signatures_of(**opened); !good) return good;
  const node::Core& core = (*opened)->engine->core();
  const auto definition = core.book().in_force();
  if (definition == nullptr) return fail(ErrorCode::kNotFound, "no definition is here yet");
  const results::Tally& tally = *core.projection().tally();
  std::cout << "contest,round,unit,protocols,kind,code,figure\n";
  for (const model::ContestRound& key : tally.contests()) {
    for (model::UnitIndex unit = 0; unit < definition->units().size(); ++unit) {
      const results::Totals* totals = tally.totals(results::Which::kReceived, key, unit);
      if (totals == nullptr || totals->protocols == 0) continue;
      print_totals(tally.slice(key), definition->units().at(unit).id.str(), *totals);
    }
  }
  return {};
}

}  // namespace urna::daemon
