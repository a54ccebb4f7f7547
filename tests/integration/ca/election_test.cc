// An election made with urna-ca alone, as docs/operator.md tells a stranger to: the text's own
// files and figures, from the authorities to a counted protocol.

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/service/files.h"
#include "tests/integration/ca/office.h"

namespace urna::tests {
namespace {

// The block that begins with "```LANGUAGE NAME" in the manual.
std::string block(const std::string& begin) {
  const auto manual = service::read_file(URNA_SOURCE_DIR "/docs/operator.md", 1 << 20);
  EXPECT_TRUE(manual.has_value());
  const std::string mark = "\n```" + begin + "\n";
  const std::size_t at = manual->find(mark);
  EXPECT_NE(at, manual->npos) << begin;
  if (at == manual->npos) return "";
  const std::size_t from = at + mark.size();
  return manual->substr(from, manual->find("\n```", from) + 1 - from);
}

class Election : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(office_.init("alfa-rehearsal").status, 0);
    national_ = office_.issue("PL", "national-commission");
  }
  Ran define(const std::string& description, std::vector<std::string> rest = {}) {
    office_.write("election.json", description);
    std::vector<std::string> arguments{
        "--from", office_.file("election.json"), "--by", national_, "--out", office_.file(out_)};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return office_.run("definition", arguments);
  }
  // The manual's description with one thing changed.
  std::string changed(const std::function<void(nlohmann::json&)>& change) {
    auto json = nlohmann::json::parse(block("json description"));
    change(json);
    return json.dump(1);
  }

  Office office_;
  std::string national_;
  std::string out_ = "definition.urna";
};

TEST_F(Election, EveryMistakeInADescriptionIsToldWithItsPath) {
  using Json = nlohmann::json;
  const std::vector<std::pair<std::function<void(Json&)>, std::string>> cases = {
      {[](Json& j) { j["colour"] = 1; }, "colour: unknown key"},
      {[](Json& j) { j.erase("units"); }, "units: is missing"},
      {[](Json& j) { j["election"] = "beta"; }, "is not the election of these authorities"},
      {[](Json& j) { j["version"] = 0; }, "version: must be a whole number from 1"},
      {[](Json& j) { j["version"] = 2; }, "--replaces"},
      {[](Json& j) { j["date"] = "2026-02-30"; }, "date: is no day"},
      {[](Json& j) { j["mode"] = "test"; }, "mode: must be live or rehearsal"},
      {[](Json& j) { j["units"][0]["kind"] = "gmina"; }, "units[0].kind"},
      {[](Json& j) { j["units"][2]["kind"] = "county"; }, "units[2].kind: 'county' is none of"},
      {[](Json& j) { j["units"][3]["parent"] = "140102"; }, "units[3].parent: '140102'"},
      {[](Json& j) { j["units"][3].erase("parent"); }, "units[3].parent: is missing"},
      {[](Json& j) { j["units"][3]["id"] = "140100"; }, "units[3].id: '140100' stands twice"},
      {[](Json& j) { j["units"][3]["commissioner"] = "KW-1"; }, "units[3].commissioner"},
      {[](Json& j) { j["units"][1]["name"] = ""; }, "units[1].name"},
      {[](Json& j) { j["precincts"][0]["id"] = "140101"; }, "precincts[0].id: must be UNIT-NUMBER"},
      {[](Json& j) { j["precincts"][0]["id"] = "140100-1"; }, "'140100' is no gmina"},
      {[](Json& j) { j["precincts"][1]["id"] = "140101-1"; }, "precincts[1].id"},
      {[](Json& j) { j["precincts"][1]["type"] = "school"; }, "precincts[1].type"},
      {[](Json& j) { j["precincts"][1]["commission_size"] = "3"; }, "commission_size"},
      {[](Json& j) { j["contests"][0]["area"] = "140100"; }, "contests[0].area"},
      {[](Json& j) { j["contests"][0]["area"] = "999999"; }, "contests[0].area: '999999'"},
      {[](Json& j) { j["contests"][0]["kind"] = "sheriff"; }, "contests[0].kind"},
      {[](Json& j) { j["contests"][0]["seats"] = 0; }, "contests[0].seats"},
      {[](Json& j) { j["contests"][0]["form"] = "mayor-2050"; }, "contests[0].form"},
      {[](Json& j) { j["contests"][0]["form"] = "council-2014"; }, "have form mayor-2014"},
      {[](Json& j) { j["contests"][1]["id"] = "mayor-140101"; }, "contests[1].id"},
      {[](Json& j) { j["contests"][0]["options"] = Json::array(); }, "contests[0].options"},
      {[](Json& j) { j["contests"][0]["options"][1]["code"] = "1"; }, "options[1].code"},
      {[](Json& j) { j["contests"][1]["options"][0].erase("name"); },
       "contests[1].options[0].name: is missing"},
      {[](Json& j) { j["contests"][1]["options"][0]["candidates"][0]["position"] = 0; },
       "candidates[0].position"},
      {[](Json& j) {
         j["contests"][0]["options"][0]["candidates"] = {{{"position", 1}, {"name", "x"}}};
       },
       "contests[0]"},
      {[](Json& j) { j["contests"][0]["precincts"] = {"140101-9"}; }, "contests[0].precincts[0]"},
      {[](Json& j) { j["contests"][0]["reference"] = {{"140101-9", Json::object()}}; },
       "contests[0].reference.140101-9"},
      {[](Json& j) { j["contests"][0]["reference"]["140101-1"]["eligible"] = -1; },
       "contests[0].reference.140101-1.eligible"}};
  for (const auto& [change, part] : cases) {
    const Ran ran = define(changed(change));
    EXPECT_TRUE(says_in_one_line(ran, part));
    EXPECT_NE(ran.errors.find("election.json"), std::string::npos) << ran.errors;
  }
  EXPECT_TRUE(says_in_one_line(define("{\n \"election\": \"a\",\n oops"), "line 3, column 2"));
  EXPECT_TRUE(says_in_one_line(define("{\"mode\": 1, \"mode\": 2}"), "\"mode\" stands twice"));
  EXPECT_FALSE(std::filesystem::exists(office_.file(out_)));
}

TEST_F(Election, ADefinitionIsSignedByTheNationalCommissionAndReplacesNoFile) {
  const std::string description = block("json description");
  national_ = office_.issue("140101-1", "chair");
  EXPECT_TRUE(says_in_one_line(define(description), "a chair may not sign a definition"));
  national_ = office_.file("PL.national-commission");
  ASSERT_EQ(define(description).status, 0);
  EXPECT_TRUE(says_in_one_line(define(description), "is there already"));

  const std::string second = changed([](nlohmann::json& json) { json["version"] = 2; });
  const std::string first_file = office_.file(out_);
  out_ = "second.urna";
  EXPECT_EQ(define(second, {"--replaces", first_file}).status, 0);
  out_ = "third.urna";
  EXPECT_TRUE(says_in_one_line(define(second, {"--replaces", office_.file("second.urna")}),
                               "version 2 cannot replace version 2"));
}

TEST_F(Election, ALicenceForAUnitOfTheWrongKindIsNotIssued) {
  ASSERT_EQ(define(block("json description")).status, 0);
  const auto issue = [&](const std::string& role, const std::string& unit, bool by_definition) {
    std::vector<std::string> arguments{"--unit",          unit,           "--role", role, "--out",
                                       office_.file("x"), "--unencrypted"};
    if (by_definition) {
      arguments.insert(arguments.end(), {"--definition", office_.file(out_)});
    }
    return office_.run(role.ends_with("-node") ? "issue-node" : "issue-licence", arguments);
  };
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"national-commission", "140101-1"},
      {"national-commission", "140101"},
      {"central-node", "140101"},
      {"chair", "140101"},
      {"chair", "PL"},
      {"precinct-node", "140100"},
      {"territorial-node", "140101-1"},
      {"territorial-node", "PL"},
      {"plenipotentiary", "140101-1"},
      {"gmina-coordinator", "140101-2"},
      {"commissioner", "140101"}};
  for (const auto& [role, unit] : wrong) {
    for (const bool by_definition : {false, true}) {
      EXPECT_TRUE(says_in_one_line(issue(role, unit, by_definition), "the role " + role))
          << role << " " << unit;
    }
  }
  // Only the definition knows these.
  EXPECT_TRUE(says_in_one_line(issue("gmina-coordinator", "140100", true), "is held at a gmina"));
  EXPECT_TRUE(says_in_one_line(issue("chair", "140101-9", true), "neither a unit nor a precinct"));
  EXPECT_EQ(issue("chair", "140101-2", true).status, 0);
}

TEST_F(Election, TheManualsElectionIsMadeSignedSentAndCounted) {
  const Ran defined = define(block("json description"));
  ASSERT_EQ(defined.status, 0) << defined.errors;
  EXPECT_NE(defined.output.find("4 units, 2 precincts, 2 contests"), std::string::npos);
  const std::size_t at = defined.output.find("statement ");
  ASSERT_NE(at, std::string::npos);
  const std::string statement = defined.output.substr(at + 10, 64);

  // As in the manual, but for names of files and free ports.
  const auto configured = [&](const std::string& name, const std::string& prefix) {
    std::string text = block("toml " + name);
    const auto replace = [&](const std::string& from, const std::string& to) {
      for (std::size_t i = 0; (i = text.find(from, i)) != text.npos; i += to.size()) {
        text.replace(i, from.size(), to);
      }
    };
    replace("\"" + name + ".crt\"", "\"" + prefix + ".crt\"");
    replace("\"" + name + ".key\"", "\"" + prefix + ".key\"");
    replace("listen = \"127.0.0.1:7443\"",
            "listen = \"127.0.0.1:0\"\naddress_file = \"uplink.address\"");
    replace("listen = \"127.0.0.1:8080\"",
            "listen = \"127.0.0.1:0\"\naddress_file = \"http.address\"");
    if (const auto address = service::read_file(office_.file("uplink.address"), 100)) {
      replace("127.0.0.1:7443", address->substr(0, address->find('\n')));
    }
    return office_.write(name + ".toml", text);
  };
  const std::string gmina = configured("gmina", office_.issue("140101", "territorial-node"));
  auto server =
      drill::Child::start({program_path("urna-territorial").string(), "serve", "--config", gmina},
                          office_.file("output"));
  ASSERT_TRUE(server.has_value());
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(office_.file("uplink.address")); }))
      << Office::read(office_.file("output"));
  const std::string precinct = configured("precinct", office_.issue("140101-1", "precinct-node"));
  const std::string chair = office_.issue("140101-1", "chair");
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--config", precinct});
    return run_program("urna-precinct", arguments);
  };
  const std::string protocol = office_.write("protocol.json", block("json protocol"));
  const Ran checked = run({"check", protocol});
  EXPECT_EQ(checked.output, "no findings\n") << checked.errors;
  const Ran sent = run({"sign", protocol, "--licence", chair});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_NE(sent.output.find("2 of 2 records have a receipt"), std::string::npos) << sent.output;
  EXPECT_NE(run({"status"}).output.find("definition version 1, statement " + statement),
            std::string::npos);
  EXPECT_EQ(server->stop(std::chrono::seconds(30)), 0);
  const Ran tally = run_program("urna-territorial", {"tally", "--config", gmina});
  EXPECT_NE(tally.output.find("mayor-140101,1,140101,1,option,1,250\n"), std::string::npos)
      << tally.output << tally.errors;
  EXPECT_NE(tally.output.find("mayor-140101,1,140101,1,point,p1,1000\n"), std::string::npos);
}

}  // namespace
}  // namespace urna::tests
