// The engine itself, over small forms made for each test.
#include "common/validation/check.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <limits>

#include "common/validation/expression.h"
#include "tests/unit/validation/scene.h"

namespace urna::validation {
namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

v1::Form form_with(std::initializer_list<const char*> points) {
  v1::Form form;
  form.set_id("made-for-a-test");
  for (const char* point : points) {
    form.add_points()->set_code(point);
    form.mutable_points(form.points_size() - 1)->set_required(true);
  }
  return form;
}

v1::FormRule& add_rule(v1::Form& form, const char* code, v1::Severity severity,
                       std::initializer_list<const char*> comparisons) {
  v1::FormRule& rule = *form.add_rules();
  rule.set_code(code);
  rule.set_severity(severity);
  for (const char* text : comparisons) {
    *rule.add_comparisons() = parse_comparison(text).value();
  }
  return rule;
}

void add_when(v1::FormRule& rule, const char* text) {
  rule.add_guards()->set_kind(v1::Guard::KIND_WHEN);
  *rule.mutable_guards(rule.guards_size() - 1)->mutable_comparison() =
      parse_comparison(text).value();
}

// What compile() says of a form with this one change.
template <class Change>
std::string compile_error(Change&& change) {
  v1::Form form = form_with({"p1", "p2"});
  v1::FormRule& rule = add_rule(form, "Q7", v1::SEVERITY_ERROR, {"p1 <= p2"});
  change(form, rule);
  const auto slice = Scene(form).slice();
  const auto compiled = CompiledForm::compile(*slice);
  if (compiled.has_value()) return "compiled";
  EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidArgument);
  return compiled.error().message;
}

TEST(Compile, NamesTheRuleThatCannotBeUnderstood) {
  using Rule = v1::FormRule;
  const std::vector<std::pair<const char*, std::function<void(v1::Form&, Rule&)>>> changes = {
      {"'p3'",
       [](auto&, Rule& r) { r.mutable_comparisons(0)->mutable_left(0)->set_variable("p3"); }},
      {"'ref:other'",
       [](auto&, Rule& r) {
         r.mutable_comparisons(0)->mutable_right(0)->set_variable("ref:other");
       }},
      {"''", [](auto&, Rule& r) { r.mutable_comparisons(0)->mutable_left(0)->set_variable(""); }},
      {"operator",
       [](auto&, Rule& r) { r.mutable_comparisons(0)->set_op(v1::Comparison::OP_UNSPECIFIED); }},
      {"severity", [](auto&, Rule& r) { r.set_severity(0); }},
      {"severity", [](auto&, Rule& r) { r.set_severity(4); }},
      {"builtin", [](auto&, Rule& r) { r.clear_comparisons(); }},
      {"builtin", [](auto&, Rule& r) { r.set_builtin("quorum"); }},
      {"'magic'",
       [](auto&, Rule& r) {
         r.clear_comparisons();
         r.set_builtin("magic");
       }},
      {"guard", [](auto&, Rule& r) { r.add_guards(); }},
      {"guard", [](auto&, Rule& r) { r.add_guards()->set_kind(v1::Guard::KIND_WHEN); }},
      {"guard",
       [](auto&, Rule& r) {
         r.add_guards()->set_kind(v1::Guard::KIND_POSTAL_VOTING);
         r.mutable_guards(0)->mutable_comparison();
       }},
      {"terms",
       [](auto&, Rule& r) {
         for (int i = 0; i < kTermsMax; ++i) {
           r.mutable_comparisons(0)->add_left()->set_variable("p1");
         }
       }},
  };
  for (const auto& [what, change] : changes) {
    const std::string error = compile_error(change);
    EXPECT_NE(error.find("'Q7'"), std::string::npos) << error;
    EXPECT_NE(error.find(what), std::string::npos) << error;
  }
}

TEST(Compile, RefusesTooManyRulesARuleWithoutCodeAndCandidatesNobodyTypes) {
  EXPECT_NE(compile_error([](v1::Form& form, auto&) {
              for (int i = 0; i < kRulesMax; ++i) *form.add_rules() = form.rules(0);
            }).find("256"),
            std::string::npos);
  EXPECT_NE(compile_error([](auto&, v1::FormRule& rule) { rule.clear_code(); }).find("no code"),
            std::string::npos);
  v1::Form form = form_with({"p1"});
  v1::Slice data;
  data.set_contest("mayor");
  data.set_round(1);
  data.set_kind(v1::CONTEST_KIND_MAYOR);
  data.set_area("146501");
  data.add_options()->set_code("1");
  data.mutable_options(0)->add_candidates()->set_position(1);
  EXPECT_FALSE(CompiledForm::compile(*parse_slice(data, form, {})).has_value());
}

TEST(Check, AnOverflowIsAnErrorUnderTheRulesOwnCodeAndNeverHolds) {
  v1::Form form = form_with({"p1", "p2"});
  v1::FormRule& product = add_rule(form, "W1", v1::SEVERITY_WARNING, {"p1 >= 0"});
  product.mutable_comparisons(0)->mutable_left(0)->set_coefficient(kHuge);
  v1::FormRule& sum = add_rule(form, "W2", v1::SEVERITY_WARNING, {"1 + 1 >= p2"});
  for (auto& term : *sum.mutable_comparisons(0)->mutable_left()) term.set_coefficient(kHuge);
  v1::FormRule& guarded = add_rule(form, "W3", v1::SEVERITY_WARNING, {"p2 >= 0"});
  add_when(guarded, "p1 > 0");
  guarded.mutable_guards(0)->mutable_comparison()->mutable_left(0)->set_coefficient(kHuge);
  const auto findings = Scene(form).set("p1=2 p2=0").check();
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0], (Finding{"W1", v1::SEVERITY_ERROR, {"p1"}}));
  EXPECT_EQ(findings[1], (Finding{"W2", v1::SEVERITY_ERROR, {"p2"}}));
  EXPECT_EQ(findings[2], (Finding{"W3", v1::SEVERITY_ERROR, {"p1"}}));
  // 1 × the largest number still fits.
  EXPECT_EQ(find(Scene(form).set("p1=1 p2=0").check(), "W1"), nullptr);
}

TEST(Check, AWrongNumberOfFieldsIsTheOnlyThingSaid) {
  const Scene scene("council-2014");
  const auto slice = scene.slice();
  const auto form = CompiledForm::compile(*slice).value();
  v1::Protocol protocol = scene.protocol();
  protocol.add_points(1);
  const auto run = [&] { return check(form, protocol, scene_precinct(), Completeness::kPartial); };
  EXPECT_EQ(run(), (std::vector<Finding>{{"E0", v1::SEVERITY_ERROR, {"points"}}}));
  protocol.clear_votes();
  EXPECT_EQ(run(), (std::vector<Finding>{{"E0", v1::SEVERITY_ERROR, {"points", "votes"}}}));
}

TEST(Check, AnEmptyRequiredFieldIsAnErrorOnlyInAFinishedProtocol) {
  const Scene scene = Scene("council-2014").set("p12=- votes:1=- votes:2/2=-");
  EXPECT_EQ(codes(scene.check(Completeness::kPartial)), std::set<std::string>{});
  const auto findings = scene.check(Completeness::kFinal);
  ASSERT_EQ(codes(findings), std::set<std::string>{"E0"});
  EXPECT_EQ(findings[0].points, (std::vector<std::string>{"p12", "votes:1", "votes:2/2"}));
}

TEST(Check, AFigureAboveTheLargestIsAnErrorWhileTypingToo) {
  for (const char* change : {"p2=1000000000", "votes:1=1000000000", "votes:1/2=1000000000"}) {
    const auto findings = Scene("council-2014").set(change).check(Completeness::kPartial);
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings[0].code, kFieldCode) << change;
  }
  EXPECT_EQ(find(Scene("council-2014").set("p2=999999999").check(), kFieldCode), nullptr);
}

TEST(Check, AnEmptyFormWhileTypingHasNoFindings) {
  const Scene scene = Scene("mayor-2014").set("size=7 postal=2");
  const auto slice = scene.slice();
  const auto form = CompiledForm::compile(*slice).value();
  v1::Protocol protocol;
  for (std::size_t i = 0; i < slice->point_cells(); ++i) protocol.add_points(0);
  for (std::size_t i = 0; i < slice->vote_cells(); ++i) protocol.add_votes(0);
  EXPECT_TRUE(check(form, protocol, scene_precinct(), Completeness::kPartial).empty());
}

TEST(Check, AnEmptyFieldSilencesItsComparisonButNotTheRulesOthers) {
  // E9 compares p7a + p7b and p7c + p7d with p7 = 15, each on its own.
  const auto findings = Scene("council-2014").set("p7a=- p7c=15").check(Completeness::kPartial);
  ASSERT_NE(find(findings, "E9"), nullptr);
  EXPECT_EQ(find(findings, "E9")->points, (std::vector<std::string>{"p7c", "p7d", "p7"}));
  EXPECT_EQ(find(Scene("council-2014").set("p7a=- p7b=99").check(Completeness::kPartial), "E9"),
            nullptr);
}

TEST(Check, AnUnknownPrecinctHasNoTypeNoPostalVotingAndNoReferenceFigures) {
  const Scene scene =
      Scene("council-2014").set("p4=901 postal=2 ref:eligible=5000 size=3 members=m");
  const auto slice = scene.slice();
  const auto form = CompiledForm::compile(*slice).value();
  const auto elsewhere = *model::UnitId::parse("999999-1");
  const auto here = codes(check(form, scene.protocol(), scene_precinct(), Completeness::kFinal));
  const auto there = codes(check(form, scene.protocol(), elsewhere, Completeness::kFinal));
  for (const char* code : {"W4", "E11", "B1", "E16"}) {
    EXPECT_TRUE(here.contains(code)) << code;
    EXPECT_FALSE(there.contains(code)) << code;
  }
}

TEST(Check, ARuleOverAnOptionTheContestLacksDoesNotApply) {
  v1::Form form = form_with({"p12"});
  add_rule(form, "E18", v1::SEVERITY_ERROR, {"option:YES <= p12", "option:1 <= p12"});
  EXPECT_TRUE(Scene(form).set("p12=300").check().empty());
  const auto findings = Scene(form).set("p12=299").check();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].points, (std::vector<std::string>{"votes:1", "p12"}));
}

TEST(Check, AllGuardsOfARuleMustHold) {
  v1::Form form = form_with({"p1", "p2"});
  v1::FormRule& rule = add_rule(form, "E1", v1::SEVERITY_ERROR, {"p1 = 0"});
  add_when(rule, "p2 > 5");
  rule.add_guards()->set_kind(v1::Guard::KIND_POSTAL_VOTING);
  EXPECT_EQ(Scene(form).set("p1=1 p2=6 postal=1").check().size(), 1u);
  EXPECT_TRUE(Scene(form).set("p1=1 p2=5 postal=1").check().empty());
  EXPECT_TRUE(Scene(form).set("p1=1 p2=6 postal=2").check().empty());
  EXPECT_TRUE(Scene(form).set("p1=1 p2=6 postal=0").check().empty());
}

TEST(Check, ErrorsStandBeforeBlockingWarningsBeforeWarnings) {
  v1::Form form = form_with({"p1"});
  add_rule(form, "W9", v1::SEVERITY_WARNING, {"p1 = 0"});
  add_rule(form, "E2", v1::SEVERITY_ERROR, {"p1 = 0"});
  add_rule(form, "B1", v1::SEVERITY_BLOCKING_WARNING, {"p1 = 0"});
  add_rule(form, "E1", v1::SEVERITY_ERROR, {"p1 = 0"});
  const auto findings = Scene(form).set("p1=1").check();
  std::string order;
  for (const Finding& finding : findings) order += finding.code + " ";
  EXPECT_EQ(order, "E2 E1 B1 W9 ");
  EXPECT_TRUE(has_errors(findings));
  EXPECT_TRUE(has_blocking_warnings(findings));
  EXPECT_FALSE(has_errors({findings.back()}));
  EXPECT_FALSE(has_blocking_warnings({findings.front()}));
}

TEST(Check, ReturnsAtMostTheStatedNumberOfFindingsAndKeepsTheErrors) {
  v1::Form form = form_with({"p1"});
  for (int i = 0; i < 150; ++i) add_rule(form, "W1", v1::SEVERITY_WARNING, {"p1 = 0"});
  add_rule(form, "E1", v1::SEVERITY_ERROR, {"p1 = 0"});
  const auto findings = Scene(form).set("p1=1").check();
  EXPECT_EQ(findings.size(), kFindingsMax);
  EXPECT_EQ(findings.front().code, "E1");
}

TEST(Check, AFindingBecomesTheContractsMessage) {
  const v1::Finding message = to_proto({"B3", v1::SEVERITY_BLOCKING_WARNING, {"p8", "p4"}});
  EXPECT_EQ(message.code(), "B3");
  EXPECT_EQ(message.severity(), v1::SEVERITY_BLOCKING_WARNING);
  ASSERT_EQ(message.points_size(), 2);
  EXPECT_EQ(message.points(1), "p4");
}

bool holds(double left, v1::Comparison::Op op, double right) {
  switch (op) {
    case v1::Comparison::OP_EQ: return left == right;
    case v1::Comparison::OP_NE: return left != right;
    case v1::Comparison::OP_LT: return left < right;
    case v1::Comparison::OP_LE: return left <= right;
    case v1::Comparison::OP_GT: return left > right;
    default: return left >= right;
  }
}

// An independent computation in floating point, exact within the ranges drawn.
RC_GTEST_PROP(Check, AnyLinearRuleIsJudgedAsByOtherArithmetic, ()) {
  v1::Form form = form_with({"p1", "p2", "p3"});
  v1::FormRule& rule = add_rule(form, "E1", v1::SEVERITY_ERROR, {"p1 = p1"});
  v1::Comparison& comparison = *rule.mutable_comparisons(0);
  comparison.Clear();
  comparison.set_op(static_cast<v1::Comparison::Op>(*rc::gen::inRange(1, 7)));
  const auto figures =
      *rc::gen::container<std::vector<std::uint32_t>>(3, rc::gen::inRange(0u, 1'000u));
  double sums[2] = {0, 0};
  for (int side = 0; side < 2; ++side) {
    for (int left = *rc::gen::inRange(1, 4); left > 0; --left) {
      v1::Term& term = side == 0 ? *comparison.add_left() : *comparison.add_right();
      const auto point = *rc::gen::inRange(0, 3);
      const auto coefficient = *rc::gen::inRange<std::int64_t>(-5, 6);
      term.set_variable("p" + std::to_string(point + 1));
      term.set_coefficient(coefficient);
      sums[side] += static_cast<double>(coefficient) * figures[static_cast<std::size_t>(point)];
    }
  }
  Scene scene(form);
  for (std::size_t i = 0; i < 3; ++i) {
    scene.set("p" + std::to_string(i + 1) + "=" + std::to_string(figures[i]));
  }
  RC_ASSERT(scene.check().empty() == holds(sums[0], comparison.op(), sums[1]));
}

}  // namespace
}  // namespace urna::validation
