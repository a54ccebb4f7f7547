// The keys of a load's election, its definition, and the files its centre needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/trust/certificate.h"
#include "common/uplink/credentials.h"
#include "tests/bench/country.h"
#include "tests/drill/builder.h"

namespace urna::bench {

inline constexpr std::string_view kCentreUnit = "PL";

class Office {
 public:
  // Makes authorities, the definition of `country` and node certificates for the centre and each
  // voivodeship; writes into `folder` what drill::start_server() wants of the centre.
  static Result<Office> open(const Country& country, const std::filesystem::path& folder,
                             std::uint64_t now_ms);

  const trust::Anchors& anchors() const { return anchors_; }
  const drill::BuiltElection& election() const { return election_; }
  // Of the manifest, as records name it.
  const Bytes& manifest() const { return manifest_; }
  std::uint64_t now_ms() const { return now_ms_; }

  // A new licence of the chair of a precinct. Safe to call from several threads.
  Result<trust::Identity> chair_of(const std::string& precinct) const;
  // The node of each voivodeship, in Country's order.
  const std::vector<trust::Identity>& senders() const { return senders_; }

 private:
  Office(trust::Identity licences, trust::Anchors anchors, drill::BuiltElection election)
      : licences_(std::move(licences)),
        anchors_(std::move(anchors)),
        election_(std::move(election)) {}

  trust::Identity licences_;
  trust::Anchors anchors_;
  drill::BuiltElection election_;
  std::vector<trust::Identity> senders_;
  Bytes manifest_;
  std::uint64_t now_ms_ = 0;
};

// What TLS needs of a node.
Result<uplink::TlsIdentity> tls_of(const trust::Identity& node, const trust::Anchors& anchors);

}  // namespace urna::bench
