// urna-results on broken tables and command lines, and what it leaves on the disk.

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "tests/integration/audit_results/tool.h"
#include "tests/support/gzip.h"

namespace urna::audit {
namespace {

constexpr const char* kDistricts = "teryt,district,seats\n100000,1,3\n100000,2,2\n200101,1,2\n";
constexpr const char* kHeader = "council,teryt,district,list,position,votes\n";

class Determine : public testing::Test {
 protected:
  // Runs on kHeader and these rows; "out.csv" is the output.
  Ran run_on(const std::string& rows, const std::vector<std::string>& more = {}) const {
    std::filesystem::remove(tables.path("out.csv"));
    tables.write("d.csv", districts);
    tables.write("c.csv", header + rows);
    std::vector<std::string> arguments{"determine",
                                       "--rules",
                                       rules,
                                       "--districts",
                                       tables.path("d.csv"),
                                       "--candidates",
                                       tables.path("c.csv"),
                                       "--output",
                                       tables.path("out.csv")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  // The outcomes in the order of the rows; the error's line when it failed.
  std::string outcomes(const std::string& rows, const std::vector<std::string>& more = {}) const {
    const Ran ran = run_on(rows, more);
    if (ran.status != 0) return ran.errors;
    std::string text;
    for (const Row& row : read_rows(tables.path("out.csv"))) text += row.at("outcome") + " ";
    return text;
  }
  // Refused with status 2 and one line that holds `part`; nothing was written.
  void expect_refused(const Ran& ran, const std::string& part) const {
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
    EXPECT_TRUE(ran.errors.starts_with("urna-results: ")) << ran.errors;
    EXPECT_NE(ran.errors.find(part), std::string::npos) << ran.errors;
    EXPECT_EQ(ran.output, "");
    EXPECT_FALSE(tables.has("out.csv"));
  }
  void expect_refused(const std::string& rows, const std::string& part) const {
    expect_refused(run_on(rows), part);
  }

  Tables tables;
  std::string districts = kDistricts;
  std::string header = kHeader;
  std::string rules = "2014";
};

TEST_F(Determine, BadRowsAreNamedByFileLineAndReason) {
  const std::string good = "powiat_council,100000,1,1,1,10\n";
  expect_refused(good + "powiat_council,100000,9,1,1,10\n",
                 "c.csv:3: district 100000/9 is not among the districts");
  expect_refused(good + good, "c.csv:3: list 1 position 1 stands twice in its district");
  expect_refused("powiat_council,100000,1,1,1,-1\n", "c.csv:2: votes '-1' is no figure");
  expect_refused("powiat_council,100000,1,1,1,1000000000\n", "c.csv:2: votes '1000000000'");
  expect_refused("powiat_council,100000,1,1,1,1.5\n", "c.csv:2: votes '1.5'");
  expect_refused("powiat_council,100000,1,0,1,1\n", "c.csv:2: list must be 1 or more");
  expect_refused("powiat_council,100000,1,1,0,1\n", "c.csv:2: position must be 1 or more");
  expect_refused("powiat_council,100000,1,1,1\n", "c.csv:2: 5 fields where the header has 6");
  expect_refused(good + "city_council,100000,2,1,1,10\n",
                 "c.csv:3: council 'city_council' where the unit's other rows say");
  expect_refused("gmina_council,100000,1,1,1,1\n",
                 "c.csv:2: council 'gmina_council' does not tell");
  expect_refused(",100000,1,1,1,1\n", "c.csv:2: council ''");
  expect_refused("powiat_council,100000,1,1,1,10", "c.csv:2: cut short");
}

TEST_F(Determine, MissingColumnsAndFilesAreNamed) {
  header = "council,teryt,district,list,votes\n";
  expect_refused("powiat_council,100000,1,1,10\n", "c.csv:1: the column 'position' is missing");
  header = kHeader;
  districts = "teryt,district\n100000,1\n";
  expect_refused("", "d.csv:1: the column 'seats' is missing");
  districts = "teryt,district,seats\n100000,1,0\n";
  expect_refused("", "d.csv:2: seats must be 1 or more");
  districts = "teryt,district,seats\n100000,1,3\n100000,1,4\n";
  expect_refused("", "d.csv:3: district 100000/1 stands twice");
  districts = "teryt,district,seats\n,1,3\n";
  expect_refused("", "d.csv:2: teryt ''");
  districts = "teryt,district,seats\n100000,1,10001\n";
  expect_refused("", "d.csv:2: more than 10000 seats");
  expect_refused(run({"determine", "--rules", "2014", "--districts", "none.csv", "--candidates",
                      "none.csv", "--output", tables.path("out.csv")}),
                 "none.csv: no such file");
}

TEST_F(Determine, CommitteeKindsAreKnownOrNamed) {
  header = "council,teryt,district,list,position,votes,committee_kind\n";
  rules = "2019";
  expect_refused("parliament,100000,1,1,1,10,club\n", "c.csv:2: committee_kind 'club'");
  expect_refused("parliament,100000,1,1,1,10,party\nparliament,100000,1,1,2,10,coalition\n",
                 "c.csv:3: list 1 has another committee_kind above");
}

TEST_F(Determine, WrongUsageIsOneLineAndStatusTwo) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {"dance"},
        {"determine"},
        {"mayors", "--rules", "2014"},
        {"allocate", "--method", "hare", "--seats", "1", "--votes", "1"},
        {"allocate", "--method", "dhondt", "--seats", "x", "--votes", "1"},
        {"determine", "--rules", "2014", "--districts", "d", "--candidates", "c"},
        {"determine", "--rules", "1998", "--districts", "d", "--candidates", "c", "--output",
         "o"}}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
  }
  EXPECT_EQ(run({"--help"}).status, 0);
  EXPECT_NE(run({"determine", "--help"}).output.find("lots.csv"), std::string::npos);
}

// Whole unit 100000: 1000 valid votes, so 50 take part and 49 do not; the unit counts, not the
// district.
TEST_F(Determine, TheThresholdIsOverTheUnitAndEqualityQualifies) {
  EXPECT_EQ(outcomes("powiat_council,100000,1,1,1,50\n"
                     "powiat_council,100000,1,2,1,49\n"
                     "powiat_council,100000,2,3,1,901\n"),
            "elected not_elected elected ");
  // 20 × 50 < 1001
  EXPECT_EQ(outcomes("powiat_council,100000,1,1,1,50\n"
                     "powiat_council,100000,1,2,1,49\n"
                     "powiat_council,100000,2,3,1,902\n"),
            "not_elected not_elected elected ");
}

TEST_F(Determine, ADistrictWithoutVotesIsUncontestedAndEmptyVotesBesideOthersAreStruckOff) {
  EXPECT_EQ(outcomes("powiat_council,100000,2,1,1,\npowiat_council,100000,1,1,1,\n"
                     "powiat_council,100000,1,1,2,7\n"),
            "elected not_elected elected ");
  expect_refused(
      "powiat_council,100000,2,1,1,\npowiat_council,100000,2,1,2,\n"
      "powiat_council,100000,2,1,3,\n",
      "c.csv:2: 100000-2: no votes, though there are more candidates than seats");
}

TEST_F(Determine, RowsMayComeInAnyOrderAndOtherBytesStay) {
  header = "\"council\",teryt,outcome,district,list,position,votes,\"a \"\"note\"\"\"\r\n";
  const std::string rows =
      "powiat_council,100000,\"old, quoted\",1,2,1,60,\"line\nbreak\"\r\n"
      "powiat_council,100000,,2,1,1,50,\"\"\r\n"
      "\"powiat_council\",100000,elected,1,1,1,70,ż\n";
  ASSERT_EQ(run_on(rows).status, 0);
  EXPECT_EQ(tables.bytes("out.csv"),
            header +
                "powiat_council,100000,elected,1,2,1,60,\"line\nbreak\"\r\n"
                "powiat_council,100000,elected,2,1,1,50,\"\"\r\n"
                "\"powiat_council\",100000,elected,1,1,1,70,ż\n");
}

TEST_F(Determine, CompressedTablesAreRead) {
  tables.write("d.csv.gz", test::gzip(kDistricts));
  tables.write("c.csv.gz", test::gzip(std::string(kHeader) + "powiat_council,100000,1,1,1,5\n"));
  const Ran ran =
      run({"determine", "--rules", "2014", "--districts", tables.path("d.csv.gz"), "--candidates",
           tables.path("c.csv.gz"), "--output", tables.path("out.csv")});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(tables.bytes("out.csv"),
            "council,teryt,district,list,position,votes,outcome\n"
            "powiat_council,100000,1,1,1,5,elected\n");
}

TEST_F(Determine, TheOutputMayReplaceTheInput) {
  tables.write("d.csv", kDistricts);
  tables.write("c.csv", std::string(kHeader) + "powiat_council,100000,1,1,1,5\n");
  const std::string c = tables.path("c.csv");
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(run({"determine", "--rules", "2014", "--districts", tables.path("d.csv"),
                   "--candidates", c, "--output", c})
                  .status,
              0);
  }
  EXPECT_EQ(tables.bytes("c.csv"),
            "council,teryt,district,list,position,votes,outcome\n"
            "powiat_council,100000,1,1,1,5,elected\n");
  EXPECT_EQ(tables.files(), 2u);
}

TEST_F(Determine, AnOutputThatCannotBeWrittenLeavesNothingBehind) {
  tables.write("d.csv", kDistricts);
  tables.write("c.csv", std::string(kHeader) + "powiat_council,100000,1,1,1,5\n");
  const Ran ran =
      run({"determine", "--rules", "2014", "--districts", tables.path("d.csv"), "--candidates",
           tables.path("c.csv"), "--output", tables.path("no/out.csv")});
  EXPECT_NE(ran.status, 0);
  EXPECT_NE(ran.errors.find("no/out.csv: cannot be written"), std::string::npos) << ran.errors;
  EXPECT_EQ(tables.files(), 2u);
}

TEST_F(Determine, APipeIsNeverReplacedByTheOutputAndALinkStaysOne) {
  ASSERT_EQ(run_on("powiat_council,100000,1,1,1,10\n").status, 0);
  const auto to = [&](const std::string& output) {
    return run({"determine", "--rules", "2014", "--districts", tables.path("d.csv"), "--candidates",
                tables.path("c.csv"), "--output", output});
  };
  ASSERT_EQ(mkfifo(tables.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(to(tables.path("pipe")).status, 2);
  EXPECT_TRUE(std::filesystem::is_fifo(tables.path("pipe")));
  tables.write("target.csv", "old");
  std::filesystem::create_symlink("target.csv", tables.path("link.csv"));
  EXPECT_EQ(to(tables.path("link.csv")).status, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(tables.path("link.csv")));
  EXPECT_EQ(read_rows(tables.path("target.csv")).size(), 1U);
}

TEST_F(Determine, AnUnknownCouncilIsTakenForDhondtWithANote) {
  const Ran ran = run_on("school_council,100000,1,1,1,5\n");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.errors, "note: council 'school_council' is not a known one; taken for d'Hondt\n");
}

TEST_F(Determine, ExplainPrintsTheDistrictsAskedForInBothLanguages) {
  const std::string rows = "powiat_council,100000,1,1,1,5\npowiat_council,100000,2,1,1,5\n";
  const Ran ran = run_on(rows, {"--explain", "100000/2", "--explain", "100000/1"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_LT(ran.output.find("100000-2, seats: 2"), ran.output.find("100000-1, seats: 3"));
  EXPECT_NE(run_on(rows, {"--explain", "100000/1", "--language", "pl"}).output.find("mandatów: 3"),
            std::string::npos);
  expect_refused(run_on(rows, {"--explain", "200101/1"}), "--explain 200101/1: no such district");
  expect_refused(run_on(rows, {"--explain", "100000"}), "--explain 100000: no such district");
}

// Top N, 2 seats: 9, then 5 = 5 = 5 for the second.
class Lots : public Determine {
 protected:
  std::string with(const std::string& lots, const std::vector<std::string>& more = {}) {
    tables.write("l.csv", "teryt,district,list,position\n" + lots);
    std::vector<std::string> arguments{"--lots", tables.path("l.csv")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return outcomes(rows, arguments);
  }
  void expect_refused_lots(const std::string& lots, const std::string& part) {
    const std::string said = with(lots);
    EXPECT_NE(said.find(part), std::string::npos) << said;
    EXPECT_FALSE(tables.has("out.csv"));
  }
  std::string rows =
      "gmina_council_up_to_20000,200101,1,1,1,9\ngmina_council_up_to_20000,200101,1,2,1,5\n"
      "gmina_council_up_to_20000,200101,1,3,1,5\ngmina_council_up_to_20000,200101,1,4,1,5\n"
      "gmina_council_up_to_20000,200101,1,5,1,4\n";
};

TEST_F(Lots, ARecordedLotSettlesItsTie) {
  EXPECT_EQ(outcomes(rows), "elected lot lot lot not_elected ");
  EXPECT_EQ(with("200101,1,3,1\n"), "elected not_elected elected not_elected not_elected ");
}

TEST_F(Lots, TooFewTooManyRepeatedOrNotInTheTieAreRefused) {
  expect_refused_lots("", "too_few");
  expect_refused_lots("200101,1,3,1\n200101,1,4,1\n", "l.csv:2: too_many");
  expect_refused_lots("200101,1,3,1\n200101,1,3,1\n", "l.csv:3: repeated");
  expect_refused_lots("200101,1,1,1\n", "l.csv:2: not_in_tie");
  expect_refused_lots("200101,1,3,1\n200101,1,5,1\n", "l.csv:3: not_in_tie");
  expect_refused_lots("200101,1,3,2\n", "l.csv:2: not_in_tie");
  expect_refused_lots("100000,1,3,1\n", "l.csv:2: district 100000/1 has no candidates here");
  expect_refused_lots("200101,1,3,x\n", "l.csv:2: position 'x'");
}

TEST_F(Lots, TiesWithoutALotStayOpenOnlyWhenAskedFor) {
  EXPECT_EQ(with("", {"--partial-lots"}), "elected lot lot lot not_elected ");
}

TEST_F(Lots, TwoSeatsTakeTwoRows) {
  districts = "teryt,district,seats\n200101,1,3\n";
  expect_refused_lots("200101,1,3,1\n", "l.csv:2: too_few");
  EXPECT_EQ(with("200101,1,4,1\n200101,1,2,1\n"),
            "elected elected not_elected elected not_elected ");
}

// Lists 1 and 2 have 10 votes each and one seat: a lot among the lists; on list 1 two candidates
// have 5 each (2014: a lot inside the list, precincts not known).
TEST_F(Lots, ALotAmongListsMayBringOnAnotherInsideTheList) {
  districts = "teryt,district,seats\n100000,1,1\n";
  rows =
      "powiat_council,100000,1,1,1,5\npowiat_council,100000,1,1,2,5\n"
      "powiat_council,100000,1,2,1,6\npowiat_council,100000,1,2,2,4\n";
  EXPECT_EQ(outcomes(rows), "lot lot lot not_elected ");
  EXPECT_EQ(with("100000,1,1,2\n"), "not_elected elected not_elected not_elected ");
  EXPECT_EQ(with("100000,1,2,1\n"), "not_elected not_elected elected not_elected ");
  expect_refused_lots("100000,1,1,2\n100000,1,1,1\n", "l.csv:2: too_many");
  expect_refused_lots("100000,1,1,2\n100000,1,2,1\n", "l.csv:2: too_many");
  expect_refused_lots("100000,1,2,2\n", "l.csv:2: not_in_tie");
  // 2010: the higher place on the list, and only the lists draw.
  rules = "2010";
  EXPECT_EQ(outcomes(rows), "lot not_elected lot not_elected ");
}

class MayorsTool : public Determine {
 protected:
  std::string mayors(const std::string& table, const std::string& year = "2014") const {
    std::filesystem::remove(tables.path("out.csv"));
    const Ran ran = run({"mayors", "--rules", year, "--votes", tables.write("v.csv", table),
                         "--output", tables.path("out.csv")});
    if (ran.status != 0) return ran.errors;
    std::string text = ran.errors;
    for (const Row& row : read_rows(tables.path("out.csv"))) text += row.at("outcome") + " ";
    return text;
  }
  void expect_bad(const std::string& table, const std::string& part) const {
    const std::string said = mayors(table);
    EXPECT_NE(said.find(part), std::string::npos) << said;
    EXPECT_FALSE(tables.has("out.csv"));
  }
};

TEST_F(MayorsTool, RoundsAreGroupedByRoundAndTerytInAnyOrder) {
  const std::string head = "round,teryt,candidate,votes,votes_no,elected\n";
  EXPECT_EQ(mayors(head + "R2,1,2,5,,\nR1,1,1,4,,\nR1,2,1,51,49,\nR1,1,2,4,,\nR2,1,1,6,,\n"
                          "R1,1,3,1,,\nR1,3,1,50,50,\n"),
            "no runoff elected runoff elected no no ");
}

TEST_F(MayorsTool, ATieForTheRunoffAndInItIsALot) {
  const std::string head = "round,teryt,candidate,votes\n";
  EXPECT_EQ(mayors(head + "R1,1,1,9\nR1,1,2,5\nR1,1,3,5\nR1,1,4,4\nR2,2,1,7\nR2,2,2,7\n"),
            "runoff lot lot no lot lot ");
  // Exactly half is not a majority.
  EXPECT_EQ(mayors(head + "R1,1,1,10\nR1,1,2,6\nR1,1,3,4\n"), "runoff runoff no ");
}

TEST_F(MayorsTool, ASingleCandidateWithoutAColumnForNoIsElectedWithANote) {
  const std::string said = mayors("teryt,position,votes\n020101,1,300\n", "2010");
  EXPECT_NE(said.find("v.csv:2: 020101 has a single candidate"), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("elected ")) << said;
  // Also where the figure itself is missing, and where all others were struck off.
  EXPECT_TRUE(mayors("teryt,position,votes\n020101,1,\n").ends_with("elected "));
  EXPECT_TRUE(mayors("teryt,position,votes\n1,1,\n1,2,9\n").ends_with("no elected "));
}

TEST_F(MayorsTool, AnOutcomeColumnIsReplacedInItsPlaceAndNeverRead) {
  EXPECT_EQ(mayors("outcome,teryt,position,votes\nelected,1,1,3\nno,1,2,9\n"), "no elected ");
  EXPECT_EQ(tables.bytes("out.csv"), "outcome,teryt,position,votes\nno,1,1,3\nelected,1,2,9\n");
}

TEST_F(MayorsTool, BadTablesAreNamedByFileLineAndReason) {
  const std::string head = "round,teryt,candidate,votes,votes_no\n";
  expect_bad(head + "R3,1,1,4,\n", "v.csv:2: round 'R3' is neither R1 nor R2");
  expect_bad(head + "R1,1,1,4,\n", "v.csv:2: 1: a single candidate, and no figure for votes NO");
  expect_bad(head + "R1,1,1,4,2\nR1,1,2,4,\n", "v.csv:2: 1: votes NO beside several candidates");
  expect_bad(head + "R1,1,1,4,\nR1,1,1,4,\n", "v.csv:2: 1: candidate 1 stands twice");
  expect_bad(head + "R1,1,1,,\nR1,1,2,,\n", "v.csv:2: 1: nobody has votes");
  expect_bad(head + "R2,1,1,4,\nR2,1,2,4,\nR2,1,3,4,\n", "v.csv:2: 1: more than two candidates");
  expect_bad(head + "R1,1,1,x,\n", "v.csv:2: votes 'x'");
  expect_bad("teryt,votes\n1,4\n", "v.csv:1: exactly one of the columns");
  expect_bad("teryt,candidate,position,votes\n1,1,1,4\n", "v.csv:1: exactly one of the columns");
}

TEST(Allocate, TheLastSeatsMayNeedALot) {
  const auto line = [](const std::string& seats, const std::string& votes) {
    const Ran ran = run({"allocate", "--method", "dhondt", "--seats", seats, "--votes", votes});
    return ran.status == 0 ? ran.output : ran.errors;
  };
  // 1316/2 = 658/1: more votes first.
  EXPECT_EQ(line("3", "1316,733,658,578"), "2,1,0,0\n");
  EXPECT_EQ(line("2", "10,10,10"), "0,0,0 lot: 1,2,3\n");
  // 20/2 = 10/1 = 10/1 for two seats: list 1 has more votes; lists 2 and 3 draw.
  EXPECT_EQ(line("3", "20,10,10"), "2,0,0 lot: 2,3\n");
  EXPECT_EQ(line("2", "20,10,10"), "2,0,0\n");
  EXPECT_EQ(line("5", "0,0"), "0,0\n");
  EXPECT_EQ(line("3", "999999999999999999,1"), "3,0\n");
  EXPECT_EQ(line("0", "1"), "urna-results: --seats must be 1 to 10000\n");
  EXPECT_NE(line("1", "1000000000000000000").find("is no figure"), std::string::npos);
  EXPECT_NE(line("1", "1,,2").find("'' is no figure"), std::string::npos);
  EXPECT_NE(line("1", "1, 2").find("' 2' is no figure"), std::string::npos);
}

}  // namespace
}  // namespace urna::audit
