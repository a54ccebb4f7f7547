#include "tests/drill/dataset_generated.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/drill/generate.h"
#include "tests/drill/generate_files.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

namespace fs = std::filesystem;

// The smallest nation, generated once and broken in every way.
class Generated : public testing::Test {
 protected:
  void SetUp() override {
    const auto written = generate({.precincts = 60, .seed = 5, .output = folder_.path() / "nation"},
                                  [](std::uint32_t) { return true; });
    ASSERT_TRUE(written) << written.error().message;
  }

  fs::path path(std::string_view file) const { return folder_.path() / "nation" / file; }
  std::string text(std::string_view file) const {
    std::ostringstream all;
    all << std::ifstream(path(file), std::ios::binary).rdbuf();
    return all.str();
  }
  void write(std::string_view file, const std::string& bytes) const {
    std::ofstream(path(file), std::ios::binary | std::ios::trunc) << bytes;
  }
  // Line `number`, counted from 1, without its end.
  std::string line(std::string_view file, std::size_t number) const {
    std::istringstream lines(text(file));
    std::string found;
    for (std::size_t i = 0; i < number; ++i) std::getline(lines, found);
    return found;
  }
  // Puts `bytes` in place of a line.
  void replace_line(std::string_view file, std::size_t number, const std::string& bytes) const {
    std::istringstream lines(text(file));
    std::string all;
    std::string one;
    for (std::size_t i = 1; std::getline(lines, one); ++i) all += i == number ? bytes : one + "\n";
    write(file, all);
  }
  // `field` of a line, counted from 0, in place of what stands there.
  void replace_field(std::string_view file, std::size_t number, std::size_t field,
                     const std::string& value) const {
    std::string changed = line(file, number);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < field; ++i) begin = changed.find(',', begin) + 1;
    const std::size_t end = changed.find(',', begin);
    changed.replace(begin, end == changed.npos ? changed.npos : end - begin, value);
    replace_line(file, number, changed + "\n");
  }
  void expect_refused(const std::string& message, ErrorCode code) const {
    const auto data = read_generated(folder_.path() / "nation");
    ASSERT_FALSE(data) << message;
    EXPECT_TRUE(data.error().message.contains(message))
        << data.error().message << " instead of " << message;
    EXPECT_EQ(data.error().code, code) << message;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(Generated, AFolderThatIsNotThereIsNamed) {
  const auto data = read_generated(folder_.path() / "elsewhere");
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(data.error().message.contains("elsewhere/nation.csv")) << data.error().message;
}

TEST_F(Generated, AMissingFileIsNamed) {
  for (const std::string_view file :
       {kUnitsFile, kPrecinctsFile, kContestsFile, kOptionsFile, kUncontestedFile,
        std::string_view("votes-31.csv"), std::string_view("protocols-01.csv")}) {
    const std::string kept = text(file);
    fs::remove(path(file));
    expect_refused(std::string(file), ErrorCode::kNotFound);
    write(file, kept);
  }
  EXPECT_TRUE(read_generated(folder_.path() / "nation"));
}

TEST_F(Generated, OtherColumnsAreNotAccepted) {
  for (const std::string_view file :
       {kNationFile, kUnitsFile, kPrecinctsFile, kContestsFile, kOptionsFile, kUncontestedFile,
        std::string_view("votes-01.csv"), std::string_view("protocols-01.csv")}) {
    const std::string kept = text(file);
    replace_field(file, 1, 1, "other");
    expect_refused(std::string(file), ErrorCode::kInvalidArgument);
    write(file, kept);
  }
}

TEST_F(Generated, AFileWithARowLessIsNotAccepted) {
  for (const std::string_view file :
       {kNationFile, kUncontestedFile, std::string_view("protocols-01.csv"),
        std::string_view("votes-01.csv")}) {
    const std::string kept = text(file);
    replace_line(file, 2, "");
    const auto data = read_generated(folder_.path() / "nation");
    ASSERT_FALSE(data) << file;
    EXPECT_EQ(data.error().code, ErrorCode::kInvalidArgument) << data.error().message;
    write(file, kept);
  }
}

// A protocol with its votes cut off at the end of both files is missed by the numbers only.
TEST_F(Generated, AProtocolLessIsNotAccepted) {
  std::string protocols = text("protocols-31.csv");
  protocols.erase(protocols.rfind('\n', protocols.size() - 2) + 1);
  const std::string last = text("protocols-31.csv").substr(protocols.size());
  std::size_t fields = 0;
  std::string place;  // contest, unit and precinct, as the votes' rows begin
  for (const char c : last) {
    if (c == ',' && ++fields == 3) break;
    place += c;
  }
  std::string votes = text("votes-31.csv");
  votes.erase(votes.find("\n" + place + ",") + 1);
  write("votes-31.csv", votes);
  write("protocols-31.csv", protocols);
  expect_refused("protocols-*.csv: ", ErrorCode::kInvalidArgument);
}

TEST_F(Generated, WhatIsWrongIsNamedByFileAndLine) {
  struct Case {
    std::string_view file;
    std::size_t line;
    std::size_t field;
    std::string value;
    std::string message;
  };
  const Case cases[] = {
      {kNationFile, 2, 0, "2", "nation.csv:2: format '2' is not known"},
      {kNationFile, 2, 2, "-1", "nation.csv:2: seed is no number"},
      {kNationFile, 2, 7, "x", "nation.csv:2: protocols is no number"},
      {kNationFile, 2, 1, "61", "precincts.csv: 60 rows, and nation.csv says 61"},
      {kUnitsFile, 3, 1, "shire", "units.csv:3: bad unit or kind"},
      {kUnitsFile, 3, 0, "a b", "units.csv:3: bad unit or kind"},
      {kUnitsFile, 3, 2, "XX", "units.csv:3: the unit 'XX' above it"},
      {kUnitsFile, 3, 0, "PL", "units.csv:3: the unit stands twice"},
      {kPrecinctsFile, 2, 0, "999999", "precincts.csv:2: bad teryt"},
      {kPrecinctsFile, 2, 1, "0x1", "precincts.csv:2: bad teryt"},
      {kPrecinctsFile, 2, 2, "P", "precincts.csv:2: bad teryt"},
      {kPrecinctsFile, 3, 1, "1", "precincts.csv: precinct 010101-1 stands twice"},
      {kContestsFile, 2, 1, "senate", "contests.csv:2: bad id, contest, area or seats"},
      {kContestsFile, 2, 5, "0", "contests.csv:2: bad id, contest, area or seats"},
      {kContestsFile, 2, 3, "XX", "contests.csv:2: bad id, contest, area or seats"},
      {kContestsFile, 3, 0, "assembly-010000-1", "contests.csv:3: the contest stands twice"},
      {kOptionsFile, 2, 0, "senate-1", "options.csv:2: unknown contest 'senate-1'"},
      {kOptionsFile, 2, 3, "", "options.csv:2: candidates is no figure"},
      {kOptionsFile, 3, 1, "1", "options.csv:3: the option stands twice"},
      {kUncontestedFile, 2, 0, "assembly-010000-1", "uncontested.csv:2: a vote is held there"},
      {kUncontestedFile, 2, 2, "77", "uncontested.csv:2: unknown precinct"},
      {"protocols-01.csv", 2, 0, "senate-1", "protocols-01.csv:2: unknown contest"},
      {"protocols-01.csv", 2, 2, "77", "protocols-01.csv:2: unknown precinct '010101-77'"},
      {"protocols-01.csv", 2, 3, "-1", "protocols-01.csv:2: p1 is no figure: '-1'"},
      {"protocols-01.csv", 2, 3, "", "protocols-01.csv:2: p1 is no figure: ''"},
      {"votes-01.csv", 2, 3, "77", "votes-01.csv:2: no votes for option"},
      {"votes-01.csv", 2, 4, "1.5", "votes-01.csv:2: no votes for option"},
      {"votes-01.csv", 2, 0, "assembly-010000-1", "votes-01.csv:2: votes of another protocol"},
      {"votes-01.csv", 2, 5, "7", "votes-01.csv:2: not the votes of 0 candidates: '7'"},
  };
  for (const Case& c : cases) {
    const std::string kept = text(c.file);
    replace_field(c.file, c.line, c.field, c.value);
    expect_refused(c.message, ErrorCode::kInvalidArgument);
    write(c.file, kept);
  }
}

TEST_F(Generated, VotesOfCandidatesAreAsManyAsThereAre) {
  const std::string votes = text("votes-01.csv");
  const std::size_t at = votes.find("\nassembly-");
  const std::size_t end = votes.find('\n', at + 1);
  for (const std::string& change : {std::string(" 1"), std::string(" "), std::string(" x")}) {
    std::string changed = votes;
    changed.insert(end, change);
    write("votes-01.csv", changed);
    expect_refused("not the votes of", ErrorCode::kInvalidArgument);
  }
  std::string changed = votes;
  changed.erase(changed.rfind(' ', end), end - changed.rfind(' ', end));
  write("votes-01.csv", changed);
  expect_refused("not the votes of", ErrorCode::kInvalidArgument);
}

TEST_F(Generated, AProtocolThatStandsTwiceIsNotAccepted) {
  write("protocols-01.csv", text("protocols-01.csv") + line("protocols-01.csv", 2) + "\n");
  const std::string key =
      line("protocols-01.csv", 2).substr(0, line("protocols-01.csv", 2).find(','));
  std::istringstream lines(text("votes-01.csv"));
  std::string again;
  for (std::string one; std::getline(lines, one);) {
    if (one.starts_with(key + ",010101,1,")) again += one + "\n";
  }
  write("votes-01.csv", text("votes-01.csv") + again);
  const auto rows = static_cast<std::size_t>(std::ranges::count(again, '\n'));
  const std::string nation = line(kNationFile, 2);
  const auto field = [&](std::size_t i) {
    std::istringstream fields(nation);
    std::string one;
    for (std::size_t at = 0; at <= i; ++at) std::getline(fields, one, ',');
    return std::stoul(one);
  };
  replace_field(kNationFile, 2, 7, std::to_string(field(7) + 1));
  replace_field(kNationFile, 2, 8, std::to_string(field(8) + rows));
  expect_refused("stand twice", ErrorCode::kInvalidArgument);
}

TEST_F(Generated, HasItsOwnNameAndASystemFitForIt) {
  const auto data = read_generated(folder_.path() / "nation");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->name, "generated-60-5");
  EXPECT_TRUE(model::ElectionId::parse(data->election));
  EXPECT_EQ(data->units.front().kind, v1::UNIT_KIND_NATIONAL);
  EXPECT_EQ(data->precincts.size(), 60u);
}

}  // namespace
}  // namespace urna::drill
