#include "common/model/definition.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/model/strict.h"

namespace urna::model {
namespace {

struct Parts {
  v1::Slice slice;
  v1::Form form;
  v1::ReferenceFigures reference;

  Result<std::shared_ptr<const Slice>> parse() const {
    return Slice::parse({}, serialise(slice), serialise(form), serialise(reference));
  }
};

Parts sound_parts() {
  Parts parts;
  parts.slice.set_contest("city_council-9");
  parts.slice.set_round(1);
  parts.slice.set_kind(v1::CONTEST_KIND_COUNCIL_CITY);
  parts.slice.set_area("1465");
  for (const char* code : {"1", "2"}) {
    v1::Option& option = *parts.slice.add_options();
    option.set_code(code);
    option.add_candidates()->set_position(1);
    option.add_candidates()->set_position(3);
  }
  for (const char* unit : {"146502-711", "146502-712"}) {
    v1::Precinct& precinct = *parts.slice.add_precincts();
    precinct.set_unit(unit);
    precinct.set_parent("146502");
  }
  parts.form.add_points()->set_code("p1");
  parts.form.add_points()->set_code("p2");
  v1::ReferenceFigure& figure = *parts.reference.add_precincts();
  figure.set_unit("146502-711");
  figure.set_eligible(cell_of(kFigureMax));
  return parts;
}

TEST(SliceParse, WhatAProtocolCouldNotBeJudgedByIsRefused) {
  const std::vector<std::pair<const char*, std::function<void(Parts&)>>> cases = {
      {"bad contest", [](auto& p) { p.slice.set_contest("city council"); }},
      {"bad area", [](auto& p) { p.slice.clear_area(); }},
      {"round 0", [](auto& p) { p.slice.set_round(0); }},
      {"round 3", [](auto& p) { p.slice.set_round(3); }},
      {"no kind", [](auto& p) { p.slice.clear_kind(); }},
      {"point twice", [](auto& p) { p.form.mutable_points(1)->set_code("p1"); }},
      {"point without code", [](auto& p) { p.form.mutable_points(1)->clear_code(); }},
      {"option twice", [](auto& p) { p.slice.mutable_options(1)->set_code("1"); }},
      {"bad option", [](auto& p) { p.slice.mutable_options(1)->set_code("a/b"); }},
      {"candidate 0",
       [](auto& p) { p.slice.mutable_options(0)->mutable_candidates(0)->set_position(0); }},
      {"candidate twice",
       [](auto& p) { p.slice.mutable_options(0)->mutable_candidates(1)->set_position(1); }},
      {"precinct twice", [](auto& p) { p.slice.mutable_precincts(1)->set_unit("146502-711"); }},
      {"out of order", [](auto& p) { p.slice.mutable_precincts(1)->set_unit("146502-710"); }},
      {"bad precinct", [](auto& p) { p.slice.mutable_precincts(1)->set_unit("~"); }},
      {"bad parent", [](auto& p) { p.slice.mutable_precincts(1)->clear_parent(); }},
      {"reference twice", [](auto& p) { *p.reference.add_precincts() = p.reference.precincts(0); }},
      {"figure too large",
       [](auto& p) { p.reference.mutable_precincts(0)->set_eligible(cell_of(kFigureMax) + 1); }}};
  for (const auto& [what, change] : cases) {
    Parts parts = sound_parts();
    change(parts);
    const auto slice = parts.parse();
    ASSERT_FALSE(slice.has_value()) << what;
    EXPECT_EQ(slice.error().code, ErrorCode::kInvalidArgument) << what;
  }
  EXPECT_FALSE(Slice::parse({}, "\xff", "", "").has_value());
  EXPECT_FALSE(Slice::parse({}, serialise(sound_parts().slice), "\xff", "").has_value());
  EXPECT_FALSE(Slice::parse({}, serialise(sound_parts().slice), "", "\xff").has_value());
}

TEST(SliceParse, CellsOfCandidatesFollowTheirOption) {
  const auto slice = sound_parts().parse().value();
  EXPECT_EQ(slice->point_cells(), 2u);
  EXPECT_EQ(slice->vote_cells(), 6u);
  ASSERT_EQ(slice->options().size(), 2u);
  EXPECT_EQ(slice->options()[0].total, 0u);
  EXPECT_EQ(slice->options()[0].first_candidate, 1u);
  EXPECT_EQ(slice->options()[1].total, 3u);
  EXPECT_EQ(slice->options()[1].first_candidate, 4u);
  EXPECT_EQ(slice->options()[1].candidates, 2u);
}

TEST(SliceParse, ThingsAreFoundByNameAndAbsentOnesAreNot) {
  const auto slice = sound_parts().parse().value();
  EXPECT_EQ(slice->point("p2"), 1u);
  EXPECT_FALSE(slice->point("p3").has_value());
  EXPECT_EQ(slice->option("2"), 1u);
  EXPECT_FALSE(slice->option("3").has_value());
  ASSERT_NE(slice->precinct(*UnitId::parse("146502-712")), nullptr);
  EXPECT_EQ(slice->precinct(*UnitId::parse("146502-712"))->unit(), "146502-712");
  EXPECT_EQ(slice->precinct(*UnitId::parse("146502-713")), nullptr);
  EXPECT_NE(slice->reference(*UnitId::parse("146502-711")), nullptr);
  EXPECT_EQ(slice->reference(*UnitId::parse("146502-712")), nullptr);
}

TEST(SliceParse, PartsMustBeNamedByDigests) {
  v1::Slice slice = sound_parts().slice;
  EXPECT_FALSE(Slice::parts_of(serialise(slice)).has_value());
  slice.set_form(std::string(32, 'f'));
  slice.set_reference(std::string(31, 'r'));
  EXPECT_FALSE(Slice::parts_of(serialise(slice)).has_value());
  slice.set_reference(std::string(32, 'r'));
  const auto parts = Slice::parts_of(serialise(slice));
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->form.str(), std::string(32, 'f'));
  EXPECT_EQ(parts->reference.str(), std::string(32, 'r'));
}

v1::Manifest sound_manifest() {
  v1::Manifest manifest;
  manifest.set_election("pl-2014-local");
  manifest.set_version(1);
  manifest.set_mode("live");
  for (std::uint32_t round : {1u, 2u}) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest("mayor");
    ref.set_round(round);
    ref.set_slice(std::string(32, static_cast<char>('0' + round)));
  }
  return manifest;
}

TEST(DefinitionParse, SlicesAreFoundByContestAndByDigestAndTheRestIsKeptAsItIs) {
  v1::Manifest manifest = sound_manifest();
  manifest.set_date("2014-11-16");
  manifest.set_replaces(std::string(32, 'r'));
  manifest.set_units(std::string(32, 'u'));
  manifest.add_programs()->set_program("urna-precinct");
  const auto definition = Definition::parse(StatementId{}, manifest, nullptr);
  ASSERT_TRUE(definition.has_value()) << definition.error().message;
  const ContestRound second{*ContestId::parse("mayor"), 2};
  const Digest digest = *Digest::from_bytes(std::string(32, '2'));
  ASSERT_NE((*definition)->slice(second), nullptr);
  EXPECT_EQ(*(*definition)->slice(second), digest);
  EXPECT_EQ((*definition)->slice({*ContestId::parse("mayor"), 3}), nullptr);
  EXPECT_TRUE((*definition)->names_slice(digest));
  EXPECT_EQ((*definition)->contests_of(digest), std::vector{second});
  const Digest unknown = *Digest::from_bytes(std::string(32, '3'));
  EXPECT_FALSE((*definition)->names_slice(unknown));
  EXPECT_TRUE((*definition)->contests_of(unknown).empty());
  manifest.clear_slices();
  EXPECT_EQ(serialise((*definition)->data()), serialise(manifest)) << "every other field";
}

// Who lacks slices still knows which contests count together: by group and round.
TEST(DefinitionParse, AGroupIsTheContestsThatTheManifestPutsIntoIt) {
  v1::Manifest manifest = sound_manifest();
  manifest.clear_slices();
  for (const auto& [contest, round, group] :
       {std::tuple{"council-1", 1U, "council"}, std::tuple{"council-2", 1U, "council"},
        std::tuple{"mayor", 1U, ""}, std::tuple{"mayor", 2U, "council"}}) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest(contest);
    ref.set_round(round);
    ref.set_slice(std::string(32, 's'));
    ref.set_group(group);
  }
  const auto definition = Definition::parse(StatementId{}, manifest, nullptr);
  ASSERT_TRUE(definition.has_value()) << definition.error().message;
  const auto key = [](const char* contest, std::uint32_t round) {
    return ContestRound{*ContestId::parse(contest), round};
  };
  const std::vector<ContestRound> council{key("council-1", 1), key("council-2", 1)};
  EXPECT_EQ((*definition)->group_of(key("council-2", 1)), council);
  EXPECT_EQ((*definition)->group_of(key("mayor", 1)), std::vector{key("mayor", 1)});
  EXPECT_EQ((*definition)->group_of(key("mayor", 2)), std::vector{key("mayor", 2)});
  manifest.mutable_slices(0)->set_group("not a name");
  EXPECT_FALSE(Definition::parse(StatementId{}, manifest, nullptr).has_value());
}

TEST(DefinitionParse, AManifestOutOfItsFormatIsRefused) {
  const std::vector<std::pair<const char*, std::function<void(v1::Manifest&)>>> cases = {
      {"election", [](auto& m) { m.clear_election(); }},
      {"version", [](auto& m) { m.clear_version(); }},
      {"mode", [](auto& m) { m.set_mode("test"); }},
      {"replaces", [](auto& m) { m.set_replaces("short"); }},
      {"digest", [](auto& m) { m.mutable_slices(0)->set_slice("short"); }},
      {"contest", [](auto& m) { m.mutable_slices(0)->set_contest(""); }},
      {"round", [](auto& m) { m.mutable_slices(1)->set_round(3); }},
      {"twice", [](auto& m) { m.mutable_slices(1)->set_round(1); }},
      {"order", [](auto& m) { m.mutable_slices()->SwapElements(0, 1); }}};
  for (const auto& [what, change] : cases) {
    v1::Manifest manifest = sound_manifest();
    change(manifest);
    const auto definition = Definition::parse({}, manifest, nullptr);
    ASSERT_FALSE(definition.has_value()) << what;
    EXPECT_EQ(definition.error().code, ErrorCode::kInvalidArgument) << what;
  }
}

TEST(DefinitionParse, SlicesAreFoundByContestAndRound) {
  const auto definition = Definition::parse({}, sound_manifest(), nullptr).value();
  const auto mayor = *ContestId::parse("mayor");
  ASSERT_NE(definition->slice({mayor, 2}), nullptr);
  EXPECT_EQ(definition->slice({mayor, 2})->str(), std::string(32, '2'));
  EXPECT_EQ(definition->slice({mayor, 3}), nullptr);
  EXPECT_EQ(definition->slice({*ContestId::parse("council"), 1}), nullptr);
}

}  // namespace
}  // namespace urna::model
