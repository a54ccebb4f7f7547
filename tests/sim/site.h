// One node of the simulated nation: its disk outlives it, everything else dies with a crash.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "common/journal/memory_store.h"
#include "common/node/engine.h"
#include "tests/sim/keyring.h"

namespace urna::sim {

// Thrown from a crash point of the store: the machine went dark there.
struct PowerCut {
  journal::CrashPoint at;
};

// What an observer outside wrote down about one life of a site's election log.
struct LogMirror {
  std::vector<RecordId> ids;
  std::set<RecordId> known;
  std::vector<journal::LeafHash> leaves;
  // Naive roots by size, as first seen.
  std::map<std::uint64_t, journal::LeafHash> roots;
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
  const node::NodeIdentity* identity = nullptr;
  node::CoreConfig config;
  // In order of preference; empty for the centre and for precincts without a network.
  std::vector<model::UnitId> upstreams;
  bool offline = false;

  std::unique_ptr<journal::MemoryStore> disk;
  std::unique_ptr<trust::CertificateBook> certificates;
  std::unique_ptr<node::Engine> engine;  // nullptr while it is down

  Connector submit;
  Connector follow{.follow = true};
  LogMirror mirror;
  // Promises given: position by record.
  std::map<RecordId, std::uint64_t> acknowledged;

  bool up() const { return engine != nullptr; }
  Result<void> start(const trust::Anchors& anchors, node::Random random);
  void stop();
};

// The RFC 6962 root by its definition, no tree kept (2.1): the expected value for every checkpoint.
journal::LeafHash naive_root(const std::vector<journal::LeafHash>& leaves, std::size_t from,
                             std::size_t to);

}  // namespace urna::sim
