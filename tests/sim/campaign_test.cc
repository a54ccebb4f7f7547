#include "tests/sim/campaign.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace urna::sim {

namespace {

RunReport made_up(std::uint64_t seed) {
  RunReport report;
  report.seed = seed;
  report.steps = seed * 3;
  report.digest = ~seed;
  report.counts["crashes in a commit"] = seed % 7;
  report.counts["attack: somebody else's name"] = 2;
  if (seed % 5 == 0) report.violations = {"at 1 ms: 4: a log", "at 2 ms: 5: a place"};
  return report;
}

std::vector<RunReport> collect(const Campaign& campaign,
                               const std::function<RunReport(std::uint64_t)>& run) {
  std::vector<RunReport> reports;
  EXPECT_TRUE(run_campaign(campaign, run, [&](const RunReport& report) {
    reports.push_back(report);
    return true;
  }));
  return reports;
}

}  // namespace

TEST(Campaign, ReportsComeInTheOrderOfSeedsWhateverTheNumberOfJobs) {
  for (const unsigned jobs : {1u, 2u, 3u, 40u}) {
    const auto reports = collect({100, 23, jobs}, made_up);
    ASSERT_EQ(reports.size(), 23u) << jobs;
    for (std::size_t i = 0; i < reports.size(); ++i) EXPECT_EQ(reports[i], made_up(100 + i));
  }
}

TEST(Campaign, ARunThatEndsItselfIsNamedAndTheOthersGoOn) {
  const auto reports = collect({1, 9, 2}, [](std::uint64_t seed) {
    if (seed == 4) std::abort();
    if (seed == 7) _exit(3);
    return made_up(seed);
  });
  ASSERT_EQ(reports.size(), 9u);
  for (const RunReport& report : reports) {
    if (report.seed != 4 && report.seed != 7) {
      EXPECT_EQ(report, made_up(report.seed));
      continue;
    }
    ASSERT_EQ(report.violations.size(), 1u) << report.seed;
    EXPECT_TRUE(report.violations[0].starts_with("the run ended itself")) << report.violations[0];
  }
}

TEST(Campaign, EndsWhenItIsTold) {
  std::vector<std::uint64_t> seen;
  const auto stopped = run_campaign({1, 1'000'000, 2}, made_up, [&](const RunReport& report) {
    seen.push_back(report.seed);
    return report.seed < 3;
  });
  EXPECT_TRUE(stopped);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_TRUE(run_campaign({1, 0, 2}, made_up, [](const RunReport&) { return true; }));
}

RC_GTEST_PROP(Report, WhatIsWrittenIsReadBack, ()) {
  RunReport report;
  report.seed = *rc::gen::arbitrary<std::uint64_t>();
  report.digest = *rc::gen::arbitrary<std::uint64_t>();
  report.virtual_ms = *rc::gen::arbitrary<std::uint64_t>();
  const auto line = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange(' ', '~')));
  report.counts = *rc::gen::container<std::map<std::string, std::uint64_t>>(
      line, rc::gen::arbitrary<std::uint64_t>());
  report.violations = *rc::gen::container<std::vector<std::string>>(line);
  const auto back = read_report(write_report(report));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == report);
}

TEST(Report, OtherTextIsRefused) {
  for (const char* text : {"", "1 2 3", "1 2 3 4 5\nnonsense here\n", "a b c d e\n"}) {
    EXPECT_FALSE(read_report(text)) << text;
  }
}

}  // namespace urna::sim
