#include "tests/drill/hall.h"

#include <gtest/gtest.h>

#include "common/journal/sqlite_store.h"
#include "tests/drill/agenda.h"
#include "tests/drill/setup.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kNow = 1'416'120'000'000;  // 16 November 2014

// The node of a powiat that holds a definition and no protocol; no server listens.
class EmptyNode : public testing::Test {
 protected:
  void SetUp() override {
    data_ = make_synthetic(1, {1, 4});
    auto setup = prepare(data_, folder_.path(), kNow);
    ASSERT_TRUE(setup) << setup.error().message;
    setup_ = std::make_unique<drill::Setup>(std::move(*setup));
    auto store = journal::SqliteStore::open({.path = journal(), .hook = {}, .log_id = {}});
    ASSERT_TRUE(store) << store.error().message;
    auto identity = identity_of("305000", trust::Role::kTerritorialNode);
    const node::NodeIdentity node{std::move(identity.key),
                                  *setup_->anchors.verify(identity.certificate_der), "test"};
    node::CoreConfig config;
    config.election = setup_->anchors.election();
    config.unit = *model::UnitId::parse("305000");
    trust::CertificateBook certificates(setup_->anchors);
    auto engine =
        node::Engine::open(std::move(config), **store, certificates, node, node::system_random());
    ASSERT_TRUE(engine) << engine.error().message;
    const auto taken =
        (*engine)->submit(1, setup_->definition.manifest_record, setup_->definition.blobs, kNow);
    ASSERT_FALSE(taken.failure);
  }
  std::filesystem::path journal() const { return folder_.path() / "journal.db"; }
  trust::Identity identity_of(std::string_view unit, trust::Role role) {
    auto identity =
        setup_->keyring.identity({setup_->anchors.election(), *model::UnitId::parse(unit), role});
    EXPECT_TRUE(identity);
    return std::move(*identity);
  }
  Result<std::unique_ptr<Hall>> open(const std::filesystem::path& journal) {
    return Hall::open({.server = {*model::UnitId::parse("305000"), "127.0.0.1:1"},
                       .journal = journal,
                       .anchors = setup_->anchors,
                       .node = identity_of("305000", trust::Role::kTerritorialNode),
                       .patience = 50ms,
                       .pause = 10ms});
  }
  std::vector<std::string> wrong(
      const std::vector<std::string>& commands,
      const std::function<bool()>& stopping = [] { return false; }) {
    auto hall = open(journal());
    EXPECT_TRUE(hall) << hall.error().message;
    std::vector<HallDesk> desks;
    desks.push_back({identity_of("305001", trust::Role::kPlenipotentiary), commands});
    const auto found = (*hall)->work(
        std::move(desks), [](std::string_view command) { ADD_FAILURE() << command; }, stopping);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::vector<std::string>();
  }

  const test::TemporaryFolder folder_;
  Dataset data_;
  std::unique_ptr<drill::Setup> setup_;
};

TEST_F(EmptyNode, AJournalThatIsNotThereIsAnError) {
  EXPECT_FALSE(open(folder_.path() / "nowhere" / "journal.db"));
}

TEST_F(EmptyNode, WhatCannotBeDoneIsToldOnceAndHoldsUpWhatFollowsIt) {
  const v1::Body body = body_of(data_, setup_->election, data_.protocols[0]);
  const std::string confirm = "confirm " + control_code_of(body);
  const auto found = wrong({confirm, "sign final mayor-305001 1"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], confirm + ": no protocol with this code is here");
}

TEST_F(EmptyNode, AProtocolIsNotDrawnUpBeforeWhatItAddsUpIsConfirmed) {
  const auto found = wrong({"sign final mayor-305001 1"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].contains("no confirmed protocol of 305001-1")) << found[0];
}

TEST_F(EmptyNode, CommandsOfNoHallAreRefused) {
  for (const char* command : {"dance", "settle 1234-1234-1234-1234 so", "sign final mayor-305001",
                              "lot mayor-305001 one 1", "confirm 12", ""}) {
    EXPECT_EQ(wrong({command}).size(), 1u) << command;
  }
}

TEST_F(EmptyNode, NothingToDoIsDone) { EXPECT_TRUE(wrong({}).empty()); }

TEST_F(EmptyNode, WhoeverWantsToStopDoesNotWaitForPatience) {
  bool asked = false;
  EXPECT_EQ(wrong({"sign final mayor-305001 1"}, [&] { return asked = true; }).size(), 1u);
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace urna::drill
