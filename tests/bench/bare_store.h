// What the bare server keeps: record id and bytes of each record, in one PostgreSQL table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"

namespace urna::bench {

struct BareRecord {
  RecordId id;
  Bytes bytes;
};

// One thread at a time.
class BareStore {
 public:
  // `connection` as libpq takes it. Makes the table when it is not there. kUnavailable.
  static Result<std::unique_ptr<BareStore>> open(const std::string& connection);
  ~BareStore();

  // One transaction, durable when it returns. A record that is there already stays as it is.
  Result<void> insert(const std::vector<BareRecord>& records);

 private:
  struct Impl;
  explicit BareStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::bench
