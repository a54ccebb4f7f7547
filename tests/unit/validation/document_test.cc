// docs/checks.md lists every rule there is, with the severity it has.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "common/validation/across.h"
#include "common/validation/forms.h"

namespace urna::validation {
namespace {

// Rows of the document's tables whose first cell is a code: the second cell by the first.
std::map<std::string, std::string> documented() {
  std::ifstream in(URNA_SOURCE_DIR "/docs/checks.md");
  EXPECT_TRUE(in.is_open());
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells(line);
    std::string before, code, severity;
    if (!std::getline(cells, before, '|') || !std::getline(cells, code, '|') ||
        !std::getline(cells, severity, '|') || code.size() < 4 ||
        std::string("EBWXT").find(code[1]) == std::string::npos || code[2] < '0' || code[2] > '9') {
      continue;
    }
    const bool added =
        rows.emplace(code.substr(1, code.size() - 2), severity.substr(1, severity.size() - 2))
            .second;
    EXPECT_TRUE(added) << code << "stands twice";
  }
  return rows;
}

std::string name_of(std::uint32_t severity) {
  return severity == v1::SEVERITY_ERROR              ? "error"
         : severity == v1::SEVERITY_BLOCKING_WARNING ? "blocking warning"
                                                     : "warning";
}

TEST(ChecksDocument, ListsEveryRuleWithItsSeverityAndNoOther) {
  std::map<std::string, std::string> rules;
  for (const std::string_view id : kBuiltinForms) {
    const v1::Form form = builtin_form(id).value();
    for (const v1::FormRule& rule : form.rules()) {
      const bool grown = rule.code() == "W13" && id == "sejm-2019";
      if (!grown) rules[rule.code()] = name_of(rule.severity());
    }
  }
  rules["W13"] += "; **error** on `sejm-2019` (from 2015 on)";
  for (const AcrossRule& rule : across_rules())
    rules[std::string(rule.code)] = name_of(rule.severity);
  EXPECT_EQ(documented(), rules);
}

TEST(ChecksDocument, NamesEveryForm) {
  std::ifstream in(URNA_SOURCE_DIR "/docs/checks.md");
  std::stringstream text;
  text << in.rdbuf();
  for (const std::string_view id : kBuiltinForms) {
    EXPECT_NE(text.str().find("| `" + std::string(id) + "` |"), std::string::npos) << id;
  }
}

}  // namespace
}  // namespace urna::validation
