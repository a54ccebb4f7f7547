#include "common/validation/contest_reader.h"

#include <gtest/gtest.h>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"

namespace urna::validation {
namespace {

Bytes slice_of(const std::string& contest, const std::vector<std::string>& options) {
  v1::Slice slice;
  slice.set_contest(contest);
  slice.set_round(1);
  slice.set_kind(v1::CONTEST_KIND_MAYOR);
  slice.set_area("146501");
  for (const std::string& option : options) slice.add_options()->set_code(option);
  return model::serialise(slice);
}

struct Reading {
  ContestReader reader;
  Bytes form;
  Bytes reference;

  Result<ContestReader::Contest> read(const Bytes& slice) {
    return reader.read({trust::digest_of(slice), slice}, {trust::digest_of(form), form},
                       {trust::digest_of(reference), reference});
  }
};

TEST(ContestReader, ContestsOfOneFormShareItAndItsProgram) {
  Reading reading;
  reading.form = model::serialise(builtin_form("mayor-2014").value());
  const auto first = reading.read(slice_of("mayor-1", {"1", "2"}));
  const auto second = reading.read(slice_of("mayor-2", {"1", "2", "3"}));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(&first->slice->form(), &second->slice->form());
  EXPECT_EQ(&first->form.program(), &second->form.program());
  EXPECT_EQ(&first->form.slice(), first->slice.get());
  EXPECT_EQ(&second->form.slice(), second->slice.get());
}

// The rules of this form name YES and NO, which stand at other places in the other contest.
TEST(ContestReader, AProgramThatDependsOnTheOptionsIsTheContestsOwn) {
  Reading reading;
  reading.form = model::serialise(builtin_form("mayor-single-2014").value());
  const auto first = reading.read(slice_of("mayor-1", {"YES", "NO"}));
  const auto second = reading.read(slice_of("mayor-2", {"NO", "YES"}));
  const auto third = reading.read(slice_of("mayor-3", {"YES", "NO"}));
  ASSERT_TRUE(first && second && third);
  EXPECT_NE(first->form.program(), second->form.program());
  EXPECT_EQ(&first->form.program(), &third->form.program());
}

TEST(ContestReader, ABadPartIsRefusedEveryTimeAndSpoilsNothing) {
  Reading reading;
  reading.form = "\xff";
  EXPECT_FALSE(reading.read(slice_of("mayor-1", {"1"})));
  EXPECT_FALSE(reading.read(slice_of("mayor-1", {"1"})));
  reading.form = model::serialise(builtin_form("mayor-2014").value());
  reading.reference = "\xff";
  EXPECT_FALSE(reading.read(slice_of("mayor-1", {"1"})));
  reading.reference.clear();
  EXPECT_FALSE(reading.read("\xff"));
  EXPECT_TRUE(reading.read(slice_of("mayor-1", {"1"})));
}

}  // namespace
}  // namespace urna::validation
