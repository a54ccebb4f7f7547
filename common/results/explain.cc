#include "common/results/explain.h"

#include <algorithm>
#include <numeric>

#include "common/results/council_input.h"
#include "common/results/phrases.h"
#include "common/results/threshold.h"

namespace urna::results {

namespace {

constexpr Phrase kTitle = {"{}, seats: {}, rules {}", "{}, mandatów: {}, zasady {}"};
constexpr Phrase kNoVote = {
    "No vote held, candidates: {}, seats: {}; all are elected [{}]",
    "Głosowania nie przeprowadzono, kandydatów: {}, mandatów: {}; wszyscy wybrani [{}]"};
constexpr Phrase kMostVotes = {"Elected are those with most votes [{}]",
                               "Wybrani są kandydaci z największą liczbą głosów [{}]"};
constexpr Phrase kThreshold = {
    "Threshold: share of {} valid votes of the whole unit, equality included [{}]",
    "Próg: udział w {} głosach ważnych w całej jednostce, równość wystarcza [{}]"};
constexpr Phrase kReaches = {"  list {}: {} × 100 ≥ {} × {}, takes part",
                             "  lista {}: {} × 100 ≥ {} × {}, uczestniczy w podziale"};
constexpr Phrase kMisses = {"  list {}: {} × 100 < {} × {}, takes no part",
                            "  lista {}: {} × 100 < {} × {}, nie uczestniczy w podziale"};
constexpr Phrase kExempt = {"  list {}: exempt, takes part",
                            "  lista {}: zwolniona z progu, uczestniczy w podziale"};
constexpr Phrase kQuotients = {"Quotients by d'Hondt, largest first [{}]",
                               "Ilorazy metodą d'Hondta, malejąco [{}]"};
constexpr Phrase kAward = {"  {}. list {}: {} / {} = {}", "  {}. lista {}: {} / {} = {}"};
constexpr Phrase kNext = {"  none: list {}: {} / {} = {}", "  bez mandatu: lista {}: {} / {} = {}"};
constexpr Phrase kExhausted = {
    "  list {} has no further candidate: its next quotients are passed over [{}]",
    "  lista {} nie ma więcej kandydatów: dalsze ilorazy pominięto [{}]"};
constexpr Phrase kListSeats = {"Seats of list {}: {}", "Mandaty listy {}: {}"};
constexpr Phrase kCandidate = {"  place {}: {} votes, {}", "  poz. {}: głosów {}, {}"};
constexpr Phrase kAnyCandidate = {"  {}: {} votes, {}", "  {}: głosów {}, {}"};
constexpr Phrase kStruckOff = {"  {}: struck off", "  {}: skreślony"};
constexpr Phrase kElected = {"elected", "wybrany"};
constexpr Phrase kNotElected = {"not elected", "niewybrany"};
constexpr Phrase kLot = {"a lot decides", "rozstrzyga losowanie"};
constexpr Phrase kInRunoff = {"goes to the runoff", "przechodzi do ponownego głosowania"};
constexpr Phrase kVacant = {"Seats that stay vacant: {}", "Mandaty nieobsadzone: {}"};
constexpr Phrase kMayorTitle = {"{}, round {}, rules {}: {} valid votes",
                                "{}, tura {}, zasady {}: głosów ważnych {}"};
constexpr Phrase kMajority = {"{}: 2 × {} > {}, more than half [{}]",
                              "{}: 2 × {} > {}, więcej niż połowa [{}]"};
constexpr Phrase kNoMajority = {"{}: 2 × {} ≤ {}, not more than half [{}]",
                                "{}: 2 × {} ≤ {}, nie więcej niż połowa [{}]"};
constexpr Phrase kYesNo = {"A single candidate: {} votes YES, {} votes NO",
                           "Jedyny kandydat: głosów za {}, przeciw {}"};
constexpr Phrase kCouncilElects = {"The council elects the mayor", "Wyboru dokonuje rada"};
constexpr Phrase kRunoffRule = {"Elected is who has more votes [{}]",
                                "Wybrany jest kandydat z większą liczbą głosów [{}]"};

// Exact, as a whole number and a fraction: "438 2/3". For the reader; nothing is decided by it.
std::string quotient_text(std::uint64_t votes, std::uint32_t divisor) {
  const std::uint64_t rest = votes % divisor;
  std::string text = std::to_string(votes / divisor);
  if (rest == 0) return text;
  const std::uint64_t common = std::gcd(rest, std::uint64_t{divisor});
  return text + " " + std::to_string(rest / common) + "/" + std::to_string(divisor / common);
}

class CouncilText {
 public:
  CouncilText(const CouncilDistrict& district, const CouncilResult& result, Language language)
      : d_(district), r_(result), text_(language) {}

  std::string run() && {
    text_.line(kTitle, {d_.contest.contest.str(), std::to_string(d_.seats), rules_name()});
    if (!d_.voted) {
      text_.line(kNoVote, {std::to_string(d_.candidates.size()), std::to_string(d_.seats),
                           text_.source(d_.rules->uncontested)});
    } else if (d_.method == Method::kTopN) {
      top_n();
    } else {
      threshold();
      quotients();
      ties();
      lists();
    }
    if (r_.vacant > 0) text_.line(kVacant, {std::to_string(r_.vacant)});
    for (const LotContext& context : r_.pending) text_.pending(context);
    return std::move(text_).take();
  }

 private:
  std::string rules_name() const { return std::string(d_.rules->name); }

  void ties() {
    for (const Tie& tie : r_.ties) text_.tie(tie);
  }

  void top_n() {
    text_.line(kMostVotes, {text_.source(d_.rules->most_votes)});
    candidates(0, d_.candidates.size(), kAnyCandidate);
    ties();
  }

  void threshold() {
    text_.line(kThreshold,
               {std::to_string(d_.unit_valid_votes), text_.source(d_.rules->threshold)});
    for (std::size_t i = 0; i < d_.lists.size(); ++i) {
      const List& list = d_.lists[i];
      const std::uint32_t percent =
          d_.rules->threshold_percent[static_cast<std::size_t>(list.kind)];
      if (percent == 0) {
        text_.line(kExempt, {std::to_string(list.number)});
        continue;
      }
      text_.line(r_.takes_part[i] ? kReaches : kMisses,
                 {std::to_string(list.number), std::to_string(list.unit_votes),
                  std::to_string(d_.unit_valid_votes), std::to_string(percent)});
    }
  }

  void quotients() {
    text_.line(kQuotients, {text_.source(d_.rules->quotients)});
    for (std::size_t i = 0; i < r_.awards.size(); ++i) {
      const Award& award = r_.awards[i];
      const List& list = d_.lists[award.list];
      text_.line(kAward,
                 {std::to_string(i + 1), std::to_string(list.number), std::to_string(list.votes),
                  std::to_string(award.divisor), quotient_text(list.votes, award.divisor)});
    }
    largest_without_seat();
  }

  std::size_t standing(std::size_t list) const {
    return static_cast<std::size_t>(std::ranges::count_if(d_.candidates, [&](const Candidate& one) {
      return one.name.list == d_.lists[list].number && one.votes;
    }));
  }

  // What would have won the next seat, and the lists that could not take part in it any more.
  void largest_without_seat() {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < d_.lists.size(); ++i) {
      if (!r_.takes_part[i] || d_.lists[i].votes == 0) continue;
      const std::uint32_t divisor = r_.list_seats[i] + 1;
      if (d_.rules->surplus == Surplus::kGoesOn && r_.list_seats[i] >= standing(i)) {
        text_.line(kExhausted,
                   {std::to_string(d_.lists[i].number), text_.source(d_.rules->surplus_source)});
      } else if (!best || compare_quotients(d_.lists[i].votes, divisor, d_.lists[*best].votes,
                                            r_.list_seats[*best] + 1) > 0) {
        best = i;
      }
    }
    if (!best) return;
    const List& list = d_.lists[*best];
    const std::uint32_t divisor = r_.list_seats[*best] + 1;
    text_.line(kNext, {std::to_string(list.number), std::to_string(list.votes),
                       std::to_string(divisor), quotient_text(list.votes, divisor)});
  }

  void lists() {
    std::size_t first = 0;
    for (std::size_t i = 0; i < d_.lists.size(); ++i) {
      const std::size_t count = list_length(d_, i, first);
      const auto outcomes = std::span(r_.outcomes).subspan(first, count);
      const bool waits = std::ranges::count(outcomes, Outcome::kLot) > 0;
      if (r_.list_seats[i] > 0 || waits) {
        text_.line(kListSeats,
                   {std::to_string(d_.lists[i].number), std::to_string(r_.list_seats[i])});
        candidates(first, count, kCandidate);
      }
      first += count;
    }
  }

  std::string outcome_text(Outcome outcome) const {
    return text_.say(outcome == Outcome::kElected ? kElected
                     : outcome == Outcome::kLot   ? kLot
                                                  : kNotElected);
  }

  void candidates(std::size_t first, std::size_t count, const Phrase& phrase) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), first);
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      const Candidate& x = d_.candidates[a];
      const Candidate& y = d_.candidates[b];
      return x.votes != y.votes ? x.votes > y.votes : x.name < y.name;
    });
    for (const std::size_t i : order) {
      const Candidate& one = d_.candidates[i];
      const std::string name =
          &phrase == &kCandidate ? std::to_string(one.name.place) : text_.name(one.name);
      if (!one.votes) {
        text_.line(kStruckOff, {text_.name(one.name)});
      } else {
        text_.line(phrase, {name, std::to_string(*one.votes), outcome_text(r_.outcomes[i])});
      }
    }
  }

  const CouncilDistrict& d_;
  const CouncilResult& r_;
  Text text_;
};

const Phrase& mayor_outcome(MayorOutcome outcome) {
  switch (outcome) {
    case MayorOutcome::kElected: return kElected;
    case MayorOutcome::kRunoff: return kInRunoff;
    case MayorOutcome::kLot: return kLot;
    case MayorOutcome::kNo: break;
  }
  return kNotElected;
}

}  // namespace

std::string explain(const CouncilDistrict& district, const CouncilResult& result,
                    Language language) {
  return CouncilText(district, result, language).run();
}

std::string explain(const MayorContest& contest, const MayorResult& result, bool first_round,
                    Language language) {
  Text text(language);
  text.line(kMayorTitle, {contest.contest.contest.str(), std::to_string(contest.contest.round),
                          std::string(contest.rules->name), std::to_string(result.valid_votes)});
  const auto most = std::ranges::max_element(contest.candidates, {}, &Candidate::votes);
  if (result.yes_no) {
    text.line(kYesNo, {std::to_string(*most->votes), std::to_string(contest.no_votes.value_or(0))});
  }
  if (result.yes_no || first_round) {
    const bool majority = 2 * std::uint64_t{*most->votes} > result.valid_votes;
    text.line(majority ? kMajority : kNoMajority,
              {text.name(most->name), std::to_string(*most->votes),
               std::to_string(result.valid_votes), text.source(contest.rules->majority)});
  } else {
    text.line(kRunoffRule, {text.source(contest.rules->majority)});
  }
  for (std::size_t i = 0; i < contest.candidates.size(); ++i) {
    const Candidate& one = contest.candidates[i];
    if (!one.votes) {
      text.line(kStruckOff, {text.name(one.name)});
    } else {
      text.line(kAnyCandidate, {text.name(one.name), std::to_string(*one.votes),
                                text.say(mayor_outcome(result.outcomes[i]))});
    }
  }
  for (const Tie& tie : result.ties) text.tie(tie);
  if (result.council_elects) text.line(kCouncilElects);
  for (const LotContext& context : result.pending) text.pending(context);
  return std::move(text).take();
}

}  // namespace urna::results
