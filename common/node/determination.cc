#include "common/node/determination.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "common/results/council.h"
#include "common/results/explain.h"
#include "common/results/mayor.h"
#include "common/trust/sha256.h"

namespace urna::node {

namespace {

using results::BallotName;
using Outcome = v1::TerritorialProtocol::Outcome;

// Where the votes of one who can be elected stand: a candidate, or an option without candidates.
struct Stands {
  BallotName name;
  std::size_t cell = 0;
  bool struck_off = false;
};

std::uint32_t number_of(int option) { return static_cast<std::uint32_t>(option) + 1; }

std::vector<Stands> ballot(const model::Slice& slice) {
  std::vector<Stands> all;
  for (int i = 0; i < slice.data().options_size(); ++i) {
    const v1::Option& option = slice.data().options(i);
    const model::OptionCells& cells = slice.options()[static_cast<std::size_t>(i)];
    if (cells.candidates == 0) {
      all.push_back({{0, number_of(i)}, cells.total, option.struck_off()});
      continue;
    }
    for (std::size_t j = 0; j < cells.candidates; ++j) {
      const v1::Candidate& candidate = option.candidates(static_cast<int>(j));
      all.push_back({{number_of(i), candidate.position()},
                     cells.first_candidate + j,
                     option.struck_off() || candidate.struck_off()});
    }
  }
  return all;
}

// The option and candidate a ballot name stands for.
v1::LotWinner winner_of(const model::Slice& slice, const BallotName& name) {
  v1::LotWinner winner;
  const std::uint32_t option = name.list != 0 ? name.list : name.place;
  winner.set_option(slice.data().options(static_cast<int>(option) - 1).code());
  if (name.list != 0) winner.set_candidate(name.place);
  return winner;
}

std::optional<BallotName> name_of(const model::Slice& slice, const v1::LotWinner& winner) {
  const auto option = slice.option(winner.option());
  if (!option) return std::nullopt;
  const std::uint32_t number = number_of(static_cast<int>(*option));
  if (slice.options()[*option].candidates == 0) return BallotName{0, number};
  return BallotName{number, winner.candidate()};
}

std::optional<results::Method> method_of(v1::ContestKind kind) {
  switch (kind) {
    case v1::CONTEST_KIND_COUNCIL_SMALL_GMINA: return results::Method::kTopN;
    case v1::CONTEST_KIND_COUNCIL_LARGE_GMINA:
    case v1::CONTEST_KIND_COUNCIL_CITY:
    case v1::CONTEST_KIND_COUNCIL_POWIAT:
    case v1::CONTEST_KIND_ASSEMBLY:
    case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT:
    case v1::CONTEST_KIND_PARLIAMENT: return results::Method::kDHondt;
    default: return std::nullopt;
  }
}

// Votes per precinct of the given cells, row by row.
std::vector<std::uint32_t> table_of(const ContestFigures& contest,
                                    const std::vector<std::size_t>& cells) {
  std::vector<std::uint32_t> table;
  table.reserve(contest.precincts.size() * cells.size());
  for (const auto& row : contest.precincts) {
    for (const std::size_t cell : cells) {
      table.push_back(model::is_empty(row[cell]) ? 0 : model::figure_of(row[cell]));
    }
  }
  return table;
}

// The figures of one contest in the shape the law's functions take, with the storage behind them.
struct Prepared {
  std::vector<Stands> stands;
  std::vector<results::Candidate> candidates;
  std::vector<results::List> lists;
  std::vector<std::uint32_t> candidate_table;
  std::vector<std::uint32_t> list_table;
  std::optional<results::PrecinctFigures> precincts;

  Prepared(const ContestFigures& contest, bool with_lists) : stands(ballot(*contest.slice)) {
    std::vector<std::size_t> cells;
    for (const Stands& one : stands) {
      std::optional<std::uint32_t> votes;
      if (!one.struck_off) votes = static_cast<std::uint32_t>(contest.votes[one.cell]);
      candidates.push_back({one.name, votes});
      cells.push_back(one.cell);
    }
    candidate_table = table_of(contest, cells);
    if (with_lists) {
      cells.clear();
      for (std::size_t i = 0; i < contest.slice->options().size(); ++i) {
        const std::size_t total = contest.slice->options()[i].total;
        results::List list;
        list.number = number_of(static_cast<int>(i));
        list.votes = contest.votes[total];
        lists.push_back(list);
        cells.push_back(total);
      }
      list_table = table_of(contest, cells);
    }
    precincts = results::PrecinctFigures{contest.precincts.size(), list_table, candidate_table};
  }
};

void add_outcome(const model::Slice& slice, const BallotName& name, std::string_view outcome,
                 Determination& into) {
  const v1::LotWinner who = winner_of(slice, name);
  Outcome& out = into.outcomes.emplace_back();
  out.set_contest(slice.key().contest.str());
  out.set_option(who.option());
  out.set_candidate(who.candidate());
  out.set_outcome(std::string(outcome));
}

PendingLot pending_lot(const model::Slice& slice, const results::LotContext& context) {
  PendingLot lot;
  lot.contest = slice.key();
  lot.canonical = context.canonical();
  lot.context = trust::digest_of(lot.canonical);
  lot.kind = results::lot_kind_name(context.kind);
  lot.places = context.places;
  for (const results::Contender& contender : context.among) {
    lot.among.push_back(winner_of(slice, contender.name));
  }
  return lot;
}

// The one lot recorded for a context, in the law's terms. Those that do not answer it exactly are
// as none; two that disagree cancel each other.
std::optional<results::Lot> recorded(const model::Slice& slice, const results::LotContext& context,
                                     std::span<const RecordedLot> lots) {
  const Bytes canonical = context.canonical();
  const Digest digest = trust::digest_of(canonical);
  std::set<std::set<BallotName>> drawn;
  for (const RecordedLot& lot : lots) {
    if (lot.contest != slice.key() || lot.context != digest) continue;
    results::Lot answer{canonical, {}};
    for (const v1::LotWinner& winner : lot.winners) {
      // What is drawn among lists names lists; their candidates are 0.
      answer.winners.push_back(name_of(slice, winner).value_or(BallotName()));
    }
    if (results::check_lot(context, answer)) {
      drawn.emplace(answer.winners.begin(), answer.winners.end());
    }
  }
  if (drawn.size() != 1) return std::nullopt;
  return results::Lot{canonical, {drawn.begin()->begin(), drawn.begin()->end()}};
}

// Works a contest out again and again as long as a recorded lot answers what is pending: the result
// of one lot can call for the next.
template <class Input, class Work>
auto with_lots(const model::Slice& slice, Input input, std::span<const RecordedLot> lots, Work work)
    -> decltype(work(input)) {
  std::vector<results::Lot> used;
  for (;;) {
    input.lots = used;
    auto result = work(input);
    if (!result || result->pending.empty()) return result;
    const std::size_t before = used.size();
    for (const results::LotContext& context : result->pending) {
      if (auto lot = recorded(slice, context, lots)) used.push_back(std::move(*lot));
    }
    if (used.size() == before) return result;
  }
}

std::string_view outcome_name(results::Outcome outcome) {
  switch (outcome) {
    case results::Outcome::kNotElected: return "not_elected";
    case results::Outcome::kElected: return "elected";
    case results::Outcome::kLot: return "lot";
  }
  return "lot";
}

std::string_view outcome_name(results::MayorOutcome outcome) {
  switch (outcome) {
    case results::MayorOutcome::kNo: return "not_elected";
    case results::MayorOutcome::kElected: return "elected";
    case results::MayorOutcome::kRunoff: return "runoff";
    case results::MayorOutcome::kLot: return "lot";
  }
  return "lot";
}

struct GroupTotals {
  std::uint64_t valid_votes = 0;
  std::map<std::string, std::uint64_t> by_list;  // by option code
};

GroupTotals totals_of(std::span<const ContestFigures> group) {
  GroupTotals totals;
  for (const ContestFigures& contest : group) {
    if (is_uncontested(*contest.slice)) continue;
    for (std::size_t i = 0; i < contest.slice->options().size(); ++i) {
      const std::uint64_t votes = contest.votes[contest.slice->options()[i].total];
      totals.valid_votes += votes;
      totals.by_list[contest.slice->data().options(static_cast<int>(i)).code()] += votes;
    }
  }
  return totals;
}

Result<void> determine_council_in(const ContestFigures& contest, results::Method method,
                                  const results::RuleSet& rules, const GroupTotals& group,
                                  std::span<const RecordedLot> lots, Determination& into) {
  const model::Slice& slice = *contest.slice;
  Prepared prepared(contest, method == results::Method::kDHondt);
  for (std::size_t i = 0; i < prepared.lists.size(); ++i) {
    const auto found = group.by_list.find(slice.data().options(static_cast<int>(i)).code());
    if (found != group.by_list.end()) prepared.lists[i].unit_votes = found->second;
  }
  results::CouncilDistrict district;
  district.contest = slice.key();
  district.rules = &rules;
  district.method = method;
  district.seats = slice.data().seats();
  district.voted = !is_uncontested(slice);
  district.unit_valid_votes = group.valid_votes;
  district.lists = prepared.lists;
  if (!district.voted) {
    // Who was struck off is not elected for want of others, and nobody has votes.
    std::erase_if(prepared.stands, [](const Stands& one) { return one.struck_off; });
    std::erase_if(prepared.candidates,
                  [](const results::Candidate& one) { return !one.votes.has_value(); });
    for (results::Candidate& one : prepared.candidates) one.votes.reset();
    prepared.lists.clear();
  }
  district.candidates = prepared.candidates;
  if (district.voted) district.precincts = prepared.precincts;
  results::CouncilDistrict last = district;
  auto result = with_lots(slice, district, lots, [&](const results::CouncilDistrict& input) {
    last = input;
    return results::determine_council(input);
  });
  if (!result) return std::unexpected(std::move(result.error()).within(slice.key().contest.str()));
  for (std::size_t i = 0; i < prepared.stands.size(); ++i) {
    add_outcome(slice, prepared.stands[i].name, outcome_name(result->outcomes[i]), into);
  }
  for (const results::LotContext& context : result->pending) {
    into.pending.push_back(pending_lot(slice, context));
  }
  last.lots = {};
  into.explanation += results::explain(last, *result) + "\n";
  return {};
}

// A mayor's contest with the storage behind it.
struct PreparedMayor {
  Prepared prepared;
  std::vector<results::Candidate> candidates;
  results::MayorContest contest;

  PreparedMayor(const ContestFigures& figures, const results::RuleSet& rules)
      : prepared(figures, false), candidates(prepared.candidates) {
    const model::Slice& slice = *figures.slice;
    contest.contest = slice.key();
    contest.rules = &rules;
    contest.precincts = prepared.precincts;
    if (model::is_yes_no(slice.data())) {
      const std::size_t no = slice.options()[*slice.option(model::kNoOption)].total;
      contest.no_votes = static_cast<std::uint32_t>(figures.votes[no]);
      candidates = {prepared.candidates[*slice.option(model::kYesOption)]};
      contest.precincts.reset();
    }
    contest.candidates = candidates;
  }
  PreparedMayor(const PreparedMayor&) = delete;
  PreparedMayor& operator=(const PreparedMayor&) = delete;
};

Result<void> determine_mayor_in(const ContestFigures& contest, const results::RuleSet& rules,
                                std::span<const RecordedLot> lots, Determination& into) {
  const model::Slice& slice = *contest.slice;
  const PreparedMayor mayor(contest, rules);
  const bool first_round = slice.key().round == 1;
  results::MayorContest last = mayor.contest;
  auto result = with_lots(slice, mayor.contest, lots, [&](const results::MayorContest& input) {
    last = input;
    return first_round ? results::determine_first_round(input) : results::determine_runoff(input);
  });
  if (!result) return std::unexpected(std::move(result.error()).within(slice.key().contest.str()));
  for (std::size_t i = 0; i < mayor.candidates.size(); ++i) {
    add_outcome(slice, mayor.candidates[i].name, outcome_name(result->outcomes[i]), into);
  }
  for (const results::LotContext& context : result->pending) {
    into.pending.push_back(pending_lot(slice, context));
  }
  last.lots = {};
  into.explanation += results::explain(last, *result, first_round) + "\n";
  return {};
}

Result<const results::RuleSet*> rules_of(const model::Slice& slice) {
  const results::RuleSet* rules = results::rule_set(slice.data().rule_set());
  if (rules == nullptr) {
    return fail(ErrorCode::kInvalidArgument, slice.key().contest.str() + ": rule set \"" +
                                                 slice.data().rule_set() + "\" is not known");
  }
  return rules;
}

}  // namespace

bool is_uncontested(const model::Slice& slice) {
  if (!method_of(slice.kind()) || slice.data().seats() == 0) return false;
  const auto stands = ballot(slice);
  const auto standing =
      std::ranges::count_if(stands, [](const Stands& one) { return !one.struck_off; });
  const bool has_candidates =
      std::ranges::any_of(stands, [](const Stands& one) { return one.name.list != 0; });
  const bool top_n = method_of(slice.kind()) == results::Method::kTopN;
  return (has_candidates || top_n) && !stands.empty() &&
         static_cast<std::uint64_t>(standing) <= slice.data().seats();
}

std::optional<std::size_t> cell_of(const model::Slice& slice, const Outcome& outcome) {
  const auto option = slice.option(outcome.option());
  if (!option) return std::nullopt;
  const model::OptionCells& cells = slice.options()[*option];
  if (outcome.candidate() == 0) return cells.total;
  const auto& candidates = slice.data().options(static_cast<int>(*option)).candidates();
  for (int i = 0; i < candidates.size(); ++i) {
    if (candidates[i].position() == outcome.candidate()) {
      return cells.first_candidate + static_cast<std::size_t>(i);
    }
  }
  return std::nullopt;
}

Result<Determination> determine(std::span<const ContestFigures> group,
                                std::span<const RecordedLot> lots) {
  Determination determination;
  const GroupTotals totals = totals_of(group);
  for (const ContestFigures& contest : group) {
    const model::Slice& slice = *contest.slice;
    const auto known = rules_of(slice);
    if (!known) return std::unexpected(known.error());
    const results::RuleSet* rules = *known;
    // The definition does not tell a list's committee, so one share must hold for all.
    const auto& percent = rules->threshold_percent;
    if (std::ranges::adjacent_find(percent, std::ranges::not_equal_to()) != percent.end()) {
      return fail(ErrorCode::kInvalidArgument,
                  slice.key().contest.str() + ": the thresholds of rule set \"" +
                      std::string(rules->name) + "\" depend on committees, which are not told");
    }
    const auto method = method_of(slice.kind());
    if (!method && slice.kind() != v1::CONTEST_KIND_MAYOR) {
      return fail(ErrorCode::kInvalidArgument,
                  slice.key().contest.str() + ": of no kind that is determined");
    }
    auto done = method ? determine_council_in(contest, *method, *rules, totals, lots, determination)
                       : determine_mayor_in(contest, *rules, lots, determination);
    if (!done) return std::unexpected(std::move(done.error()));
  }
  return determination;
}

Result<RunoffBallot> derive_runoff(const ContestFigures& round_one,
                                   std::span<const RecordedLot> lots,
                                   std::span<const std::string> withdrawn) {
  const model::Slice& slice = *round_one.slice;
  const std::string& contest = slice.key().contest.str();
  if (slice.kind() != v1::CONTEST_KIND_MAYOR || slice.key().round != 1) {
    return fail(ErrorCode::kInvalidArgument, contest + ": not a mayor's round one");
  }
  const auto rules = rules_of(slice);
  if (!rules) return std::unexpected(rules.error());
  const PreparedMayor mayor(round_one, **rules);
  std::vector<BallotName> gone;
  for (const std::string& code : withdrawn) {
    const auto option = slice.option(code);
    if (!option) {
      return fail(ErrorCode::kInvalidArgument, contest + ": \"" + code + "\" is no candidate");
    }
    gone.push_back({0, number_of(static_cast<int>(*option))});
  }
  const auto runoff = with_lots(
      slice, mayor.contest, lots,
      [&](const results::MayorContest& input) { return results::derive_runoff(input, gone); });
  if (!runoff) return std::unexpected(runoff.error());
  RunoffBallot ballot;
  for (const BallotName& name : runoff->candidates) {
    ballot.options.push_back(winner_of(slice, name).option());
  }
  ballot.yes_no = runoff->yes_no;
  ballot.council_elects = runoff->council_elects;
  ballot.days_after_first_round = runoff->days_after_first_round;
  for (const results::LotContext& context : runoff->pending) {
    ballot.pending.push_back(pending_lot(slice, context));
  }
  return ballot;
}

}  // namespace urna::node
