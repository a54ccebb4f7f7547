// An election small enough to hold in the head, with its authorities, for the tests of trust.
//
//   PL ─ 140000 voivodeship ─ 140100 powiat (com-1) ─ 140101 gmina: 140101-1, 140101-2
//                           │                       └ 140102 gmina: 140102-1
//                           ├ 140200 powiat (com-2) ─ 140201 gmina: 140201-1
//                           └ 146501 city   (com-2) ─ 146502 Warsaw district: 146502-1
//                                                   └ 146503 Warsaw district: 146503-1
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/trust/authority.h"
#include "common/trust/record.h"

namespace urna::trust {

inline constexpr std::int64_t kFromMs = 1'416'000'000'000;   // 2014-11-14
inline constexpr std::int64_t kUntilMs = 1'420'000'000'000;  // 2014-12-31
inline constexpr std::int64_t kSignedMs = 1'416'200'000'000;
inline constexpr Validity kValidity{kFromMs, kUntilMs};

model::UnitId unit_id(std::string_view text);
model::ElectionId election_id(std::string_view text);
Subject subject(std::string_view unit, Role role, std::string_view election = "pl-2014");

// A root and both authorities of one election.
struct Authorities {
  Identity root;
  Identity node_authority;
  Identity licence_authority;

  explicit Authorities(std::string_view election = "pl-2014");
  std::string pem() const;
  Anchors anchors() const;
  // A new leaf from the authority its role calls for.
  Identity leaf(const Subject& subject, Validity validity = kValidity) const;
};

// Verdicts over certificates, good and bad ones.
struct Verdicts : CertificateSource {
  using Verdict = Result<std::shared_ptr<const Certificate>>;

  explicit Verdicts(Anchors trusted) : anchors(std::move(trusted)) {}
  std::shared_ptr<const Verdict> add(std::string_view der);
  std::shared_ptr<const Verdict> find(const KeyId& key_id) const override;

  Anchors anchors;
  std::map<KeyId, std::shared_ptr<const Verdict>> by_id;
};

std::shared_ptr<const model::Definition> small_definition();
// A contest of the small election: every precinct of `precincts` ("140101-1") is a place of it.
std::shared_ptr<const model::Slice> small_slice(v1::ContestKind kind, std::string_view area,
                                                const std::vector<std::string>& precincts);

// A body of each kind about `place`, as complete as authority asks.
v1::Body body_of(Kind kind, std::string_view unit, std::string_view contest = "contest-1");

}  // namespace urna::trust
