// A very small election as files: authorities, a definition, protocols, a medium.
//
//   PL ── 140000 voivodeship ── 140100 powiat ── 140101 gmina: precincts 140101-1, -2, -3
//
//   council-1      small gmina council, form council-2014-ab: list 1 with two candidates, list 2
//   mayor-140101   mayor, form mayor-2014: candidates A and B
//
// Keys are fresh in every object.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/node/seal.h"
#include "common/trust/certificate.h"
#include "common/trust/certificate_book.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/definition.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::formats {

inline constexpr std::string_view kElection = "example-2014";
inline constexpr std::string_view kCouncil = "council-1";
inline constexpr std::string_view kMayor = "mayor-140101";
// Noon of 16 November 2014, UTC, milliseconds.
inline constexpr std::uint64_t kSignedAtMs = 1'416'139'200'000;

class Sample {
 public:
  Sample();

  // Root and both authorities, as a verifier gets them.
  std::string trust_pem() const;
  const trust::Anchors& anchors() const { return *anchors_; }

  // The definition file of docs/formats.md.
  std::string definition_file() const;

  // Of precinct "140101-<precinct>", right in every sum: list or candidate totals as given, all
  // votes of list 1 to its first candidate, 3 invalid votes, 400 eligible voters.
  v1::Body council_protocol(int precinct, std::uint32_t first, std::uint32_t second) const;
  v1::Body mayor_protocol(int precinct, std::uint32_t first, std::uint32_t second) const;

  // By the chair of the protocol's precinct, or of another one.
  Bytes sign(const v1::Body& protocol);
  Bytes sign_as(const std::string& precinct, const v1::Body& protocol);
  const trust::Certificate& chair(const std::string& precinct);

  // Batches of at most `per_batch` records, signed by node 140101, the last one final.
  std::vector<v1::SignedBatch> batches(const std::vector<Bytes>& records, std::size_t per_batch);
  std::string medium(const std::vector<Bytes>& records, std::size_t per_batch = 256);
  const node::NodeIdentity& node() const { return *node_; }

  const StatementId& manifest() const { return manifest_; }
  const Bytes& slice(std::string_view contest) const { return slices_.at(std::string(contest)); }

 private:
  struct Person {
    trust::PrivateKey key;
    std::shared_ptr<const trust::Certificate> certificate;
  };
  Person make_person(trust::Role role, const std::string& unit) const;
  const Person& chair_of(const std::string& precinct);
  void make_slice(std::string_view contest, v1::ContestKind kind, std::string_view form,
                  const std::vector<std::pair<std::string, int>>& options);
  void make_definition();
  v1::Body protocol(std::string_view contest, int precinct, std::vector<std::uint32_t> votes,
                    std::uint32_t valid) const;

  trust::Identity root_;
  trust::Identity nodes_;
  trust::Identity licences_;
  std::unique_ptr<trust::Anchors> anchors_;
  std::unique_ptr<node::NodeIdentity> node_;
  std::map<std::string, Person> chairs_;
  std::map<std::string, Bytes> slices_;
  std::map<std::string, v1::Form> forms_;  // by contest
  std::vector<Bytes> parts_;
  Bytes manifest_record_;
  StatementId manifest_;
  Bytes national_der_;
};

}  // namespace urna::formats
