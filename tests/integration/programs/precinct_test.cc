// urna-precinct, as its operator uses it.

#include <gtest/gtest.h>

#include "common/journal/sqlite_store.h"
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

  Scene scene_;
  std::filesystem::path config_ = scene_.install("140101-1");
};

TEST_F(Precinct, ABrokenProtocolIsShownWithItsRulesAndNotSigned) {
  const std::string file = scene_.protocol_file(broken()).string();
  const Ran checked = precinct({"check", file});
  EXPECT_EQ(checked.status, 3);
  EXPECT_NE(checked.output.find(" error ("), std::string::npos) << checked.output << checked.errors;
  const Ran refused = precinct({"sign", file, "--licence", chair(), "--offline"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.errors.find("checks_failed"), std::string::npos) << refused.errors;
  EXPECT_NE(refused.output.find(" error ("), std::string::npos);
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
           {R"({"contest": "council-140101", "points": {"p1": 1)", "not a JSON object"}}) {
    const std::string file = scene_.write("bad.json", text).string();
    EXPECT_TRUE(says_in_one_line(precinct({"check", file}), part)) << text;
  }
}

TEST_F(Precinct, ALicenceThatIsNotTheChairsIsRefused) {
  const std::string file = scene_.protocol_file(protocol()).string();
  const Ran other = precinct({"sign", file, "--offline", "--licence",
                              scene_.licence(scene_.election().chair("140101-2")).string()});
  EXPECT_NE(other.status, 0);
  EXPECT_NE(other.errors.find("not_authorised"), std::string::npos) << other.errors;
  const Ran none = precinct({"sign", file, "--offline", "--licence", "/no/such/licence"});
  EXPECT_TRUE(says_in_one_line(none, "/no/such/licence.crt"));
  const Ran node = precinct(
      {"sign", file, "--offline", "--licence", (scene_.folder_of("140101-1") / "node").string()});
  EXPECT_TRUE(says_in_one_line(node, "not a licence"));
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
  EXPECT_EQ(signed_first.output, "in the journal\n2 of 2 records have a receipt\n");
  const Ran state = precinct({"status"});
  EXPECT_NE(state.output.find("2 records in the journal, 2 with a receipt"), std::string::npos)
      << state.output;
  EXPECT_NE(state.output.find("council-140101/1 revision 1: effective"), std::string::npos)
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

TEST_F(Precinct, FollowsWhileItRunsAndStopsCleanly) {
  Served server("urna-territorial", scene_, "140101");
  Install setup;
  setup.upstreams = {server.as_upstream()};
  setup.definition = false;  // it comes down from the server
  scene_.install("140101-1", setup);
  auto running = drill::Child::start(
      {program_path("urna-precinct").string(), "run", "--config", config_.string()},
      scene_.root() / "run");
  ASSERT_TRUE(running.has_value());
  EXPECT_TRUE(eventually([&] {
    // Not a journal yet while it is being made.
    const auto store = journal::SqliteStore::open_read_only(scene_.journal_of("140101-1"));
    return store && (*store)->size(journal::LogKind::kElection).value_or(0) == 1;
  }));
  EXPECT_EQ(running->stop(std::chrono::seconds(20)), 0);
  EXPECT_EQ(server.stop(), 0);
  const Ran checked = precinct({"check", scene_.protocol_file(protocol()).string()});
  EXPECT_EQ(checked.output, "no findings\n") << checked.errors;
}

}  // namespace
}  // namespace urna::tests
