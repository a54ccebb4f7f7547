#include "tests/unit/validation/law.h"

#include <initializer_list>

namespace urna::validation {

namespace {

class Judge {
 public:
  Judge(std::string_view form, const LawProtocol& protocol) : p_(protocol), form_(form) {}

  std::set<std::string> run() {
    if (form_ == "mayor-2018-public") {
      broken("E1", has({"p4", "p1"}) && at("p4") > at("p1"));
      broken("W20", has({"p8", "p11"}) && at("p8") < at("p11") + votes());
      return codes_;
    }
    errors();
    blocking_warnings();
    warnings();
    return codes_;
  }

 private:
  bool has(std::initializer_list<const char*> points) const {
    for (const char* point : points) {
      if (!p_.points.contains(point)) return false;
    }
    return true;
  }
  std::int64_t at(const char* point) const { return p_.points.find(point)->second; }
  std::int64_t votes() const {
    std::int64_t sum = 0;
    for (const LawList& list : p_.lists) sum += list.votes;
    return sum;
  }
  void broken(const char* code, bool is_broken) {
    if (is_broken) codes_.insert(code);
  }
  bool zero(std::initializer_list<const char*> points) const {
    for (const char* point : points) {
      if (has({point}) && at(point) == 0) return true;
    }
    return false;
  }
  bool not_zero(std::initializer_list<const char*> points) const {
    for (const char* point : points) {
      if (has({point}) && at(point) != 0) return true;
    }
    return false;
  }

  void errors() {
    broken("E1", has({"p4", "p1"}) && !(at("p4") <= at("p1")));
    broken("E2", has({"p8", "p9", "p10"}) && at("p8") != at("p9") + at("p10"));
    broken("E3", has({"p10", "p11", "p12"}) && at("p10") != at("p11") + at("p12"));
    broken("E4", has({"p12"}) && at("p12") != votes());
    for (const LawList& list : p_.lists) {
      if (list.candidates.empty()) continue;
      std::int64_t sum = 0;
      for (const std::int64_t candidate : list.candidates) sum += candidate;
      broken("E5", !list.one_struck_off && list.votes != sum);
      broken("E6", list.one_struck_off && list.votes < sum);
    }
    broken("E7", has({"p5", "p4"}) && !(at("p5") <= at("p4")));
    broken("E8", has({"p4", "p6", "p1"}) && !(at("p4") + at("p6") <= at("p1")));
    broken("E9",
           has({"p7"}) && (at("p7a") + at("p7b") > at("p7") || at("p7c") + at("p7d") > at("p7")));
    // E11 is about fields of postal voting, which only forms with p6 have.
    broken("E11", p_.no_postal && has({"p6"}) &&
                      not_zero({"p6", "p7", "p7a", "p7b", "p7c", "p7d", "p7e", "p8a"}));
    broken("E12", p_.separate && not_zero({"p5"}));
    if (has({"p1a", "p1b", "p4a", "p4b"})) {
      broken("E13", at("p1") != at("p1a") + at("p1b") || at("p4") != at("p4a") + at("p4b") ||
                        at("p4a") > at("p1a") || at("p4b") > at("p1b"));
    }
    if (has({"p11a", "p11b"})) {
      const std::int64_t annulled = has({"p11c"}) ? at("p11c") : 0;
      broken("E14", at("p11a") + at("p11b") + annulled > at("p11"));
    }
    broken("E15", p_.permanent && at("p4") > 0 && !(at("p8") > 0));
    if (p_.yes_no) {
      broken("E18", p_.lists[0].votes > at("p12") || p_.lists[1].votes > at("p12"));
    }
    broken("E19", has({"certificates"}) && at("certificates") + at("p5") > at("p4"));
  }

  void blocking_warnings() {
    if (p_.references.contains("eligible")) {
      const std::int64_t before = p_.references.find("eligible")->second;
      // 90% and 110% in tenths of a voter, so that nothing is rounded.
      broken("B1", at("p1") * 10 < before * 9 || at("p1") * 10 > before * 11);
      if (p_.references.contains("print")) {
        // Off by more than 10 percentage points of the eligible.
        const std::int64_t off = at("p2") - p_.references.find("print")->second;
        broken("B7", (off < 0 ? -off : off) * 10 > before);
      }
    }
    broken("B2", has({"p8a", "p7e"}) && at("p8a") > at("p7e"));
    broken("B3", has({"p8", "p8a", "p4"}) && at("p8") - at("p8a") > at("p4"));
    broken("B4", has({"p9", "p11"}) && at("p9") > 0 && at("p11") == 0);
    broken("B5", has({"p2", "p3", "p4"}) && at("p3") + at("p4") > at("p2"));
    broken("B6", has({"p5", "p4"}) && at("p5") == at("p4") && at("p4") > 0);
    if (p_.references.contains("eligible_b") && has({"p1b"})) {
      broken("B8", at("p1b") > p_.references.find("eligible_b")->second);
    }
  }

  void warnings() {
    broken("W1", has({"p2", "p3", "p4"}) && at("p3") + at("p4") < at("p2"));
    broken("W2", has({"p8", "p8a", "p4"}) && at("p8") - at("p8a") < at("p4"));
    broken("W3", has({"p9"}) && at("p9") > 0);
    broken("W4", p_.permanent && 10 * at("p4") > 9 * at("p1"));
    broken("W5", zero({"p1", "p4", "p8", "p10", "p12"}));
    broken("W6", has({"p10", "p1"}) && at("p10") > at("p1"));
    broken("W7", has({"p8a", "p6"}) && at("p8a") > at("p6"));
    broken("W8", has({"p7", "p6"}) && at("p7") > at("p6"));
    broken("W10", has({"p9", "p11"}) && at("p9") == at("p11") && at("p11") > 0);
    broken("W12", has({"p1a", "p1b"}) && at("p1a") <= at("p1b"));
    if (!has({"p7", "p7a", "p7b", "p7c", "p7d", "p7e"})) return;
    const std::int64_t faulty = at("p7a") + at("p7b") + at("p7c") + at("p7d");
    broken("W9", at("p7e") > at("p7") - faulty);
    broken("W13", at("p7") > faulty + at("p7e"));
  }

  const LawProtocol& p_;
  std::string_view form_;
  std::set<std::string> codes_;
};

}  // namespace

std::set<std::string> law_findings(std::string_view form, const LawProtocol& protocol) {
  return Judge(form, protocol).run();
}

}  // namespace urna::validation
