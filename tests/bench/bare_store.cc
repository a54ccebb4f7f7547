#include "tests/bench/bare_store.h"

#include "common/journal/postgres_edge.h"

namespace urna::bench {

using journal::postgres::ArrayParameter;
using journal::postgres::guarded;

struct BareStore::Impl {
  std::unique_ptr<pqxx::connection> connection;
};

BareStore::BareStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BareStore::~BareStore() = default;

Result<std::unique_ptr<BareStore>> BareStore::open(const std::string& connection) {
  return guarded([&]() -> Result<std::unique_ptr<BareStore>> {
    auto impl = std::make_unique<Impl>();
    // The same settings as the centre's connection, synchronous_commit among them.
    impl->connection = journal::postgres::connect(connection);
    {
      pqxx::work work(*impl->connection);
      // The key makes sending again harmless, which no server of records can do without. Records
      // are not compressed, as the centre's are not.
      work.exec(
          "CREATE TABLE IF NOT EXISTS bare (record_id bytea PRIMARY KEY, bytes bytea NOT NULL);"
          "ALTER TABLE bare ALTER bytes SET STORAGE EXTERNAL");
      work.commit();
    }
    // Arrays in binary form: faster here than COPY through libpqxx
    // (common/journal/postgres_writer).
    impl->connection->prepare("insert",
                              "INSERT INTO bare (record_id, bytes) "
                              "SELECT * FROM unnest($1::bytea[], $2::bytea[]) "
                              "ON CONFLICT DO NOTHING");
    return std::unique_ptr<BareStore>(new BareStore(std::move(impl)));
  });
}

Result<void> BareStore::insert(const std::vector<BareRecord>& records) {
  ArrayParameter ids(ArrayParameter::Element::kBytea, records.size());
  ArrayParameter bytes(ArrayParameter::Element::kBytea, records.size());
  for (const BareRecord& record : records) {
    ids.add(record.id.view());
    bytes.add(record.bytes);
  }
  return guarded([&]() -> Result<void> {
    pqxx::work work(*impl_->connection);
    work.exec_prepared("insert", ids.parameter(), bytes.parameter());
    work.commit();
    return {};
  });
}

}  // namespace urna::bench
