// The real protocols of twelve voivodeship assemblies 2014, as often as the data's own description
// says (README of the data set, "2014-sejmik"). The published table lacks the return envelopes
// (p7), so the rules over them do not apply; types of precincts and reference figures are unknown.
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "common/validation/forms.h"
#include "tests/unit/validation/official_data.h"
#include "tests/unit/validation/scene.h"

namespace urna::validation {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // protocol, teryt, precinct
using Votes = std::map<std::string, std::string>;               // by list

Key key_of(const Row& row) { return {row.at("protocol"), row.at("teryt"), row.at("precinct")}; }

std::string lists_of(const Votes& votes) {
  std::string lists;
  for (const auto& [list, figure] : votes) lists += list + " ";
  return lists;
}

// No column says which district a precinct lies in; for the rules of the form the lists suffice.
std::shared_ptr<const model::Slice> slice_of(const Votes& votes) {
  v1::Slice data;
  data.set_contest("assembly");
  data.set_round(1);
  data.set_kind(v1::CONTEST_KIND_ASSEMBLY);
  data.set_area("PL");
  for (const auto& [list, figure] : votes) data.add_options()->set_code(list);
  return parse_slice(data, builtin_form("council-2014").value(), {});
}

v1::Protocol protocol_of(const Row& row, const Votes& votes, const model::Slice& slice) {
  std::map<std::string, std::string> figures;
  for (const auto& [column, text] : row) figures[column.substr(0, column.find('_'))] = text;
  v1::Protocol protocol;
  for (const v1::FormPoint& point : slice.form().points()) {
    protocol.add_points(cell_of_text(figures[point.code()]));
  }
  for (const auto& [list, figure] : votes) protocol.add_votes(cell_of_text(figure));
  return protocol;
}

TEST(Sejmik, EveryRuleFiresAsOftenAsTheDataSetSays) {  // R15
  URNA_NEEDS_DATA("2014-sejmik");
  std::map<Key, Votes> votes;
  for (const Row& row : read_table(data_folder("2014-sejmik") / "lists.csv.gz")) {
    votes[key_of(row)][row.at("list")] = row.at("votes");
  }
  std::map<std::string, std::shared_ptr<const model::Slice>> slices;
  std::map<std::string, int> findings;
  int protocols = 0;
  const auto anywhere = *model::UnitId::parse("1");
  for (const Row& row : read_table(data_folder("2014-sejmik") / "protocols.csv.gz")) {
    const Votes& here = votes.at(key_of(row));
    auto& slice = slices[lists_of(here)];
    if (slice == nullptr) slice = slice_of(here);
    const CompiledForm form = CompiledForm::compile(*slice).value();
    const v1::Protocol protocol = protocol_of(row, here, *slice);
    for (const Finding& finding : check(form, protocol, anywhere, Completeness::kPartial)) {
      ++findings[finding.code];
    }
    ++protocols;
  }
  EXPECT_EQ(protocols, 19'375);
  // E1-E4, E7, E8, B6, W6 and W7: none.
  const std::map<std::string, int> expected = {{"B3", 168},  {"B4", 13},  {"B5", 142}, {"W1", 264},
                                               {"W2", 3029}, {"W3", 846}, {"W5", 7},   {"W10", 3}};
  EXPECT_EQ(findings, expected);
}

}  // namespace
}  // namespace urna::validation
