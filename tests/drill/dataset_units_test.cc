#include "tests/drill/dataset_units.h"

#include <gtest/gtest.h>

#include <set>

namespace urna::drill {
namespace {

TEST(TerytUnits, ACityOfPowiatRightsIsItsOwnPowiat) {
  EXPECT_EQ(city_of("026401"), "026401");
  EXPECT_EQ(city_of("026101"), "026101");
  EXPECT_EQ(city_of("020101"), "");
  EXPECT_EQ(city_of("026001"), "");  // PP above 60, not 60 itself
}

TEST(TerytUnits, DistrictsAbroadAndShipsBelongToWarsaw) {
  for (const char* teryt : {"146502", "146519", "149801", "149901"}) {
    EXPECT_EQ(city_of(teryt), "146501") << teryt;
    EXPECT_EQ(powiat_prefix(teryt), "1465") << teryt;
  }
  EXPECT_EQ(city_of("146501"), "146501");
}

TEST(TerytUnits, EveryUnitIsThereOnceBelowItsParent) {
  Dataset data;
  for (const char* teryt : {"020101", "020102", "026401", "146502", "146503", "140101"}) {
    data.precincts.push_back({std::string(teryt) + "-1", teryt, "1", v1::PRECINCT_TYPE_PERMANENT});
  }
  add_teryt_units(data);
  std::set<std::string> seen{""};
  for (const DatasetUnit& unit : data.units) {
    EXPECT_TRUE(seen.contains(unit.parent)) << unit.id << " before " << unit.parent;
    EXPECT_TRUE(seen.insert(unit.id).second) << unit.id << " twice";
  }
  EXPECT_EQ(seen,
            (std::set<std::string>{"", "PL", "020000", "020100", "020101", "020102", "026401",
                                   "140000", "146501", "146502", "146503", "140100", "140101"}));
  const UnitTree tree(data);
  EXPECT_EQ(tree.find("026401")->kind, v1::UNIT_KIND_CITY);
  EXPECT_EQ(tree.find("026401")->parent, "020000");
  EXPECT_EQ(tree.find("146502")->kind, v1::UNIT_KIND_WARSAW_DISTRICT);
  EXPECT_EQ(tree.find("020101")->parent, "020100");
  EXPECT_EQ(tree.find("nowhere"), nullptr);
  EXPECT_TRUE(tree.upwards("nowhere").empty());
}

}  // namespace
}  // namespace urna::drill
