// R37 with the programs as people run them: round one, the runoff's definition made by the server
// and signed by the office, and a protocol of round two.

#include <nlohmann/json.hpp>

#include "common/model/control_code.h"
#include "common/service/files.h"
#include "tests/integration/ca/office.h"
#include "tests/support/private_postgres.h"

namespace urna::tests {
namespace {

using Json = nlohmann::json;

constexpr const char* kContest = "mayor-140101";
constexpr const char* kSecondName = "Nowak-Łąka Jan \"Jaś\"";

Json first_description() {
  Json json = Json::parse(R"({
    "election": "alfa-rehearsal", "version": 1, "date": "2026-11-01", "mode": "rehearsal",
    "units": [
      {"id": "PL", "kind": "national", "name": "Polska"},
      {"id": "140000", "kind": "voivodeship", "name": "Mazowieckie", "parent": "PL"},
      {"id": "140100", "kind": "powiat", "name": "Powiat alfski", "parent": "140000"},
      {"id": "140101", "kind": "gmina", "name": "Gmina Alfa", "parent": "140100"}],
    "precincts": [{"id": "140101-1", "type": "permanent", "commission_size": 3}],
    "contests": [{
      "id": "mayor-140101", "kind": "mayor", "area": "140101", "seats": 1, "form": "mayor-2014",
      "options": [{"code": "1", "name": "Kowalska Anna"}, {"code": "2", "name": ""},
                  {"code": "3", "name": "Sum Adam"}],
      "reference": {"140101-1": {"eligible": 1000}}}]})");
  json["contests"][0]["options"][1]["name"] = kSecondName;
  return json;
}

// Breaks no rule of mayor-2014.
Json protocol(std::uint32_t round, const Json& votes) {
  Json json = Json::parse(R"({
    "contest": "mayor-140101",
    "points": {"p1": 1000, "p1a": 990, "p1b": 10, "p2": 800, "p3": 300, "p4": 500, "p4a": 495,
               "p4b": 5, "p5": 0, "p6": 0, "p7": 0, "p7a": 0, "p7b": 0, "p7c": 0, "p7d": 0,
               "p7e": 0, "p8": 500, "p8a": 0, "p9": 0, "p10": 500, "p11": 20, "p11a": 5,
               "p11b": 15, "p12": 480},
    "members": [{"name": "Wilk Maria", "function": "chair", "signed": true},
                {"name": "Ryba Piotr", "function": "deputy", "signed": true}]})");
  json["round"] = round;
  json["votes"] = votes;
  return json;
}

class RunoffPrograms : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(office_.init("alfa-rehearsal").status, 0);
    national_ = office_.issue("PL", "national-commission");
    chair_ = office_.issue("140101-1", "chair");
    commission_ = office_.issue("140101", "plenipotentiary");
    office_.write("first.json", first_description().dump());
    ASSERT_EQ(define("first", {}).status, 0);
    gmina_ = configure("gmina", office_.issue("140101", "territorial-node"),
                       "[uplink]\nlisten = \"127.0.0.1:0\"\naddress_file = \"uplink.address\"\n"
                       "[http]\nlisten = \"127.0.0.1:0\"\n");
  }

  std::string configure(const std::string& name, const std::string& prefix,
                        const std::string& rest) {
    return office_.write(name + ".toml",
                         "data = \"" + name + "-data\"\ndefinition = \"first.urna\"\n" +
                             "[identity]\nanchors = \"authorities/trust.pem\"\ncertificate = \"" +
                             prefix + ".crt\"\nkey = \"" + prefix + ".key\"\n" + rest);
  }
  Ran define(const std::string& name, std::vector<std::string> rest) {
    std::vector<std::string> arguments{"--from", office_.file(name + ".json"), "--by", national_,
                                       "--out",  office_.file(name + ".urna")};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return office_.run("definition", arguments);
  }
  Ran gmina(const std::string& command, const std::vector<std::string>& rest = {}) {
    std::vector<std::string> arguments{command, "--config", gmina_};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run_program("urna-territorial", arguments);
  }
  Ran runoff(std::vector<std::string> rest = {}) {
    rest.insert(rest.end(), {"--date", "2026-11-08"});
    return gmina("runoff", rest);
  }
  Ran precinct(const std::string& command, const std::vector<std::string>& rest) {
    std::vector<std::string> arguments{command, "--config", precinct_};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run_program("urna-precinct", arguments);
  }
  void serve() {
    auto server = drill::Child::start(
        {program_path("urna-territorial").string(), "serve", "--config", gmina_},
        office_.file("output"));
    ASSERT_TRUE(server.has_value());
    server_ = std::make_unique<drill::Child>(std::move(*server));
    const auto address = office_.file("uplink.address");
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(address); }))
        << Office::read(office_.file("output"));
    const std::string text = Office::read(address);
    precinct_ = configure(
        "precinct", office_.issue("140101-1", "precinct-node"),
        "[[upstream]]\nunit = \"140101\"\naddress = \"" + text.substr(0, text.find('\n')) + "\"\n");
  }
  // The precinct stays connected for as long as it takes.
  void follow_until(const std::function<bool()>& done) {
    auto running =
        drill::Child::start({program_path("urna-precinct").string(), "run", "--config", precinct_},
                            office_.file("run-output"));
    ASSERT_TRUE(running.has_value());
    // A look while nobody works holds the folder itself.
    const std::string pid = std::to_string(running->pid()) + "\n";
    ASSERT_TRUE(eventually([&] { return Office::read(office_.file("precinct-data/lock")) == pid; }))
        << Office::read(office_.file("run-output"));
    EXPECT_TRUE(eventually(done)) << Office::read(office_.file("run-output"));
    EXPECT_EQ(running->stop(std::chrono::seconds(20)), 0);
  }
  // Signs and sends; the control code.
  std::string send(std::uint32_t round, const Json& votes) {
    const Ran ran = sign(round, votes, {});
    EXPECT_NE(ran.output.find("records have a receipt"), std::string::npos) << ran.output;
    return code_in(ran, round);
  }
  Ran sign(std::uint32_t round, const Json& votes, std::vector<std::string> rest) {
    const std::string file =
        office_.write("protocol-" + std::to_string(round) + ".json", protocol(round, votes).dump());
    rest.insert(rest.end(), {file, "--licence", chair_});
    const Ran ran = precinct("sign", rest);
    EXPECT_EQ(ran.status, 0) << ran.errors << ran.output;
    return ran;
  }
  // The place's own line has the statement that the code on the paper stands for.
  static std::string code_in(const Ran& ran, std::uint32_t round) {
    const std::string mark = "statement ";
    const std::size_t line = ran.output.find(kContest + ("/" + std::to_string(round)));
    const std::size_t at = ran.output.find(mark, line);
    EXPECT_NE(at, std::string::npos) << ran.output;
    if (at == std::string::npos) return "";
    const auto bytes = from_hex(ran.output.substr(at + mark.size(), 64));
    EXPECT_TRUE(bytes.has_value());
    return model::ControlCode::of(StatementId::from_bytes(*bytes).value()).printed();
  }
  // Confirms the protocol and signs the final one, at this server or another.
  void decide(const std::string& code, std::uint32_t round,
              const std::string& program = "urna-territorial", std::string config = {}) {
    if (config.empty()) config = gmina_;
    const auto commands = office_.write("commands", "confirm " + code + "\nsign final " + kContest +
                                                        " " + std::to_string(round) + "\n");
    const Ran ran =
        run_program("/bin/sh", {"-c", program_path(program).string() + " desk --config " + config +
                                          " --licence " + commission_ + ".key --certificate " +
                                          commission_ + ".crt < " + commands});
    EXPECT_EQ(ran.status, 0) << ran.output << ran.errors;
  }

  Office office_;
  std::string national_, chair_, commission_, gmina_, precinct_;
  std::unique_ptr<drill::Child> server_;
};

TEST_F(RunoffPrograms, SayInOneLineWhatIsMissingAndWriteNothing) {
  EXPECT_TRUE(says_in_one_line(runoff(), "there is no journal at"));
  ASSERT_EQ(gmina("import", {office_.file("first.urna")}).status, 0);
  EXPECT_TRUE(says_in_one_line(gmina("runoff", {"--date", "2026-02-30"}), "is no day"));
  EXPECT_TRUE(says_in_one_line(runoff({"--withdrawn", "mayor-140102=1"}), "no such mayor's"));
  const std::string there = office_.write("there.json", "{}");
  EXPECT_TRUE(says_in_one_line(runoff({"--output", there}), "is there already"));
  EXPECT_EQ(gmina("runoff", {"--round"}).status, 2);

  const Ran undecided = runoff({"--output", office_.file("second.json")});
  EXPECT_EQ(undecided.status, 1);
  EXPECT_EQ(undecided.output, "");
  EXPECT_EQ(undecided.errors,
            "urna-territorial: note: mayor-140101: not decided: no confirmed protocol of 140101-1 "
            "that fits the definition is here\n"
            "urna-territorial: 1 contests of round one are not decided; --partial goes on without "
            "them\n");
  const Ran partial = runoff({"--partial", "--output", office_.file("second.json")});
  EXPECT_EQ(partial.status, 1);
  EXPECT_NE(partial.errors.find("no mayor's contest needs a runoff: nothing to define"),
            std::string::npos)
      << partial.errors;
  EXPECT_FALSE(std::filesystem::exists(office_.file("second.json")));
}

TEST_F(RunoffPrograms, TheRunoffIsDefinedSignedVotedOnAndDecided) {
  serve();
  decide(send(1, {{"1", 130}, {"2", 230}, {"3", 120}}), 1);
  const Ran described = runoff({"--output", office_.file("second.json")});
  ASSERT_EQ(described.status, 0) << described.errors;
  EXPECT_EQ(described.errors,
            "urna-territorial: note: mayor-140101: runoff between 1 (Kowalska Anna) and 2 (" +
                std::string(kSecondName) + "), 14 days after round one\n");
  // To standard output, the same.
  EXPECT_EQ(runoff().output, Office::read(office_.file("second.json")));

  const Ran defined = define("second", {"--replaces", office_.file("first.urna")});
  ASSERT_EQ(defined.status, 0) << defined.errors;
  EXPECT_NE(defined.output.find("Against version 1: 1 contests new, 0 changed, 0 left out.\n"),
            std::string::npos)
      << defined.output;
  ASSERT_EQ(gmina("import", {office_.file("second.urna")}).status, 0);
  follow_until([&] { return precinct("blank", {kContest, "--round", "2"}).status == 0; });
  const Ran blank = precinct("blank", {kContest, "--round", "2"});
  ASSERT_EQ(blank.status, 0) << blank.errors;
  EXPECT_NE(Json::parse(blank.output).dump().find("Nowak-Łąka Jan"), std::string::npos)
      << blank.output;
  decide(send(2, {{"1", 250}, {"2", 230}}), 2);
  EXPECT_EQ(gmina("results").output,
            "contest,round,option,candidate,votes,outcome\n"
            "mayor-140101,1,1,,130,runoff\n"
            "mayor-140101,1,2,,230,runoff\n"
            "mayor-140101,1,3,,120,not_elected\n"
            "mayor-140101,2,1,,250,elected\n"
            "mayor-140101,2,2,,230,not_elected\n");
  const Ran again = runoff({"--output", office_.file("third.json")});
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.errors.find("the definition in force has every runoff already"),
            std::string::npos);
  EXPECT_EQ(server_->stop(std::chrono::seconds(30)), 0);
}

// With its journal in PostgreSQL, and a precinct without a network.
TEST_F(RunoffPrograms, TheCentreDescribesTheRunoffToo) {
  const auto postgres = test::PrivatePostgres::start({.folder = {}, .fast_and_unsafe = true});
  ASSERT_TRUE(postgres.has_value()) << postgres.error().message;
  const std::string centre =
      configure("centre", office_.issue("PL", "central-node"),
                "[uplink]\nlisten = \"127.0.0.1:0\"\n[http]\nlisten = \"127.0.0.1:0\"\n"
                "[database]\nconnection = \"" +
                    (*postgres)->connection() + "\"\n");
  const auto at_centre = [&](const std::string& command, std::vector<std::string> rest) {
    rest.insert(rest.begin(), {command, "--config", centre});
    return run_program("urna-central", rest);
  };
  precinct_ = configure("precinct", office_.issue("140101-1", "precinct-node"), "");
  const Ran signed_one = sign(1, {{"1", 130}, {"2", 230}, {"3", 120}}, {"--offline"});
  ASSERT_EQ(precinct("export", {office_.file("medium.urna")}).status, 0);
  for (const char* file : {"first.urna", "medium.urna"}) {
    const Ran imported = at_centre("import", {office_.file(file)});
    ASSERT_EQ(imported.status, 0) << imported.errors;
  }
  decide(code_in(signed_one, 1), 1, "urna-central", centre);
  const Ran described = at_centre(
      "runoff", {"--withdrawn", "mayor-140101=2", "--output", office_.file("second.json")});
  ASSERT_EQ(described.status, 0) << described.errors;
  EXPECT_EQ(described.errors,
            "urna-central: note: mayor-140101: runoff between 1 (Kowalska Anna) and 3 (Sum Adam), "
            "28 days after round one\n");
  const Ran defined = define("second", {"--replaces", office_.file("first.urna")});
  ASSERT_EQ(defined.status, 0) << defined.errors;
  EXPECT_NE(at_centre("import", {office_.file("second.urna")}).output.find(": in force"),
            std::string::npos);
}

// Somebody edits round one, and its protocols would fall.
TEST_F(RunoffPrograms, TheOfficeIsToldWhatANewVersionChanges) {
  Json changed = first_description();
  changed["version"] = 2;
  changed["contests"][0]["options"][0]["name"] = "Kowalska Ana";
  Json other = changed["contests"][0];
  other["id"] = "mayor-2";
  changed["contests"].push_back(other);
  office_.write("second.json", changed.dump());
  const Ran told = define("second", {"--replaces", office_.file("first.urna")});
  EXPECT_NE(told.output.find(
                "Against version 1: 1 contests new, 1 changed, 0 left out.\n"
                "  mayor-140101, round 1, is changed: its protocols that are not confirmed are "
                "returned\n"),
            std::string::npos)
      << told.output;
  changed["version"] = 3;
  changed["contests"].erase(0);
  office_.write("third.json", changed.dump());
  EXPECT_NE(define("third", {"--replaces", office_.file("second.urna")})
                .output.find("0 contests new, 0 changed, 1 left out.\n"
                             "  mayor-140101, round 1, is left out: it has no totals, and its "
                             "protocols that are not confirmed are returned\n"),
            std::string::npos);
}

TEST_F(RunoffPrograms, ASingleCandidatesContestHasItsOwnFormAndOptions) {
  Json json = first_description();
  json["contests"][0]["options"].erase(2);
  json["contests"][0]["options"][0]["code"] = "YES";
  json["contests"][0]["options"][1]["code"] = "NO";
  office_.write("single.json", json.dump());
  EXPECT_TRUE(says_in_one_line(
      define("single", {}),
      "contests[0].form: contests of this kind, with options YES and NO, have form "
      "mayor-single-2014"));
  json["contests"][0]["form"] = "mayor-single-2014";
  office_.write("single.json", json.dump());
  EXPECT_EQ(define("single", {}).status, 0);
  json["contests"][0]["options"][1]["code"] = "2";
  office_.write("other.json", json.dump());
  EXPECT_TRUE(says_in_one_line(define("other", {}), "have form mayor-2014"));
}

}  // namespace
}  // namespace urna::tests
