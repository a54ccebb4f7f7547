// What the records of a log mean, read a second time: straight from their bytes by the rules of
// docs/effects.md, plainly and slowly, with nothing of the node's admission, effects, projection or
// tally. Only decoding and the check of a form's rules are shared with it. Precincts' protocols and
// what decides about them; what commissions sign is not worked out again here. Private to daemon.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/journal/store.h"
#include "common/model/ids.h"
#include "common/validation/contest_reader.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/record.pb.h"

namespace urna::daemon {

// A body's letter in the table of docs/effects.md.
enum class Letter : char {
  kEffective = 'E',
  kAwaitingApproval = 'A',
  kWaiting = 'W',
  kInConflict = 'X',
  kSuperseded = 'S',
  kReturned = 'R',
  kAnnulled = 'N',
};

struct Meaning {
  Letter letter = Letter::kWaiting;
  bool confirmed = false;     // mark c
  bool for_decision = false;  // mark !
  bool operator==(const Meaning&) const = default;
};
std::string to_string(const Meaning& meaning);  // "Ec!"

// Sums of one contest in one unit, the cells as the slice in force lays them out.
struct Sums {
  std::uint64_t protocols = 0;
  std::vector<std::uint64_t> points;
  std::vector<std::uint64_t> votes;
  bool operator==(const Sums&) const = default;
};

class Recount {
 public:
  // Goes on to the first `size` entries of the store's election log, and takes in every part the
  // store holds by now. kCorrupt, naming the position, when an entry does not decode or cannot have
  // been admitted; errors of the store.
  Result<void> read(journal::Store& store, std::uint64_t size);

  // What came with the log; digests and signatures are looked at elsewhere. Parts first, then
  // records in the order of the log.
  void add_part(const Digest& digest, Bytes bytes);
  Result<void> add_record(std::string_view record);

  using Meanings = std::map<model::PlaceId, std::map<StatementId, Meaning>>;
  Meanings meanings() const;

  // Received and confirmed; units in which nothing counts are not there.
  struct Key {
    bool confirmed = false;
    model::ContestRound contest;
    model::UnitId unit;
    auto operator<=>(const Key&) const = default;
  };
  using Tallies = std::map<Key, Sums>;
  Tallies tallies(const Meanings& meanings) const;

  // Contests of the definition in force whose slice, form and figures are here.
  std::set<model::ContestRound> contests() const;
  // In the order of the ballot in force: the options' codes and the places of their cells among the
  // votes. Empty when the contest is not one of contests().
  std::vector<std::pair<std::string, std::size_t>> options(const model::ContestRound& key) const;

 private:
  // A licence, and the unit it was issued for.
  using Signer = std::pair<std::string, std::string>;
  struct Body {
    std::uint32_t revision = 1;
    std::string supersedes;
    std::string slice;
    std::vector<std::uint32_t> points;
    std::vector<std::uint32_t> votes;
    std::set<std::string> blocking;
    std::set<Signer> signers;
  };
  struct Decision {
    v1::Body::KindCase kind = v1::Body::KIND_NOT_SET;
    StatementId about;                // chosen, of a settlement
    std::set<StatementId> set_aside;  // of a settlement
    std::set<std::string> approved;   // codes, of an approval
    std::size_t depth = 0;            // of the signer's unit
    Signer by;
  };
  struct Place {
    std::map<StatementId, Body> bodies;
    std::vector<Decision> decisions;
  };
  struct Manifest {
    std::uint64_t version = 0;
    std::map<model::ContestRound, std::string> slices;
    std::map<std::string, std::string> parents;  // of every unit of its table
    std::set<Signer> signers;
  };
  class PlaceReading;

  using Contest = validation::ContestReader::Contest;

  Result<void> add_manifest(const StatementId& id, const v1::Manifest& manifest, Signer by);
  Result<void> add_about_place(const v1::Header& header, const v1::Body& body,
                               const StatementId& statement);
  bool stands(const Signer& by) const { return !revoked_.contains(by); }
  const Manifest* in_force() const;
  // Decoded at first use; nullptr when a part is missing or does not decode.
  const Contest* contest(const std::string& slice) const;
  const Contest* contest_in_force(const model::ContestRound& key) const;
  static std::size_t depth(const Manifest& manifest, const std::string& unit);
  std::set<std::string> blocking_of(const Contest& contest, const v1::Protocol& protocol) const;
  // The cells of a body as the ballot in force has them, by the names of points, options and
  // candidates. nullopt when votes would be lost.
  struct Cells {
    std::vector<std::uint64_t> points;
    std::vector<std::uint64_t> votes;
  };
  std::optional<Cells> cells_in_force(const Body& body, const Contest& to) const;

  std::uint64_t next_ = 0;              // position not read yet
  std::map<std::string, Bytes> parts_;  // by digest
  std::map<StatementId, Manifest> manifests_;
  std::set<Signer> revoked_;
  std::map<model::PlaceId, Place> places_;
  mutable validation::ContestReader reader_;
  mutable std::map<std::string, std::unique_ptr<Contest>> contests_;  // by digest of the slice
};

}  // namespace urna::daemon
