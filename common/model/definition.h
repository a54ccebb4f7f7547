// A definition and its parts, decoded and checked once. Everything here is immutable after parsing
// and safe to share between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/flat_map.h"
#include "common/model/ids.h"
#include "common/model/units.h"
#include "urna/v1/common.pb.h"
#include "urna/v1/definition.pb.h"

namespace urna::model {

// Largest figure anywhere on a form. Larger ones are refused when read.
inline constexpr std::uint32_t kFigureMax = 999'999'999;

// A cell of a protocol: 0 when empty, n + 1 for the figure n.
using Cell = std::uint32_t;
inline constexpr Cell kEmptyCell = 0;
inline constexpr Cell cell_of(std::uint32_t figure) { return figure + 1; }
inline constexpr bool is_empty(Cell cell) { return cell == kEmptyCell; }
// The figure of a cell that is not empty.
inline constexpr std::uint32_t figure_of(Cell cell) { return cell - 1; }

// Where an option's cells stand in Protocol.votes.
struct OptionCells {
  std::size_t total;            // the option's own cell
  std::size_t first_candidate;  // candidates' cells follow one another
  std::size_t candidates;       // how many
};

// Whether the ballot asks YES or NO about a single candidate: these are its two options. That of
// YES has the candidate's name.
inline constexpr std::string_view kYesOption = "YES";
inline constexpr std::string_view kNoOption = "NO";
bool is_yes_no(const v1::Slice& slice);

// A form, decoded once for all contests that use it.
struct DecodedForm {
  // kMalformed; kInvalidArgument when a point is empty or stands twice.
  static Result<std::shared_ptr<const DecodedForm>> parse(std::string_view bytes);

  v1::Form data;
  std::unordered_map<std::string, std::size_t> point_by_code;
};

// Reference figures, decoded once for all contests that name them.
struct DecodedReference {
  // kMalformed; kInvalidArgument for a bad or repeated unit, or a figure above kFigureMax.
  static Result<std::shared_ptr<const DecodedReference>> parse(std::string_view bytes);

  v1::ReferenceFigures data;
  FlatMap<UnitId, std::size_t> by_unit;
};

// One contest in one round, with its form and reference figures.
class Slice : public std::enable_shared_from_this<Slice> {
 public:
  // Decodes a slice with the parts it names. `digest` is that of `slice_bytes`; the caller has
  // checked that `form_bytes` and `reference_bytes` have the digests the slice names.
  // Fails (kMalformed, kInvalidArgument) on unknown fields, bad or repeated names, precincts not in
  // ascending order, candidates out of order, or a figure above kFigureMax.
  static Result<std::shared_ptr<const Slice>> parse(const Digest& digest,
                                                    std::string_view slice_bytes,
                                                    std::string_view form_bytes,
                                                    std::string_view reference_bytes);
  // The same with parts that are decoded already.
  static Result<std::shared_ptr<const Slice>> parse(
      const Digest& digest, std::string_view slice_bytes, std::shared_ptr<const DecodedForm> form,
      std::shared_ptr<const DecodedReference> reference);

  // The digests of the form and the reference figures a serialised slice names.
  struct Parts {
    Digest form;
    Digest reference;
  };
  static Result<Parts> parts_of(std::string_view slice_bytes);

  const Digest& digest() const { return digest_; }
  const ContestRound& key() const { return key_; }
  const UnitId& area() const { return area_; }
  v1::ContestKind kind() const { return data_.kind(); }
  const v1::Slice& data() const { return data_; }
  const v1::Form& form() const { return form_->data; }

  std::size_t point_cells() const { return static_cast<std::size_t>(form().points_size()); }
  std::size_t vote_cells() const { return vote_cells_; }
  const std::vector<OptionCells>& options() const { return options_; }
  // Position of a point in the form; nullopt when the form lacks it.
  std::optional<std::size_t> point(std::string_view code) const;
  // Position of an option by its code.
  std::optional<std::size_t> option(std::string_view code) const;

  // nullptr when the unit is not a place of this contest.
  const v1::Precinct* precinct(const UnitId& unit) const;
  // nullptr when the pre-election report says nothing of it.
  const v1::ReferenceFigure* reference(const UnitId& unit) const;

 private:
  Digest digest_;
  ContestRound key_;
  UnitId area_;
  v1::Slice data_;
  std::shared_ptr<const DecodedForm> form_;
  std::shared_ptr<const DecodedReference> reference_;
  std::vector<OptionCells> options_;
  std::size_t vote_cells_ = 0;
  std::unordered_map<std::string, std::size_t> option_by_code_;
  FlatMap<UnitId, std::size_t> precinct_by_unit_;
};

// One version of an election's definition: the manifest's statement with its unit table.
class Definition {
 public:
  // `id` is the manifest's statement id. Fails on unknown fields, bad names, an unknown mode,
  // slices not in ascending order, or a digest that is not 32 bytes.
  static Result<std::shared_ptr<const Definition>> parse(const StatementId& id,
                                                         const v1::Manifest& manifest,
                                                         std::shared_ptr<const Units> units);

  const StatementId& id() const { return id_; }
  const ElectionId& election() const { return election_; }
  std::uint64_t version() const { return data_.version(); }
  // Without its slices, which stand in slices().
  const v1::Manifest& data() const { return data_; }
  const Units& units() const { return *units_; }
  // nullptr when the definition has no such contest.
  const Digest* slice(const ContestRound& key) const;
  // Ascending by contest. A country has tens of thousands, and every node all of them.
  const std::vector<std::pair<ContestRound, Digest>>& slices() const { return slices_; }
  // True when a contest has this slice.
  bool names_slice(const Digest& slice) const;
  // The contests with this slice; it says which it is of, so more than one is a mistake.
  std::vector<ContestRound> contests_of(const Digest& slice) const;
  // The group the manifest names for a contest; empty when it names none.
  const std::string& group(const ContestRound& key) const;
  // The contests of the same group and round, ascending; the contest alone when it has no group.
  std::vector<ContestRound> group_of(const ContestRound& key) const;

 private:
  StatementId id_;
  ElectionId election_;
  v1::Manifest data_;
  std::shared_ptr<const Units> units_;
  Result<void> read_slices(const v1::Manifest& manifest);
  // Position of a contest in slices_; nullopt when it has none.
  std::optional<std::size_t> position_of(const ContestRound& key) const;

  std::vector<std::pair<ContestRound, Digest>> slices_;
  // What a digest begins with, and a position in slices_; ascending.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_digest_;
  std::vector<std::uint32_t> group_;      // of each contest: position in group_names_
  std::vector<std::string> group_names_;  // the first is empty: none
  std::vector<std::uint32_t> by_group_;   // positions in slices_ of contests with a group
};

}  // namespace urna::model
