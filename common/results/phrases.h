// The sentences of explanations, in each language. Internal to this module.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/results/explain.h"
#include "common/results/tie.h"

namespace urna::results {

// One sentence; each {} is filled in order, the same number of them in both languages.
struct Phrase {
  std::string_view english;
  std::string_view polish;
};

class Text {
 public:
  explicit Text(Language language) : language_(language) {}

  // The phrase with its gaps filled.
  std::string say(const Phrase& phrase, std::initializer_list<std::string> gaps = {}) const;
  // Adds it as a line.
  void line(const Phrase& phrase, std::initializer_list<std::string> gaps = {});
  // "Electoral Code art. 444 § 2", with a mark where the rule is not verified.
  std::string source(const Source& source) const;
  // "list 3", "list 3 place 1", "candidate 2"
  std::string name(const BallotName& name) const;
  // Every tie with its steps.
  void tie(const Tie& tie);
  void pending(const LotContext& context);

  std::string take() && { return std::move(text_); }

 private:
  std::string names(const std::vector<BallotName>& all) const;
  std::string contenders(const std::vector<Contender>& all) const;

  Language language_;
  std::string text_;
};

}  // namespace urna::results
