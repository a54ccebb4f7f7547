// A small election laid out as files, and the built programs run on it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/uplink/client.h"
#include "tests/drill/child.h"
#include "tests/integration/uplink/live_node.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/node/small_election.h"

namespace urna::tests {

// What a program that ran to its end left behind.
struct Ran {
  int status = 0;
  std::string output;
  std::string errors;
};

// Runs a built program ("urna-territorial") from the folder of the programs.
Ran run_program(const std::string& program, const std::vector<std::string>& arguments);
std::filesystem::path program_path(const std::string& program);

// A program that takes no work in must say why in one line that starts with its name.
testing::AssertionResult says_in_one_line(const Ran& ran, const std::string& part);

struct Install {
  std::vector<uplink::Upstream> upstreams;
  bool definition = true;
  std::string extra;             // more configuration, at the end
  std::string extra_root;        // and at the beginning, before the first section
  std::string certificate, key;  // other files than the unit's own
};

class Scene {
 public:
  Scene();

  // Keys, certificates, definition and configuration of an installation; its configuration file.
  std::filesystem::path install(const std::string& unit, const Install& setup = {});
  // The licence of a person as PREFIX.crt and PREFIX.key.
  std::filesystem::path licence(const Holder& holder);
  std::filesystem::path write(const std::string& name, const std::string& bytes) const;
  std::string definition_bytes(SmallElection& of) const;
  // A protocol as the operator's JSON.
  std::filesystem::path protocol_file(const v1::Body& body);

  std::filesystem::path folder_of(const std::string& unit) const { return root() / unit; }
  std::filesystem::path journal_of(const std::string& unit) const {
    return folder_of(unit) / "data" / "journal.db";
  }
  const std::filesystem::path& root() const { return folder_.path(); }
  SmallElection& election() { return election_; }

 private:
  test::TemporaryFolder folder_;
  SmallElection election_{kElection, until_next_year()};
};

// A server that runs until told to stop.
class Served {
 public:
  // Waits until it listens; ends the test program when it does not.
  Served(const std::string& program, Scene& scene, const std::string& unit);
  uplink::Upstream as_upstream() const { return {*model::UnitId::parse(unit_), address_}; }
  const std::string& address() const { return address_; }
  // The exit status after SIGTERM.
  int stop() { return child_.stop(std::chrono::seconds(30)); }
  drill::Child& child() { return child_; }
  // GET from the status page: the status and the body.
  std::pair<int, std::string> get(const std::string& path) const;

 private:
  const std::string unit_;
  drill::Child child_;
  std::string address_;
  std::string http_address_;
};

// Ids of the election log, in order, read beside whoever writes.
std::vector<RecordId> log_of(const std::filesystem::path& journal);

}  // namespace urna::tests
