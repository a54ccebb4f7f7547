// What urna-check refuses, how it reads columns and joins votes, and what it prints.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/audit_check/run.h"
#include "tests/support/gzip.h"
#include "tests/support/process.h"

namespace urna::audit {
namespace {

constexpr std::string_view kHeader = "protocol,contest,teryt,precinct,code,severity\n";

struct Wrong {
  std::vector<std::string> arguments;
  std::string message;  // ends the one line on stderr
};

void expect_refused(const Wrong& wrong) {
  const Ran ran = run_check(wrong.arguments);
  EXPECT_EQ(ran.status, 2) << wrong.message;
  EXPECT_TRUE(ran.errors.starts_with("urna-check: ")) << ran.errors;
  EXPECT_TRUE(ran.errors.ends_with(wrong.message + "\n")) << ran.errors << wrong.message;
  EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
}

TEST(CheckCommand, WrongUsageIsOneLineAndStatusTwo) {
  const Desk desk;
  const std::string good = desk.file("p.csv", "contest,p1,p4\nc,5,4\n");
  const std::string several = "several --form need a different contest each: CONTEST=FORM";
  const std::vector<Wrong> cases = {
      {{good}, "--form is required (see urna-check --help)"},
      {{"--form", "council-2014"}, "protocols is required (see urna-check --help)"},
      {{"--form", "council-2014", good, good}, "(see urna-check --help)"},
      {{"--colour", good}, "(see urna-check --help)"},
      {{"--form", "=council-2014", good}, "names no contest before '='"},
      {{"--form", "mayor-2014", "--form", "council-2014", good}, several},
      {{"--form", "c=mayor-2014", "--form", "council-2014", good}, several},
      {{"--form", "c=mayor-2014", "--form", "c=council-2014", good}, several},
      {{"--form", "c=mayor", good},
       "--form: there is no form 'mayor'; there are council-2014, council-2014-ab, mayor-2014, "
       "mayor-single-2014, mayor-2018-public, sejm-2019, local-2010"},
  };
  for (const Wrong& wrong : cases) expect_refused(wrong);
}

TEST(CheckCommand, BadProtocolsAreRefusedWithFileLineAndReason) {
  const Desk desk;
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", ":1: the header line is missing"},
      {"protocol,precinct,precinct_type,lists\n", ":1: no column holds a point (p1, p4_issued, …)"},
      {"p1_eligible,p1\n", ":1: columns 'p1_eligible' and 'p1' both hold point p1"},
      {"p1,eligible\n", ":1: columns 'p1' and 'eligible' both hold point p1"},
      {"p11a,p11_two_marks\n", ":1: columns 'p11a' and 'p11_two_marks' both hold point p11a"},
      {"p1,l1c1\n", ":1: column 'l1c1' has no list column 'l1'"},
      {"p1,p4\n5,4\n5\n", ":3: 1 fields where the header has 2"},
      {"p1,p4\n5,4\n5,-1\n", ":3: column 'p4': '-1' is no figure from 0 to 999999999"},
      {"p1,p4\n5,1000000000\n", ":2: column 'p4': '1000000000' is no figure from 0 to 999999999"},
      {"p1,l1\n5,x\n", ":2: column 'l1': 'x' is no figure from 0 to 999999999"},
      {"p1,postal_voting\n5,maybe\n", ":2: column 'postal_voting': 'maybe' is not yes or no"},
      {"p1,p4\n5,4", ":2: cut short: no line break at its end"},
  };
  for (const auto& [text, message] : files) {
    const std::string file = desk.file("p.csv", text);
    expect_refused({{"--form", "council-2014", file}, "p.csv" + message});
  }
  expect_refused({{"--form", "council-2014", "/nonexistent/p.csv"}, "p.csv: no such file"});
  const std::string file = desk.file("p.csv", "p1\n1\n");
  expect_refused({{"--form", "c=council-2014", file}, "p.csv:1: the column 'contest' is missing"});
  expect_refused({{"--form", "council-2014", "--contest", "c", file},
                  "p.csv:1: the column 'contest' is missing"});
  const std::string contests = desk.file("c.csv", "contest,teryt,p1\nc,1,1\n");
  expect_refused({{"--form", "a=council-2014", "--form", "b=mayor-2014", contests},
                  "c.csv:1: the column 'precinct' is missing"});
}

TEST(CheckCommand, ACompressedFileThatIsCutShortIsRefusedWithItsLine) {
  const Desk desk;
  std::string text = "p1,p4\n";
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919 % 99'991) + ",4\n";
  const std::string packed = test::gzip(text);
  // Written under another name first: Desk packs what ends in .gz.
  const std::string plain = desk.file("whole", packed.substr(0, packed.size() / 2));
  const std::string cut = plain + ".csv.gz";
  std::filesystem::rename(plain, cut);
  const Ran ran = run_check({"--form", "council-2014", cut});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.errors.find("whole.csv.gz: compressed file is cut short, in line "),
            std::string::npos)
      << ran.errors;
}

TEST(CheckCommand, BadVotesAreRefusedWithFileLineAndReason) {
  const Desk desk;
  const std::string protocols = desk.file("p.csv", "protocol,teryt,precinct,p12\na,1,1,5\n");
  const std::vector<std::pair<std::string, std::string>> files = {
      {"teryt,precinct,list,votes\n", ":1: the column 'protocol' is missing"},
      {"protocol,precinct,list,votes\n", ":1: the column 'teryt' is missing"},
      {"protocol,teryt,precinct,list\n", ":1: the column 'votes' is missing"},
      {"protocol,teryt,precinct,votes\n", ":1: none of the columns list, option, candidate"},
      {"protocol,teryt,precinct,list,candidate,votes\n",
       ":1: more than one of the columns list, option, candidate"},
      {"protocol,teryt,precinct,list,votes\na,1,1,1,5\na,1,1,2,5x\n",
       ":3: column 'votes': '5x' is no figure from 0 to 999999999"},
      {"protocol,teryt,precinct,list,votes,votes_no\na,1,1,1,5,n\n",
       ":2: column 'votes_no': 'n' is no figure from 0 to 999999999"},
      {"protocol,teryt,precinct,list,votes\na,1,1,1,5\nb,1,1,1,5\na,1,1,1,5\n",
       ":4: this option has votes in this protocol already"},
  };
  for (const auto& [text, message] : files) {
    const std::string votes = desk.file("v.csv", text);
    expect_refused({{"--form", "council-2014", protocols, "--votes", votes}, "v.csv" + message});
  }
  const std::string votes = desk.file("v.csv", "protocol,teryt,precinct,list,votes\na,1,1,1,5\n");
  const std::string twice = desk.file("p2.csv", "protocol,teryt,precinct,p12\na,1,1,5\na,1,1,5\n");
  expect_refused({{"--form", "council-2014", twice, "--votes", votes},
                  "p2.csv:3: an earlier row has the same key, so its votes cannot be told apart"});
  const std::string in_row = desk.file("p3.csv", "protocol,teryt,precinct,p13,l1\na,1,1,5,5\n");
  expect_refused({{"--form", "sejm-2019", in_row, "--votes", votes},
                  "p3.csv:1: votes lie in the rows already; --votes has no place"});
  const std::string keyless = desk.file("p4.csv", "teryt,precinct,p12\n1,1,5\n");
  expect_refused({{"--form", "council-2014", keyless, "--votes", votes},
                  "p4.csv:1: the column 'protocol' is missing"});
  const std::string two = desk.file(
      "v2.csv", "protocol,teryt,precinct,candidate,votes,votes_no\na,1,1,1,5,1\na,1,1,2,5,\n");
  expect_refused({{"--form", "mayor-2014", protocols, "--votes", two},
                  "p.csv:2: NO votes beside several candidates"});
}

TEST(CheckCommand, AFormWithoutCandidatesRefusesThem) {
  const Desk desk;
  const std::string file = desk.file("p.csv", "p12,l1,l1c1\n5,5,5\n");
  const Ran ran = run_check({"--form", "mayor-2014", file});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.errors.find("p.csv:2: form mayor-2014: takes no candidate votes"),
            std::string::npos)
      << ran.errors;
}

TEST(CheckCommand, WhatStandsBeforeABadRowIsPrintedAndASummaryIsNot) {
  const Desk desk;
  const std::string file = desk.file("p.csv", "p1,p4\n4,5\nx,5\n");
  const Ran findings = run_check({"--form", "council-2014", file});
  EXPECT_EQ(findings.status, 2);
  EXPECT_EQ(findings.output, std::string(kHeader) + ",,,,E1,error\n");
  const Ran summary = run_check({"--form", "council-2014", file, "--summary"});
  EXPECT_EQ(summary.status, 2);
  EXPECT_EQ(summary.output, "contest,code,severity,count\n");
}

TEST(CheckCommand, FindingsAreRowsWithTheNamesOfTheirProtocol) {
  const Desk desk;
  const std::string file = desk.file("p.csv.gz",
                                     "protocol,contest,teryt,precinct,p1_eligible,p4_issued,p9\n"
                                     "a,\"x,y\",146501,7,4,5,0\n"
                                     "b,z,146501,8,5,4,2\n");
  const Ran ran = run_check({"--form", "council-2014", file});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(ran.errors, "");
  EXPECT_EQ(ran.output,
            std::string(kHeader) + "a,\"x,y\",146501,7,E1,error\n" + "b,z,146501,8,W3,warning\n");
}

TEST(CheckCommand, ThreeSeveritiesAndTheOrderOfTheSummary) {
  const Desk desk;
  const std::string file = desk.file("p.csv",
                                     "p1,p2,p3,p4,p9,p11\n"
                                     "4,9,5,5,1,0\n"    // E1, B4 and B5, W3
                                     "5,9,0,4,0,0\n"    // W1
                                     "4,9,0,4,3,3\n");  // W1, W3, W10
  const Ran ran = run_check({"--form", "council-2014", file, "--summary"});
  EXPECT_EQ(ran.output,
            "contest,code,severity,count\n"
            ",E1,error,1\n"
            ",B4,blocking warning,1\n"
            ",B5,blocking warning,1\n"
            ",W1,warning,2\n"
            ",W3,warning,2\n"
            ",W10,warning,1\n");
}

TEST(CheckCommand, RulesOverWhatTheFileLacksDoNotApply) {
  const Desk desk;
  // E4 needs votes, W4, E12 and E15 the kind of precinct, E11 postal voting, W2 and B3 p8a.
  const std::string row = "p1,p4,p5,p6,p8,p12\n100,99,1,1,2,1\n";
  const Ran ran = run_check({"--form", "council-2014", desk.file("p.csv", row)});
  EXPECT_EQ(ran.output, std::string(kHeader));
  const std::string empty = "p1,p4,p9,p10,p8\n4,,1,1,\n";
  const Ran partly = run_check({"--form", "council-2014", desk.file("e.csv", empty)});
  EXPECT_EQ(partly.output, std::string(kHeader) + ",,,,W3,warning\n");
}

TEST(CheckCommand, TheKindOfPrecinctAndPostalVotingAreReadWhereTheFileTells) {
  const Desk desk;
  const std::string rows =
      "precinct,precinct_type,postal_voting,p1,p4,p5,p6\n"
      "1,P,,100,99,1,1\n"
      "2,stały,yes,100,99,1,1\n"
      "3,Z,no,100,99,1,1\n"
      "4,zakład karny,,100,99,1,1\n"
      "5,,,100,99,1,1\n";
  const Ran ran = run_check({"--form", "council-2014", desk.file("p.csv", rows)});
  EXPECT_EQ(ran.output, std::string(kHeader) +
                            ",,,1,W4,warning\n"
                            ",,,2,W4,warning\n"
                            ",,,3,E11,error\n"
                            ",,,3,E12,error\n"
                            ",,,4,E12,error\n");
}

TEST(CheckCommand, VotesJoinInAnyOrderOfRows) {
  const Desk desk;
  const std::string protocols = desk.file("p.csv",
                                          "protocol,teryt,precinct,p12\n"
                                          "a,1,1,5\n"
                                          "b,1,1,5\n"
                                          "a,1,2,5\n");
  const std::string votes = desk.file("v.csv",
                                      "votes,list,precinct,teryt,protocol\n"
                                      "2,2,2,1,a\n"
                                      "4,1,1,1,b\n"
                                      "3,1,2,1,a\n"
                                      "1,2,1,1,a\n"
                                      "4,1,1,1,a\n"
                                      "2,3,1,1,b\n");
  const Ran ran = run_check({"--form", "council-2014", protocols, "--votes", votes});
  EXPECT_EQ(ran.errors, "");
  EXPECT_EQ(ran.output, std::string(kHeader) + "b,,1,1,E4,error\n");
}

TEST(CheckCommand, ProtocolsWithoutVotesAndVotesWithoutProtocolAreNoted) {
  const Desk desk;
  const std::string protocols =
      desk.file("p.csv", "contest,teryt,precinct,p12\nc,1,1,5\nc,1,2,5\nd,1,1,5\n");
  const std::string votes =
      desk.file("v.csv", "contest,teryt,precinct,option,votes\nc,1,1,1,5\nc,1,3,1,5\nd,1,1,1,9\n");
  const Ran ran = run_check({"--form", "c=council-2014", protocols, "--votes", votes});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, kHeader);
  EXPECT_EQ(ran.errors,
            "urna-check: note: 1 protocols have no votes in the file of votes\n"
            "urna-check: note: 1 keys of the file of votes belong to no protocol\n");
  const Ran none = run_check({"--form", "council-2014", "--contest", "e", protocols});
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.errors, "urna-check: note: no row was checked\n");
}

TEST(CheckCommand, ASingleCandidatesVotesAreYesAndNo) {
  const Desk desk;
  const std::string protocols = desk.file("p.csv",
                                          "protocol,teryt,precinct,eligible,issued,from_urn,"
                                          "invalid_votes,p12\n"
                                          "a,1,1,20,10,10,1,9\n"
                                          "b,1,2,20,10,9,1,9\n"
                                          "c,1,3,20,10,10,1,4\n");
  const std::string votes = desk.file("v.csv",
                                      "protocol,teryt,precinct,candidate,votes,votes_no\n"
                                      "a,1,1,1,6,3\n"
                                      "b,1,2,1,6,3\n"
                                      "c,1,3,1,5,-1\n");
  const std::string sound = desk.file("s.csv",
                                      "protocol,teryt,precinct,candidate,votes,votes_no\n"
                                      "a,1,1,1,6,3\n"
                                      "b,1,2,1,6,3\n"
                                      "c,1,3,1,5,0\n");
  EXPECT_EQ(run_check({"--form", "mayor-2018-public", protocols, "--votes", votes}).status, 2);
  const Ran checked = run_check({"--form", "mayor-2018-public", protocols, "--votes", sound});
  EXPECT_EQ(checked.output, std::string(kHeader) + "b,,1,2,W20,warning\n") << checked.errors;
  const Ran single = run_check({"--form", "mayor-single-2014", protocols, "--votes", sound});
  EXPECT_EQ(single.output, std::string(kHeader) + "c,,1,3,E4,error\nc,,1,3,E18,error\n");
}

TEST(CheckCommand, VotesInTheRowKnowCandidatesStruckOff) {
  const Desk desk;
  const std::string rows =
      "control_symbol,p13_valid_votes,l1,l1c1,l1c2,l3,l3c2,l3c1\n"
      "sound,9,5,3,2,4,1,3\n"
      "sum,9,5,3,1,4,1,3\n"
      "struck-above,9,5,3,struck,4,1,3\n"
      "struck-below,9,2,3,struck,7,4,3\n"
      "twice,9,4,3,2,5,1,3\n"
      "empty,9,5,3,,4,1,3\n";
  const Ran ran = run_check({"--form", "sejm-2019", desk.file("p.csv", rows)});
  EXPECT_EQ(ran.output, std::string(kHeader) +
                            "sum,,,,E5,error\n"
                            "struck-below,,,,E6,error\n"
                            "twice,,,,E5,error\n"
                            "twice,,,,E5,error\n")
      << ran.errors;
}

TEST(CheckCommand, AcrossRowsNameTheContestsAndProtocolsConcerned) {
  const Desk desk;
  const std::string rows =
      "protocol,contest,teryt,precinct,p1,p1a,p4,p5\n"
      "m1,mayor,140101,1,100,95,50,0\n"
      "m2,mayor,140101,2,100,95,50,0\n"
      "r1,mayor_round2,140101,1,500,95,90,7\n"
      "g1,gmina_council,140101,1,101,95,50,0\n"
      "g2,gmina_council,140101,2,60,60,25,0\n"
      "g3,gmina_council,140101,2,40,35,25,1\n"
      "s2,voivodeship_assembly,140101,2,94,,10,\n"
      "u2,song_contest,140101,2,3,3,3,3\n";
  const std::string file = desk.file("p.csv", rows);
  const Ran ran =
      run_check({"--form", "mayor=mayor-2014", "--form", "mayor_round2=mayor-2014", "--form",
                 "gmina_council=council-2014-ab", "--form", "voivodeship_assembly=council-2014",
                 "--form", "song_contest=council-2014", file});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  std::string across;
  for (std::size_t at = 0; at < ran.output.size(); at = ran.output.find('\n', at) + 1) {
    const std::string line = ran.output.substr(at, ran.output.find('\n', at) + 1 - at);
    if (line.find(",X") != std::string::npos) across += line;
  }
  EXPECT_EQ(across,
            "g1+m1,gmina_council+mayor,140101,1,X1,warning\n"
            "g2+g3+s2,gmina_council+gmina_council+voivodeship_assembly,140101,2,X2,warning\n"
            "m2+s2,mayor+voivodeship_assembly,140101,2,X2,warning\n"
            "g2+g3+m2+s2,gmina_council+gmina_council+mayor+voivodeship_assembly,140101,2,X4,"
            "warning\n"
            "g2+g3+m2,gmina_council+gmina_council+mayor,140101,2,X5,warning\n");
}

TEST(CheckCommand, HelpNamesEveryFormAndTheExitStatus) {
  const Ran ran = run_check({"--help"});
  EXPECT_EQ(ran.status, 0);
  for (const char* word : {"council-2014", "sejm-2019", "local-2010", "--votes", "--summary",
                           "protocol,contest,teryt,precinct,code,severity", "Exit status"}) {
    EXPECT_NE(ran.output.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(run_check({"--version"}).status, 0);
}

}  // namespace
}  // namespace urna::audit
