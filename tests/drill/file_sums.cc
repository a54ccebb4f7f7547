// Sums straight from the text of a data set's files. Written without the readers on purpose: what
// they make of a row cannot be wrong here in the same way.
#include <algorithm>
#include <map>
#include <set>

#include "common/csv/csv.h"
#include "tests/drill/sums.h"

namespace urna::drill {

namespace {

class Summing {
 public:
  Summing(std::filesystem::path dir, std::span<const std::string> prefixes)
      : dir_(std::move(dir)), prefixes_(prefixes) {}

  // `take` is given every chosen row with the value of a column by name.
  template <class Take>
  Result<void> each_row(const std::string& file, Take take) {
    auto reader = csv::CsvReader::open(dir_ / file);
    if (!reader) return std::unexpected(std::move(reader.error()));
    const auto teryt = reader->column("teryt");
    if (!teryt) return std::unexpected(teryt.error());
    for (;;) {
      const auto more = reader->next();
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
      if (!is_selected(reader->field(*teryt), prefixes_)) continue;
      if (!take(*reader)) return std::unexpected(reader->error_here("not a row of figures"));
    }
  }

  static bool add(const csv::CsvReader& reader, std::string_view column, std::uint64_t& to) {
    const auto at = reader.column(column);
    if (!at) return false;
    const auto figure = csv::parse_figure(reader.field(*at));
    if (figure) to += *figure;
    return figure.has_value();
  }
  static std::string text(const csv::CsvReader& reader, std::string_view column) {
    const auto at = reader.column(column);
    return at ? reader.field(*at) : std::string();
  }

  Result<Sums> mayors() {
    ContestTotals& totals = sums_.contests.emplace_back();
    auto done = each_row("protocols.csv.gz", [&](const csv::CsvReader& row) {
      ++totals.protocols;
      return add(row, "eligible", totals.eligible);
    });
    if (done) {
      done = each_row("votes.csv.gz", [&](const csv::CsvReader& row) {
        const std::string teryt = text(row, "teryt");
        std::uint64_t& yes = sums_.rows[{"", teryt, "", text(row, "candidate")}];
        if (!add(row, "votes", yes) || !add(row, "votes", totals.valid_votes)) return false;
        if (text(row, "votes_no").empty()) return true;
        return add(row, "votes_no", sums_.rows[{"", teryt, "", "NO"}]) &&
               add(row, "votes_no", totals.valid_votes);
      });
    }
    if (!done) return std::unexpected(std::move(done.error()));
    return std::move(sums_);
  }

  Result<Sums> sejmik() {
    ContestTotals& totals = sums_.contests.emplace_back();
    auto done = each_row("protocols.csv.gz", [&](const csv::CsvReader& row) {
      ++totals.protocols;
      return add(row, "p1_eligible", totals.eligible) &&
             add(row, "p12_valid_votes", totals.valid_votes);
    });
    if (done) {
      done = each_row("lists.csv.gz", [&](const csv::CsvReader& row) {
        return add(row, "votes", sums_.rows[{"", text(row, "teryt"), "", text(row, "list")}]);
      });
    }
    if (!done) return std::unexpected(std::move(done.error()));
    return std::move(sums_);
  }

  Result<Sums> sejm() {
    ContestTotals& totals = sums_.contests.emplace_back();
    std::set<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dir_, error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("district-")) files.insert(name);
    }
    for (const std::string& file : files) {
      // Columns l… of every unit; in one file the same columns stand at the same places.
      std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> columns;
      std::vector<std::string> header;
      std::vector<bool> has_figures;
      auto done = each_row(file, [&](const csv::CsvReader& row) {
        if (header.empty()) {
          header = row.header();
          has_figures.resize(header.size());
        }
        ++totals.protocols;
        auto& votes = columns[{text(row, "teryt"), text(row, "district")}];
        votes.resize(header.size());
        for (std::size_t i = 0; i < header.size(); ++i) {
          if (header[i][0] != 'l' || row.field(i) == "struck") continue;
          const auto figure = csv::parse_figure(row.field(i));
          if (!figure) return false;
          has_figures[i] = true;
          votes[i] += *figure;
        }
        return add(row, "p1_eligible", totals.eligible) &&
               add(row, "p13_valid_votes", totals.valid_votes);
      });
      if (!done) return std::unexpected(std::move(done.error()));
      for (const auto& [unit, votes] : columns) {
        for (std::size_t i = 0; i < header.size(); ++i) {
          if (has_figures[i]) sums_.rows[{"", unit.first, unit.second, header[i]}] = votes[i];
        }
      }
    }
    return std::move(sums_);
  }

  // docs/generated.md: figures stand beside a contest's id, whose kind and district another file
  // tells.
  Result<Sums> generated() {
    std::map<std::string, Named> contests;
    if (auto done = read_contests(contests); !done) return std::unexpected(done.error());
    std::vector<std::string> endings;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dir_, error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("protocols-")) endings.push_back(name.substr(9));
    }
    for (const std::string& ending : endings) {
      auto done = each_row("protocols" + ending, [&](const csv::CsvReader& row) {
        const auto contest = contests.find(text(row, "id"));
        if (contest == contests.end()) return false;
        ContestTotals& totals = sums_.contests[contest->second.totals];
        ++totals.protocols;
        return add(row, "p1", totals.eligible) && add(row, "p12", totals.valid_votes);
      });
      if (done) {
        done = each_row("votes" + ending, [&](const csv::CsvReader& row) {
          const auto contest = contests.find(text(row, "id"));
          if (contest == contests.end()) return false;
          return add(row, "votes",
                     sums_.rows[{sums_.contests[contest->second.totals].contest, text(row, "teryt"),
                                 contest->second.district, text(row, "option")}]);
        });
      }
      if (!done) return std::unexpected(std::move(done.error()));
    }
    return std::move(sums_);
  }

 private:
  struct Named {
    std::size_t totals = 0;  // into Sums::contests
    std::string district;
  };

  Result<void> read_contests(std::map<std::string, Named>& contests) {
    auto reader = csv::CsvReader::open(dir_ / "contests.csv");
    if (!reader) return std::unexpected(std::move(reader.error()));
    for (;;) {
      const auto more = reader->next();
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
      const std::string kind = text(*reader, "contest");
      const auto known = std::ranges::find(sums_.contests, kind, &ContestTotals::contest);
      const auto at = static_cast<std::size_t>(known - sums_.contests.begin());
      if (known == sums_.contests.end()) sums_.contests.push_back({kind});
      contests[text(*reader, "id")] = {at, text(*reader, "district")};
    }
  }

  const std::filesystem::path dir_;
  const std::span<const std::string> prefixes_;
  Sums sums_;
};

}  // namespace

Result<std::optional<Sums>> sum_files(const std::string& dataset,
                                      const std::filesystem::path& data_dir,
                                      std::span<const std::string> prefixes) {
  if (dataset == "generated") return Summing(data_dir, prefixes).generated();
  Summing summing(data_dir / dataset, prefixes);
  if (dataset == "2018-mayors") return summing.mayors();
  if (dataset == "2014-sejmik") return summing.sejmik();
  if (dataset == "2019-sejm") return summing.sejm();
  return std::optional<Sums>();
}

}  // namespace urna::drill
