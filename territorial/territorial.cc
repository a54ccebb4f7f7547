#include "territorial/territorial.h"

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
    return daemon::Tier::sqlite_stores(settings.data / daemon::kJournalFile);
  };
  return tier;
}

}  // namespace urna::territorial
