#include "tests/drill/explain.h"

#include <set>

#include "common/validation/check.h"

namespace urna::drill {

void explain_warnings(const validation::CompiledForm& form, v1::Protocol& protocol) {
  std::set<std::string> codes;
  for (const validation::Finding& finding :
       validation::check(form, protocol, *model::UnitId::parse(protocol.place().unit()),
                         validation::Completeness::kFinal)) {
    if (finding.severity == v1::SEVERITY_WARNING) codes.insert(finding.code);
  }
  for (const std::string& code : codes) {
    v1::Explanation& explanation = *protocol.add_explanations();
    explanation.set_code(code);
    explanation.set_text("Komisja sprawdziła liczby i potwierdza je (" + code + ").");
  }
}

}  // namespace urna::drill
