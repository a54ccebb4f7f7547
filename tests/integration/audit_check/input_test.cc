// How urna-check understands what files leave open: precinct types, keys of votes, contests that
// cannot be compared.
#include <gtest/gtest.h>

#include "tests/integration/audit_check/run.h"

namespace urna::audit {
namespace {

constexpr std::string_view kHeader = "protocol,contest,teryt,precinct,code,severity\n";

// ---- kinds of precincts ----

// p4 above 90% of p1 is W4 in a permanent precinct only, p5 above 0 is E12 in a separate one only.
std::string codes_for(const std::string& type) {
  const Desk desk;
  const Ran ran =
      run_check({"--form", "council-2014",
                 desk.file("p.csv", "precinct_type,p1,p4,p5\n\"" + type + "\",100,95,1\n")});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  return ran.output.substr(kHeader.size());
}

TEST(CheckInput, ThePrecinctTypeMayBeWrittenAsAnyYearWritesIt) {
  for (const char* permanent : {"P", "stały", "General", "permanent"}) {
    EXPECT_EQ(codes_for(permanent), ",,,,W4,warning\n") << permanent;
  }
  for (const char* separate : {"L", "O", "A", "Z", "K", "Hospital", "Penal institution",
                               "zakład karny", "dom studencki", "statek", "separate"}) {
    EXPECT_EQ(codes_for(separate), ",,,,E12,error\n") << separate;
  }
}

TEST(CheckInput, APrecinctTypeThatIsNotToldSetsOffNoRuleThatAsksForIt) {
  for (const char* unknown : {"", "N/A"}) EXPECT_EQ(codes_for(unknown), "") << unknown;
}

TEST(CheckInput, AnUnknownPrecinctTypeIsSeparateAndNotedOnce) {
  const Desk desk;
  const Ran ran = run_check({"--form", "council-2014",
                             desk.file("p.csv",
                                       "precinct,precinct_type,p1,p4,p5\n"
                                       "1,general,100,95,1\n"
                                       "2,general,100,95,0\n"
                                       "3,\"boat\nhouse\",100,95,0\n")});
  EXPECT_EQ(ran.output, std::string(kHeader) + ",,,1,E12,error\n");
  EXPECT_EQ(ran.errors,
            "urna-check: note: precinct_type 'boat house' is not a known one; taken for a separate "
            "precinct\n"
            "urna-check: note: precinct_type 'general' is not a known one; taken for a separate "
            "precinct\n");
}

// ---- the key of votes ----

class VotesKey : public testing::Test {
 protected:
  // Two contests in one precinct; the votes of d miss one of 7.
  Ran check(const std::string& protocols, const std::string& votes) {
    return run_check({"--form", "council-2014", desk_.file("p.csv", protocols), "--votes",
                      desk_.file("v.csv", votes)});
  }
  const Desk desk_;
};

TEST_F(VotesKey, WithoutAProtocolColumnOnOneSideVotesJoinByContest) {
  const std::string with_protocol = "protocol,contest,teryt,precinct,p12\n1,c,1,1,5\n2,d,1,1,7\n";
  const std::string without_protocol = "contest,teryt,precinct,p12\nc,1,1,5\nd,1,1,7\n";
  const std::string votes_with =
      "protocol,contest,teryt,precinct,list,votes\n9,d,1,1,1,6\n8,c,1,1,1,5\n";
  const std::string votes_without = "contest,teryt,precinct,list,votes\nd,1,1,1,6\nc,1,1,1,5\n";
  // The numbers of the protocols do not agree, and are not asked.
  const Ran first = check(with_protocol, votes_without);
  EXPECT_EQ(first.errors, "");
  EXPECT_EQ(first.output, std::string(kHeader) + "2,d,1,1,E4,error\n");
  const Ran second = check(without_protocol, votes_with);
  EXPECT_EQ(second.errors, "");
  EXPECT_EQ(second.output, std::string(kHeader) + ",d,1,1,E4,error\n");
  // With the column on both sides it decides.
  const Ran both = check(with_protocol, votes_with);
  EXPECT_EQ(both.output, kHeader);
  EXPECT_EQ(both.errors,
            "urna-check: note: 2 protocols have no votes in the file of votes\n"
            "urna-check: note: 2 keys of the file of votes belong to no protocol\n");
}

TEST_F(VotesKey, AControlSymbolIsAProtocolsNumberOnBothSides) {
  const std::string protocols = "control_symbol,contest,teryt,precinct,p12\nx,c,1,1,5\ny,c,1,1,7\n";
  const Ran by_symbol =
      check(protocols, "control_symbol,teryt,precinct,list,votes\ny,1,1,1,6\nx,1,1,1,5\n");
  EXPECT_EQ(by_symbol.status, 0) << by_symbol.errors;
  EXPECT_EQ(by_symbol.output, std::string(kHeader) + "y,c,1,1,E4,error\n") << by_symbol.errors;
  const Ran mixed = check(protocols, "protocol,teryt,precinct,list,votes\ny,1,1,1,6\nx,1,1,1,5\n");
  EXPECT_EQ(mixed.output, std::string(kHeader) + "y,c,1,1,E4,error\n") << mixed.errors;
}

TEST_F(VotesKey, WithoutACommonColumnTheMissingOneIsNamed) {
  const Ran no_contest = check("protocol,teryt,precinct,p12\n1,1,1,5\n",
                               "contest,teryt,precinct,list,votes\nc,1,1,1,5\n");
  EXPECT_EQ(no_contest.status, 2);
  EXPECT_NE(no_contest.errors.find("v.csv:1: "), std::string::npos) << no_contest.errors;
  EXPECT_NE(no_contest.errors.find("'protocol'"), std::string::npos) << no_contest.errors;
  const Ran no_protocol = check("contest,teryt,precinct,p12\nc,1,1,5\n",
                                "protocol,teryt,precinct,list,votes\n1,1,1,1,5\n");
  EXPECT_EQ(no_protocol.status, 2);
  EXPECT_NE(no_protocol.errors.find("v.csv:1: "), std::string::npos) << no_protocol.errors;
  EXPECT_NE(no_protocol.errors.find("'contest'"), std::string::npos) << no_protocol.errors;
}

TEST_F(VotesKey, ByContestTwoProtocolsOfOnePlaceCannotShareVotes) {
  const Ran ran = check("contest,teryt,precinct,p12\nc,1,1,5\nc,1,1,5\n",
                        "contest,teryt,precinct,list,votes\nc,1,1,1,5\n");
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.errors.find("p.csv:3: an earlier row has the same key"), std::string::npos)
      << ran.errors;
}

// ---- what cannot be compared ----

class NotCompared : public testing::Test {
 protected:
  Ran check(const std::vector<std::string>& forms, const std::string& rows,
            const std::vector<std::string>& rest = {}) {
    std::vector<std::string> arguments;
    for (const std::string& form : forms) arguments.insert(arguments.end(), {"--form", form});
    arguments.push_back(desk_.file("p.csv", rows));
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run_check(arguments);
  }
  static std::string notes(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& line : lines) all += "urna-check: note: contest " + line + "\n";
    return all;
  }
  const Desk desk_;
};

TEST_F(NotCompared, AContestThatNobodyComparesIsNamedWithTheReason) {
  const Ran ran = check({"song=council-2014", "mayor=mayor-2014", "powiat_council=council-2014",
                         "mayor_round2=mayor-2014", "gmina_council=council-2014-ab"},
                        "contest,teryt,precinct,p1,p1a,p4,p5\n"
                        "song,1,1,9,9,5,1\n"
                        "mayor,1,1,100,95,50,0\n"
                        "mayor_round2,1,1,100,95,50,0\n"
                        "gmina_council,1,1,101,95,50,0\n");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, std::string(kHeader) + ",gmina_council+mayor,1,1,X1,warning\n");
  EXPECT_EQ(ran.errors,
            notes({"'song' is not compared: its name does not tell what it is (see --help)",
                   "'powiat_council' is not compared: there is no row of it",
                   "'mayor_round2' is not compared: its precincts have no other contest of its "
                   "round"}));
}

TEST_F(NotCompared, PrecinctsThatLackAContestAreCountedAndTheFirstIsNamed) {
  const Ran ran = check({"mayor=mayor-2014", "gmina_council=council-2014-ab"},
                        "contest,teryt,precinct,p1,p4,p5\n"
                        "mayor,1401,7,100,50,0\n"
                        "mayor,1401,8,100,50,0\n"
                        "gmina_council,1401,8,100,50,0\n"
                        "mayor,1401,9,100,50,0\n"
                        "gmina_council,1402,1,100,50,0\n");
  EXPECT_EQ(ran.output, kHeader);
  EXPECT_EQ(ran.errors, notes({"'mayor' is missing in 1 precincts that have others of its round, "
                               "the first 1402/1",
                               "'gmina_council' is missing in 2 precincts that have others of its "
                               "round, the first 1401/7"}));
}

TEST_F(NotCompared, FiguresThatAreNotThereAreNamedWithTheRulesThatWantThem) {
  const std::string rows =
      "contest,teryt,precinct,p1,p1a,p4,p5\n"
      "mayor,1,1,,,50,\n"
      "mayor,1,2,100,,50,\n"
      "district_council,1,1,,,50,\n"
      "district_council,1,2,90,,,\n"
      "voivodeship_assembly,1,1,95,,50,\n"
      "voivodeship_assembly,1,2,95,,50,\n";
  const Ran ran = check(
      {"mayor=mayor-2014", "district_council=council-2014-ab", "voivodeship_assembly=council-2014"},
      rows);
  EXPECT_EQ(ran.output, kHeader);
  EXPECT_EQ(ran.errors,
            notes({"'mayor' has no p1 in 1 of 2 protocols: X1 to X3 leave them out",
                   "'mayor' has no p1a in 2 of 2 protocols: X2 leave them out",
                   "'mayor' has no p5 in 2 of 2 protocols: X5 leave them out",
                   "'district_council' has no p4 in 1 of 2 protocols: X4 leave them out",
                   "'district_council' has no p5 in 2 of 2 protocols: X5 leave them out",
                   "'voivodeship_assembly' has no p5 in 2 of 2 protocols: X5 leave them out"}));
  // Without an assembly nobody asks for part A.
  const Ran fewer = check({"mayor=mayor-2014", "district_council=council-2014-ab"}, rows);
  EXPECT_EQ(fewer.errors.find("p1a"), std::string::npos) << fewer.errors;
}

TEST_F(NotCompared, WhatWasNotAskedForOrIsWholeIsNotNoted) {
  const std::string rows =
      "contest,teryt,precinct,p1,p1a,p4,p5\n"
      "mayor,1,1,100,95,50,0\n"
      "gmina_council,1,1,60,57,25,0\n"
      "gmina_council,1,1,40,38,25,0\n"  // another district of the same council
      "song,1,2,3,3,3,3\n";
  EXPECT_EQ(check({"mayor=mayor-2014", "gmina_council=council-2014-ab"}, rows).errors, "");
  EXPECT_EQ(check({"mayor=mayor-2014"}, rows).errors, "");
  EXPECT_EQ(check({"council-2014"}, rows).errors, "");
  // One of several, chosen by --contest, is compared with nothing.
  EXPECT_EQ(check({"mayor=mayor-2014", "gmina_council=council-2014-ab"}, rows,
                  {"--contest", "gmina_council"})
                .errors,
            notes({"'gmina_council' is not compared: its precincts have no other contest of its "
                   "round"}));
}

}  // namespace
}  // namespace urna::audit
