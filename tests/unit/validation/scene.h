// A contest with one precinct and one protocol, written in a few words, for tests of rules.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/definition.h"
#include "common/validation/check.h"

namespace urna::validation {

inline const model::UnitId& scene_precinct() {
  static const model::UnitId unit = *model::UnitId::parse("146502-711");
  return unit;
}

// The base is a protocol nothing is wrong with; every sum below is worked by hand:
//   p1 1000 = 990 + 10 · p2 800 = p3 300 + p4 500 · p4 500 = 495 + 5 · p5 2 · p6 20
//   p7 15 = 1 + 2 + 3 + 1 + 8 · p8 508, of these 8 from envelopes · p9 0 · p10 508 = p11 8 + p12
//   500 p11 8 = 3 + 5 · list 1: 300 = 200 + 100 · list 2: 200 = 150 + 50 (candidates on councils
//   only)
// On mayor-single-2014 the options are YES 300 and NO 200. On sejm-2019, in its numbering: p5 2,
// p6 3, p7 20, p8 15 = 1 + 2 + 3 + 1 + 8, p9 508, p10 0, p11 508 = p12 8 + p13 500, p12 8 = 3 + 4
// + 1. Always in a permanent precinct; postal voting, commission size and reference figures are not
// known.
class Scene {
 public:
  explicit Scene(v1::Form form);
  explicit Scene(std::string_view builtin_form_id);

  // Changes written as "key=value", separated by blanks. A value "-" empties the field.
  //   p4=501  votes:1=3  votes:1/2=3           figures (a point the form lacks is an error)
  //   type=2  postal=2  size=7                 numbers of PrecinctType, Tristate; commission_size
  //   ref:eligible=900                         reference figures
  //   opened=420  closed=1260                  minutes
  //   members=CdM                              chair, deputy, member; upper case signed
  //   struck=2  struck=2/1                     an option or candidate off the ballot, field emptied
  Scene& set(std::string_view changes);

  std::shared_ptr<const model::Slice> slice() const;
  v1::Protocol protocol() const;
  std::vector<Finding> check(Completeness completeness = Completeness::kFinal) const;

 private:
  void put(const std::string& key, const std::string& value);

  v1::Form form_;
  v1::Slice data_;
  v1::ReferenceFigure reference_;
  v1::Protocol base_;                         // all but cells
  std::map<std::string, model::Cell> cells_;  // by field name
};

// The finding with this code; nullptr when there is none.
const Finding* find(const std::vector<Finding>& findings, std::string_view code);
std::set<std::string> codes(const std::vector<Finding>& findings);

// A slice in a form made for one test.
std::shared_ptr<const model::Slice> parse_slice(const v1::Slice& data, const v1::Form& form,
                                                const v1::ReferenceFigures& references);

}  // namespace urna::validation
