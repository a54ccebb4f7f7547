#include "tests/drill/keyring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <vector>

#include "tests/drill/in_parallel.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNow = 1'416'120'000'000;  // 16 November 2014

model::ElectionId election(std::string_view name = "drill") {
  return *model::ElectionId::parse(name);
}
model::UnitId unit(std::string_view name) { return *model::UnitId::parse(name); }

Result<Keyring> open(const fs::path& file, std::string_view name = "drill",
                     std::uint64_t now = kNow) {
  return Keyring::open(file, election(name), unit("PL"), now);
}

trust::Subject chair() { return {election(), unit("146502-711"), trust::Role::kChair}; }

TEST(Keyring, AFileThatIsNoKeyringIsRefused) {
  const test::TemporaryFolder folder;
  for (const char* text : {"", "{", "[]", "{}", "{\"keys\": 1}"}) {
    std::ofstream(folder.path() / "keys.json") << text;
    const auto keyring = open(folder.path() / "keys.json");
    ASSERT_FALSE(keyring) << text;
    EXPECT_EQ(keyring.error().code, ErrorCode::kMalformed) << text;
  }
}

TEST(Keyring, KeysOfAnotherElectionAreRefused) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "keys.json";
  ASSERT_TRUE(open(file)->save(file));
  const auto other = open(file, "another");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kWrongElection);
}

TEST(Keyring, ASecondDrillSignsWithTheSameKeysAtTheSameTime) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "keys.json";
  auto first = open(file);
  ASSERT_TRUE(first) << first.error().message;
  const auto issued = first->identity(chair());
  ASSERT_TRUE(issued) << issued.error().message;
  ASSERT_TRUE(first->save(file));
  auto second = open(file, "drill", kNow + 86'400'000);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->made_at_ms(), kNow);
  EXPECT_EQ(second->anchors_pem(), first->anchors_pem());
  const auto kept = second->identity(chair());
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->certificate_der, issued->certificate_der);
  EXPECT_EQ(kept->key.public_der(), issued->key.public_der());
}

TEST(Keyring, OnlyTheOwnerMayReadTheKeys) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "keys.json";
  ASSERT_TRUE(open(file)->save(file));
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Keyring, ThreadsThatAskForOneSubjectGetOneIdentity) {
  auto keyring = open("/nonexistent/keys.json");
  ASSERT_TRUE(keyring) << keyring.error().message;
  std::vector<std::string> certificates(32);
  const auto done = in_parallel(certificates.size(), 8, [&](std::size_t i) -> Result<void> {
    if (i % 2 == 0) {
      if (auto made = keyring->make(chair()); !made) return made;
    }
    const auto identity = keyring->identity(chair());
    if (!identity) return std::unexpected(identity.error());
    certificates[i] = identity->certificate_der;
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  for (const std::string& one : certificates) EXPECT_EQ(one, certificates.front());
}

TEST(InParallel, DoesEverythingOnceAndNothingAfterAFailure) {
  std::vector<std::atomic<int>> times(1'000);
  ASSERT_TRUE(in_parallel(times.size(), 4, [&](std::size_t i) -> Result<void> {
    ++times[i];
    return {};
  }));
  for (const auto& one : times) EXPECT_EQ(one, 1);
  std::atomic<int> begun{0};
  const auto failed = in_parallel(1'000, 1, [&](std::size_t i) -> Result<void> {
    ++begun;
    if (i == 3) return fail(ErrorCode::kInternal, "the fourth");
    return {};
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "the fourth");
  EXPECT_EQ(begun, 4);
  EXPECT_TRUE(in_parallel(
      0, 4, [](std::size_t) -> Result<void> { return fail(ErrorCode::kInternal, "never"); }));
}

TEST(Keyring, IdentitiesVerifyUnderItsAnchorsAndNameTheirSubject) {
  auto keyring = open("/nonexistent/keys.json");
  ASSERT_TRUE(keyring) << keyring.error().message;
  const auto anchors = trust::Anchors::from_pem(keyring->anchors_pem());
  ASSERT_TRUE(anchors) << anchors.error().message;
  for (const trust::Role role : {trust::Role::kChair, trust::Role::kPrecinctNode,
                                 trust::Role::kTerritorialNode, trust::Role::kNationalCommission}) {
    const bool of_the_top = role == trust::Role::kNationalCommission;
    const trust::Subject subject{election(), unit(of_the_top ? "PL" : "146502"), role};
    const auto identity = keyring->identity(subject);
    ASSERT_TRUE(identity) << identity.error().message;
    const auto verified = anchors->verify(identity->certificate_der);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ((*verified)->subject, subject);
    EXPECT_TRUE((*verified)->valid_at(static_cast<std::int64_t>(kNow)));
  }
}

}  // namespace
}  // namespace urna::drill
