#include "tests/drill/generate.h"

#include <optional>

#include "tests/drill/generate_ballot.h"
#include "tests/drill/generate_figures.h"
#include "tests/drill/generate_files.h"

namespace urna::drill {

namespace {

namespace fs = std::filesystem;

// Invented names of units; many gminas have the same, as in the country.
constexpr const char* kStems[] = {"Brzez", "Dąb",   "Grab", "Jesion", "Klon", "Lip",
                                  "Olsz",  "Wierz", "Sosn", "Bukow",  "Jarz", "Topol"};
constexpr const char* kEndings[] = {"ina", "owo", "nica", "ów", "iny", "no", "owice", "owiec"};

std::string place_name(SplitMix64& random) {
  const char* stem = kStems[random.below(std::size(kStems))];
  return std::string(stem) + kEndings[random.below(std::size(kEndings))];
}

Result<void> prepare_folder(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::exists(status)) {
    const bool empty = fs::is_directory(status) && fs::is_empty(folder, error);
    if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
    if (!empty) return fail(ErrorCode::kAlreadyExists, folder.string() + " is no empty folder");
    return {};
  }
  fs::create_directories(folder, error);
  if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
  return {};
}

Block block_of(const PowiatPlan& powiat) {
  Block block;
  for (const GminaPlan& gmina : powiat.gminas) {
    block.precincts += gmina.precincts;
    block.inhabitants += gmina.inhabitants;
  }
  return block;
}

std::vector<Block> blocks_of(const PowiatPlan& powiat) {
  std::vector<Block> blocks;
  for (const GminaPlan& gmina : powiat.gminas)
    blocks.push_back({gmina.precincts, gmina.inhabitants});
  return blocks;
}

// A council in whose area the writing is, and how many of its precincts were written.
struct Running {
  explicit Running(Council of) : council(std::move(of)) {}

  Council council;
  std::uint32_t precinct = 0;
};

// Files of the whole nation, and of the voivodeship in which the writing is.
struct Files {
  CsvFile units, precincts, contests, options, uncontested;
  std::optional<CsvFile> protocols, votes;
};

class Writing {
 public:
  Writing(const GenerateOptions& options, NationPlan plan, Files files,
          const std::function<bool(std::uint32_t)>& go_on)
      : options_(options),
        plan_(std::move(plan)),
        files_(std::move(files)),
        go_on_(go_on),
        // The territory was drawn from the seed itself.
        random_(SplitMix64(options.seed ^ 0x75726e61).next()) {}

  Result<GenerateCounts> write() {
    write_unit("PL", v1::UNIT_KIND_NATIONAL, "", "Polska ćwiczebna", 0);
    for (const VoivodeshipPlan& voivodeship : plan_.voivodeships) {
      if (auto written = write_voivodeship(voivodeship); !written) {
        return std::unexpected(std::move(written.error()));
      }
    }
    for (CsvFile* file : {&files_.units, &files_.precincts, &files_.contests, &files_.options,
                          &files_.uncontested}) {
      if (auto closed = close(*file); !closed) return std::unexpected(std::move(closed.error()));
    }
    counts_.units = files_.units.rows();
    counts_.contests = files_.contests.rows();
    counts_.options = files_.options.rows();
    counts_.uncontested = files_.uncontested.rows();
    if (auto ended = write_nation(); !ended) return std::unexpected(std::move(ended.error()));
    return counts_;
  }

 private:
  using Voivodeship = const VoivodeshipPlan&;
  using Powiat = const PowiatPlan&;

  Result<void> write_voivodeship(Voivodeship voivodeship);
  Result<void> write_powiat(Voivodeship voivodeship, Powiat powiat, Running& assembly);
  Result<void> write_gmina(const GminaPlan& gmina, const std::string& id, const Ballot& mayor,
                           std::span<Running* const> councils);
  void write_precinct(const std::string& teryt, std::uint32_t number, const Electorate& voters,
                      const Ballot& mayor, std::span<Running* const> councils);
  void write_protocol(const std::string& teryt, std::uint32_t number, const Electorate& voters,
                      const Ballot& ballot);
  Running begin(Council council);
  void write_contest(const Ballot& ballot);
  void write_unit(std::string_view id, v1::UnitKind kind, std::string_view parent,
                  const std::string& name, std::uint64_t inhabitants);
  Result<void> write_nation();
  Result<void> open_voivodeship(const std::string& code);
  Result<void> close(CsvFile& file);

  const GenerateOptions& options_;
  const NationPlan plan_;
  Files files_;
  const std::function<bool(std::uint32_t)>& go_on_;
  SplitMix64 random_;
  GenerateCounts counts_;
};

Result<void> Writing::write_voivodeship(Voivodeship voivodeship) {
  if (auto opened = open_voivodeship(voivodeship.code); !opened) return opened;
  const std::string id = voivodeship_id(voivodeship);
  std::vector<Block> blocks;
  Block all;
  for (Powiat powiat : voivodeship.powiats) {
    blocks.push_back(block_of(powiat));
    all.inhabitants += blocks.back().inhabitants;
  }
  write_unit(id, v1::UNIT_KIND_VOIVODESHIP, "PL", "województwo ćwiczebne " + voivodeship.code,
             all.inhabitants);
  Running assembly = begin(make_assembly(id, blocks, proportions::kLarge.invalid, random_));
  for (Powiat powiat : voivodeship.powiats) {
    if (auto written = write_powiat(voivodeship, powiat, assembly); !written) return written;
  }
  counts_.protocols += files_.protocols->rows();
  counts_.votes += files_.votes->rows();
  auto closed = close(*files_.protocols);
  return closed ? close(*files_.votes) : closed;
}

Result<void> Writing::write_powiat(Voivodeship voivodeship, Powiat powiat, Running& assembly) {
  const std::string id = powiat_id(voivodeship, powiat);
  const std::vector<Block> blocks = blocks_of(powiat);
  const std::string name = place_name(random_);
  write_unit(id, powiat.city ? v1::UNIT_KIND_CITY : v1::UNIT_KIND_POWIAT,
             voivodeship_id(voivodeship), powiat.city ? name : "powiat " + name,
             block_of(powiat).inhabitants);
  std::optional<Running> whole;  // the council of the powiat or city
  std::optional<Ballot> city_mayor;
  if (powiat.city) {
    whole.emplace(begin(make_city_council(id, blocks, powiat.is_capital(), random_)));
    city_mayor = make_mayor(id,
                            powiat.is_capital() ? powiat.capital_mayor_candidates
                                                : powiat.gminas.front().mayor_candidates,
                            random_);
    write_contest(*city_mayor);
  } else {
    whole.emplace(begin(make_powiat_council(id, blocks, proportions::kSmall.invalid, random_)));
  }
  for (std::size_t i = 0; i < powiat.gminas.size(); ++i) {
    const GminaPlan& gmina = powiat.gminas[i];
    const std::string gmina_unit = gmina_id(voivodeship, powiat, i);
    std::vector<Running*> councils = {&*whole, &assembly};
    std::optional<Running> own;  // the council of the gmina or of the capital's district
    if (gmina.kind == GminaKind::kCapitalDistrict) {
      write_unit(gmina_unit, v1::UNIT_KIND_WARSAW_DISTRICT, id, place_name(random_),
                 gmina.inhabitants);
      own.emplace(begin(make_district_council(gmina_unit, {&blocks[i], 1}, random_)));
    } else if (gmina.kind != GminaKind::kCity) {
      write_unit(gmina_unit, v1::UNIT_KIND_GMINA, id, place_name(random_), gmina.inhabitants);
      own.emplace(begin(gmina.kind == GminaKind::kSmall
                            ? make_small_council(gmina_unit, gmina.precincts, random_)
                            : make_large_council(gmina_unit, {&blocks[i], 1}, random_)));
    }
    if (own) councils.insert(councils.begin(), &*own);
    std::optional<Ballot> mayor;
    if (!powiat.city) {
      mayor = make_mayor(gmina_unit, gmina.mayor_candidates, random_);
      write_contest(*mayor);
    }
    auto written = write_gmina(gmina, gmina_unit, powiat.city ? *city_mayor : *mayor, councils);
    if (!written) return written;
  }
  return {};
}

Result<void> Writing::write_gmina(const GminaPlan& gmina, const std::string& id,
                                  const Ballot& mayor, std::span<Running* const> councils) {
  for (std::uint32_t number = 1; number <= gmina.precincts; ++number) {
    const Electorate voters = draw_electorate(gmina, random_);
    files_.precincts.add(id).add(number).add(precinct_type_text(voters.type)).end_row();
    write_precinct(id, number, voters, mayor, councils);
    ++counts_.precincts;
  }
  if (!go_on_(static_cast<std::uint32_t>(counts_.precincts))) {
    return fail(ErrorCode::kCancelled,
                "stopped; " + options_.output.string() + " holds a part, which is no data set");
  }
  for (CsvFile* file : {&files_.units, &files_.precincts, &files_.contests, &files_.options,
                        &files_.uncontested, &*files_.protocols, &*files_.votes}) {
    if (file->failed()) return file->close();
  }
  return {};
}

void Writing::write_precinct(const std::string& teryt, std::uint32_t number,
                             const Electorate& voters, const Ballot& mayor,
                             std::span<Running* const> councils) {
  write_protocol(teryt, number, voters, mayor);
  for (Running* running : councils) {
    const auto districts = running->council.of_precinct(running->precinct++);
    const std::vector<Electorate> parts = by_district(voters, districts.size(), random_);
    for (std::size_t i = 0; i < districts.size(); ++i) {
      if (is_uncontested(districts[i].contest)) {
        files_.uncontested.add(districts[i].contest.id).add(teryt).add(number).end_row();
      } else {
        write_protocol(teryt, number, parts[i], districts[i]);
      }
    }
  }
}

void Writing::write_protocol(const std::string& teryt, std::uint32_t number,
                             const Electorate& voters, const Ballot& ballot) {
  const Figures figures = draw_figures(voters, ballot, random_);
  CsvFile& protocols = *files_.protocols;
  protocols.add(ballot.contest.id).add(teryt).add(number);
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    has_point(ballot.contest.form, i) ? protocols.add(figures.points[i]) : protocols.empty();
  }
  protocols.end_row();
  std::string candidates;
  for (std::size_t i = 0; i < figures.votes.size(); ++i) {
    candidates.clear();
    for (const std::uint32_t votes : figures.candidates[i]) {
      if (!candidates.empty()) candidates += ' ';
      candidates += std::to_string(votes);
    }
    files_.votes->add(ballot.contest.id)
        .add(teryt)
        .add(number)
        .add(ballot.contest.options[i].code)
        .add(figures.votes[i])
        .add(candidates)
        .end_row();
  }
}

Running Writing::begin(Council council) {
  for (const Ballot& ballot : council.ballots()) write_contest(ballot);
  return Running(std::move(council));
}

void Writing::write_contest(const Ballot& ballot) {
  const DatasetContest& contest = ballot.contest;
  files_.contests.add(contest.id)
      .add(contest.contest)
      .add(contest.group)
      .add(contest.area)
      .add(contest.district)
      .add(contest.seats)
      .add(contest.rule_set)
      .add(contest.form)
      .end_row();
  for (const DatasetOption& option : contest.options) {
    files_.options.add(contest.id)
        .add(option.code)
        .add(option.name)
        .add(option.candidates)
        .end_row();
  }
}

void Writing::write_unit(std::string_view id, v1::UnitKind kind, std::string_view parent,
                         const std::string& name, std::uint64_t inhabitants) {
  files_.units.add(id).add(unit_kind_text(kind)).add(parent).add(name).add(inhabitants).end_row();
}

Result<void> Writing::write_nation() {
  auto nation = CsvFile::create(options_.output / kNationFile, nation_columns());
  if (!nation) return std::unexpected(std::move(nation.error()));
  nation->add(kGeneratedFormat);
  for (const std::uint64_t figure :
       {counts_.precincts, options_.seed, counts_.units, counts_.contests, counts_.options,
        counts_.uncontested, counts_.protocols, counts_.votes}) {
    nation->add(figure);
  }
  nation->end_row();
  return close(*nation);
}

Result<void> Writing::open_voivodeship(const std::string& code) {
  auto protocols = CsvFile::create(options_.output / protocols_file(code), protocol_columns());
  if (!protocols) return std::unexpected(std::move(protocols.error()));
  auto votes = CsvFile::create(options_.output / votes_file(code), vote_columns());
  if (!votes) return std::unexpected(std::move(votes.error()));
  files_.protocols.emplace(std::move(*protocols));
  files_.votes.emplace(std::move(*votes));
  return {};
}

Result<void> Writing::close(CsvFile& file) {
  auto closed = file.close();
  counts_.bytes += file.bytes();
  return closed;
}

Result<Files> open_files(const fs::path& folder) {
  auto units = CsvFile::create(folder / kUnitsFile, unit_columns());
  if (!units) return std::unexpected(std::move(units.error()));
  auto precincts = CsvFile::create(folder / kPrecinctsFile, precinct_columns());
  if (!precincts) return std::unexpected(std::move(precincts.error()));
  auto contests = CsvFile::create(folder / kContestsFile, contest_columns());
  if (!contests) return std::unexpected(std::move(contests.error()));
  auto options = CsvFile::create(folder / kOptionsFile, option_columns());
  if (!options) return std::unexpected(std::move(options.error()));
  auto uncontested = CsvFile::create(folder / kUncontestedFile, uncontested_columns());
  if (!uncontested) return std::unexpected(std::move(uncontested.error()));
  return Files{std::move(*units),   std::move(*precincts),   std::move(*contests),
               std::move(*options), std::move(*uncontested), std::nullopt,
               std::nullopt};
}

}  // namespace

Result<GenerateCounts> generate(const GenerateOptions& options,
                                const std::function<bool(std::uint32_t)>& go_on) {
  auto plan = plan_nation(options.precincts, options.seed);
  if (!plan) return std::unexpected(std::move(plan.error()));
  if (auto ready = prepare_folder(options.output); !ready) {
    return std::unexpected(std::move(ready.error()));
  }
  auto files = open_files(options.output);
  if (!files) return std::unexpected(std::move(files.error()));
  return Writing(options, std::move(*plan), std::move(*files), go_on).write();
}

}  // namespace urna::drill
