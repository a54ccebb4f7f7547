// The keys of a load's election, its definition, and the files its centre needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/node/seal.h"
#include "common/trust/certificate.h"
#include "common/uplink/credentials.h"
#include "tests/bench/country.h"
#include "tests/drill/builder.h"

namespace urna::bench {

inline constexpr std::string_view kCentreUnit = "PL";

class Office {
 public:
  // Makes authorities, the definition of `country`, and node certificates for the centre and each
  // voivodeship.
  static Result<Office> open(const Country& country, std::uint64_t now_ms);

  // Writes into `folder` what drill::start_server() wants of the centre. Each folder serves one
  // centre at a time.
  Result<void> equip(const std::filesystem::path& folder) const;

  const trust::Anchors& anchors() const { return anchors_; }
  const drill::BuiltElection& election() const { return election_; }
  // Of the manifest, as records name it.
  const Bytes& manifest() const { return manifest_; }
  std::uint64_t now_ms() const { return now_ms_; }

  // The definition as a file.
  const std::string& definition() const { return definition_; }

  // A new licence of the chair of a precinct, and its certificate as a verifier would read it. Safe
  // to call from several threads.
  struct Chair {
    trust::PrivateKey key;
    trust::Certificate certificate;
  };
  Result<Chair> chair_of(const std::string& precinct) const;
  // A certificate for a node of this election.
  Result<trust::Identity> node_of(const model::UnitId& unit, trust::Role role) const;
  // The node of each voivodeship, in Country's order.
  const std::vector<trust::Identity>& senders() const { return senders_; }

 private:
  Office(trust::Identity nodes, trust::Identity licences, trust::Anchors anchors,
         drill::BuiltElection election)
      : nodes_(std::move(nodes)),
        licences_(std::move(licences)),
        anchors_(std::move(anchors)),
        election_(std::move(election)) {}
  Result<void> sign_definition();

  trust::Identity nodes_;
  trust::Identity licences_;
  trust::Anchors anchors_;
  drill::BuiltElection election_;
  std::vector<trust::Identity> senders_;
  std::string anchors_pem_;
  std::string definition_;
  Bytes manifest_;
  std::uint64_t now_ms_ = 0;
};

// A node as it signs batches.
Result<node::NodeIdentity> node_identity(const trust::Identity& identity,
                                         const trust::Anchors& anchors);

// What TLS needs of a node.
Result<uplink::TlsIdentity> tls_of(const trust::Identity& node, const trust::Anchors& anchors);

}  // namespace urna::bench
