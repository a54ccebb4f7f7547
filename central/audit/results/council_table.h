// Districts and candidates of councils, from the tables districts.csv and candidates.csv.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/audit/results/outcome_file.h"
#include "common/base/error.h"
#include "common/results/council.h"

namespace urna::audit {

struct CandidateRow {
  std::uint32_t district;  // position in CouncilTable::districts
  std::uint32_t line;
  results::BallotName name;
  std::optional<std::uint32_t> votes;
};

// One list in all districts of its unit.
struct UnitList {
  results::CommitteeKind kind = results::CommitteeKind::kUnspecified;
  std::uint64_t votes = 0;
};

// One council: its districts share a threshold.
struct Unit {
  std::string council;  // as the candidates' table says
  results::Method method = results::Method::kDHondt;
  std::uint64_t valid_votes = 0;
  std::map<std::uint32_t, UnitList> lists;  // by number
};

struct District {
  model::ContestId id;  // "081000-2"
  std::uint32_t seats = 0;
  std::uint32_t unit = 0;   // position in CouncilTable::units
  std::uint32_t first = 0;  // its rows in CouncilTable::order
  std::uint32_t count = 0;  // 0: no candidates in the input, to be ignored
  bool voted = false;       // somebody has votes
};

// What a CouncilDistrict points to.
struct DistrictFigures {
  std::vector<results::List> lists;
  std::vector<results::Candidate> candidates;
};

// Both tables in memory: figures and numbers only, some 40 bytes a candidate, so a country fits
// easily. Names and other columns are not kept.
class CouncilTable {
 public:
  // districts.csv: teryt, district, seats. candidates.csv: council, teryt, district, list,
  // position, votes and, where present, committee_kind; other columns are not looked at. Rows in
  // any order.
  //
  // kMalformed with file, line and reason: a column is missing, a field is no number, a district or
  // candidate stands twice, a candidate's district is unknown, a unit has two councils, a list two
  // kinds of committee. kNotFound, kCorrupt: a file cannot be read.
  static Result<CouncilTable> read(const std::filesystem::path& districts,
                                   const std::filesystem::path& candidates);

  // nullptr when districts.csv lacks it.
  const District* find(const std::string& teryt, const std::string& district) const;

  // A district as the rules take it; `figures` is filled and must outlive the answer.
  results::CouncilDistrict contest(const District& district, const results::RuleSet& rules,
                                   DistrictFigures& figures) const;

  const std::vector<District>& districts() const { return districts_; }
  const std::vector<Unit>& units() const { return units_; }
  const std::vector<CandidateRow>& rows() const { return rows_; }  // as in the input
  // Positions of rows: by district, then by name.
  const std::vector<std::uint32_t>& order() const { return order_; }
  const std::vector<std::string>& header() const { return header_; }  // of candidates.csv
  const Fingerprint& fingerprint() const { return fingerprint_; }
  const std::string& file() const { return file_; }  // of candidates.csv, for messages
  // Council names that no known election has; they were taken for d'Hondt.
  std::vector<std::string> unknown_councils() const;

 private:
  using Key = std::string;  // teryt '/' district

  Result<void> read_districts(const std::filesystem::path& path);
  Result<void> read_candidates(const std::filesystem::path& path);
  struct Columns;
  Result<void> add_candidate(const csv::CsvReader& reader, const Columns& columns);
  Result<void> add_to_unit(const csv::CsvReader& reader, const Columns& columns,
                           const District& district, const CandidateRow& row);
  Result<void> group();

  std::unordered_map<Key, std::uint32_t> district_of_;
  std::unordered_map<std::string, std::uint32_t> unit_of_;
  std::vector<District> districts_;
  std::vector<Unit> units_;
  std::vector<CandidateRow> rows_;
  std::vector<std::uint32_t> order_;
  std::vector<std::string> header_;
  Fingerprint fingerprint_;
  std::string file_;
};

}  // namespace urna::audit
