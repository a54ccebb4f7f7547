#include "common/validation/messages.h"

#include "common/validation/across.h"
#include "common/validation/check.h"

namespace urna::validation {

Messages messages_of(const v1::Form& form, std::string_view code) {
  for (const v1::FormRule& rule : form.rules()) {
    if (rule.code() == code) return {rule.message_pl(), rule.message_en()};
  }
  if (code == kFieldCode) {
    return {
        "Pole jest puste albo liczba przekracza 999 999 999. Uzupełnij lub popraw wskazane pola; "
        "jeśli czegoś nie było, wpisz 0.",
        "A field is empty, or its figure is above 999,999,999. Fill in or correct the fields "
        "named; where there was nothing, enter 0."};
  }
  if (const AcrossRule* rule = across_rule(code)) return {rule->message_pl, rule->message_en};
  return {};
}

}  // namespace urna::validation
