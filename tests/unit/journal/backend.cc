#include "tests/unit/journal/backend.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/journal/memory_store.h"
#include "common/journal/postgres_store.h"
#include "common/journal/sqlite_store.h"
#include "tests/support/private_postgres.h"
#include "tests/support/temporary_folder.h"

namespace urna::journal {
namespace {

class MemoryBackend final : public Backend {
 public:
  Result<std::unique_ptr<Store>> open(CrashHook hook) override {
    return std::make_unique<MemoryStore>(LogId{{1, 2, 3}}, std::move(hook));
  }
  bool persistent() const override { return false; }
};

class SqliteBackend final : public Backend {
 public:
  Result<std::unique_ptr<Store>> open(CrashHook hook) override {
    SqliteStore::Options options;
    options.path = folder_.path() / "journal.db";
    options.hook = std::move(hook);
    return SqliteStore::open(std::move(options));
  }

 private:
  test::TemporaryFolder folder_;
};

// One server for the whole program, one database for each backend.
test::PrivatePostgres* shared_server(std::string& why_not) {
  static auto server = test::PrivatePostgres::start({.folder = {}, .fast_and_unsafe = true});
  if (!server) why_not = server.error().message;
  return server ? server->get() : nullptr;
}

class PostgresBackend final : public Backend {
 public:
  explicit PostgresBackend(std::string connection) : connection_(std::move(connection)) {}
  Result<std::unique_ptr<Store>> open(CrashHook hook) override {
    return PostgresStore::open({connection_, std::move(hook), {}});
  }

 private:
  std::string connection_;
};

std::unique_ptr<Backend> make_postgres_backend() {
  static int databases = 0;
  std::string why_not;
  auto* server = shared_server(why_not);
  const std::string name = "journal" + std::to_string(++databases);
  if (server != nullptr) {
    if (auto created = server->create_database(name)) {
      return std::make_unique<PostgresBackend>(server->connection(name));
    } else {
      why_not = created.error().message;
    }
  }
  if (std::getenv("CI") != nullptr) ADD_FAILURE() << why_not;
  return nullptr;
}

}  // namespace

std::unique_ptr<Backend> make_backend(const std::string& name) {
  if (name == "memory") return std::make_unique<MemoryBackend>();
  if (name == "sqlite") return std::make_unique<SqliteBackend>();
  return make_postgres_backend();
}

}  // namespace urna::journal
