#include "tests/drill/consistency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/journal/memory_store.h"
#include "urna/v1/record.pb.h"

namespace urna::drill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Two gminas with nodes of their own, below a powiat with one; the voivodeship has none.
Dataset data() {
  Dataset data;
  data.units = {{"PL", v1::UNIT_KIND_NATIONAL, "", ""},
                {"300000", v1::UNIT_KIND_VOIVODESHIP, "PL", ""},
                {"305000", v1::UNIT_KIND_POWIAT, "300000", ""},
                {"305001", v1::UNIT_KIND_GMINA, "305000", ""},
                {"305002", v1::UNIT_KIND_GMINA, "305000", ""}};
  data.precincts = {{"305001-1", "305001", "1", v1::PRECINCT_TYPE_PERMANENT},
                    {"305002-1", "305002", "1", v1::PRECINCT_TYPE_PERMANENT}};
  DatasetContest mayor;
  mayor.id = "mayor-305001";
  mayor.area = "305001";
  data.contests = {mayor};
  return data;
}

const std::map<std::string, Route> kRoutes{{"PL", {"PL"}},
                                           {"300000", {"PL"}},
                                           {"305000", {"305000", "PL"}},
                                           {"305001", {"305001", "305000", "PL"}},
                                           {"305002", {"305002", "305000", "PL"}}};

class Consistency : public testing::Test {
 protected:
  // One for each, in this order.
  static std::unique_ptr<journal::MemoryStore> journal_of(const std::vector<v1::Body>& bodies) {
    auto store = std::make_unique<journal::MemoryStore>(LogId{});
    for (const v1::Body& body : bodies) {
      v1::Payload payload;
      payload.set_body(body.SerializeAsString());
      v1::SignedRecord record;
      record.set_payload_type(
          std::string(trust::payload_type(static_cast<trust::Kind>(body.kind_case()))));
      record.set_payload(payload.SerializeAsString());
      journal::Commit commit;
      commit.election_base = *store->size(journal::LogKind::kElection);
      journal::ElectionEntry entry;
      entry.id = trust::record_id_of(record.payload_type(), record.payload());
      entry.record = record.SerializeAsString();
      entry.unit = told_;
      commit.election.push_back(entry);
      EXPECT_TRUE(store->commit(commit));
    }
    return store;
  }
  HeldRecords records_of(const std::vector<v1::Body>& bodies) const {
    auto records = records_in(*journal_of(bodies), ways_);
    EXPECT_TRUE(records);
    return records ? *records : HeldRecords();
  }
  std::vector<std::string> found(const std::string& server, const std::vector<v1::Body>& centre,
                                 const std::vector<v1::Body>& held) const {
    return differences(records_of(centre), records_of(held), server, ways_);
  }

  const Dataset data_ = data();
  const Ways ways_{data_, kRoutes};
  // What a journal says beside a record: something else than the record does.
  static inline const std::string told_ = "305002";
};

v1::Body protocol(const std::string& precinct, std::uint32_t revision = 1) {
  v1::Body body;
  body.mutable_protocol()->mutable_place()->set_unit(precinct);
  body.mutable_protocol()->set_revision(revision);
  return body;
}

v1::Body lot(const std::string& contest) {
  v1::Body body;
  body.mutable_lot()->set_contest(contest);
  body.mutable_lot()->set_round(1);
  return body;
}

v1::Body revocation() {
  v1::Body body;
  body.mutable_revocation()->set_unit("305002");
  return body;
}

// Every kind that names a place, once, about the same precinct.
std::vector<v1::Body> about(const std::string& unit) {
  std::vector<v1::Body> all(8);
  all[0].mutable_protocol()->mutable_place()->set_unit(unit);
  all[1].mutable_confirmation()->mutable_place()->set_unit(unit);
  all[2].mutable_return_()->mutable_place()->set_unit(unit);
  all[3].mutable_approval()->mutable_place()->set_unit(unit);
  all[4].mutable_settlement()->mutable_place()->set_unit(unit);
  all[5].mutable_annulment()->mutable_place()->set_unit(unit);
  all[6].mutable_turnout()->mutable_place()->set_unit(unit);
  all[7].mutable_territorial()->mutable_place()->set_unit(unit);
  return all;
}

TEST_F(Consistency, ARecordConcernsTheNodesFromItsUnitToTheCentre) {
  for (const char* unit : {"305001-1", "305001"}) {
    for (const char* server : {"305001", "305000", "PL"}) {
      EXPECT_TRUE(ways_.concern(server, unit)) << server << " " << unit;
    }
    EXPECT_FALSE(ways_.concern("305002", unit));
  }
  EXPECT_FALSE(ways_.concern("305001", "305000"));
  EXPECT_FALSE(ways_.concern("305000", "300000"));
  EXPECT_FALSE(ways_.concern("PL", "999999-1"));
  EXPECT_TRUE(ways_.concern("305002", ""));
}

TEST_F(Consistency, WhatALogHoldsIsReadFromWhatWasSigned) {
  const HeldRecords held = records_of({protocol("305001-1"), lot("mayor-305001"), revocation()});
  ASSERT_EQ(held.size(), 3u);
  EXPECT_EQ(held.at("305001-1").at(0).kind, trust::Kind::kProtocol);
  EXPECT_EQ(held.at("305001").at(0).kind, trust::Kind::kLot);
  EXPECT_EQ(held.at("").at(0).kind, trust::Kind::kRevocation);
}

TEST_F(Consistency, ALotOfNoContestIsAnError) {
  EXPECT_EQ(records_in(*journal_of({lot("mayor-305009")}), ways_).error().code,
            ErrorCode::kMalformed);
}

TEST_F(Consistency, TheSameRecordsInAnyOrderDoNotDiffer) {
  EXPECT_THAT(found("305001", {protocol("305001-1"), protocol("305002-1"), revocation()},
                    {revocation(), protocol("305001-1")}),
              IsEmpty());
}

TEST_F(Consistency, EveryKindThatIsMissingIsNamed) {
  for (const v1::Body& body : about("305001-1")) {
    const std::string kind(trust::kind_name(static_cast<trust::Kind>(body.kind_case())));
    for (const char* server : {"305001", "305000"}) {
      EXPECT_THAT(
          found(server, {body}, {}),
          ElementsAre(std::string(server) + " lacks records about 305001-1: 1 of kind " + kind));
    }
    EXPECT_THAT(found("305002", {body}, {}), IsEmpty());
  }
  EXPECT_THAT(found("305001", {lot("mayor-305001")}, {}),
              ElementsAre("305001 lacks records about 305001: 1 of kind lot"));
  EXPECT_THAT(found("305001", {revocation()}, {}),
              ElementsAre("305001 lacks records that concern everybody: 1 of kind revocation"));
}

TEST_F(Consistency, WhatTheCentreLacksAndWhatConcernsOthersIsFound) {
  EXPECT_THAT(
      found("305001", {protocol("305001-1")},
            {protocol("305001-1"), protocol("305001-1", 2), protocol("305002-1")}),
      UnorderedElementsAre(
          "305001 has records about 305001-1 that the centre lacks: 1 of kind protocol",
          "305001 has records about 305002-1, which do not concern it: 1 of kind protocol"));
}

TEST_F(Consistency, AUnitNobodyKnowsIsFoundAtTheCentre) {
  const std::vector<v1::Body> held{protocol("999999-1")};
  EXPECT_THAT(
      found("PL", held, held),
      ElementsAre("PL has records about 999999-1, which do not concern it: 1 of kind protocol"));
}

TEST_F(Consistency, HowManyAreToComeIsCountedByServer) {
  // Beside every record stands unit 305002.
  const auto journal = journal_of({protocol("305002-1"), protocol("305002-1", 2)});
  const auto to_come = records_to_come(
      *journal, {{"PL", {}}, {"305000", {}}, {"305001", {}}, {"305002", {}}}, ways_);
  ASSERT_TRUE(to_come);
  EXPECT_EQ(*to_come,
            (std::map<std::string, std::uint64_t>{{"PL", 2}, {"305000", 2}, {"305002", 2}}));
}

}  // namespace
}  // namespace urna::drill
