#include "tests/drill/setup.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t kNow = 1'416'120'000'000;  // 16 November 2014

drill::Setup prepared(const Dataset& data, const test::TemporaryFolder& folder) {
  auto setup = prepare(data, folder.path(), kNow);
  EXPECT_TRUE(setup) << setup.error().message;
  return std::move(*setup);
}

Names upstreams(const drill::Setup& setup, std::string_view unit) {
  const auto found = std::ranges::find(setup.servers, unit, &ServerPlan::unit);
  return found == setup.servers.end() ? Names{"none"} : found->upstreams;
}

TEST(Setup, WithoutAPlanEveryUnitOfPrecinctsAndThePowiatHaveServers) {
  const test::TemporaryFolder folder;
  const drill::Setup setup = prepared(make_synthetic(1, {2, 4}), folder);
  EXPECT_EQ(setup.servers.size(), 4u);
  EXPECT_EQ(upstreams(setup, "PL"), Names{});
  EXPECT_EQ(upstreams(setup, "305000"), Names{"PL"});
  EXPECT_EQ(upstreams(setup, "305001"), (Names{"305000", "PL"}));
  EXPECT_EQ(setup.routes.at("305002"), (Names{"305002", "305000", "PL"}));
  EXPECT_EQ(setup.routes.at("300000"), Names{"PL"});  // sits at the centre
}

TEST(Setup, UnitsWithoutAServerSendToTheNearestAbove) {
  const test::TemporaryFolder folder;
  Dataset data = make_synthetic(1, {2, 4});
  data.servers = {"300000"};
  const drill::Setup setup = prepared(data, folder);
  EXPECT_EQ(setup.servers.size(), 2u);
  EXPECT_EQ(upstreams(setup, "300000"), Names{"PL"});
  for (const char* unit : {"305001", "305002", "305000", "300000"}) {
    EXPECT_EQ(setup.routes.at(unit), (Names{"300000", "PL"})) << unit;
  }
  EXPECT_EQ(setup.routes.at("PL"), Names{"PL"});
}

// A precinct's part of the definition must be all that its program would take of the whole.
TEST(Setup, APrecinctsPartOfTheDefinitionIsWhatItsProgramWouldTake) {
  const test::TemporaryFolder folder;
  const Dataset data = make_synthetic(1, {3, 4});
  const drill::Setup setup = prepared(data, folder);
  for (std::size_t i = 0; i < data.precincts.size(); ++i) {
    std::vector<std::size_t> contests;
    for (const DatasetProtocol& protocol : data.protocols) {
      if (protocol.precinct == i) contests.push_back(protocol.contest);
    }
    auto part = definition_of(setup, contests).blobs;
    auto taken =
        node::definition_for(setup.definition, *model::UnitId::parse(data.precincts[i].id)).blobs;
    std::ranges::sort(part);
    std::ranges::sort(taken);
    EXPECT_EQ(part, taken) << data.precincts[i].id;
  }
}

}  // namespace
}  // namespace urna::drill
