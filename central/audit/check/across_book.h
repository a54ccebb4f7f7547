// Collects what the across-protocol rules look at, and applies them when the file is at its end:
// the protocols of a precinct may stand anywhere in it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/audit/check/report.h"
#include "common/validation/across.h"

namespace urna::audit {

// What a contest is, told by the name it has in a file: "mayor…", "…city_council…",
// "gmina_council…", "powiat_council…", "voivodeship_assembly…", "…district_council…". Any other is
// unspecified, and not compared. A name that ends in "_round2" is of the runoff's day.
struct ContestName {
  v1::ContestKind kind = v1::CONTEST_KIND_UNSPECIFIED;
  std::uint32_t round = 1;
};
ContestName contest_of_name(std::string_view name);

class AcrossBook {
 public:
  // A contest that was asked for, before any row.
  void expect(const std::string& contest);
  // `protocol.kind` is set here from the contest's name, if that tells it.
  void add(const RowNames& names, validation::PrecinctProtocol protocol);

  // Findings in the order in which their precincts first came. A finding's protocol and contest are
  // those of all protocols concerned, joined by '+' ("city_council+mayor_round1"). Files do not
  // tell which districts are uncontested, so none is taken to be.
  void report(Report& report) const;

  // Which contests, and how many protocols of them, X1-X5 left out and why; a few lines for each
  // contest, in the order they were asked for. Empty when every rule could look at every protocol.
  std::vector<std::string> not_compared() const;

 private:
  struct Entry {
    std::uint32_t contest;  // in contests_
    std::string protocol;
    validation::PrecinctProtocol figures;
  };
  struct Precinct {
    std::uint32_t round;
    std::string teryt, precinct;
    std::vector<Entry> entries;
  };
  // What the file has of one contest.
  struct Coverage;

  std::uint32_t number_of(std::string_view contest);
  std::vector<Coverage> coverage() const;

  std::vector<std::string> contests_;
  std::deque<Precinct> precincts_;
  std::unordered_map<std::string, std::size_t> by_key_;
};

}  // namespace urna::audit
