// A commission's desk: decisions by the code on the paper, with a running server and without one.
#include <gtest/gtest.h>

#include "common/model/control_code.h"
#include "common/node/transfer_file.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

constexpr const char* kMayor = "mayor-140101";

std::string code_of(const v1::Body& body) {
  return model::ControlCode::of(SmallElection::statement(body)).printed();
}

class DeskProgram : public testing::Test {
 protected:
  void SetUp() override {
    scene_.install("140101");
    const std::string licence = scene_.licence(election().commission("140101")).string();
    certificate_ = licence + ".crt";
    key_ = licence + ".key";
    if (!std::filesystem::exists(key_)) {  // the scene names the two files itself
      key_ = std::filesystem::path(licence).replace_extension(".key").string();
      certificate_ = std::filesystem::path(licence).replace_extension(".crt").string();
    }
    ASSERT_EQ(
        territorial({"import", "--config", config(), (scene_.root() / "definition.urna").string()})
            .status,
        0);
  }
  SmallElection& election() { return scene_.election(); }
  std::string config() { return (scene_.folder_of("140101") / "urna.toml").string(); }
  static Ran territorial(const std::vector<std::string>& arguments) {
    return run_program("urna-territorial", arguments);
  }
  v1::Body import(const v1::Body& body, const std::string& precinct) {
    const Holder& chair = election().chair(precinct);
    const auto file = scene_.write(
        "record.urna", node::write_record(election().sign(chair, body), chair.certificate->der));
    const Ran ran = territorial({"import", "--config", config(), file.string()});
    EXPECT_EQ(ran.status, 0) << ran.errors;
    return body;
  }
  v1::Body protocol(const std::string& precinct, std::uint32_t votes = 100,
                    const std::string& contest = kMayor) {
    return import(election().protocol(precinct, contest, votes), precinct);
  }
  Ran desk(const std::string& commands) {
    const auto input = scene_.write("commands", commands);
    return run_program(
        "/bin/sh", {"-c", program_path("urna-territorial").string() + " desk --config " + config() +
                              " --licence " + key_ + " --certificate " + certificate_ + " < " +
                              input.string()});
  }
  Ran results() { return territorial({"results", "--config", config()}); }

  Scene scene_;
  std::string certificate_, key_;
};

TEST_F(DeskProgram, WithoutTheCodeOnThePaperNothingIsConfirmed) {
  const v1::Body body = protocol("140101-1");
  std::string wrong = code_of(body);
  wrong[0] = wrong[0] == '0' ? '1' : '0';
  const Ran ran = desk("confirm\nconfirm " + wrong + "\nconfirm 1200-0000-0000-0005\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.output,
            "refused \"\" is no control code: type its 16 digits again\n"
            "refused \"" +
                wrong +
                "\" is no control code: type its 16 digits again\n"
                "refused 1200-0000-0000-0005: no protocol with this code is here\n");
  EXPECT_EQ(desk("confirm " + code_of(body) + "\n").output,
            "ok confirmed 140101-1 mayor-140101/1\n");
  EXPECT_EQ(desk("confirm " + code_of(body) + "\n").output,
            "refused 140101-1 mayor-140101/1: confirmed already\n");
}

TEST_F(DeskProgram, TheEveningOfAGminaEndsWithAMayor) {
  const v1::Body one = protocol("140101-1");
  const v1::Body two = protocol("140101-2");
  const v1::Body wrong = protocol("140101-3", 90);
  const v1::Body right = protocol("140101-3", 100);
  EXPECT_EQ(desk("confirm " + code_of(right) + "\n").output,
            "refused 140101-3 mayor-140101/1: it is in_conflict, several bodies claim this place "
            "and none is chosen\n");
  const Ran ran = desk("# one evening\n\nsettle " + code_of(right) +
                       " the paper says so\nconfirm " + code_of(one) + "\nconfirm " + code_of(two) +
                       "\nconfirm " + code_of(right) + "\nsign final mayor-140101 1\nqueue\n");
  EXPECT_EQ(ran.status, 0) << ran.output << ran.errors;
  EXPECT_TRUE(
      ran.output.starts_with("ok settled 140101-3 mayor-140101/1\n"
                             "ok confirmed 140101-1 mayor-140101/1\n"
                             "ok confirmed 140101-2 mayor-140101/1\n"
                             "ok confirmed 140101-3 mayor-140101/1\n"
                             "ok signed final of 140101 mayor-140101/1, control code "))
      << ran.output;
  EXPECT_TRUE(ran.output.ends_with("\nok 0 waiting\n")) << ran.output;
  EXPECT_EQ(results().output,
            "contest,round,option,candidate,votes,outcome\n"
            "mayor-140101,1,1,,300,elected\n"
            "mayor-140101,1,2,,120,not_elected\n");
}

TEST_F(DeskProgram, AReturnedProtocolComesBackAsARevision) {
  const v1::Body first = protocol("140101-1", 90);
  EXPECT_EQ(desk("return " + code_of(first) + "\n").output,
            "refused return CODE reason: say why\n");
  EXPECT_EQ(desk("return " + code_of(first) + " two figures exchanged\n").output,
            "ok returned 140101-1 mayor-140101/1\n");
  const v1::Body second = import(
      SmallElection::revision(election().protocol("140101-1", kMayor, 100), first), "140101-1");
  EXPECT_EQ(desk("confirm " + code_of(second) + "\n").output,
            "ok confirmed 140101-1 mayor-140101/1\n");
}

TEST_F(DeskProgram, ABlockingWarningIsApprovedAndWaitsInTheQueueUntilThen) {
  const v1::Body body = import(election().questionable("140101-1", kMayor), "140101-1");
  EXPECT_EQ(desk("queue\n").output,
            "  140101-1 mayor-140101/1 revision 1: awaiting_approval; warnings B1\nok 1 waiting\n");
  EXPECT_EQ(desk("approve " + code_of(body) + " B1 students moved in\nconfirm " + code_of(body) +
                 "\nqueue\n")
                .output,
            "ok approved 140101-1 mayor-140101/1\nok confirmed 140101-1 mayor-140101/1\n"
            "ok 0 waiting\n");
}

// X1: the gmina council's eligible voters are not the mayor's.
TEST_F(DeskProgram, ConfirmingInSpiteOfADifferenceAcrossContestsNeedsAReason) {
  const v1::Body council = protocol("140101-1", 100, "council-140101");
  const v1::Body mayor = import(election().questionable("140101-1", kMayor), "140101-1");
  const Ran ran = desk("confirm " + code_of(council) + "\n");
  EXPECT_EQ(ran.output,
            "refused 140101-1 council-140101/1: X1 across its protocols; confirm it with a reason "
            "after the code\n");
  EXPECT_EQ(desk("confirm " + code_of(council) + " the mayor's register was closed later\n").output,
            "ok confirmed 140101-1 council-140101/1\n");
}

TEST_F(DeskProgram, WhatBelongsToAnotherCommissionIsRefused) {
  const v1::Body body = protocol("140101-1", 100, "powiat-140100");
  EXPECT_EQ(desk("confirm " + code_of(body) + "\n").output,
            "refused plenipotentiary at 140101 may not sign this confirmation\n");
}

TEST_F(DeskProgram, ALotIsRecordedForTheTieThatIsPending) {
  std::string confirm;
  for (const char* precinct : {"140101-1", "140101-2", "140101-3"}) {
    confirm += "confirm " + code_of(protocol(precinct, 100, "council-140101")) + "\n";
  }
  ASSERT_EQ(desk(confirm + "sign tabulation council-140101 1\n").status, 0);
  EXPECT_EQ(desk("sign final council-140101 1\n").output,
            "refused final of 140101 council-140101/1: a lot is to be drawn for council-140101 "
            "(top-n)\n");
  const Ran ran = desk(
      "lot council-140101 1 1/1\nlot council-140101 1 2/1 3/1\n"
      "lot council-140101 1 3/1\nsign final council-140101 1\n");
  EXPECT_TRUE(ran.output.starts_with(
      "refused council-140101: no lot is pending among these\n"
      "refused council-140101: 1 are drawn, not 2\n"
      "ok lot recorded for council-140101\nok signed final of 140101 council-140101/1"))
      << ran.output;
  EXPECT_NE(results().output.find("council-140101,1,3,1,120,elected"), std::string::npos);
}

TEST_F(DeskProgram, WorksBesideARunningServer) {
  const v1::Body body = protocol("140101-1");
  Served server("urna-territorial", scene_, "140101");
  EXPECT_EQ(desk("confirm " + code_of(body) + "\nqueue\n").output,
            "ok confirmed 140101-1 mayor-140101/1\nok 0 waiting\n");
  EXPECT_EQ(results().status, 0);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(DeskProgram, AnUnknownCommandIsAnsweredAndTheNextOneTaken) {
  const Ran ran = desk("confirn 12\nqueue\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.output.starts_with("refused \"confirn\" is no command; they are: confirm"))
      << ran.output;
  EXPECT_TRUE(ran.output.ends_with("ok 0 waiting\n")) << ran.output;
}

}  // namespace
}  // namespace urna::tests
