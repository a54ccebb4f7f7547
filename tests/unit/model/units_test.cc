#include "common/model/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "common/model/strict.h"

namespace urna::model {
namespace {

v1::Unit& add(v1::UnitTable& table, const char* id, const char* parent, v1::UnitKind kind,
              const char* commissioner = "") {
  v1::Unit& unit = *table.add_units();
  unit.set_id(id);
  unit.set_parent(parent);
  unit.set_kind(kind);
  unit.set_commissioner(commissioner);
  return unit;
}

// PL ─┬─ 14 ─┬─ KW-1 (a commissioner's area)
//     │      └─ 1465 (of KW-1) ── 146502
//     └─ 16
v1::UnitTable country() {
  v1::UnitTable table;
  add(table, "PL", "", v1::UNIT_KIND_NATIONAL);
  add(table, "14", "PL", v1::UNIT_KIND_VOIVODESHIP);
  add(table, "KW-1", "14", v1::UNIT_KIND_COMMISSIONER);
  add(table, "1465", "14", v1::UNIT_KIND_CITY, "KW-1");
  add(table, "146502", "1465", v1::UNIT_KIND_WARSAW_DISTRICT);
  add(table, "16", "PL", v1::UNIT_KIND_VOIVODESHIP);
  return table;
}

TEST(Units, ATableThatIsNoTreeIsRefused) {
  const std::vector<std::pair<const char*, std::function<void(v1::UnitTable&)>>> cases = {
      {"empty", [](auto& t) { t.Clear(); }},
      {"repeated id", [](auto& t) { add(t, "14", "PL", v1::UNIT_KIND_VOIVODESHIP); }},
      {"parent after child", [](auto& t) { t.mutable_units()->SwapElements(3, 4); }},
      {"unknown parent", [](auto& t) { t.mutable_units(4)->set_parent("1466"); }},
      {"its own parent", [](auto& t) { t.mutable_units(4)->set_parent("146502"); }},
      {"no parent", [](auto& t) { t.mutable_units(4)->clear_parent(); }},
      {"unknown commissioner", [](auto& t) { t.mutable_units(4)->set_commissioner("KW-9"); }},
      {"two roots", [](auto& t) { add(t, "CZ", "", v1::UNIT_KIND_NATIONAL); }},
      {"no root", [](auto& t) { t.mutable_units(0)->set_kind(v1::UNIT_KIND_VOIVODESHIP); }},
      {"no kind", [](auto& t) { t.mutable_units(4)->clear_kind(); }},
      {"a precinct", [](auto& t) { t.mutable_units(4)->set_kind(v1::UNIT_KIND_PRECINCT); }},
      {"bad id", [](auto& t) { t.mutable_units(4)->set_id("146502/1"); }}};
  for (const auto& [what, change] : cases) {
    v1::UnitTable table = country();
    change(table);
    const auto units = Units::parse(serialise(table));
    ASSERT_FALSE(units.has_value()) << what;
    EXPECT_EQ(units.error().code, ErrorCode::kInvalidArgument) << what;
  }
  EXPECT_FALSE(Units::parse("\xff").has_value());
}

TEST(Units, AreaIsByParentsAndByCommissioner) {
  const auto units = Units::parse(serialise(country())).value();
  const auto at = [&](const char* id) { return units->find(*UnitId::parse(id)); };
  EXPECT_EQ(at("PL"), 0u);
  EXPECT_EQ(at("99"), kNoUnit);
  EXPECT_TRUE(units->lies_under(at("146502"), at("146502")));
  EXPECT_TRUE(units->lies_under(at("146502"), at("1465")));
  EXPECT_TRUE(units->lies_under(at("146502"), at("PL")));
  EXPECT_TRUE(units->lies_under(at("146502"), at("KW-1"))) << "inherited from the city";
  EXPECT_FALSE(units->lies_under(at("1465"), at("146502")));
  EXPECT_FALSE(units->lies_under(at("146502"), at("16")));
  EXPECT_FALSE(units->lies_under(at("16"), at("KW-1")));
  EXPECT_FALSE(units->lies_under(kNoUnit, at("PL")));
  EXPECT_FALSE(units->lies_under(at("PL"), kNoUnit));
  for (UnitIndex unit = 0; unit < units->size(); ++unit) {
    const std::vector<UnitIndex> above = units->all_above(unit);
    for (UnitIndex other = 0; other < units->size(); ++other) {
      EXPECT_EQ(std::ranges::count(above, other), units->lies_under(unit, other)) << unit << other;
    }
  }
  EXPECT_TRUE(units->all_above(kNoUnit).empty());
  EXPECT_EQ(units->depth(at("PL")), 0);
  EXPECT_EQ(units->depth(at("146502")), 3);
}

}  // namespace
}  // namespace urna::model
