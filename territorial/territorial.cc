#include "territorial/territorial.h"

#include "common/journal/sqlite_store.h"

namespace urna::territorial {

daemon::Tier tier() {
  daemon::Tier tier;
  tier.program = "urna-territorial";
  tier.description =
      "A territorial commission's server: takes signed protocols from precincts and lower "
      "commissions,\n"
      "verifies and adds them up, and sends them on to the next commission or the centre.";
  tier.role = trust::Role::kTerritorialNode;
  tier.store = [](service::ConfigSection,
                  const daemon::NodeSettings& settings) -> daemon::Tier::Stores {
    journal::SqliteStore::Options options;
    options.path = settings.data / "journal.db";
    const auto open = [options]() -> Result<std::unique_ptr<journal::Store>> {
      auto store = journal::SqliteStore::open(options);
      if (!store) return std::unexpected(std::move(store.error()));
      return std::move(*store);
    };
    const auto read = [options]() -> Result<std::unique_ptr<journal::Store>> {
      auto store = journal::SqliteStore::open_read_only(options.path);
      if (!store) return std::unexpected(std::move(store.error()));
      return std::move(*store);
    };
    return {open, read};
  };
  return tier;
}

}  // namespace urna::territorial
