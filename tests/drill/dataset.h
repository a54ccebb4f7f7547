// An election as a data set tells it: units, precincts, contests and the protocols of every place.
// The shape is the same for official results and for generated ones; a reader fills it in with the
// data set's own values kept beside the names Urna gives, so that a report can speak in the former.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "urna/v1/definition.pb.h"

namespace urna::drill {

struct DatasetUnit {
  std::string id;
  v1::UnitKind kind = v1::UNIT_KIND_UNSPECIFIED;
  std::string parent;  // empty for the national unit
  std::string name;
};

struct DatasetPrecinct {
  std::string id;      // "146502-711"
  std::string teryt;   // the unit it lies in, as the data set writes it and as Urna names it
  std::string number;  // "711"
  v1::PrecinctType type = v1::PRECINCT_TYPE_UNSPECIFIED;
};

struct DatasetOption {
  std::string code;  // as the data set writes it; "YES" and "NO" where there is one candidate
  std::string name;
  std::uint32_t candidates = 0;  // of a list, at positions 1, 2, …; 0 until they are invented
  // As the data set writes it where that is not `code`: the number of a single candidate, "l3".
  std::string written = {};
  // Positions of candidates struck off, ascending: their fields stay empty.
  std::vector<std::uint32_t> struck_off = {};
  // Of a list for parliament: "party", "coalition", "minority". LAW.md, allocation 1.
  std::string committee = {};

  const std::string& reported() const { return written.empty() ? code : written; }
};

// How it is told who is elected.
enum class Decided {
  kByCommission,  // by the final protocol that the determining commission signs
  kByTotals,      // by law from the centre's tally: the definition lacks what a node would need
  kNot,           // not at all: the data set lacks seats or candidates
};

// One office or council in one district, in one round.
struct DatasetContest {
  // The data set's own values; a column it lacks is an empty string.
  std::string contest;
  std::string district;
  // Urna's names.
  std::string id;
  std::uint32_t round = 1;
  std::string group;
  v1::ContestKind kind = v1::CONTEST_KIND_UNSPECIFIED;
  std::string area;         // the unit whose commission determines the result
  std::string rule_set;     // "2014"
  std::string form;         // "mayor-2014"
  std::uint32_t seats = 0;  // 0 where the data set does not tell
  bool synthetic = false;   // who is elected follows from figures or seats that are made up
  Decided decided = Decided::kByCommission;
  // Points of the form that the data set does not tell; a protocol may leave them empty.
  std::vector<std::string> unpublished = {};
  // False where only some of its protocols were chosen; and of those of its group.
  bool whole = true;
  bool group_whole = true;
  std::vector<DatasetOption> options;
  std::vector<std::size_t> precincts;  // into Dataset::precincts, ascending
};

// No vote is held in a council's district with no more candidates than seats (LAW.md, allocation
// 7): it has precincts and no protocols.
bool is_uncontested(const DatasetContest& contest);

struct DatasetProtocol {
  std::string id;            // the data set's number of the protocol; empty when it has none
  std::size_t contest = 0;   // into Dataset::contests
  std::size_t precinct = 0;  // into Dataset::precincts
  // By point of the form: "p1", "p4a", "p11b", …; a point that is not here was left empty.
  std::map<std::string, std::uint32_t, std::less<>> points;
  // One cell per option of the contest.
  std::vector<model::Cell> votes;
  // Figures of the candidates of every option, one option after the other; 0 for who is struck off.
  std::vector<std::uint32_t> candidate_votes = {};

  // 0 when the point was left empty.
  std::uint32_t figure(std::string_view point) const;
  std::uint64_t votes_total() const;
};

struct Dataset {
  std::string name;                        // "2014-warsaw"
  std::string election;                    // the election's id
  std::string date;                        // of the definition, "YYYY-MM-DD"
  std::vector<DatasetUnit> units;          // parents before children
  std::vector<DatasetPrecinct> precincts;  // ascending by id
  std::vector<DatasetContest> contests;    // in the data set's order, then by district
  std::vector<DatasetProtocol> protocols;  // in the data set's order
  // Units with a server of their own besides the centre. Empty: each that precincts lie in, and
  // each city or powiat above one.
  std::vector<std::string> servers = {};
  bool candidate_rows = false;  // candidates have rows of their own, not only their lists

  const DatasetContest& contest_of(const DatasetProtocol& protocol) const {
    return contests[protocol.contest];
  }
  const DatasetPrecinct& precinct_of(const DatasetProtocol& protocol) const {
    return precincts[protocol.precinct];
  }
};

// The unit that published results speak of: the contest's area, and for parliament, whose districts
// are no units of TERYT, the country's code.
std::string reported_teryt(const DatasetContest& contest);

// "2" before "10", "9" before "a": runs of digits compare as numbers.
bool natural_less(std::string_view left, std::string_view right);

// What the data set calls this contest; the data set's name where it has no name for it.
const std::string& title_of(const Dataset& data, std::string_view contest);

// Units by id; does not outlive the data set, whose units must not change meanwhile.
class UnitTree {
 public:
  explicit UnitTree(const Dataset& data);
  // nullptr when the data set has no such unit.
  const DatasetUnit* find(std::string_view id) const;
  // `id` and what lies above it, upwards to the national unit.
  std::vector<const DatasetUnit*> upwards(std::string_view id) const;

 private:
  std::unordered_map<std::string_view, const DatasetUnit*> units_;
};

// Where an option's candidates begin in DatasetProtocol::candidate_votes.
std::size_t first_candidate(const DatasetContest& contest, std::size_t option);

// Reads DIR/2014-warsaw (protocols.csv.gz, votes.csv.gz, options.csv) and nothing else.
// Fails with file and line: kNotFound, kCorrupt, kMalformed, kTooLarge; kInvalidArgument for a
// protocol or vote that stands twice, a vote without a protocol, or an option of a district that a
// protocol of that district has no row for.
Result<Dataset> read_warsaw(const std::filesystem::path& data_dir);

// The mayors of 2018, round one: DIR/2018-mayors (protocols.csv.gz, votes.csv.gz). One contest per
// gmina; Warsaw's districts are one. A single candidate's options are YES and NO. Errors as
// read_warsaw().
Result<Dataset> read_mayors_2018(const std::filesystem::path& data_dir);

// The voivodeship assemblies of 2014: DIR/2014-sejmik (protocols.csv.gz, lists.csv.gz). The files
// do not tell a precinct's district, so precincts of a voivodeship with the same lists on their
// ballot are one contest here; nobody is elected. Errors as read_warsaw().
Result<Dataset> read_sejmik_2014(const std::filesystem::path& data_dir);

// Parliament 2019: DIR/2019-sejm (district-NN.csv.gz, and of candidates.csv and districts.csv the
// committees and seats). One contest per district, six servers take the districts in turn. Errors
// as read_warsaw().
Result<Dataset> read_sejm_2019(const std::filesystem::path& data_dir);

// Only what lies in units whose teryt begins with one of `prefixes`: protocols, their contests,
// precincts, and the units above them. A contest that loses protocols is no longer whole, and who
// is elected by totals is not told where a group is not. kInvalidArgument when nothing is left.
Result<Dataset> select(Dataset data, std::span<const std::string> prefixes);
// Whether a teryt begins with one of `prefixes`; every one does when there are none.
bool is_selected(std::string_view teryt, std::span<const std::string> prefixes);

struct SyntheticSize {
  std::uint32_t gminas = 6;                // in [1, 99]
  std::uint32_t precincts_per_gmina = 20;  // in [4, 999]
};

// A made-up powiat in a made-up voivodeship: mayors, gmina councils (every third gmina is small),
// the powiat council and the assembly, one protocol per precinct and contest. Every protocol obeys
// every error rule of LAW.md; some carry an ordinary warning. The same seed and size give the same
// data set everywhere.
Dataset make_synthetic(std::uint64_t seed, SyntheticSize size = {});

}  // namespace urna::drill
