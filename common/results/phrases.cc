#include "common/results/phrases.h"

#include <algorithm>

namespace urna::results {

namespace {

constexpr Phrase kUnverified = {"{} (unverified)", "{} (niezweryfikowane)"};
constexpr Phrase kList = {"list {}", "lista {}"};
constexpr Phrase kPlace = {"list {} place {}", "lista {} poz. {}"};
constexpr Phrase kCandidate = {"candidate {}", "kandydat {}"};
constexpr Phrase kTie = {"Tie, {}: {} for {} [{}]: {}", "Równość, {}: {} na {} [{}]: {}"};
constexpr Phrase kContender = {"{} with {} votes", "{}, głosów {}"};
constexpr Phrase kPrecincts = {", ahead in {} precincts", ", przewaga w obwodach: {}"};
constexpr Phrase kPassedOver = {"  {}: not known here", "  {}: brak tu danych"};
constexpr Phrase kStep = {"  {}: {}", "  {}: {}"};
constexpr Phrase kStillEqual = {"  {}: {} still equal", "  {}: nadal równe: {}"};
constexpr Phrase kStepBoth = {"  {}: {}; still equal: {}", "  {}: {}; nadal równe: {}"};
constexpr Phrase kLotWaits = {"  a lot decides between {}", "  rozstrzyga losowanie między: {}"};
constexpr Phrase kPending = {"To be drawn, {}: {} of {}: {}", "Do wylosowania, {}: {} z {}: {}"};

Phrase step_phrase(TieBreak by) {
  switch (by) {
    case TieBreak::kMoreVotes: return {"more votes in the district", "więcej głosów w okręgu"};
    case TieBreak::kMorePrecincts:
      return {"more precincts with more votes", "więcej obwodów z większą liczbą głosów"};
    case TieBreak::kHigherPlace: return {"higher place on the list", "wyższe miejsce na liście"};
    case TieBreak::kLot: return {"by lot", "w drodze losowania"};
  }
  return {};
}

Phrase kind_phrase(LotKind kind) {
  switch (kind) {
    case LotKind::kSeatsAmongLists: return {"last seats among lists", "ostatnie mandaty list"};
    case LotKind::kPlacesInsideList: return {"last seats of one list", "ostatnie mandaty listy"};
    case LotKind::kTopN: return {"last seats", "ostatnie mandaty"};
    case LotKind::kRunoffPlace: return {"place in the runoff", "udział w ponownym głosowaniu"};
    case LotKind::kRunoffReplacement:
      return {"place of one who left the runoff", "miejsce po kandydacie, który ubył"};
    case LotKind::kRunoff: return {"the office", "wybór w ponownym głosowaniu"};
  }
  return {};
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

std::string Text::say(const Phrase& phrase, std::initializer_list<std::string> gaps) const {
  std::string_view pattern = language_ == Language::kPolish ? phrase.polish : phrase.english;
  std::string said;
  for (const std::string& gap : gaps) {
    const std::size_t at = pattern.find("{}");
    said += pattern.substr(0, at);
    said += gap;
    pattern.remove_prefix(at == std::string_view::npos ? pattern.size() : at + 2);
  }
  return said += pattern;
}

void Text::line(const Phrase& phrase, std::initializer_list<std::string> gaps) {
  text_ += say(phrase, gaps) + "\n";
}

std::string Text::source(const Source& source) const {
  const std::string cited(source.text);
  return source.verified ? cited : say(kUnverified, {cited});
}

std::string Text::name(const BallotName& name) const {
  if (name.place == 0) return say(kList, {std::to_string(name.list)});
  if (name.list == 0) return say(kCandidate, {std::to_string(name.place)});
  return say(kPlace, {std::to_string(name.list), std::to_string(name.place)});
}

std::string Text::names(const std::vector<BallotName>& all) const {
  std::vector<std::string> parts;
  for (const BallotName& one : all) parts.push_back(name(one));
  return joined(parts);
}

std::string Text::contenders(const std::vector<Contender>& all) const {
  std::vector<std::string> parts;
  for (const Contender& one : all) {
    std::string part = say(kContender, {name(one.name), std::to_string(one.votes)});
    if (one.precincts_won) part += say(kPrecincts, {std::to_string(*one.precincts_won)});
    parts.push_back(std::move(part));
  }
  return joined(parts);
}

void Text::tie(const Tie& tie) {
  line(kTie, {say(kind_phrase(tie.kind)), std::to_string(tie.places),
              std::to_string(tie.among.size()), source(tie.source), contenders(tie.among)});
  for (const TieStep& step : tie.steps) {
    const std::string by = say(step_phrase(step.by));
    if (step.passed_over) {
      line(kPassedOver, {by});
    } else if (step.by == TieBreak::kLot && tie.waits_for_lot) {
      line(kLotWaits, {names(step.still_equal)});
    } else if (step.still_equal.empty()) {
      line(kStep, {by, names(step.ahead)});
    } else if (step.ahead.empty()) {
      line(kStillEqual, {by, names(step.still_equal)});
    } else {
      line(kStepBoth, {by, names(step.ahead), names(step.still_equal)});
    }
  }
}

void Text::pending(const LotContext& context) {
  line(kPending, {say(kind_phrase(context.kind)), std::to_string(context.places),
                  std::to_string(context.among.size()), contenders(context.among)});
}

}  // namespace urna::results
