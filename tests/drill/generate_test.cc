#include "tests/drill/generate.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "common/csv/csv.h"
#include "common/validation/across.h"
#include "common/validation/check.h"
#include "tests/drill/builder.h"
#include "tests/drill/dataset_generated.h"
#include "tests/drill/generate_files.h"
#include "tests/drill/generate_test_parts.h"
#include "tests/drill/spoil.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

namespace fs = std::filesystem;

bool go_on(std::uint32_t) { return true; }

Dataset make(const fs::path& folder, std::uint32_t precincts, std::uint64_t seed) {
  const auto written = generate({.precincts = precincts, .seed = seed, .output = folder}, &go_on);
  EXPECT_TRUE(written) << written.error().message;
  auto data = read_generated(folder);
  EXPECT_TRUE(data) << data.error().message;
  return data ? std::move(*data) : Dataset();
}

std::map<std::string, std::string> bytes_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream all;
    all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().filename().string()] = all.str();
  }
  return files;
}

TEST(Generating, ANumberOfPrecinctsOutOfRangeIsRefusedAndNothingWritten) {
  const test::TemporaryFolder folder;
  for (const std::uint32_t precincts : {0U, 15U, 1'000'001U, 4'294'967'295U}) {
    const auto done =
        generate({.precincts = precincts, .output = folder.path() / "nation"}, &go_on);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(done.error().message.contains("16 to 1000000 precincts")) << done.error().message;
    EXPECT_FALSE(fs::exists(folder.path() / "nation"));
  }
}

TEST(Generating, AFolderThatIsNotEmptyIsLeftAsItIs) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "kept") << "mine";
  const auto done = generate({.precincts = 16, .output = folder.path()}, &go_on);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(done.error().message.contains(folder.path().string()));
  EXPECT_EQ(bytes_in(folder.path()), (std::map<std::string, std::string>{{"kept", "mine"}}));
  // Nor is a file taken for a folder, or for one above it.
  const auto onto = generate({.precincts = 16, .output = folder.path() / "kept"}, &go_on);
  ASSERT_FALSE(onto);
  EXPECT_EQ(onto.error().code, ErrorCode::kAlreadyExists);
  const auto under = generate({.precincts = 16, .output = folder.path() / "kept" / "n"}, &go_on);
  ASSERT_FALSE(under);
  EXPECT_EQ(under.error().code, ErrorCode::kUnavailable);
}

TEST(Generating, AFullDiskIsTold) {
  const service::FileHandle full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  CsvFile file = CsvFile::onto(service::FileHandle(::dup(full.get())), "votes.csv", {"a", "b"});
  // More than the buffer holds: the failure is known before the end.
  for (int i = 0; i < 400'000; ++i) file.add("123456").add(std::uint64_t{7}).end_row();
  EXPECT_TRUE(file.failed());
  EXPECT_EQ(file.bytes(), 0u);
  const auto closed = file.close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ErrorCode::kNoSpace);
  EXPECT_TRUE(closed.error().message.contains("votes.csv")) << closed.error().message;
  // Or only at the end.
  CsvFile small = CsvFile::onto(service::FileHandle(::dup(full.get())), "votes.csv", {"a"});
  EXPECT_FALSE(small.failed());
  EXPECT_FALSE(small.close());
}

// A limit on the size of files stands for a disk that takes no more.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

TEST(Generating, WhatCouldNotBeWrittenToItsEndIsNoDataSet) {
  const test::TemporaryFolder folder;
  const fs::path nation = folder.path() / "nation";
  {
    const FileSizeLimit limit(4'096);
    const auto done = generate({.precincts = 200, .output = nation}, &go_on);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(done.error().message.contains("-01.csv: File too large")) << done.error().message;
  }
  const auto data = read_generated(nation);
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
}

TEST(Generating, WhatWasStoppedIsNoDataSet) {
  const test::TemporaryFolder folder;
  const auto done = generate({.precincts = 400, .output = folder.path()},
                             [](std::uint32_t precincts) { return precincts < 100; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  const auto data = read_generated(folder.path());
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
}

RC_GTEST_PROP(Generating, TheSameSeedAndSizeGiveTheSameBytesAndOthersOthers, ()) {
  const auto precincts = *rc::gen::inRange<std::uint32_t>(16, 80);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const test::TemporaryFolder folder;
  const auto files = [&](const char* name, std::uint32_t size, std::uint64_t of) {
    const auto done =
        generate({.precincts = size, .seed = of, .output = folder.path() / name}, &go_on);
    RC_ASSERT(done.has_value());
    return bytes_in(folder.path() / name);
  };
  const auto first = files("a", precincts, seed);
  RC_ASSERT(first.size() == 6u + 2u * 16u);
  RC_ASSERT(first == files("b", precincts, seed));
  auto other_seed = files("c", precincts, seed + 1);
  for (const auto& [name, bytes] : first) {
    // What is no figure, and the few districts without a vote, may be the same.
    if (name.starts_with("protocols-")) RC_ASSERT(other_seed[name] != bytes);
  }
  RC_ASSERT(files("d", precincts + 1, seed) != first);
}

// Every figure of the files by (contest, unit, precinct), read by the names of the columns only.
struct RawProtocol {
  std::map<std::string, std::string> points;
  std::map<std::string, std::pair<std::string, std::string>> votes;  // by option
};
using RawProtocols = std::map<std::tuple<std::string, std::string, std::string>, RawProtocol>;

template <class Take>
void each_row(const fs::path& path, Take take) {
  auto reader = csv::CsvReader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  for (;;) {
    const auto more = reader->next();
    ASSERT_TRUE(more) << more.error().message;
    if (!*more) return;
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; i < reader->header().size(); ++i) {
      row[reader->header()[i]] = reader->field(i);
    }
    take(row);
  }
}

RawProtocols raw_protocols(const fs::path& folder) {
  RawProtocols all;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("protocols-")) {
      each_row(entry.path(), [&](std::map<std::string, std::string>& row) {
        auto& points = all[{row["id"], row["teryt"], row["precinct"]}].points;
        for (const auto& [column, value] : row) {
          if (column[0] == 'p' && column != "precinct" && !value.empty()) points[column] = value;
        }
      });
    } else if (name.starts_with("votes-")) {
      each_row(entry.path(), [&](std::map<std::string, std::string>& row) {
        all[{row["id"], row["teryt"], row["precinct"]}].votes[row["option"]] = {row["votes"],
                                                                                row["candidates"]};
      });
    }
  }
  return all;
}

TEST(Generating, ReadingBackGivesWhatWasWritten) {
  const test::TemporaryFolder folder;
  const Dataset data = make(folder.path() / "n", 120, 9);
  RawProtocols raw = raw_protocols(folder.path() / "n");
  ASSERT_EQ(raw.size(), data.protocols.size());
  for (const DatasetProtocol& protocol : data.protocols) {
    const DatasetContest& contest = data.contest_of(protocol);
    const DatasetPrecinct& precinct = data.precinct_of(protocol);
    const auto found = raw.find({contest.id, precinct.teryt, precinct.number});
    ASSERT_NE(found, raw.end()) << contest.id << " " << precinct.id;
    std::map<std::string, std::string> points;
    for (const auto& [point, figure] : protocol.points) points[point] = std::to_string(figure);
    EXPECT_EQ(points, found->second.points);
    ASSERT_EQ(found->second.votes.size(), contest.options.size());
    for (std::size_t i = 0; i < contest.options.size(); ++i) {
      std::string candidates;
      for (std::uint32_t j = 0; j < contest.options[i].candidates; ++j) {
        candidates += (j == 0 ? "" : " ") +
                      std::to_string(protocol.candidate_votes[first_candidate(contest, i) + j]);
      }
      EXPECT_EQ(found->second.votes[contest.options[i].code],
                (std::pair(std::to_string(model::figure_of(protocol.votes[i])), candidates)));
    }
  }
}

// What must hold of every nation, whatever its size.
class Nation {
 public:
  explicit Nation(const Dataset& data) : data_(data) {
    for (const DatasetUnit& unit : data.units) kinds_[unit.id] = unit.kind;
    protocols_.resize(data.contests.size());
    for (const DatasetProtocol& protocol : data.protocols) {
      ++protocols_[protocol.contest];
      labels_[protocol.precinct].insert(data.contest_of(protocol).contest);
    }
  }

  // A protocol from every precinct of every contest, and none where no vote is held.
  bool is_complete() const {
    for (std::size_t i = 0; i < data_.contests.size(); ++i) {
      const DatasetContest& contest = data_.contests[i];
      const bool one =
          contest.kind == v1::CONTEST_KIND_COUNCIL_SMALL_GMINA && contest.options.size() == 1;
      if (protocols_[i] != (one ? 0 : contest.precincts.size())) return false;
    }
    return true;
  }
  // Every precinct votes for a mayor, the assembly, and the councils its unit has.
  bool has_every_contest() const {
    for (std::size_t i = 0; i < data_.precincts.size(); ++i) {
      const auto found = labels_.find(i);
      if (found == labels_.end()) return false;
      const std::set<std::string>& labels = found->second;
      if (!labels.contains("voivodeship_assembly")) return false;
      if (labels.contains("mayor") == labels.contains("mayor_single_candidate")) return false;
      const v1::UnitKind kind = kinds_.at(data_.precincts[i].teryt);
      if ((kind == v1::UNIT_KIND_GMINA) != labels.contains("powiat_council")) return false;
      if ((kind != v1::UNIT_KIND_GMINA) != labels.contains("city_council")) return false;
      if ((kind == v1::UNIT_KIND_WARSAW_DISTRICT) != labels.contains("warsaw_district_council")) {
        return false;
      }
    }
    return true;
  }

 private:
  const Dataset& data_;
  std::map<std::string, v1::UnitKind> kinds_;
  std::vector<std::size_t> protocols_;
  std::map<std::size_t, std::set<std::string>> labels_;
};

// No error by the system's checks nor by a second reading of the law; the commission's word on
// every warning.
bool is_admissible(const Dataset& data, const BuiltElection& election,
                   const DatasetProtocol& protocol) {
  const v1::Body body = body_of(data, election, protocol);
  const BuiltContest& contest = election.contests[protocol.contest];
  const auto findings = validation::check(contest.form, body.protocol(),
                                          *model::UnitId::parse(body.protocol().place().unit()),
                                          validation::Completeness::kFinal);
  return validation::check_shape(*contest.slice, body.protocol()) &&
         !validation::has_errors(findings) &&
         validation::unexplained_warnings(findings, body.protocol()).empty();
}

RC_GTEST_PROP(Nations, OfAnySizeAreCompleteAndBreakNoErrorRule, ()) {
  const auto precincts = *rc::gen::inRange<std::uint32_t>(16, 200);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const test::TemporaryFolder folder;
  const Dataset data = make(folder.path() / "n", precincts, seed);
  RC_ASSERT(data.precincts.size() == precincts);
  RC_ASSERT(std::ranges::count(data.units, v1::UNIT_KIND_VOIVODESHIP, &DatasetUnit::kind) == 16);
  const Nation nation(data);
  RC_ASSERT(nation.is_complete());
  RC_ASSERT(nation.has_every_contest());
  for (const DatasetProtocol& protocol : data.protocols) {
    RC_ASSERT(broken_errors(data, protocol).empty());
  }
}

// By the system's own checks, which are slow to prepare: in one voivodeship.
RC_GTEST_PROP(Nations, OfAnySizeAreAdmissible, ()) {
  const auto precincts = *rc::gen::inRange<std::uint32_t>(16, 200);
  const test::TemporaryFolder folder;
  const Dataset data = make(folder.path() / "n", precincts, *rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::string> codes;
  for (const DatasetUnit& unit : data.units) {
    if (unit.kind == v1::UNIT_KIND_VOIVODESHIP) codes.push_back(unit.id.substr(0, 2));
  }
  const auto code = *rc::gen::elementOf(codes);
  const Dataset part = only_contests(
      data, [&](const DatasetContest& contest) { return contest.area.starts_with(code); });
  RC_ASSERT(!part.protocols.empty());
  const auto election = build_election(part);
  RC_ASSERT(election.has_value());
  for (const DatasetProtocol& protocol : part.protocols) {
    RC_ASSERT(is_admissible(part, *election, protocol));
  }
}

RC_GTEST_PROP(Nations, OfAHundredPrecinctsAndMoreHaveEveryKindOfContest, ()) {
  const auto precincts = *rc::gen::inRange<std::uint32_t>(100, 200);
  const test::TemporaryFolder folder;
  const Dataset data = make(folder.path() / "n", precincts, *rc::gen::arbitrary<std::uint64_t>());
  std::set<std::string> labels;
  for (const DatasetProtocol& protocol : data.protocols) {
    labels.insert(data.contest_of(protocol).contest);
  }
  RC_ASSERT(labels.size() == 8u);
}

// LAW.md X1-X3: a reader of the register finds the same voters everywhere, or more by the few that
// X1 and X2 allow for.
RC_GTEST_PROP(Nations, TheDistrictsOfAPrecinctShareItsVoters, ()) {
  const test::TemporaryFolder folder;
  const Dataset data = make(folder.path() / "n", 40, *rc::gen::arbitrary<std::uint64_t>());
  struct Voters {
    std::uint64_t mayor = 0, council = 0, citizens = 0, above = 0;
    bool whole = true;
  };
  std::map<std::size_t, Voters> precincts;
  for (const DatasetProtocol& protocol : data.protocols) {
    Voters& voters = precincts[protocol.precinct];
    switch (data.contest_of(protocol).kind) {
      case v1::CONTEST_KIND_MAYOR:
        voters.mayor += protocol.figure("p1");
        voters.citizens += protocol.figure("p1a");
        break;
      case v1::CONTEST_KIND_COUNCIL_POWIAT:
      case v1::CONTEST_KIND_ASSEMBLY: voters.above = protocol.figure("p1"); break;
      case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT: break;
      default: voters.council += protocol.figure("p1");
    }
  }
  for (const DatasetContest& contest : data.contests) {
    if (!is_uncontested(contest)) continue;
    for (const std::size_t precinct : contest.precincts) precincts[precinct].whole = false;
  }
  for (const auto& [precinct, voters] : precincts) {
    if (voters.whole) RC_ASSERT(voters.council >= voters.mayor);
    RC_ASSERT(voters.council <= voters.mayor + 1);
    RC_ASSERT(voters.above >= voters.citizens);
    RC_ASSERT(voters.above <= voters.citizens + 3);
  }
}

}  // namespace
}  // namespace urna::drill
