// A tiny election made in memory, with keys, definition and helpers that sign anything about it.
//
//   PL ── 140000 voivodeship ─┬─ 140100 powiat ─┬─ 140101 gmina: precincts 140101-1, -2, -3
//                             │                 └─ 140102 gmina: precincts 140102-1, -2 (hospital)
//                             └─ 146200 city with powiat rights: precincts 146200-1, -2
//   140000 and all below belong to the area of commissioner KW-1.
//
//   contest           kind                   form             confirms          precincts
//   council-140101    small gmina council    council-2014-ab  140101            of 140101
//   mayor-140101      mayor                  mayor-2014       140101            of 140101
//   council-140102    large gmina council    council-2014-ab  140102            of 140102
//   city-146200       city council           council-2014-ab  146200            of 146200
//   powiat-140100     powiat council         council-2014     140100            of both gminas
//   assembly-14       voivodeship assembly   council-2014     140100 or 146200  all
//
// Every precinct has 1,000 eligible voters (990 in part A, 10 in part B), a commission of three and
// a planned print of 800 ballots. Keys are fresh in every object, so expected bytes never repeat.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/journal/store.h"
#include "common/node/seal.h"
#include "common/trust/certificate.h"
#include "common/trust/certificate_book.h"
#include "common/trust/record.h"
#include "common/trust/role.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/definition.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::tests {

// Noon of the election day, milliseconds.
inline constexpr std::uint64_t kElectionDayMs = 1'416'139'200'000;
inline constexpr std::string_view kElection = "small-2014";

// A person or node with a key.
struct Holder {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;

  const KeyId& id() const { return certificate->id; }
};

// A manifest's signed record with the parts it names.
struct Version {
  v1::Manifest manifest;
  Bytes record;
  StatementId statement;
  std::vector<Bytes> parts;  // unit table, slices, forms, reference figures

  std::vector<journal::StoredBlob> blobs() const;
};

class SmallElection {
 public:
  // `validity` is that of all certificates; it must hold kElectionDayMs. With `root`, another
  // election's, this one hangs on the same root.
  explicit SmallElection(std::string_view election = kElection, trust::Validity validity = season(),
                         const SmallElection* root = nullptr);
  SmallElection(const SmallElection&) = delete;
  SmallElection& operator=(const SmallElection&) = delete;

  const std::string& id() const { return election_; }
  model::ElectionId election_id() const { return *model::ElectionId::parse(election_); }
  const trust::Anchors& anchors() const { return *anchors_; }
  // Root and authorities in PEM.
  const std::string& anchors_pem() const { return anchors_pem_; }

  // ---- people and nodes; made at the first call ----

  // `number` tells apart several licences of one role at one unit.
  const Holder& person(trust::Role role, const std::string& unit, int number = 1);
  const Holder& chair(const std::string& precinct, int number = 1) {
    return person(trust::Role::kChair, precinct, number);
  }
  const Holder& commission(const std::string& unit, int number = 1) {
    return person(trust::Role::kPlenipotentiary, unit, number);
  }
  const Holder& commissioner(int number = 1) {
    return person(trust::Role::kCommissioner, "KW-1", number);
  }
  const Holder& national(int number = 1) {
    return person(trust::Role::kNationalCommission, "PL", number);
  }
  // The role follows from the unit: central, territorial or precinct node.
  const Holder& node(const std::string& unit, int number = 1);
  node::NodeIdentity node_identity(const std::string& unit, int number = 1);
  // A licence, or node certificate, of any validity; not kept.
  Holder licence(trust::Role role, const std::string& unit, trust::Validity validity);

  // ---- definition ----

  // Version 1.
  const Version& first() const { return versions_.front(); }
  // The newest version.
  const Version& current() const { return versions_.back(); }
  // Signs a next version in which the slice of `contest` has other reference figures: a changed
  // slice under which every figure that was right stays right.
  const Version& change_slice(const std::string& contest);
  // Signs a next version in which only a name in the unit table is another.
  const Version& rename_unit();
  // Signs a next version in which `unit` lies directly under `parent`, which stands before it.
  const Version& move_unit(const std::string& unit, const std::string& parent);
  // The serialised slice of a contest in the newest version.
  const Bytes& slice(const std::string& contest) const { return slices_.at(contest); }
  v1::Slice slice_data(const std::string& contest) const;
  // Every precinct of a contest.
  std::vector<std::string> precincts(const std::string& contest) const;
  // Every place, in order of contest and precinct.
  std::vector<std::pair<std::string, std::string>> places() const;  // (contest, precinct)

  // ---- bodies ----

  // A protocol that breaks no rule: `votes` for the first option, 40 for each other one. Bodies
  // with other `votes` are other statements. votes in [1, 500].
  v1::Body protocol(const std::string& precinct, const std::string& contest,
                    std::uint32_t votes = 100) const;
  // The same with 800 eligible voters: blocking warning B1.
  v1::Body questionable(const std::string& precinct, const std::string& contest,
                        std::uint32_t votes = 100) const;
  // `body` made a later revision of `previous`.
  static v1::Body revision(v1::Body body, const v1::Body& previous);
  static v1::Body confirmation(const v1::Body& protocol);
  static v1::Body taken_back(const v1::Body& protocol);
  static v1::Body approval(const v1::Body& protocol, std::vector<std::string> codes);
  static v1::Body annulment(const v1::Body& protocol);
  static v1::Body settlement(const v1::Body& chosen, const std::vector<v1::Body>& set_aside);
  static v1::Body revocation(const Holder& holder);

  // ---- signing ----

  static StatementId statement(const v1::Body& body);
  // Signs under the newest manifest, or under the one named.
  Bytes sign(const Holder& holder, const v1::Body& body,
             std::uint64_t at_ms = kElectionDayMs) const;
  Bytes sign_under(const Holder& holder, const v1::Body& body, const StatementId& manifest,
                   std::uint64_t at_ms = kElectionDayMs) const;
  // As the chair of the protocol's own precinct.
  Bytes sign_by_chair(const v1::Body& protocol, int number = 1);

  static trust::Validity season();

 private:
  struct Contest;
  static const std::vector<Contest>& contests();
  void make_slice(const Contest& contest, std::uint32_t planned_print);
  Bytes form_bytes(const std::string& id);
  Version sign_version(std::uint64_t version);
  const Version& sign_next();
  std::unique_ptr<Holder> issue(const trust::Identity& authority, trust::Role role,
                                const std::string& unit, trust::Validity validity) const;

  std::string election_;
  trust::Validity validity_;
  trust::Identity root_;
  trust::Identity nodes_;
  trust::Identity licences_;
  std::string anchors_pem_;
  std::unique_ptr<trust::Anchors> anchors_;
  using HolderKey = std::pair<std::pair<trust::Role, std::string>, int>;
  std::map<HolderKey, std::unique_ptr<Holder>> holders_;
  Bytes units_;
  std::map<std::string, Bytes> slices_;
  std::map<Digest, Bytes> parts_;
  std::vector<Version> versions_;
};

// All of a body's cells in the order of the form: where the point stands.
std::size_t point_at(const SmallElection& election, const std::string& contest,
                     std::string_view code);

}  // namespace urna::tests
