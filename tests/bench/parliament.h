// A stretch of the parliament's election, made up: one contest of 10 lists of 13 candidates, many
// precincts, a signed protocol of each. For measuring what a record costs; not for its figures.
#pragma once

#include <memory>
#include <vector>

#include "common/node/definition_book.h"
#include "common/node/seal.h"
#include "tests/drill/builder.h"
#include "tests/sim/keyring.h"

namespace urna::bench {

class Parliament {
 public:
  explicit Parliament(std::size_t precincts);

  sim::Keyring& keys() { return keys_; }
  const drill::BuiltElection& election() const { return election_; }
  // The signed manifest.
  const Bytes& manifest() const { return manifest_; }
  const Bytes& national_certificate() const { return national_; }
  // One signed record and one certificate a precinct.
  const std::vector<Bytes>& records() const { return records_; }
  const std::vector<Bytes>& certificates() const { return certificates_; }
  // The records in batches of 256 from voivodeship "020000", each with its certificates.
  std::vector<v1::SignedBatch> batches();

 private:
  sim::Keyring keys_;
  drill::Dataset data_;
  drill::BuiltElection election_;
  Bytes manifest_;
  Bytes national_;
  std::vector<Bytes> records_;
  std::vector<Bytes> certificates_;
};

}  // namespace urna::bench
