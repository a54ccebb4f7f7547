// Facts about one place, without keys or bytes: effects are judged from these alone.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/node/effects.h"

namespace urna::tests {

template <class Id>
Id id_of(std::string_view name) {
  Id id;
  std::copy_n(name.begin(), std::min(name.size(), id.bytes.size()), id.bytes.begin());
  return id;
}

inline StatementId body_id(std::string_view name) { return id_of<StatementId>(name); }
inline KeyId key(std::string_view name) { return id_of<KeyId>(name); }
inline Digest slice_named(std::string_view name) { return id_of<Digest>(name); }

// Builds the set of records of one place. Every call adds one record, or nothing when it is there.
class PlaceBuilder {
 public:
  // `name` is the statement; a name says everything about a body.
  PlaceBuilder& body(const std::string& name, const std::string& signer, std::uint32_t revision = 1,
                     const std::string& supersedes = "", std::vector<std::string> blocking = {},
                     const std::string& slice = "slice") {
    const node::Signature by = signed_by(name + " by " + signer, signer);
    for (node::ProtocolBody& known : records_.bodies) {
      if (known.statement != body_id(name)) continue;
      if (fresh(by)) known.signatures.push_back(by);
      return *this;
    }
    fresh(by);
    node::ProtocolBody made;
    made.statement = body_id(name);
    made.revision = revision;
    if (!supersedes.empty()) made.supersedes = body_id(supersedes);
    made.slice = slice_named(slice);
    made.blocking = std::move(blocking);
    made.signatures.push_back(by);
    records_.bodies.push_back(std::move(made));
    return *this;
  }
  PlaceBuilder& confirm(const std::string& name, const std::string& signer) {
    return decision(records_.confirmations, "confirm " + name, name, signer);
  }
  PlaceBuilder& take_back(const std::string& name, const std::string& signer = "commission") {
    return decision(records_.returns, "return " + name, name, signer);
  }
  PlaceBuilder& annul(const std::string& name, const std::string& signer = "commissioner") {
    return decision(records_.annulments, "annul " + name, name, signer);
  }
  PlaceBuilder& approve(const std::string& name, std::vector<std::string> codes,
                        const std::string& signer = "approver") {
    std::string what = "approve " + name;
    for (const std::string& code : codes) what += " " + code;
    const node::Signature by = signed_by(what + " by " + signer, signer);
    if (fresh(by)) records_.approvals.push_back({body_id(name), std::move(codes), by});
    return *this;
  }
  PlaceBuilder& settle(const std::string& chosen, std::vector<std::string> set_aside, int depth,
                       const std::string& signer) {
    std::string what = "settle at " + std::to_string(depth) + " " + chosen;
    node::SettlementOf made;
    made.chosen = body_id(chosen);
    for (const std::string& name : set_aside) {
      made.set_aside.push_back(body_id(name));
      what += " over " + name;
    }
    made.depth = depth;
    made.by = signed_by(what + " by " + signer, signer);
    if (fresh(made.by)) records_.settlements.push_back(std::move(made));
    return *this;
  }
  PlaceBuilder& revoke(const std::string& signer) {
    revoked_.insert(key(signer));
    return *this;
  }
  PlaceBuilder& slice_in_force(const std::string& slice) {
    slice_ = slice_named(slice);
    return *this;
  }

  const node::PlaceRecords& records() const { return records_; }
  // Effects by statement.
  std::map<StatementId, node::Effect> effects() const {
    node::EffectContext context;
    context.revoked = [this](const KeyId& id) { return revoked_.contains(id); };
    context.slice_in_force = slice_;
    const auto effects = node::effects_of(records_, context);
    std::map<StatementId, node::Effect> by_statement;
    for (std::size_t i = 0; i < effects.size(); ++i) {
      by_statement.emplace(records_.bodies[i].statement, effects[i]);
    }
    return by_statement;
  }
  node::Effect effect(const std::string& name) const { return effects().at(body_id(name)); }

 private:
  // The names are longer than an id: a record's id is a number given to its text.
  node::Signature signed_by(const std::string& what, const std::string& signer) const {
    node::Signature by;
    const std::size_t hash = std::hash<std::string>{}(what);
    std::copy_n(reinterpret_cast<const unsigned char*>(&hash), sizeof hash,
                by.record.bytes.begin());
    by.key = key(signer);
    return by;
  }
  bool fresh(const node::Signature& by) { return seen_.insert(by.record).second; }
  PlaceBuilder& decision(std::vector<node::Decision>& decisions, const std::string& what,
                         const std::string& name, const std::string& signer) {
    const node::Signature by = signed_by(what + " by " + signer, signer);
    if (fresh(by)) decisions.push_back({body_id(name), by});
    return *this;
  }

  node::PlaceRecords records_;
  std::set<RecordId> seen_;
  std::set<KeyId> revoked_;
  std::optional<Digest> slice_ = slice_named("slice");
};

}  // namespace urna::tests
