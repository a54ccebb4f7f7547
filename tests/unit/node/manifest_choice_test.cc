#include "common/node/manifest_choice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/node/small_election.h"

namespace urna::tests {
namespace {

using node::ManifestChoice;

KeyId key(char name) {
  KeyId id;
  id.bytes.fill(static_cast<unsigned char>(name));
  return id;
}
ManifestChoice::Signer licence(char name) { return {key(name), "PL"}; }

// The definition of the small election as another version; versions differ in nothing else.
std::shared_ptr<const model::Definition> version(std::uint64_t number, int variant = 0) {
  static SmallElection election;
  v1::Manifest manifest = election.first().manifest;
  manifest.set_version(number);
  manifest.set_date("2014-10-0" + std::to_string(variant + 1));
  v1::Body body;
  *body.mutable_manifest() = manifest;
  auto units = model::Units::parse(election.first().parts.front());
  return model::Definition::parse(SmallElection::statement(body), manifest, std::move(*units))
      .value();
}

TEST(ManifestChoice, NothingIsInForceBeforeThereIsAManifest) {
  EXPECT_EQ(ManifestChoice().in_force(), nullptr);
}

TEST(ManifestChoice, OnlyARevokedLicencesVersionIsNotInForceBesideAStandingOne) {
  ManifestChoice choice;
  choice.add(version(1), licence('a'));
  choice.add(version(2), licence('t'));
  EXPECT_EQ(choice.in_force()->version(), 2u);
  choice.revoke(licence('t'));
  EXPECT_EQ(choice.in_force()->version(), 1u);
  choice.add(version(3), licence('t'));
  EXPECT_EQ(choice.in_force()->version(), 1u);
}

TEST(ManifestChoice, AVersionThatAnotherLicenceSignedTooStands) {
  ManifestChoice choice;
  choice.add(version(1), licence('a'));
  choice.add(version(2), licence('t'));
  choice.add(version(2), licence('a'));
  choice.revoke(licence('t'));
  EXPECT_EQ(choice.in_force()->version(), 2u);
}

TEST(ManifestChoice, TheHighestStaysWhileNoneStands) {
  ManifestChoice choice;
  choice.add(version(1), licence('a'));
  choice.add(version(2), licence('a'));
  choice.revoke(licence('a'));
  EXPECT_EQ(choice.in_force()->version(), 2u);
}

TEST(ManifestChoice, ARevocationThatNamesAnotherUnitTakesNothingAway) {
  ManifestChoice choice;
  choice.add(version(1), licence('a'));
  choice.add(version(2), licence('b'));
  choice.revoke({key('b'), "140000"});
  EXPECT_EQ(choice.in_force()->version(), 2u);
}

TEST(ManifestChoice, AManifestTakenBackIsNotInForce) {
  ManifestChoice choice;
  choice.add(version(1), licence('a'));
  choice.add(version(2), licence('a'));
  choice.remove(version(2)->id());
  EXPECT_EQ(choice.in_force()->version(), 1u);
}

RC_GTEST_PROP(ManifestChoice, DependsOnTheSetAndNotOnTheOrder, ()) {
  struct Event {
    int version;
    int variant;
    char signer;
    bool revokes;
  };
  const auto events = *rc::gen::container<std::vector<Event>>(
      rc::gen::apply([](int number, int variant, char signer,
                        bool revokes) { return Event{number, variant, signer, revokes}; },
                     rc::gen::inRange(1, 4), rc::gen::inRange(0, 2),
                     rc::gen::element('a', 'b', 'c'), rc::gen::arbitrary<bool>()));
  auto shuffled = events;
  const auto seed = *rc::gen::inRange<std::size_t>(0, 1'000);
  for (std::size_t i = 0; i < shuffled.size(); ++i) {
    std::swap(shuffled[i], shuffled[(i * 7 + seed) % shuffled.size()]);
  }
  const auto in_force = [](const std::vector<Event>& list) {
    ManifestChoice choice;
    for (const Event& event : list) {
      if (event.revokes) {
        choice.revoke(licence(event.signer));
      } else {
        choice.add(version(static_cast<std::uint64_t>(event.version), event.variant),
                   licence(event.signer));
      }
    }
    return choice.in_force() == nullptr ? StatementId{} : choice.in_force()->id();
  };
  RC_ASSERT(in_force(events) == in_force(shuffled));
}

}  // namespace
}  // namespace urna::tests
