// What is refused before any rule is looked at (LAW.md forms; limits of check.h).
#include <gtest/gtest.h>

#include <functional>

#include "common/model/strict.h"
#include "common/validation/check.h"
#include "tests/unit/validation/scene.h"

namespace urna::validation {
namespace {

void add_remark(v1::Protocol& protocol, const char* point, std::string text = "a reason") {
  v1::Remark& remark = *protocol.add_remarks();
  remark.set_point(point);
  remark.set_text(std::move(text));
}

void add_explanation(v1::Protocol& protocol, const char* code, std::string text = "a reason") {
  v1::Explanation& explanation = *protocol.add_explanations();
  explanation.set_code(code);
  explanation.set_text(std::move(text));
}

void add_member(v1::Protocol& protocol, std::string name = "A. B.",
                v1::MemberFunction function = v1::MEMBER_FUNCTION_MEMBER) {
  v1::Member& member = *protocol.add_members();
  member.set_name(std::move(name));
  member.set_function(function);
}

using Change = std::function<void(v1::Protocol&)>;
struct Case {
  const char* says;  // part of the message; nullptr: the shape is right
  Change change;
};

Result<void> shape_of(const Scene& scene, const Change& change) {
  v1::Protocol protocol = scene.protocol();
  change(protocol);
  return check_shape(*scene.slice(), protocol);
}

void expect(const Scene& scene, const std::vector<Case>& cases) {
  int number = 0;
  for (const Case& c : cases) {
    const auto result = shape_of(scene, c.change);
    ++number;
    if (c.says == nullptr) {
      EXPECT_TRUE(result.has_value()) << "case " << number << ": " << result.error().message;
      continue;
    }
    ASSERT_FALSE(result.has_value()) << "case " << number << ": " << c.says;
    EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
    EXPECT_NE(result.error().message.find(c.says), std::string::npos) << result.error().message;
  }
}

constexpr model::Cell kMaxCell = model::cell_of(model::kFigureMax);

TEST(Shape, CellsMustBeThoseOfFormAndSliceAndNoneAboveTheLargestFigure) {
  // council-2014: cell 0 is p1; votes are 1, 1/1, 1/2, 2, 2/1, 2/2.
  expect(Scene("council-2014"),
         {{"19 points, the form has 18", [](auto& p) { p.add_points(1); }},
          {"17 points", [](auto& p) { p.mutable_points()->RemoveLast(); }},
          {"7 vote fields, the contest has 6", [](auto& p) { p.add_votes(1); }},
          {"0 vote fields", [](auto& p) { p.clear_votes(); }},
          {"p1 is above", [](auto& p) { p.set_points(0, kMaxCell + 1); }},
          {"p1 is above", [](auto& p) { p.set_points(0, 0xffffffff); }},
          {"votes:1/2 is above", [](auto& p) { p.set_votes(2, kMaxCell + 1); }},
          {"p2 is empty", [](auto& p) { p.set_points(1, 0); }},
          {"votes:2 is empty", [](auto& p) { p.set_votes(3, 0); }},
          {"votes:2/1 is empty", [](auto& p) { p.set_votes(4, 0); }},
          {nullptr, [](auto& p) { p.set_points(0, kMaxCell); }},
          {nullptr, [](auto& p) { p.set_votes(2, kMaxCell); }},
          {nullptr, [](auto& p) { p.set_votes(2, model::cell_of(0)); }}});
}

TEST(Shape, AFieldStruckOffMustBeEmptyAndAnOptionalPointMayBe) {
  expect(Scene("council-2014").set("struck=1/2 struck=2"),
         {{nullptr, [](auto&) {}},
          {"votes:1/2 was struck off", [](auto& p) { p.set_votes(2, 1); }},
          {"votes:2 was struck off", [](auto& p) { p.set_votes(3, 1); }},
          {"votes:2/1 was struck off", [](auto& p) { p.set_votes(4, 1); }}});
  v1::Form form;
  form.add_points()->set_code("p1");
  expect(Scene(form), {{nullptr, [](auto& p) { p.set_points(0, 0); }}});
}

TEST(Shape, ARevisionNamesItsPredecessorExactlyWhenItHasOne) {
  expect(Scene("mayor-2014"),
         {{"revision must be 1", [](auto& p) { p.set_revision(0); }},
          {"supersedes nothing", [](auto& p) { p.set_supersedes(std::string(32, 'x')); }},
          {"must name", [](auto& p) { p.set_revision(2); }},
          {"must name",
           [](auto& p) {
             p.set_revision(2);
             p.set_supersedes(std::string(31, 'x'));
           }},
          {nullptr, [](auto& p) {
             p.set_revision(2);
             p.set_supersedes(std::string(32, 'x'));
           }}});
}

TEST(Shape, RemarksAscendByPointNumber) {
  const auto two = [](const char* first, const char* second) {
    return [=](v1::Protocol& p) {
      add_remark(p, first);
      add_remark(p, second);
    };
  };
  expect(Scene("mayor-2014"),
         {{"out of order at point 14", two("15", "14")},
          {"out of order at point 14", two("14", "14")},
          {"out of order at point 9", two("14", "9")},
          {nullptr, two("9", "14")},
          {"point number", two("", "14")},
          {"point number", two("014", "15")},
          {"point number", two("p14", "15")},
          {"point number", two("0", "15")},
          {"point number", two("1000", "1001")},
          {"remark 14 is empty", [](auto& p) { add_remark(p, "14", ""); }},
          {"remark 14 is longer", [](auto& p) { add_remark(p, "14", std::string(4001, 'x')); }},
          {nullptr, [](auto& p) { add_remark(p, "14", std::string(4000, 'x')); }},
          {"too many remarks", [](auto& p) {
             for (int i = 1; i <= 101; ++i) add_remark(p, std::to_string(i).c_str());
           }}});
}

TEST(Shape, ExplanationsAscendByTheBytesOfTheirCode) {
  const auto two = [](const char* first, const char* second) {
    return [=](v1::Protocol& p) {
      add_explanation(p, first);
      add_explanation(p, second);
    };
  };
  expect(Scene("mayor-2014"),
         {{"out of order at W10", two("W2", "W10")},
          {"out of order at W1", two("W1", "W1")},
          {nullptr, two("W10", "W2")},
          {"no rule's code", two("", "W1")},
          {"no rule's code", two("W 1", "W2")},
          {"no rule's code", two("W12345678", "X")},
          {"explanation W1 is empty", [](auto& p) { add_explanation(p, "W1", ""); }},
          {"explanation W1 is longer",
           [](auto& p) { add_explanation(p, "W1", std::string(4001, 'x')); }},
          {"too many explanations", [](auto& p) {
             for (int i = 100; i <= 200; ++i) add_explanation(p, ("W" + std::to_string(i)).c_str());
           }}});
}

TEST(Shape, MembersSeatAndHoursLieWithinTheirLimits) {
  const auto members = [](int count) {
    return [=](v1::Protocol& p) {
      for (int i = 0; i < count; ++i) add_member(p);
    };
  };
  expect(Scene("mayor-2014"),
         {{"more than 50 members", members(51)},
          {nullptr, members(50)},
          {"name is empty", [](auto& p) { add_member(p, ""); }},
          {"longer than 200", [](auto& p) { add_member(p, std::string(201, 'x')); }},
          {nullptr, [](auto& p) { add_member(p, std::string(200, 'x')); }},
          {"no function", [](auto& p) { add_member(p, "A. B.", v1::MEMBER_FUNCTION_UNSPECIFIED); }},
          {"seat is longer", [](auto& p) { p.set_seat(std::string(501, 'x')); }},
          {nullptr, [](auto& p) { p.set_seat(std::string(500, 'x')); }},
          {"opening or closing", [](auto& p) { p.set_opened_min(2880); }},
          {"opening or closing", [](auto& p) { p.set_closed_min(2880); }},
          {nullptr, [](auto& p) { p.set_closed_min(2879); }}});
}

}  // namespace
}  // namespace urna::validation
