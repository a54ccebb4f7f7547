// The office that runs urna-ca, with a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/service/files.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {

class Office {
 public:
  Ran run(const std::vector<std::string>& arguments) const {
    return run_program("urna-ca", arguments);
  }
  // One command on this office's folder.
  Ran run(const std::string& command, std::vector<std::string> rest) const {
    std::vector<std::string> arguments{command, "--dir", dir().string()};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run(arguments);
  }
  Ran init(const std::string& election = std::string(kElection)) const {
    return run("init", {"--election", election, "--root-unit", "PL", "--unencrypted"});
  }
  // Issues PREFIX.key and PREFIX.crt without a password; the prefix.
  std::string issue(const std::string& unit, const std::string& role) const {
    const std::string prefix = file(unit + "." + role);
    const std::string command = role.ends_with("-node") ? "issue-node" : "issue-licence";
    const Ran ran =
        run(command, {"--unit", unit, "--role", role, "--out", prefix, "--unencrypted"});
    EXPECT_EQ(ran.status, 0) << ran.errors;
    return prefix;
  }

  std::filesystem::path dir() const { return folder_.path() / "authorities"; }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    EXPECT_TRUE(service::write_file_atomically(file(name), bytes, 0600).has_value());
    return file(name);
  }
  static std::string read(const std::filesystem::path& path) {
    return service::read_file(path, 1 << 20).value_or("");
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace urna::tests
