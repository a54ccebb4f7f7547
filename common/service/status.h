// What a node shows of itself: the JSON behind the status page.
//
// Numbers are exact integers below 2^53. Lists keep the order given; parents of `units` may come in
// any order, the page builds the tree.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace urna::service {

struct StatusOption {
  std::string code;
  std::string name;
  std::uint64_t votes = 0;
};

struct StatusContest {
  std::string contest;
  std::uint32_t round = 1;
  std::string title;
  std::uint64_t received = 0;  // places in the received tally
  std::uint64_t expected = 0;  // places of the contest under this node's unit
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
  std::vector<StatusOption> options;
};

struct StatusUnit {
  std::string unit;
  std::string name;
  std::string parent;  // empty, or a unit not listed, for the topmost
  std::string kind;  // "national", "voivodeship", "powiat", "city", "gmina", "district", "precinct"
  std::uint64_t received = 0;
  std::uint64_t expected = 0;
};

struct StatusUpstream {
  std::string unit;
  std::string address;
  bool connected = false;
  std::uint64_t acknowledged = 0;  // entries of this node's election log it has settled
};

struct StatusLog {
  std::uint64_t size = 0;
  std::string root;    // hexadecimal, 64 digits
  std::string log_id;  // hexadecimal, 32 digits
  // Entries that the figures here take account of: fewer than `size` while a long log is loaded.
  std::uint64_t counted = 0;
};

struct NodeStatus {
  std::string election;
  std::string mode;  // "live" or "rehearsal"
  std::string unit;
  std::string software;
  // When anything else here last changed, milliseconds since 1970-01-01T00:00:00Z. Not the time of
  // the answer: an unchanged status must give equal bytes, so that viewers are told "not modified".
  std::uint64_t updated_ms = 0;
  std::uint64_t definition_version = 0;
  std::string definition;  // statement id of the one in force, hexadecimal; empty: none
  StatusLog log;
  std::vector<StatusContest> contests;
  std::vector<StatusUnit> units;
  // Protocols by state: "effective", "awaiting_approval", "waiting", "in_conflict", "superseded",
  // "returned", "annulled".
  std::map<std::string, std::uint64_t> states;
  std::vector<StatusUpstream> upstreams;
  std::uint64_t refused = 0;  // records
};

// One line. Text that is not UTF-8 gets U+FFFD; nothing is thrown.
std::string to_json(const NodeStatus& status);

}  // namespace urna::service
