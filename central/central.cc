#include "central/central.h"

#include "common/journal/postgres_rebuild.h"
#include "common/journal/postgres_store.h"

namespace urna::central {

daemon::Tier tier() {
  daemon::Tier tier;
  tier.program = "urna-central";
  tier.description =
      "The national commission's server: takes signed protocols from territorial nodes, verifies "
      "and\n"
      "adds them up, and keeps the election's log in PostgreSQL.";
  tier.role = trust::Role::kCentralNode;
  tier.is_centre = true;
  tier.store = [](service::ConfigSection root,
                  const daemon::NodeSettings&) -> daemon::Tier::Stores {
    const std::string connection = root.section("database").required_string("connection");
    const auto open = [connection]() -> Result<std::unique_ptr<journal::Store>> {
      auto store =
          journal::PostgresStore::open({.connection = connection, .hook = {}, .log_id = {}});
      if (!store) return std::unexpected(std::move(store.error()));
      return std::move(*store);
    };
    const auto read = [connection]() -> Result<std::unique_ptr<journal::Store>> {
      auto store = journal::PostgresStore::open_read_only(connection);
      if (!store) return std::unexpected(std::move(store.error()));
      return std::move(*store);
    };
    const auto rebuild = [connection] { return journal::rebuild_database(connection); };
    return {open, read, read, rebuild, {}};
  };
  return tier;
}

}  // namespace urna::central
