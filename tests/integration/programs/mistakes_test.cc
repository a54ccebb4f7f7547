// Mistakes of those who install a program: one clear line that names the thing, and a status of 1.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/service/files.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

class Mistakes : public testing::Test {
 protected:
  Ran serve(const std::filesystem::path& config) {
    return run_program("urna-territorial", {"serve", "--config", config.string()});
  }
  Ran status(const std::filesystem::path& config) {
    return run_program("urna-precinct", {"status", "--config", config.string()});
  }
  // Installs with another definition file than the right one, and starts both kinds of program.
  void expect_definition_refused(const std::string& bytes, const std::string& part) {
    scene_.write("definition.urna", bytes);
    EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101")), part));
    EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101")), "definition.urna"));
    EXPECT_TRUE(says_in_one_line(status(scene_.install("140101-1")), part));
  }
  Scene scene_;
};

TEST_F(Mistakes, AnUnknownKeyOfTheConfiguration) {
  Install setup;
  setup.extra_root = "colour = 3\n";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "colour"));
  EXPECT_TRUE(says_in_one_line(status(scene_.install("140101-1", setup)), "colour"));
  setup.extra_root.clear();
  setup.extra = "[sending]\nfailover = 5\n";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "sending.failover"));
}

TEST_F(Mistakes, AConfigurationThatIsNoToml) {
  Install setup;
  setup.extra_root = "data data data\n";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "urna.toml"));
}

TEST_F(Mistakes, AKeyThatCannotBeRead) {
  const auto config = scene_.install("140101");
  const std::filesystem::path key = scene_.folder_of("140101") / "node.key";
  std::filesystem::remove(key);
  EXPECT_TRUE(says_in_one_line(serve(config), key.string()));
  std::filesystem::create_directory(key);
  EXPECT_TRUE(says_in_one_line(serve(config), key.string()));
}

TEST_F(Mistakes, AKeyThatMayNotBeRead) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can run a program as somebody else";
  const auto config = scene_.install("140101");
  const std::filesystem::path key = scene_.folder_of("140101") / "node.key";
  chmod(key.c_str(), 0600);
  chmod(scene_.root().c_str(), 0755);
  chmod(scene_.folder_of("140101").c_str(), 0777);
  // Where the program was built may be closed to others.
  const std::filesystem::path program = scene_.root() / "urna-territorial";
  std::filesystem::copy_file(program_path("urna-territorial"), program);
  const Ran ran =
      run_program("/usr/bin/setpriv", {"--reuid=65534", "--regid=65534", "--clear-groups",
                                       program.string(), "serve", "--config", config.string()});
  EXPECT_TRUE(says_in_one_line(ran, key.string()));
}

TEST_F(Mistakes, AKeyThatIsNotTheCertificates) {
  scene_.install("140102");
  Install setup;
  setup.key = "../140102/node.key";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "140102/node.key"));
}

TEST_F(Mistakes, ACertificateOfAnotherRole) {
  const auto licence = scene_.licence(scene_.election().commission("140101")).string();
  scene_.install("140101-1");
  Install setup;
  setup.certificate = licence + ".crt";
  setup.key = licence + ".key";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "plenipotentiary"));
  setup.certificate = "../140101-1/node.crt";
  setup.key = "../140101-1/node.key";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "precinct-node"));
  setup.certificate = "../140101/node.crt";
  setup.key = "../140101/node.key";
  EXPECT_TRUE(says_in_one_line(status(scene_.install("140101-2", setup)), "140101/node.crt"));
}

TEST_F(Mistakes, ACertificateOfAnotherElection) {
  SmallElection other("other-2014", until_next_year());
  const uplink::TlsIdentity foreign = tls_of(other, other.node("140101"));
  scene_.write("foreign.crt", foreign.certificate_pem);
  scene_.write("foreign.key", foreign.key_pem);
  Install setup;
  setup.certificate = "../foreign.crt";
  setup.key = "../foreign.key";
  EXPECT_TRUE(says_in_one_line(serve(scene_.install("140101", setup)), "foreign.crt"));
}

TEST_F(Mistakes, ADatabaseThatIsNotThere) {
  Install setup;
  setup.extra = "[database]\nconnection = \"host=/no/such/folder dbname=urna\"\n";
  const auto config = scene_.install("PL", setup);
  for (const char* command : {"serve", "fsck", "tally"}) {
    const Ran ran = run_program("urna-central", {command, "--config", config.string()});
    EXPECT_TRUE(says_in_one_line(ran, "/no/such/folder")) << command;
  }
}

TEST_F(Mistakes, ADataFolderThatAnotherProcessUses) {
  const auto config = scene_.install("140101");
  Served first("urna-territorial", scene_, "140101");
  EXPECT_TRUE(says_in_one_line(serve(config), (scene_.folder_of("140101") / "data").string()));
  const Ran tally = run_program("urna-territorial", {"tally", "--config", config.string()});
  EXPECT_TRUE(says_in_one_line(tally, std::to_string(first.child().pid())));
  EXPECT_TRUE(says_in_one_line(tally, "/api/status.json"));
  EXPECT_EQ(first.stop(), 0);
}

TEST_F(Mistakes, AnAddressThatAnotherProcessUses) {
  scene_.install("140101");
  Served first("urna-territorial", scene_, "140101");
  scene_.install("140102");
  std::filesystem::path config = scene_.folder_of("140102") / "urna.toml";
  scene_.write(
      "140102/urna.toml",
      "data = \"data\"\n[identity]\nanchors = \"../trust.pem\"\ncertificate = \"node.crt\"\n"
      "key = \"node.key\"\n[uplink]\nlisten = \"" +
          first.address() + "\"\n[log]\nlevel = \"error\"\n");
  EXPECT_TRUE(says_in_one_line(serve(config), first.address()));
}

TEST_F(Mistakes, AFolderForAnAddressOrALogThatIsNotThereIsNotMade) {
  for (const auto& [extra, key] : std::vector<std::pair<std::string, std::string>>{
           {"[uplink]\nlisten = \"127.0.0.1:0\"\naddress_file = \"none/a\"\n",
            "uplink.address_file"},
           {"[uplink]\nlisten = \"127.0.0.1:0\"\n[http]\nlisten = \"127.0.0.1:0\"\n"
            "address_file = \"none/a\"\n",
            "http.address_file"},
           {"[uplink]\nlisten = \"127.0.0.1:0\"\n[log]\nfile = \"none/a\"\n", "log.file"}}) {
    scene_.install("140101");
    const auto config = scene_.write("140101/urna.toml",
                                     "data = \"data\"\n[identity]\nanchors = \"../trust.pem\"\n"
                                     "certificate = \"node.crt\"\nkey = \"node.key\"\n" +
                                         extra);
    EXPECT_TRUE(says_in_one_line(serve(config), key));
    EXPECT_FALSE(std::filesystem::exists(scene_.folder_of("140101") / "none"));
  }
}

TEST_F(Mistakes, AFailedStartIsInTheLogToo) {
  scene_.install("140101");
  Served first("urna-territorial", scene_, "140101");
  scene_.install("140102");
  const auto config = scene_.write(
      "140102/urna.toml",
      "data = \"data\"\n[identity]\nanchors = \"../trust.pem\"\ncertificate = \"node.crt\"\n"
      "key = \"node.key\"\n[uplink]\nlisten = \"" +
          first.address() + "\"\n[log]\nfile = \"log\"\n");
  EXPECT_TRUE(
      says_in_one_line(serve(config), "uplink.listen: cannot listen on " + first.address()));
  const std::string log = *service::read_file(scene_.folder_of("140102") / "log", 1 << 20);
  EXPECT_NE(log.find("start_failed"), log.npos) << log;
  EXPECT_NE(log.find(first.address()), log.npos) << log;
  EXPECT_EQ(log.find("\"started\""), log.npos) << log;
  EXPECT_EQ(first.stop(), 0);
}

TEST_F(Mistakes, AnOwnCertificateThatIsNotValidTodayIsToldAtTheStart) {
  SmallElection past(kElection, SmallElection::season(), &scene_.election());
  scene_.write("trust.pem", past.anchors_pem());
  Install setup;
  setup.definition = false;
  for (const char* unit : {"140101", "140101-1"}) {
    scene_.install(unit, setup);
    const uplink::TlsIdentity own = tls_of(past, past.node(unit));
    scene_.write(std::string(unit) + "/node.crt", own.certificate_pem);
    scene_.write(std::string(unit) + "/node.key", own.key_pem);
  }
  Served server("urna-territorial", scene_, "140101");
  EXPECT_EQ(server.stop(), 0);
  const std::string log = *service::read_file(scene_.folder_of("140101") / "output", 1 << 20);
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
  EXPECT_NE(log.find("node.crt expired on 20"), log.npos) << log;
  const Ran ran = status(scene_.folder_of("140101-1") / "urna.toml");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
  EXPECT_NE(ran.errors.find("node.crt expired on 20"), std::string::npos) << ran.errors;
}

TEST_F(Mistakes, ADefinitionThatIsNotSigned) {
  std::string bytes = scene_.definition_bytes(scene_.election());
  const std::size_t in_the_manifest = 200;
  bytes[in_the_manifest] = static_cast<char>(bytes[in_the_manifest] ^ 1);
  expect_definition_refused(bytes, "definition");
}

TEST_F(Mistakes, AFileThatIsNoDefinition) {
  expect_definition_refused("hello", "not a definition");
}

TEST_F(Mistakes, ADefinitionOfAnotherElection) {
  SmallElection other("other-2014", until_next_year(), &scene_.election());
  expect_definition_refused(scene_.definition_bytes(other), "definition");
}

// The file of the installation stays behind when an update comes by import or from above.
TEST_F(Mistakes, ADefinitionOlderThanTheOneHeldIsAWarningAndNotTheEnd) {
  const std::string first = scene_.definition_bytes(scene_.election());
  scene_.election().change_slice("council-140101");
  scene_.write("definition.urna", scene_.definition_bytes(scene_.election()));
  scene_.install("140101");
  {
    Served server("urna-territorial", scene_, "140101");
    EXPECT_EQ(server.stop(), 0);
  }
  const auto precinct = scene_.install("140101-1");
  EXPECT_EQ(status(precinct).status, 0);
  scene_.write("definition.urna", first);
  {
    Served server("urna-territorial", scene_, "140101");
    EXPECT_NE(server.get("/api/status.json").second.find("\"definition_version\":2"),
              std::string::npos);
    EXPECT_EQ(server.stop(), 0);
  }
  const std::string log = *service::read_file(scene_.folder_of("140101") / "output", 1 << 20);
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
  EXPECT_NE(log.find("version 1 of the definition is older than version 2"), log.npos) << log;
  const Ran later = status(precinct);
  EXPECT_EQ(later.status, 0);
  EXPECT_EQ(std::ranges::count(later.errors, '\n'), 1) << later.errors;
  EXPECT_NE(later.errors.find("version 1 of the definition is older than version 2"),
            std::string::npos)
      << later.errors;
}

}  // namespace
}  // namespace urna::tests
