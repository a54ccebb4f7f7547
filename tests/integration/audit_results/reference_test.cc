// urna-results beside reference.py, which works everything out in exact fractions.

#include <gtest/gtest.h>

#include "tests/support/official_data.h"
#include "tests/support/process.h"

namespace urna::audit {
namespace {

constexpr const char* kScript = URNA_SOURCE_DIR "/tests/integration/audit_results/reference.py";

void expect_agreement(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"python3", kScript});
  const auto ran = test::run(arguments);
  ASSERT_TRUE(ran.has_value()) << ran.error().message;
  EXPECT_NE(ran->find(" agree"), std::string::npos) << *ran;
}

TEST(Reference, AgreesOnMadeUpDistrictsTiesAndRecordedLotsIncluded) {
  for (const std::string seed : {"1", "2", "3"}) {
    expect_agreement({"random", URNA_RESULTS_PROGRAM, seed, "900"});
  }
}

TEST(Reference, AgreesOnEveryVisibleOfficialTable) {
  URNA_NEED_DATA("2010-local");
  URNA_NEED_DATA("2014-sejmik");
  URNA_NEED_DATA("2019-sejm");
  expect_agreement({"official", URNA_RESULTS_PROGRAM, test::data_dir().string()});
}

}  // namespace
}  // namespace urna::audit
