#include "tests/fuzz/town.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "common/base/check.h"
#include "common/daemon/recount_compare.h"
#include "common/node/transfer_file.h"

namespace urna::fuzz {

namespace {

struct Keys {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;
};

Keys keys_of(std::string_view unit, trust::Role role) {
  const std::string name = name_of_keys(unit, trust::role_name(role));
  auto key = trust::PrivateKey::from_pem(kept(name + ".key"), std::nullopt);
  const auto der = trust::pem_to_der(kept(name + ".crt"));
  URNA_CHECK(key.has_value() && der.has_value());
  auto certificate = kept_anchors().verify(*der);
  URNA_CHECK(certificate.has_value());
  return {std::move(*key), std::move(*certificate)};
}

trust::Role role_of_node(const std::string& unit) {
  if (unit == "PL") return trust::Role::kCentralNode;
  return unit.find('-') == unit.npos ? trust::Role::kTerritorialNode : trust::Role::kPrecinctNode;
}

}  // namespace

std::string kept(const std::string& name) {
  std::ifstream in(URNA_SOURCE_DIR "/tests/fuzz/corpus/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const trust::Anchors& kept_anchors() {
  static const auto instance = trust::Anchors::from_pem(kept("trust.pem"));
  URNA_CHECK(instance.has_value());
  return *instance;
}

const trust::Signer& signer_number(unsigned number) {
  static const auto keys = [] {
    std::vector<Keys> all;
    for (const Signs& one : kSigners) all.push_back(keys_of(one.unit, one.role));
    return all;
  }();
  static const auto signers = [] {
    std::vector<trust::Signer> all;
    for (const Keys& one : keys) all.push_back({one.key, *one.certificate, "fuzz"});
    return all;
  }();
  return signers[number % signers.size()];
}

const node::NodeIdentity& node_of(const std::string& unit) {
  static const auto identities = [] {
    std::map<std::string, node::NodeIdentity> all;
    for (const std::string node : kNodes) {
      Keys keys = keys_of(node, role_of_node(node));
      all.emplace(node, node::NodeIdentity{std::move(keys.key), keys.certificate, "fuzz"});
    }
    return all;
  }();
  return identities.at(unit);
}

Town& Town::as_kept() {
  static std::unique_ptr<Town> town;
  if (town == nullptr || town->uses_left_ == 0) town.reset(new Town);
  --town->uses_left_;
  return *town;
}

Town::Town() {
  node::CoreConfig config{kept_anchors().election(), *model::UnitId::parse(kTown)};
  // The same each time, so that an input that breaks something breaks it again.
  const auto counted = [last = 1](void* buffer, std::size_t bytes) mutable {
    std::memset(buffer, ++last, bytes);
  };
  auto engine = node::Engine::open(config, store_, certificates_, node_of(kTown), counted);
  URNA_CHECK(engine.has_value());
  engine_ = std::move(*engine);
  auto definition = node::read_definition(kept("definition/small"), certificates_);
  URNA_CHECK(definition.has_value());
  manifest_record_ = definition->manifest_record;
  parts_ = std::move(definition->blobs);
  manifest_ = definition->definition->id();
  const auto defined = engine_->submit(1, manifest_record_, parts_, kAtMs);
  URNA_CHECK(defined.outcomes.at(0).outcome.has_admitted_at());
  for (unsigned i = 0; i < std::size(kSigners); ++i) {
    certificates_.add(signer_number(i).certificate.der);
  }
  static const auto evening = [this] {
    auto batches = node::read_medium(kept("evening"), certificates_);
    URNA_CHECK(batches.has_value());
    return *batches;
  }();
  for (const v1::SignedBatch& batch : evening) {
    const auto output = engine_->import_batch(batch, kAtMs);
    v1::Receipt receipt;
    URNA_CHECK(receipt.ParseFromString(output.receipts.at(0).second.payload()));
    for (const v1::Outcome& outcome : receipt.outcomes()) URNA_CHECK(outcome.has_admitted_at());
  }
}

void Town::check_meaning() {
  daemon::Recount recount;
  const auto read = recount.read(store_, engine_->core().size());
  URNA_CHECK(read.has_value());
  const auto comparison = daemon::compare(daemon::Recounted(recount), engine_->core().projection());
  URNA_CHECK(comparison.effects.empty());
  URNA_CHECK(comparison.tally.empty());
}

}  // namespace urna::fuzz
