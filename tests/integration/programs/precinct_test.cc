// urna-precinct, as its operator uses it.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "common/journal/sqlite_store.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

class Precinct : public testing::Test {
 protected:
  void SetUp() override { scene_.install("140101"); }
  Ran precinct(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--config", config_.string()});
    return run_program("urna-precinct", arguments);
  }
  std::string chair() { return scene_.licence(scene_.election().chair("140101-1")).string(); }
  v1::Body protocol(std::uint32_t votes = 100) {
    return scene_.election().protocol("140101-1", "council-140101", votes);
  }
  // More ballots issued than voters: an error.
  v1::Body broken() {
    v1::Body body = protocol();
    const std::size_t issued = point_at(scene_.election(), "council-140101", "p4");
    body.mutable_protocol()->set_points(static_cast<int>(issued), 1'200 + 1);
    return body;
  }

  // `run` until the journal has that many records.
  void follow_until(std::uint64_t records) {
    auto running = drill::Child::start(
        {program_path("urna-precinct").string(), "run", "--config", config_.string()},
        scene_.root() / "run");
    ASSERT_TRUE(running.has_value());
    EXPECT_TRUE(eventually([&] {
      // Not a journal yet while it is being made.
      const auto store = journal::SqliteStore::open_read_only(scene_.journal_of("140101-1"));
      return store && (*store)->size(journal::LogKind::kElection).value_or(0) == records;
    }));
    EXPECT_EQ(running->stop(std::chrono::seconds(20)), 0);
  }
  // It works: a signal ends it as it wants to be ended.
  bool holds_folder(const drill::Child& running) {
    const auto lock = service::read_file(scene_.folder_of("140101-1") / "data" / "lock", 100);
    return lock && *lock == std::to_string(running.pid()) + "\n";
  }
  static std::uint64_t now_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  }
  static bool says_last(const Ran& ran, const std::string& part) {
    return ran.status == 1 && ran.errors.ends_with("\n") &&
           ran.errors.find(part, ran.errors.rfind('\n', ran.errors.size() - 2) + 1) !=
               std::string::npos;
  }

  Scene scene_;
  std::filesystem::path config_ = scene_.install("140101-1");
};

TEST_F(Precinct, ABrokenProtocolIsShownWithItsRulesAndNotSigned) {
  const std::string file = scene_.protocol_file(broken()).string();
  const Ran checked = precinct({"check", file});
  EXPECT_EQ(checked.status, 3);
  EXPECT_NE(checked.output.find(") error\n"), std::string::npos)
      << checked.output << checked.errors;
  const Ran refused = precinct({"sign", file, "--licence", chair(), "--offline"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_EQ(refused.output, checked.output);
  EXPECT_EQ(refused.errors, checked.errors);
  EXPECT_NE(precinct({"status"}).output.find("1 records in the journal"), std::string::npos);
}

TEST_F(Precinct, AFileThatIsNoProtocolIsRefusedByName) {
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"hello", "not a JSON object"},
           {R"({"contest": "council-140101", "colour": 3})", "colour"},
           {R"({"contest": "council-140102"})", "council-140102"},
           {R"({"contest": "council-140101", "points": {"p99": 1}})", "p99"},
           {R"({"contest": "council-140101", "points": {"p1": -1}})", "p1"},
           {R"({"contest": "council-140101", "points": {"p1": 1000000000}})", "p1"},
           {R"({"contest": "council-140101", "votes": {"9": 1}})", "option 9"},
           {R"({"contest": "council-140101", "supersedes": "zz"})", "supersedes"},
           {R"({"contest": "council-140101", "contest": "x"})", "\"contest\" stands twice"},
           {R"({"contest": "council-140101", "points": {"p1": 1, "p1": 2}})",
            "\"p1\" stands twice"},
           {R"({"contest": "council-140101", "points": {"p1": {"value": 1}}})", "points.p1.value"},
           {R"({"contest": "council-140101", "votes": {"1": {"sum": 1}}})", "votes.1.sum"},
           {R"({"contest": "council-140101", "members": [{"name": "A", "function": "chair"}]})",
            "members[0].signed: is missing"},
           {R"({"contest": "council-140101", "remarks": {"014": "x"}})", "remarks.014"},
           {R"({"contest": "council-140101", "points": {"p1": 1)", "not a JSON object"}}) {
    const std::string file = scene_.write("bad.json", text).string();
    EXPECT_TRUE(says_in_one_line(precinct({"check", file}), part)) << text;
  }
}

TEST_F(Precinct, ALicenceThatMayNotSignIsToldByNameAndNothingIsSigned) {
  const std::string file = scene_.protocol_file(protocol()).string();
  const auto sign_with = [&](const std::string& prefix) {
    return precinct({"sign", file, "--offline", "--licence", prefix});
  };
  const Ran other = sign_with(scene_.licence(scene_.election().chair("140101-2")).string());
  EXPECT_EQ(other.status, 4);
  EXPECT_NE(other.errors.find("a chair of 140101-2"), std::string::npos) << other.errors;
  EXPECT_EQ(other.output, "");
  const Ran node = sign_with((scene_.folder_of("140101-1") / "node").string());
  EXPECT_EQ(node.status, 4);
  EXPECT_NE(node.errors.find("not a licence"), std::string::npos) << node.errors;
  const Ran expired = sign_with(scene_
                                    .licence(scene_.election().licence(
                                        trust::Role::kChair, "140101-1", SmallElection::season()))
                                    .string());
  EXPECT_EQ(expired.status, 4);
  EXPECT_NE(expired.errors.find("expired on 20"), std::string::npos) << expired.errors;
  EXPECT_TRUE(says_in_one_line(sign_with("/no/such/licence"), "/no/such/licence.crt"));
  EXPECT_NE(precinct({"status"}).output.find("1 records in the journal"), std::string::npos);
}

TEST_F(Precinct, ARevokedLicenceSignsNothing) {
  Served server("urna-territorial", scene_, "140101");
  Install setup;
  setup.upstreams = {server.as_upstream()};
  scene_.install("140101-1", setup);
  SmallElection& election = scene_.election();
  const Bytes record = election.sign(
      election.national(), SmallElection::revocation(election.chair("140101-1")), now_ms());
  const auto file =
      scene_.write("revocation", node::write_record(record, election.national().certificate->der));
  ASSERT_EQ(run_program("urna-territorial",
                        {"import", "--config", (scene_.folder_of("140101") / "urna.toml").string(),
                         file.string()})
                .status,
            0);
  follow_until(2);
  const Ran ran = precinct(
      {"sign", scene_.protocol_file(protocol()).string(), "--licence", chair(), "--offline"});
  EXPECT_EQ(ran.status, 5) << ran.errors;
  EXPECT_NE(ran.errors.find("is revoked"), std::string::npos) << ran.errors;
  EXPECT_EQ(ran.output, "");
  EXPECT_EQ(server.stop(), 0);
}

// Two bodies of one place are in conflict and neither counts: nothing that a clerk should bring
// about by signing a corrected file a second time.
TEST_F(Precinct, ASecondProtocolOfAPlaceIsNotSignedUnlessItSaysWhatItSupersedes) {
  const auto sign = [&](const v1::Body& body) {
    return precinct(
        {"sign", scene_.protocol_file(body).string(), "--licence", chair(), "--offline"});
  };
  const v1::Body first = protocol(100);
  const std::string id = SmallElection::statement(first).hex();
  const Ran signed_first = sign(first);
  ASSERT_EQ(signed_first.status, 0) << signed_first.errors;
  EXPECT_EQ(signed_first.output,
            "in the journal\ncouncil-140101/1 revision 1, statement " + id + ": effective\n");
  const v1::Body second = protocol(101);
  for (const char* command : {"sign", "check"}) {
    std::vector<std::string> arguments{command, scene_.protocol_file(second).string()};
    if (std::string(command) == "sign") {
      arguments.insert(arguments.end(), {"--licence", chair(), "--offline"});
    }
    const Ran ran = precinct(arguments);
    EXPECT_EQ(ran.status, 6) << command;
    EXPECT_NE(ran.errors.find("\"revision\": 2 and \"supersedes\": \"" + id + "\""),
              std::string::npos)
        << ran.errors;
  }
  EXPECT_NE(precinct({"status"}).output.find(id + ": effective"), std::string::npos);
  // The same body again is a further signature on it, not a second protocol.
  EXPECT_EQ(sign(first).status, 0);
  // A revision waits for the return, and does not disturb the first.
  const Ran revised = sign(SmallElection::revision(second, first));
  EXPECT_EQ(revised.status, 0) << revised.errors;
  EXPECT_NE(revised.output.find("note: the protocol it supersedes has not been returned"),
            std::string::npos);
  EXPECT_NE(revised.output.find(id + ": effective"), std::string::npos) << revised.output;
  EXPECT_NE(revised.output.find(": waiting"), std::string::npos) << revised.output;
}

TEST_F(Precinct, AWarningIsShownWhenSigningTooAndAskedToBeExplained) {
  const v1::Body body = scene_.election().questionable("140101-1", "council-140101");
  const std::string file = scene_.protocol_file(body).string();
  const Ran checked = precinct({"check", file});
  EXPECT_EQ(checked.status, 0) << checked.errors;
  EXPECT_NE(checked.output.find("B1 ("), std::string::npos) << checked.output;
  const Ran ran = precinct({"sign", file, "--licence", chair(), "--offline"});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_TRUE(ran.output.starts_with(checked.output)) << ran.output;
  EXPECT_NE(ran.output.find(": awaiting_approval"), std::string::npos) << ran.output;
}

TEST_F(Precinct, AWarningWithoutAnExplanationIsToldAsSuch) {
  auto json = nlohmann::json::parse(*service::read_file(scene_.protocol_file(protocol()), 1 << 20));
  json["opened"] = "21:00";
  json["closed"] = "07:00";
  for (const char* command : {"check", "sign"}) {
    json.erase("explanations");
    std::vector<std::string> arguments{command, scene_.write("warned.json", json.dump()).string()};
    if (std::string(command) == "sign") {
      arguments.insert(arguments.end(), {"--licence", chair(), "--offline"});
    }
    const Ran bare = precinct(arguments);
    EXPECT_EQ(bare.status, 3) << bare.errors;
    EXPECT_NE(bare.output.find("W11 (opened_min, closed_min) warning, needs an explanation"),
              std::string::npos)
        << bare.output;
  }
  json["explanations"] = {{"W11", "pomyłka zegara"}};
  const Ran explained = precinct({"check", scene_.write("warned.json", json.dump()).string()});
  EXPECT_NE(explained.output.find("warning, explained"), std::string::npos) << explained.output;
  EXPECT_EQ(explained.status, 0) << explained.errors;
}

TEST_F(Precinct, ListsItsContestsAndWritesABlankThatItReadsItself) {
  const Ran listed = precinct({"contests"});
  EXPECT_EQ(listed.status, 0) << listed.errors;
  for (const char* contest :
       {"council-140101/1", "mayor-140101/1", "powiat-140100/1", "assembly-14/1"}) {
    EXPECT_NE(listed.output.find(contest), std::string::npos) << listed.output;
  }
  EXPECT_EQ(listed.output.find("140102"), std::string::npos);

  const Ran blank = precinct({"blank", "council-140101"});
  ASSERT_EQ(blank.status, 0) << blank.errors;
  const auto json = nlohmann::json::parse(blank.output);
  const v1::Slice slice = scene_.election().slice_data("council-140101");
  for (const v1::Option& part : slice.options()) {
    EXPECT_EQ(json["votes"][part.code()]["label"], part.name());
  }
  EXPECT_EQ(json["points"]["p1"]["label"], "Wyborcy uprawnieni do głosowania / Eligible voters");
  // Read again it is a protocol with every field empty, and nothing else is wrong with it.
  const Ran checked = precinct({"check", scene_.write("blank.json", blank.output).string()});
  EXPECT_EQ(checked.status, 3) << checked.errors;
  EXPECT_TRUE(checked.output.starts_with("E0 (")) << checked.output;
  EXPECT_TRUE(says_in_one_line(precinct({"blank", "council-140102"}), "urna-precinct contests"));
}

TEST_F(Precinct, RemarksAscendByNumberWhateverTheirOrderInTheFile) {
  auto json = nlohmann::json::parse(*service::read_file(scene_.protocol_file(protocol()), 1 << 20));
  json["remarks"] = {{"14", "x"}, {"9", "y"}};
  const Ran ran = precinct({"check", scene_.write("remarks.json", json.dump()).string()});
  EXPECT_EQ(ran.status, 0) << ran.errors;
}

TEST_F(Precinct, ChecksSignsSendsAndSaysHowFarItIs) {
  Served server("urna-territorial", scene_, "140101");
  Install setup;
  setup.upstreams = {server.as_upstream()};
  scene_.install("140101-1", setup);
  const std::string file = scene_.protocol_file(protocol()).string();
  const Ran checked = precinct({"check", file});
  EXPECT_EQ(checked.status, 0) << checked.errors;
  EXPECT_EQ(checked.output, "no findings\n");
  const Ran signed_first = precinct({"sign", file, "--licence", chair()});
  EXPECT_EQ(signed_first.status, 0) << signed_first.errors;
  EXPECT_EQ(signed_first.output, "in the journal\ncouncil-140101/1 revision 1, statement " +
                                     SmallElection::statement(protocol()).hex() +
                                     ": effective\n2 of 2 records have a receipt\n");
  const Ran state = precinct({"status"});
  EXPECT_NE(state.output.find("2 records in the journal, 2 with a receipt"), std::string::npos)
      << state.output;
  EXPECT_NE(state.output.find("council-140101/1 revision 1, statement " +
                              SmallElection::statement(protocol()).hex() + ": effective"),
            std::string::npos)
      << state.output;
  EXPECT_EQ(precinct({"sync"}).output, "2 of 2 records have a receipt\n");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(log_of(scene_.journal_of("140101")), log_of(scene_.journal_of("140101-1")));
}

TEST_F(Precinct, WithoutANetworkNothingIsLostAndSyncSendsItLater) {
  Install setup;
  setup.upstreams = {{*model::UnitId::parse("140101"), "127.0.0.1:1"}};
  scene_.install("140101-1", setup);
  const std::string file = scene_.protocol_file(protocol()).string();
  const Ran alone = precinct({"sign", file, "--licence", chair(), "--wait", "1"});
  EXPECT_EQ(alone.status, 1);
  EXPECT_NE(alone.output.find("in the journal"), std::string::npos);
  EXPECT_NE(alone.errors.find("nothing is lost"), std::string::npos) << alone.errors;

  Served server("urna-territorial", scene_, "140101");
  setup.upstreams = {server.as_upstream()};
  scene_.install("140101-1", setup);
  const Ran sent = precinct({"sync"});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_EQ(sent.output, "2 of 2 records have a receipt\n");
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Precinct, SyncSaysThatAllIsSettledOnlyWhenAnUpstreamAnswers) {
  Install setup;
  {
    Served server("urna-territorial", scene_, "140101");
    setup.upstreams = {server.as_upstream()};
    scene_.install("140101-1", setup);
    ASSERT_EQ(precinct({"sync"}).status, 0);
    EXPECT_EQ(server.stop(), 0);
  }
  const Ran alone = precinct({"sync", "--wait", "1"});
  EXPECT_TRUE(says_last(alone, "no upstream answered in 1 s")) << alone.errors;
}

TEST_F(Precinct, ASignalEndsSyncAtOnceAndCleanly) {
  Install setup;
  // An address that never answers, and one that refuses.
  for (const char* address : {"192.0.2.1:7443", "127.0.0.1:1"}) {
    setup.upstreams = {{*model::UnitId::parse("140101"), address}};
    scene_.install("140101-1", setup);
    auto running = drill::Child::start({program_path("urna-precinct").string(), "sync", "--config",
                                        config_.string(), "--wait", "600"},
                                       scene_.root() / "sync");
    ASSERT_TRUE(running.has_value());
    ASSERT_TRUE(eventually([&] { return holds_folder(*running); }));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(running->stop(std::chrono::seconds(60)), 1);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30))
        << "well before its --wait";
    const std::string said = *service::read_file(scene_.root() / "sync", 1 << 20);
    EXPECT_NE(said.find("stopped before everything was sent"), said.npos) << said;
  }
}

TEST_F(Precinct, AServerThatTurnsItAwayHasNotSettledWhatItOnceTook) {
  Install setup;
  {
    Served server("urna-territorial", scene_, "140101");
    setup.upstreams = {server.as_upstream()};
    scene_.install("140101-1", setup);
    ASSERT_EQ(precinct({"sync"}).status, 0);
    EXPECT_EQ(server.stop(), 0);
  }
  // A server that this precinct does not lie under refuses its greeting.
  scene_.install("140102");
  Served other("urna-territorial", scene_, "140102");
  setup.upstreams = {other.as_upstream()};
  scene_.install("140101-1", setup);
  auto running = drill::Child::start({program_path("urna-precinct").string(), "sync", "--config",
                                      config_.string(), "--wait", "600"},
                                     scene_.root() / "sync");
  ASSERT_TRUE(running.has_value());
  const auto said = [&] { return *service::read_file(scene_.root() / "sync", 1 << 20); };
  EXPECT_TRUE(eventually([&] { return said().find("not_authorised") != std::string::npos; }))
      << said();
  EXPECT_EQ(running->stop(std::chrono::seconds(60)), 1) << said();
  EXPECT_EQ(other.stop(), 0);
}

TEST_F(Precinct, WhatIsRefusedAboveIsNamedAndMakesSyncFail) {
  // The server trusts the same nodes and another licence authority: nothing signed here holds
  // there.
  SmallElection other(kElection, until_next_year(), &scene_.election());
  const auto certificates = [](const std::string& pem) {
    std::vector<std::string> parts;
    const std::string end = "-----END CERTIFICATE-----\n";
    for (std::size_t at = 0; at < pem.size(); at += parts.back().size()) {
      parts.push_back(pem.substr(at, pem.find(end, at) + end.size() - at));
    }
    return parts;  // root, nodes, licences
  };
  const auto ours = certificates(scene_.election().anchors_pem());
  const auto theirs = certificates(other.anchors_pem());
  ASSERT_EQ(ours.size(), 3U);
  const std::string trusted = *service::read_file(scene_.root() / "trust.pem", 1 << 20);
  scene_.write("trust.pem", ours[0] + ours[1] + theirs[2]);
  Install setup;
  setup.definition = false;
  scene_.install("140101", setup);
  Served server("urna-territorial", scene_, "140101");
  scene_.write("trust.pem", trusted);
  setup.definition = true;
  setup.upstreams = {server.as_upstream()};
  scene_.install("140101-1", setup);
  const Ran ran = precinct({"sync"});
  EXPECT_TRUE(says_last(ran, "the server above refused 1 of 1 records")) << ran.errors;
  EXPECT_NE(ran.output.find("record 0, definition version 1, statement "), std::string::npos)
      << ran.output;
  EXPECT_NE(ran.output.find("refused above: certificate_untrusted"), std::string::npos);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Precinct, LooksAtItsJournalWhileAnotherProcessWorksOnIt) {
  auto running = drill::Child::start(
      {program_path("urna-precinct").string(), "run", "--config", config_.string()},
      scene_.root() / "run");
  ASSERT_TRUE(running.has_value());
  EXPECT_TRUE(eventually([&] {
    const auto store = journal::SqliteStore::open_read_only(scene_.journal_of("140101-1"));
    return store && (*store)->size(journal::LogKind::kElection).value_or(0) == 1;
  }));
  EXPECT_NE(precinct({"status"}).output.find("1 records in the journal"), std::string::npos);
  const std::string file = scene_.protocol_file(protocol()).string();
  EXPECT_EQ(precinct({"check", file}).output, "no findings\n");
  EXPECT_EQ(precinct({"contests"}).status, 0);
  EXPECT_TRUE(says_in_one_line(precinct({"sign", file, "--licence", chair()}),
                               std::to_string(running->pid())));
  EXPECT_EQ(running->stop(std::chrono::seconds(20)), 0);
}

TEST_F(Precinct, FollowsWhileItRunsAndStopsCleanly) {
  Served server("urna-territorial", scene_, "140101");
  Install setup;
  setup.upstreams = {server.as_upstream()};
  setup.definition = false;  // it comes down from the server
  scene_.install("140101-1", setup);
  follow_until(1);
  EXPECT_EQ(server.stop(), 0);
  const Ran checked = precinct({"check", scene_.protocol_file(protocol()).string()});
  EXPECT_EQ(checked.output, "no findings\n") << checked.errors;
}

}  // namespace
}  // namespace urna::tests
