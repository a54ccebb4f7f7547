// Records of every kind about one small election, signed once and judged once: a test draws from
// them.
#pragma once

#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "tests/unit/node/judging.h"

namespace urna::tests {

inline constexpr const char* kCouncil = "council-140101";
inline constexpr const char* kMayor = "mayor-140101";

struct JudgedRecords {
  SmallElection election;
  Judge judge{election};
  std::vector<node::Admissible> records;  // the first is the definition
  std::vector<Bytes> bytes;               // of each
  std::vector<Version> versions{election.first()};

  JudgedRecords() {
    judge.takes(election.first());
    add(election.first().record);
    const Holder& gmina = election.commission("140101");
    const Holder& gmina2 = election.commission("140101", 2);
    const Holder& powiat = election.commission("140100");
    const Holder& commissioner = election.commissioner();
    for (const Holder* holder : {&gmina, &gmina2, &powiat, &commissioner}) judge.knows(*holder);
    for (const char* unit : {"140101-1", "140101-2"}) {
      for (int number : {1, 2}) judge.knows(election.chair(unit, number));
    }
    for (const char* contest : {kCouncil, kMayor}) {
      const std::string unit = "140101-1";
      const v1::Body a = election.protocol(unit, contest, 100);
      const v1::Body b = election.questionable(unit, contest, 110);
      const v1::Body a2 = SmallElection::revision(election.protocol(unit, contest, 120), a);
      for (const v1::Body& body : {a, b, a2}) {
        for (int number : {1, 2}) add(election.sign_by_chair(body, number));
        add(election.sign(gmina, SmallElection::confirmation(body)));
        add(election.sign(gmina2, SmallElection::taken_back(body)));
      }
      add(election.sign(gmina, SmallElection::approval(b, {"B1"})));
      add(election.sign(gmina, SmallElection::settlement(a, {b})));
      add(election.sign(gmina2, SmallElection::settlement(b, {a})));
      add(election.sign(powiat, SmallElection::settlement(b, {a, a2})));
      add(election.sign(commissioner, SmallElection::annulment(b)));
      add(election.sign_by_chair(election.protocol("140101-2", contest, 60)));
      add(election.sign(gmina,
                        SmallElection::confirmation(election.protocol("140101-2", contest, 60))));
    }
    for (const Holder* holder :
         {&election.chair("140101-1"), &election.chair("140101-1", 2), &gmina}) {
      add(election.sign(election.national(), SmallElection::revocation(*holder)));
    }
    for (int i = 0; i < 2; ++i) {
      const Version& version = election.change_slice(kCouncil);
      versions.push_back(version);
      judge.takes(version);
      add(version.record);
      add(election.sign_by_chair(election.protocol("140101-1", kCouncil, 90)));
    }
  }

 private:
  void add(const Bytes& record) {
    node::Verdict verdict = judge.judge(record);
    auto* admissible = std::get_if<node::Admissible>(&verdict);
    if (admissible == nullptr) std::abort();
    records.push_back(std::move(*admissible));
    bytes.push_back(record);
  }
};

inline JudgedRecords& judged() {
  static JudgedRecords made;
  return made;
}

}  // namespace urna::tests
