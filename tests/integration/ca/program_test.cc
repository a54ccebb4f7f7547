// urna-ca on the command line: what it refuses, what it says, what it leaves on the disk.

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "common/service/version.h"
#include "tests/integration/ca/office.h"

namespace urna::tests {
namespace {

unsigned mode_of(const std::filesystem::path& file) {
  struct stat found = {};
  return stat(file.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

// Every file of a folder with its bytes, but for the lock.
std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename() == "lock") continue;
    files[entry.path().filename().string()] = Office::read(entry.path());
  }
  return files;
}

std::string key_id_in(const Ran& ran) { return ran.output.substr(0, 64); }

TEST(CaProgram, WrongUsageIsOneLineAndStatusTwo) {
  const Office office;
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"dance"},
      {"--colour"},
      {"list"},
      {"init", "--dir", office.dir().string()},
      {"init", "--dir", office.dir().string(), "--election", "e", "--root-unit", "PL",
       "--unencrypted", "--password-file", "p"},
      {"issue-node", "--dir", "d", "--unit", "1", "--role", "chair", "--out", "o", "--password",
       "s"}};
  for (const auto& arguments : wrong) {
    const Ran ran = office.run(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
    EXPECT_TRUE(ran.errors.starts_with("urna-ca: ")) << ran.errors;
    EXPECT_EQ(ran.output, "");
  }
  EXPECT_FALSE(std::filesystem::exists(office.dir()));
}

TEST(CaProgram, HelpExplainsEveryCommandAndVersionIsTheBuilds) {
  const Office office;
  const Ran help = office.run({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.output.find("Exit status"), std::string::npos);
  for (const std::string command : {"init", "issue-node", "issue-licence", "list", "revoke"}) {
    EXPECT_NE(help.output.find("\n  " + command), std::string::npos) << command;
    const Ran own = office.run({command, "--help"});
    EXPECT_EQ(own.status, 0);
    EXPECT_NE(own.output.find("--dir"), std::string::npos) << command;
  }
  EXPECT_EQ(office.run({"--version"}).output, service::software_name("urna-ca") + "\n");
}

TEST(CaProgram, NothingWorksInAFolderWithoutAuthorities) {
  const Office office;
  EXPECT_TRUE(says_in_one_line(office.run("list", {}), "holds no authorities"));
  EXPECT_FALSE(std::filesystem::exists(office.dir()));
}

TEST(CaProgram, ABadValueIsNamed) {
  const Office office;
  EXPECT_TRUE(says_in_one_line(office.init("no:colons"), "--election 'no:colons'"));
  EXPECT_TRUE(says_in_one_line(office.init("two\nlines"), "--election"));
  ASSERT_EQ(office.init().status, 0);
  const auto issue = [&](const std::string& command, const std::string& unit,
                         const std::string& role, std::vector<std::string> rest = {}) {
    std::vector<std::string> arguments{"--unit",         unit,           "--role", role, "--out",
                                       office.file("x"), "--unencrypted"};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return office.run(command, arguments);
  };
  EXPECT_TRUE(says_in_one_line(issue("issue-node", "140101", "chair"), "territorial-node"));
  EXPECT_TRUE(
      says_in_one_line(issue("issue-licence", "PL", "central-node"), "national-commission"));
  EXPECT_TRUE(says_in_one_line(issue("issue-licence", "PL", "licence-authority"), "none of"));
  EXPECT_TRUE(says_in_one_line(issue("issue-node", "a b", "central-node"), "--unit 'a b'"));
  EXPECT_TRUE(says_in_one_line(issue("issue-licence", "1-1", "chair", {"--from", "2027-02-29"}),
                               "--from 2027-02-29"));
  EXPECT_TRUE(says_in_one_line(issue("issue-licence", "1-1", "chair", {"--to", "2199-01-01"}),
                               "the authority's own"));
  EXPECT_TRUE(says_in_one_line(issue("issue-licence", "1-1", "chair", {"--to", "2001-01-01"}),
                               "ends before it begins"));
  EXPECT_FALSE(std::filesystem::exists(office.file("x.key")));
  // Nothing but the three authorities was ever recorded.
  const std::string index = Office::read(office.dir() / "index.jsonl");
  EXPECT_EQ(std::ranges::count(index, '\n'), 3);
}

TEST(CaProgram, InitReplacesNothing) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const auto before = contents(office.dir());
  EXPECT_TRUE(says_in_one_line(office.init("another"), "is there already"));
  EXPECT_EQ(contents(office.dir()), before);
  // Also when only the root's key is left, and then it makes nothing beside it.
  for (const auto& [name, bytes] : before) {
    if (name != "root.key") std::filesystem::remove(office.dir() / name);
  }
  EXPECT_TRUE(says_in_one_line(office.init("another"), "root.key is there already"));
  EXPECT_EQ(contents(office.dir()).size(), 1u);
}

TEST(CaProgram, IssuingReplacesNothing) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const std::string prefix = office.issue("140101", "territorial-node");
  const std::string key = Office::read(prefix + ".key");
  const std::string index = Office::read(office.dir() / "index.jsonl");
  for (const std::string left : {".key", ".crt"}) {
    EXPECT_TRUE(
        says_in_one_line(office.run("issue-node", {"--unit", "140102", "--role", "territorial-node",
                                                   "--out", prefix, "--unencrypted"}),
                         left + " is there already"));
    EXPECT_EQ(Office::read(prefix + ".key"), left == ".key" ? key : "");
    std::filesystem::remove(prefix + ".key");
  }
  EXPECT_EQ(Office::read(office.dir() / "index.jsonl"), index);
}

TEST(CaProgram, AFolderForOutputThatIsNotThereIsNamedBeforeAnythingIsRecorded) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const std::string index = Office::read(office.dir() / "index.jsonl");
  EXPECT_TRUE(
      says_in_one_line(office.run("issue-node", {"--unit", "140101", "--role", "territorial-node",
                                                 "--out", office.file("none/x"), "--unencrypted"}),
                       "there is no folder"));
  EXPECT_EQ(Office::read(office.dir() / "index.jsonl"), index);
}

TEST(CaProgram, PrivateKeysAreForTheirOwnerAlone) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const std::string prefix = office.issue("140101-1", "chair");
  for (const std::filesystem::path& key :
       {office.dir() / "root.key", office.dir() / "node-authority.key",
        office.dir() / "licence-authority.key", std::filesystem::path(prefix + ".key")}) {
    EXPECT_EQ(mode_of(key), 0600u) << key;
  }
  EXPECT_EQ(mode_of(office.dir()), 0700u);
}

TEST(CaProgram, WithoutATerminalAPasswordFileIsAskedFor) {
  const Office office;
  EXPECT_TRUE(says_in_one_line(office.run("init", {"--election", "e", "--root-unit", "PL"}),
                               "name a file with the password"));
  const std::string empty = office.write("empty", "\n");
  EXPECT_TRUE(says_in_one_line(
      office.run("init", {"--election", "e", "--root-unit", "PL", "--password-file", empty}),
      "must hold one line"));
  EXPECT_FALSE(std::filesystem::exists(office.dir() / "trust.pem"));
}

TEST(CaProgram, ListShowsEverythingIssuedWithItsState) {
  const Office office;
  ASSERT_EQ(office
                .run("init", {"--election", "e", "--root-unit", "PL", "--unencrypted", "--from",
                              "2014-01-01", "--to", "2199-12-31", "--root-to", "2199-12-31"})
                .status,
            0);
  const Ran later = office.run("issue-licence",
                               {"--unit", "PL", "--role", "auditor", "--out", office.file("later"),
                                "--from", "2199-06-01", "--to", "2199-06-30", "--unencrypted"});
  ASSERT_EQ(later.status, 0) << later.errors;
  office.issue("140101", "territorial-node");
  const Ran list = office.run("list", {});
  EXPECT_EQ(list.status, 0);
  EXPECT_EQ(std::ranges::count(list.output, '\n'), 6);
  const std::size_t at = list.output.find(key_id_in(later));
  ASSERT_NE(at, std::string::npos);
  const std::string row = list.output.substr(at, list.output.find('\n', at) - at);
  for (const std::string part : {"auditor", "PL", "2199-06-01", "2199-06-30", "not yet valid"}) {
    EXPECT_NE(row.find(part), std::string::npos) << row;
  }
}

TEST(CaProgram, ADamagedIndexIsNamedWithItsLine) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const std::filesystem::path index = office.dir() / "index.jsonl";
  const std::string whole = Office::read(index);
  ASSERT_TRUE(service::write_file_atomically(index, whole.substr(0, whole.size() - 1)).has_value());
  EXPECT_TRUE(says_in_one_line(office.run("list", {}), "index.jsonl: line 3"));
}

TEST(CaProgram, RevokingRefusesWhatItCannotMean) {
  const Office office;
  ASSERT_EQ(office.init().status, 0);
  const std::string by = office.issue("PL", "national-commission");
  const Ran node = office.run("issue-node", {"--unit", "140101", "--role", "territorial-node",
                                             "--out", office.file("node"), "--unencrypted"});
  const std::string key_id = key_id_in(node);
  const auto revoke = [&](const std::string& key, const std::string& signer,
                          const std::string& reason, const std::string& manifest) {
    return office.run("revoke", {"--key-id", key, "--reason", reason, "--by", signer, "--manifest",
                                 manifest, "--out", office.file("revocation")});
  };
  const std::string manifest(64, 'a');
  EXPECT_TRUE(says_in_one_line(revoke("12", by, "lost", manifest), "--key-id"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, by, "lost", "zz"), "--manifest"));
  EXPECT_TRUE(says_in_one_line(revoke(std::string(64, '0'), by, "lost", manifest), "issued here"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, by, "", manifest), "the reason"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, by, "two\nlines", manifest), "the reason"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, by, "\xff", manifest), "the reason"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, office.file("none"), "lost", manifest), "none.crt"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, office.file("node"), "lost", manifest), "licence"));
  EXPECT_TRUE(says_in_one_line(revoke(key_id, office.issue("140101-1", "chair"), "lost", manifest),
                               "a chair may not revoke"));
  const std::string authority = Office::read(office.dir() / "index.jsonl");
  const std::string root_id = authority.substr(authority.find("\"key_id\":\"") + 10, 64);
  EXPECT_TRUE(says_in_one_line(revoke(root_id, by, "lost", manifest), "an authority"));
  EXPECT_FALSE(std::filesystem::exists(office.file("revocation")));
  EXPECT_EQ(office.run("list", {}).output.find("revoked"), std::string::npos);

  EXPECT_EQ(revoke(key_id, by, "lost", manifest).status, 0);
  EXPECT_NE(office.run("list", {}).output.find("revoked"), std::string::npos);
  EXPECT_TRUE(says_in_one_line(revoke(key_id, by, "lost", manifest), "revoked already"));
}

}  // namespace
}  // namespace urna::tests
