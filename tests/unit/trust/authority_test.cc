#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "common/trust/competence.h"
#include "tests/unit/trust/world.h"

namespace urna::trust {
namespace {

// Every unit a signer could be of (see world.h), precincts included.
constexpr const char* kUnits[] = {"PL",       "140000",   "120000",   "com-1",    "com-2",
                                  "140100",   "140101",   "140102",   "140200",   "140201",
                                  "146501",   "146502",   "146503",   "140101-1", "140101-2",
                                  "140102-1", "140201-1", "146502-1", "146503-1", "999999"};

// What a statement can be, as finely as authority tells apart.
struct Variant {
  const char* name;
  Kind kind;
  v1::EntryOrigin origin = v1::ENTRY_ORIGIN_UNSPECIFIED;
  v1::TerritorialProtocol::Kind territorial = v1::TerritorialProtocol::KIND_UNSPECIFIED;
};
constexpr Variant kVariants[] = {
    {"manifest", Kind::kManifest},
    {"revocation", Kind::kRevocation},
    {"protocol", Kind::kProtocol},
    {"protocol-territorial", Kind::kProtocol, v1::ENTRY_ORIGIN_TERRITORIAL},
    {"protocol-emergency", Kind::kProtocol, v1::ENTRY_ORIGIN_EMERGENCY},
    {"confirmation", Kind::kConfirmation},
    {"return", Kind::kReturn},
    {"approval", Kind::kApproval},
    {"settlement", Kind::kSettlement},
    {"annulment", Kind::kAnnulment},
    {"lot", Kind::kLot},
    {"turnout", Kind::kTurnout},
    {"territorial-unspecified", Kind::kTerritorial},
    {"tabulation", Kind::kTerritorial, {}, v1::TerritorialProtocol::KIND_DISTRICT_TABULATION},
    {"collective", Kind::kTerritorial, {}, v1::TerritorialProtocol::KIND_COLLECTIVE},
    {"final", Kind::kTerritorial, {}, v1::TerritorialProtocol::KIND_FINAL},
};

// "kind role" -> the units that may, written by hand from LAW.md. What is not here may not.
using Expected = std::map<std::string, std::string>;

struct Case {
  const char* name;
  v1::ContestKind kind;
  const char* area;
  std::vector<std::string> precincts;
  const char* place;       // of a precinct's protocol and of every decision
  const char* commission;  // of a territorial protocol
  Expected expected;
};

std::vector<Case> cases();

bool allowed(const Case& c, const Variant& variant, Role role, const char* unit,
             const model::Definition& definition, const model::Slice& slice) {
  const bool territorial = variant.kind == Kind::kTerritorial;
  v1::Body body = body_of(variant.kind, territorial ? c.commission : c.place);
  if (variant.kind == Kind::kProtocol) body.mutable_protocol()->set_origin(variant.origin);
  if (territorial) body.mutable_territorial()->set_kind(variant.territorial);
  return may_sign(subject(unit, role), variant.kind, body, definition, &slice);
}

TEST(Authority, EveryCellOfTheTableIsAsTheLawHasIt) {
  const auto definition = small_definition();
  for (const Case& c : cases()) {
    const auto slice = small_slice(c.kind, c.area, c.precincts);
    for (const Variant& variant : kVariants) {
      for (const Role role : kAllRoles) {
        const std::string cell = std::string(variant.name) + " " + std::string(role_name(role));
        std::set<std::string> may;
        if (const auto found = c.expected.find(cell); found != c.expected.end()) {
          std::istringstream words(found->second);
          for (std::string word; words >> word;) may.insert(word);
        }
        for (const char* unit : kUnits) {
          EXPECT_EQ(allowed(c, variant, role, unit, *definition, *slice), may.contains(unit))
              << c.name << ": " << cell << " of " << unit;
        }
      }
    }
  }
}

// What is the same for each contest: precinct, commissioner's area and the nation.
Expected common(const std::string& precinct, const std::string& area) {
  return {
      {"manifest national-commission", "PL"},
      {"revocation national-commission", "PL"},
      {"revocation commissioner-plenipotentiary", area},
      {"protocol chair", precinct},
      {"protocol-emergency commissioner-plenipotentiary", area},
      {"confirmation commissioner-plenipotentiary", area},
      {"return commissioner", area},
      {"return national-commission", "PL"},
      {"approval commissioner", area},
      {"settlement commissioner", area},
      {"settlement national-commission", "PL"},
      {"annulment commissioner", area},
      {"annulment national-commission", "PL"},
      {"turnout chair", precinct},
      {"turnout precinct-operator", precinct},
  };
}

Expected with(Expected expected, const Expected& more) {
  expected.insert(more.begin(), more.end());
  return expected;
}

// The commissions' part, by who enters, confirms, supervises and determines.
Expected commissions(const std::string& enters, const std::string& emergency,
                     const std::string& confirms, const std::string& supervise,
                     const std::string& determines) {
  return {
      {"protocol-territorial plenipotentiary", enters},
      {"turnout plenipotentiary", enters},
      {"protocol-emergency plenipotentiary", emergency},
      {"confirmation plenipotentiary", confirms},
      {"approval plenipotentiary", confirms},
      {"return plenipotentiary", supervise},
      {"settlement plenipotentiary", supervise},
      {"lot plenipotentiary", determines},
  };
}

// A commission's territorial protocols: `own` is who determines, `collective` who collects. What a
// commission does not make, the commissioner's plenipotentiary does not type in for it either.
Expected territorial(const std::string& own, const std::string& collective,
                     const std::string& area) {
  return {
      {"tabulation plenipotentiary", own},
      {"final plenipotentiary", own},
      {"collective plenipotentiary", collective},
      {"tabulation commissioner-plenipotentiary", own.empty() ? "" : area},
      {"final commissioner-plenipotentiary", own.empty() ? "" : area},
      {"collective commissioner-plenipotentiary", collective.empty() ? "" : area},
  };
}

std::vector<Case> cases() {
  const std::vector<std::string> gmina = {"140101-1", "140101-2"};
  const std::vector<std::string> powiat = {"140101-1", "140101-2", "140102-1"};
  const std::vector<std::string> voivodeship = {"140101-1", "140101-2", "140102-1",
                                                "140201-1", "146502-1", "146503-1"};
  const std::vector<std::string> warsaw = {"146502-1", "146503-1"};
  std::vector<Case> all;
  for (const auto kind : {v1::CONTEST_KIND_COUNCIL_SMALL_GMINA,
                          v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, v1::CONTEST_KIND_MAYOR}) {
    all.push_back({"a gmina's council or mayor", kind, "140101", gmina, "140101-1", "140101",
                   with(with(common("140101-1", "com-1"),
                             commissions("140101", "", "140101", "140101 140100 140000", "140101")),
                        territorial("140101", "", "com-1"))});
  }
  all.push_back({"powiat council", v1::CONTEST_KIND_COUNCIL_POWIAT, "140100", powiat, "140101-1",
                 "140100",
                 with(with(common("140101-1", "com-1"),
                           commissions("140101", "140100", "140100", "140100 140000", "140100")),
                      territorial("140100", "", "com-1"))});
  const Expected assembly =
      with(common("140101-1", "com-1"),
           commissions("140101", "140100", "140100", "140100 140000", "140000"));
  all.push_back({"assembly, collective protocol", v1::CONTEST_KIND_ASSEMBLY, "140000", voivodeship,
                 "140101-1", "140100", with(assembly, territorial("", "140100", "com-1"))});
  // A whole voivodeship lies in no one commissioner's area.
  all.push_back({"assembly, final protocol", v1::CONTEST_KIND_ASSEMBLY, "140000", voivodeship,
                 "140101-1", "140000", with(assembly, territorial("140000", "", ""))});
  // A city with powiat rights enters, confirms and collects as gmina and powiat in one.
  all.push_back({"assembly in Warsaw", v1::CONTEST_KIND_ASSEMBLY, "140000", voivodeship, "146502-1",
                 "146501",
                 with(with(common("146502-1", "com-2"),
                           commissions("146501", "146501", "146501", "146501 140000", "140000")),
                      territorial("", "146501", "com-2"))});
  for (const auto kind : {v1::CONTEST_KIND_COUNCIL_CITY, v1::CONTEST_KIND_MAYOR}) {
    all.push_back({"Warsaw's council or mayor", kind, "146501", warsaw, "146502-1", "146501",
                   with(with(common("146502-1", "com-2"),
                             commissions("146501", "", "146501", "146501 140000", "146501")),
                        territorial("146501", "", "com-2"))});
  }
  all.push_back({"Warsaw district council",
                 v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT,
                 "146502",
                 {"146502-1"},
                 "146502-1",
                 "146502",
                 with(with(common("146502-1", "com-2"),
                           commissions("146502", "", "146502", "146502 146501 140000", "146502")),
                      territorial("146502", "", "com-2"))});
  // [unverified], see competence.cc.
  all.push_back({"parliament in a gmina", v1::CONTEST_KIND_PARLIAMENT, "140000", voivodeship,
                 "140101-1", "140000",
                 with(with(common("140101-1", "com-1"),
                           commissions("140101", "", "140100", "140100 140000", "140000")),
                      territorial("140000", "", ""))});
  all.push_back({"parliament in Warsaw", v1::CONTEST_KIND_PARLIAMENT, "146501", warsaw, "146502-1",
                 "146501",
                 with(with(common("146502-1", "com-2"),
                           commissions("146502", "", "146501", "146501 140000", "146501")),
                      territorial("146501", "", "com-2"))});
  return all;
}

class AuthorityOverGmina : public testing::Test {
 protected:
  const std::shared_ptr<const model::Definition> definition_ = small_definition();
  const std::shared_ptr<const model::Slice> slice_ =
      small_slice(v1::CONTEST_KIND_MAYOR, "140101", {"140101-1", "140101-2"});

  bool chair_may(const v1::Body& body) const {
    return may_sign(subject("140101-1", Role::kChair), Kind::kProtocol, body, *definition_,
                    slice_.get());
  }
};

TEST_F(AuthorityOverGmina, BodyMustBeAboutTheSlice) {
  EXPECT_TRUE(chair_may(body_of(Kind::kProtocol, "140101-1")));
  EXPECT_FALSE(chair_may(body_of(Kind::kProtocol, "140101-1", "contest-2")));
  EXPECT_FALSE(chair_may(body_of(Kind::kProtocol, "140101")));
  EXPECT_FALSE(chair_may(body_of(Kind::kProtocol, "")));
  EXPECT_FALSE(chair_may(body_of(Kind::kProtocol, "not a name!")));
  EXPECT_FALSE(chair_may(body_of(Kind::kTurnout, "140101-1")));
  EXPECT_FALSE(chair_may(v1::Body()));
  v1::Body second_round = body_of(Kind::kProtocol, "140101-1");
  second_round.mutable_protocol()->mutable_place()->set_round(2);
  EXPECT_FALSE(chair_may(second_round));
}

TEST_F(AuthorityOverGmina, ChairOfAPrecinctThatIsNoPlaceMayNotSign) {
  EXPECT_FALSE(may_sign(subject("140102-1", Role::kChair), Kind::kProtocol,
                        body_of(Kind::kProtocol, "140102-1"), *definition_, slice_.get()));
}

TEST_F(AuthorityOverGmina, WithoutItsSliceNothingAboutAPlaceMayBeSigned) {
  for (const Kind kind : kAllKinds) {
    const bool without_slice = kind == Kind::kManifest || kind == Kind::kRevocation;
    EXPECT_EQ(may_sign(subject("PL", Role::kNationalCommission), kind, body_of(kind, "140101-1"),
                       *definition_, nullptr),
              without_slice)
        << kind_name(kind);
  }
}

TEST_F(AuthorityOverGmina, OfAnotherElectionNobodyMaySign) {
  EXPECT_FALSE(may_sign(subject("140101-1", Role::kChair, "pl-2018"), Kind::kProtocol,
                        body_of(Kind::kProtocol, "140101-1"), *definition_, slice_.get()));
  v1::Body manifest = body_of(Kind::kManifest, "PL");
  manifest.mutable_manifest()->set_election("pl-2018");
  EXPECT_FALSE(may_sign(subject("PL", Role::kNationalCommission), Kind::kManifest, manifest,
                        *definition_, nullptr));
}

TEST_F(AuthorityOverGmina, OwnProtocolOfACommissionIsReturnedByThoseAboveIt) {
  const v1::Body body = body_of(Kind::kReturn, "140101");
  const std::set<std::string> may = {"140100", "140000"};
  for (const char* unit : kUnits) {
    EXPECT_EQ(may_sign(subject(unit, Role::kPlenipotentiary), Kind::kReturn, body, *definition_,
                       slice_.get()),
              may.contains(unit))
        << unit;
  }
}

TEST_F(AuthorityOverGmina, UnitThatNoTableNamesIsRevokedByTheNationalCommissionOnly) {
  const v1::Body body = body_of(Kind::kRevocation, "elsewhere");
  EXPECT_TRUE(may_sign(subject("PL", Role::kNationalCommission), Kind::kRevocation, body,
                       *definition_, nullptr));
  EXPECT_FALSE(may_sign(subject("com-1", Role::kCommissionerPlenipotentiary), Kind::kRevocation,
                        body, *definition_, nullptr));
}

TEST(Competence, IsTakenFromTheFirstUnitOfTheRightKindUpwards) {
  const auto definition = small_definition();
  const model::Units& units = definition->units();
  const auto confirms = [&](v1::ContestKind kind, std::string_view from) {
    const auto unit = confirming_unit(units, kind, units.find(unit_id(from)));
    return unit == model::kNoUnit ? "none" : units.at(unit).id.str();
  };
  EXPECT_EQ(confirms(v1::CONTEST_KIND_ASSEMBLY, "140101"), "140100");
  EXPECT_EQ(confirms(v1::CONTEST_KIND_ASSEMBLY, "146502"), "146501");
  EXPECT_EQ(confirms(v1::CONTEST_KIND_COUNCIL_CITY, "140101"), "none");
  EXPECT_EQ(confirms(v1::CONTEST_KIND_UNSPECIFIED, "140101"), "none");
}

}  // namespace
}  // namespace urna::trust
