#include "tests/drill/builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/model/definition.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/check.h"
#include "tests/drill/spoil.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

// A definition taken apart again the way a node does: by digest, from the parts alone.
class Opened {
 public:
  explicit Opened(const Dataset& data) : data_(data) {}

  void open() {
    auto built = build_election(data_);
    ASSERT_TRUE(built) << built.error().message;
    built_ = std::move(*built);
    for (const Bytes& part : built_.parts) parts_[trust::digest_of(part)] = part;
    const auto units = model::Units::parse(part(built_.manifest.units()));
    ASSERT_TRUE(units) << units.error().message;
    const auto definition = model::Definition::parse(StatementId{}, built_.manifest, *units);
    ASSERT_TRUE(definition) << definition.error().message;
    definition_ = *definition;
    for (const auto& [key, digest] : definition_->slices()) open_slice(key, digest);
  }

  const Dataset& data() const { return data_; }
  const BuiltElection& built() const { return built_; }
  const model::Definition& definition() const { return *definition_; }
  const model::Slice& slice(const DatasetContest& contest) const {
    return *slices_.at({*model::ContestId::parse(contest.id), contest.round});
  }

  // Codes of the errors the system's own checks find.
  std::vector<std::string> errors_in(const DatasetProtocol& protocol) const {
    const DatasetContest& contest = data_.contest_of(protocol);
    const v1::Body body = body_of(data_, built_, protocol);
    const auto shape = validation::check_shape(slice(contest), body.protocol());
    if (!shape) return {shape.error().message};
    const auto unit = *model::UnitId::parse(body.protocol().place().unit());
    const model::ContestRound key{*model::ContestId::parse(contest.id), contest.round};
    std::vector<std::string> codes;
    for (const validation::Finding& finding : validation::check(
             forms_.at(key), body.protocol(), unit, validation::Completeness::kFinal)) {
      if (finding.severity == v1::SEVERITY_ERROR) codes.push_back(finding.code);
    }
    std::ranges::sort(codes, natural_less);
    return codes;
  }

 private:
  const Bytes& part(std::string_view digest) const {
    return parts_.at(*Digest::from_bytes(digest));
  }
  void open_slice(const model::ContestRound& key, const Digest& digest) {
    const Bytes& bytes = parts_.at(digest);
    const auto named = model::Slice::parts_of(bytes);
    ASSERT_TRUE(named) << named.error().message;
    const auto slice =
        model::Slice::parse(digest, bytes, parts_.at(named->form), parts_.at(named->reference));
    ASSERT_TRUE(slice) << slice.error().message;
    EXPECT_EQ((*slice)->key(), key);
    auto form = validation::CompiledForm::compile(**slice);
    ASSERT_TRUE(form) << form.error().message;
    slices_.emplace(key, *slice);
    forms_.emplace(key, std::move(*form));
  }

  const Dataset& data_;
  BuiltElection built_;
  std::map<Digest, Bytes> parts_;
  std::shared_ptr<const model::Definition> definition_;
  std::map<model::ContestRound, std::shared_ptr<const model::Slice>> slices_;
  std::map<model::ContestRound, validation::CompiledForm> forms_;
};

TEST(Builder, AnUnknownFormIsRefused) {
  Dataset data = make_synthetic(1);
  data.contests[0].form = "council-1898";
  EXPECT_FALSE(build_election(data));
}

TEST(Builder, TheSameDataSetGivesTheSameBytes) {
  const Dataset data = make_synthetic(1);
  const auto first = build_election(data);
  const auto second = build_election(data);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(model::serialise(first->manifest), model::serialise(second->manifest));
  EXPECT_EQ(first->parts, second->parts);
  for (const DatasetProtocol& protocol : data.protocols) {
    ASSERT_EQ(model::serialise(body_of(data, *first, protocol)),
              model::serialise(body_of(data, *second, protocol)));
  }
}

void expect_slices_say_what_the_data_set_says(const Opened& opened) {
  const Dataset& data = opened.data();
  EXPECT_EQ(opened.definition().slices().size(), data.contests.size());
  for (const DatasetContest& contest : data.contests) {
    const model::Slice& slice = opened.slice(contest);
    EXPECT_EQ(slice.data().district(), contest.district);
    EXPECT_EQ(slice.data().rule_set(), "2014");
    EXPECT_EQ(slice.form().id(), contest.form);
    EXPECT_EQ(slice.data().reference(), trust::digest_of("").str());
    ASSERT_EQ(slice.options().size(), contest.options.size());
    EXPECT_EQ(static_cast<std::size_t>(slice.data().precincts_size()), contest.precincts.size());
    for (const std::size_t at : contest.precincts) {
      const DatasetPrecinct& precinct = data.precincts[at];
      const v1::Precinct* place = slice.precinct(*model::UnitId::parse(precinct.id));
      ASSERT_NE(place, nullptr) << precinct.id;
      EXPECT_EQ(place->parent(), precinct.teryt);
      EXPECT_EQ(place->type(), precinct.type);
      EXPECT_EQ(place->postal_voting(), v1::TRISTATE_UNSPECIFIED);
      EXPECT_NE(opened.definition().units().find(*model::UnitId::parse(precinct.teryt)),
                model::kNoUnit);
    }
  }
}

TEST(Builder, TheSyntheticElectionOpensAndPassesTheSystemsChecks) {
  const Dataset data = make_synthetic(4);
  Opened opened(data);
  ASSERT_NO_FATAL_FAILURE(opened.open());
  expect_slices_say_what_the_data_set_says(opened);
  for (const DatasetProtocol& protocol : data.protocols) {
    EXPECT_EQ(opened.errors_in(protocol), std::vector<std::string>{});
  }
}

class WarsawElection : public testing::Test {
 protected:
  void SetUp() override {
    URNA_NEED_DATA("2014-warsaw");
    auto data = read_warsaw(test::data_dir());
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
    ASSERT_NO_FATAL_FAILURE(opened_.open());
  }
  Dataset data_;
  Opened opened_{data_};
};

TEST_F(WarsawElection, SaysWhatTheDataSetSays) {
  expect_slices_say_what_the_data_set_says(opened_);
  EXPECT_EQ(opened_.definition().election().str(), "pl-2014-local-warsaw");
}

TEST_F(WarsawElection, NoProtocolIsFoundWrongBeforeItIsSpoiled) {
  for (const DatasetProtocol& protocol : data_.protocols) {
    ASSERT_EQ(opened_.errors_in(protocol), std::vector<std::string>{})
        << data_.precinct_of(protocol).id << " " << data_.contest_of(protocol).contest;
  }
}

// Two readings of LAW.md made apart from one another: the drill's oracle and the system's checks.
TEST_F(WarsawElection, SpoiledProtocolsBreakExactlyTheRulesTheOracleForetold) {
  std::set<std::string> met;
  for (const std::uint64_t seed : {1u, 7u, 2014u}) {
    const auto spoils = choose_spoils(data_, 300, seed);
    ASSERT_TRUE(spoils) << spoils.error().message;
    for (const Spoil& spoil : *spoils) {
      const DatasetProtocol wrong = spoiled(data_.protocols[spoil.protocol], spoil);
      ASSERT_EQ(opened_.errors_in(wrong), spoil.expected_codes)
          << data_.precinct_of(wrong).id << " " << spoil.point << " = " << spoil.after;
      met.insert(spoil.expected_codes.begin(), spoil.expected_codes.end());
    }
  }
  EXPECT_EQ(met, (std::set<std::string>{"E1", "E2", "E3", "E4", "E7", "E8", "E9", "E12", "E13",
                                        "E14", "E15"}));
}

}  // namespace
}  // namespace urna::drill
