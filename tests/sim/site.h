// One machine of the simulated nation: its disk outlives it, everything else dies with a crash.
// Usually one stands for a unit; beside a copied one two do, under the same name and keys.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <unordered_set>
#include <vector>

#include "common/journal/memory_store.h"
#include "common/node/engine.h"
#include "tests/sim/keyring.h"
#include "tests/sim/reading.h"

namespace urna::sim {

// Thrown from a crash point of the store: the machine went dark there.
struct PowerCut {
  journal::CrashPoint at;
};

// What an observer outside wrote down about one life of a machine's election log: from the day its
// disk was made, or came back from a copy, until it goes back again. Within a life it only grows.
struct LogMirror {
  std::vector<RecordId> ids;
  std::unordered_set<RecordId> known;
  std::vector<journal::LeafHash> leaves;
  // Every log id it went by.
  std::set<std::string> names;
  // Roots shown so far, by size.
  std::map<std::uint64_t, journal::LeafHash> roots;
  // The same for the same set of records, whatever their order: the sum of their ids, 64 bits at a
  // time.
  std::array<std::uint64_t, 4> set_sum{};

  void append(const RecordId& id, const journal::LeafHash& leaf);
  // The RFC 6962 root of the first `size` entries by its definition (2.1): the expected value for
  // every checkpoint. `size` is at most the entries there are.
  const journal::LeafHash& root(std::uint64_t size);

 private:
  journal::LeafHash hash_of(std::size_t from, std::size_t to);

  // Of complete subtrees, which never change.
  std::map<std::pair<std::size_t, std::size_t>, journal::LeafHash> subtrees_;
};

struct Connector {
  bool follow = false;
  std::size_t upstream = 0;  // into Site::upstreams
  unsigned failures = 0;
  node::SessionId session = 0;  // 0: none
  bool waiting = false;         // an attempt is planned
};

struct Site {
  model::UnitId unit;
  trust::Role role = trust::Role::kPrecinctNode;
  const node::NodeIdentity* identity = nullptr;
  node::CoreConfig config;
  // In order of preference; empty for the centre and for precincts without a network.
  std::vector<model::UnitId> upstreams;
  bool offline = false;
  bool copy = false;      // a copied machine beside the unit's own
  bool scrapped = false;  // thrown away with its disk
  // What its clock is ahead of the true time, milliseconds.
  std::int64_t clock_ahead_ms = 0;

  std::unique_ptr<journal::MemoryStore> disk;
  std::vector<std::unique_ptr<journal::MemoryStore>> archive;  // old copies of the disk
  std::unique_ptr<trust::CertificateBook> certificates;
  std::unique_ptr<node::Engine> engine;  // nullptr while it is down
  std::uint64_t starts = 0;              // of the engine

  Connector submit;
  Connector follow{.follow = true};
  std::shared_ptr<LogMirror> mirror = std::make_shared<LogMirror>();
  // What the records of this life mean, as far as somebody asked; nullptr: nobody did.
  std::unique_ptr<Reading> reading;
  // What its meaning depends on, as it was when somebody last looked.
  struct State {
    std::uint64_t starts = 0;
    std::size_t records = 0;
    std::size_t blobs = 0;
    bool operator==(const State&) const = default;
  };
  State looked_at;

  // Promises given in this life: position by record.
  std::map<RecordId, std::uint64_t> acknowledged;

  bool up() const { return engine != nullptr; }
  State state() const { return {starts, mirror->ids.size(), disk->blob_count()}; }
  // "1401", or "1401's copy".
  std::string name() const { return unit.str() + (copy ? "'s copy" : ""); }
  Result<void> start(const trust::Anchors& anchors, node::Random random);
  void stop();
};

}  // namespace urna::sim
