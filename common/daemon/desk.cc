#include "common/daemon/desk.h"

#include <algorithm>
#include <charconv>

#include "common/base/clock.h"
#include "common/daemon/desk_words.h"
#include "common/daemon/journal_engine.h"
#include "common/daemon/terminal.h"
#include "common/model/strict.h"
#include "common/service/version.h"
#include "common/trust/authority.h"
#include "common/trust/sha256.h"

namespace urna::daemon {

namespace {

constexpr std::string_view kHelp =
    "confirm CODE [reason] · approve CODE B1,B3 reason · return CODE reason · annul CODE reason · "
    "settle CODE reason · lot CONTEST ROUND OPTION[/CANDIDATE] … · sign "
    "tabulation|collective|final CONTEST ROUND · explain CONTEST ROUND · queue";

constexpr std::string_view kUnanswered = "not answered by the node: ";

// What will be said when the record is taken in waits behind what is said when it is not.
void unanswered(DeskAnswer& answer) {
  answer.ok = false;
  answer.text.insert(0, kUnanswered);
}
void answered(DeskAnswer& answer) {
  answer.ok = true;
  answer.text.erase(0, kUnanswered.size());
}

// What the node said of a record, as the answer to the command that made it.
void take_outcome(const std::optional<v1::Outcome>& outcome, DeskAnswer& answer) {
  if (!outcome) return;
  if (outcome->has_refused()) {
    answer = {false, outcome->refused().code() + ": " + printable(outcome->refused().detail())};
  } else if (outcome->has_deferred()) {
    answer = {false, "something it names is not here yet"};
  } else {
    answered(answer);
  }
}

}  // namespace

Desk::Desk(const Tier& tier, const NodeSettings& settings, const Tier::OpenStore& open_store,
           LoadedIdentity identity, LoadedLicence licence)
    : tier_(tier),
      settings_(settings),
      open_store_(open_store),
      identity_(std::move(identity)),
      licence_(std::move(licence)),
      software_(service::software_name(tier.program)) {}

Result<std::unique_ptr<Desk>> Desk::open(const Tier& tier, const NodeSettings& settings,
                                         const Tier::OpenStore& open_store,
                                         const Tier::OpenStore& read_store,
                                         const IdentitySettings& licence) {
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto person = load_licence(licence);
  if (!person) return std::unexpected(std::move(person.error()));
  std::unique_ptr<Desk> desk(
      new Desk(tier, settings, open_store, std::move(*identity), std::move(*person)));
  auto store = read_store();
  if (!store) return std::unexpected(std::move(store.error()));
  desk->store_ = std::move(*store);
  if (auto loaded = desk->reload(); !loaded) return std::unexpected(std::move(loaded.error()));
  return desk;
}

Result<void> Desk::reload() {
  if (engine_ != nullptr) {
    const auto size = store_->size(journal::LogKind::kElection);
    if (!size) return std::unexpected(size.error());
    if (*size == engine_->core().size()) return {};
  }
  certificates_ = std::make_unique<trust::CertificateBook>(identity_.anchors);
  auto engine = open_engine(tier_, identity_.node, *store_, *certificates_);
  if (!engine) return std::unexpected(std::move(engine.error()));
  engine_ = std::move(*engine);
  by_code_.clear();
  const auto name = [&](const model::PlaceId& place, const StatementId& statement, bool precinct) {
    by_code_[model::ControlCode::of(statement).digits()].push_back({place, statement, precinct});
  };
  for (const model::PlaceId& place : projection().places()) {
    for (const auto& body : projection().place(place)) name(place, body.statement, true);
  }
  for (const node::TerritorialPlace& place : projection().territorial().places()) {
    for (const auto& body : projection().territorial().bodies(place)) {
      name(place.place, body.statement, false);
    }
  }
  return {};
}

// ---- names ----

Result<Desk::Named> Desk::named(std::string_view text) const {
  const auto code = model::ControlCode::parse(text);
  if (!code) {
    return refuse("\"" + printable(text) + "\" is no control code: type its 16 digits again");
  }
  const auto found = by_code_.find(code->digits());
  if (found == by_code_.end()) {
    return refuse(code->printed() + ": no protocol with this code is here");
  }
  if (found->second.size() > 1) return refuse(code->printed() + ": more than one protocol has it");
  if (slice(found->second.front().place.contest) == nullptr) {
    return refuse(code->printed() + ": the definition of its contest is not here");
  }
  return found->second.front();
}

const model::Slice* Desk::slice(const model::ContestRound& contest) const {
  const results::Tally* tally = projection().tally();
  return tally != nullptr && tally->has(contest) ? &tally->slice(contest) : nullptr;
}

Result<std::string> Desk::keep(trust::Kind kind, const v1::Body& body, const model::Slice& slice,
                               std::string done) {
  const model::Definition& definition = *projection().definition();
  const trust::Subject& subject = licence_.certificate->subject;
  if (projection().is_revoked(licence_.certificate->id, subject.unit.str())) {
    return refuse("the licence is revoked");
  }
  if (!trust::may_sign(subject, kind, body, definition, &slice)) {
    return refuse(std::string(trust::role_name(subject.role)) + " at " + subject.unit.str() +
                  " may not sign this " + std::string(trust::kind_name(kind)));
  }
  pending_.push_back(
      {answers_.size(), trust::sign_record({licence_.key, *licence_.certificate, software_}, body,
                                           definition.id().view(), wall_clock_ms())});
  return done;
}

// ---- results ----

Result<std::string> Desk::lot(std::string_view rest) {
  const auto contest = take_contest(rest);
  if (!contest) return std::unexpected(contest.error());
  const model::Slice* of = slice(*contest);
  if (of == nullptr) return refuse(contest->contest.str() + " is not in the definition here");
  const auto determined = projection().territorial().determination(*contest);
  if (!determined) return std::unexpected(determined.error());
  std::vector<v1::LotWinner> winners;
  while (!rest.empty()) {
    const auto winner = parse_winner(take_word(rest));
    if (!winner) return std::unexpected(winner.error());
    winners.push_back(*winner);
  }
  const auto is_among = [](const node::PendingLot& lot, const v1::LotWinner& winner) {
    return std::ranges::any_of(lot.among, [&](const v1::LotWinner& one) {
      return one.option() == winner.option() && one.candidate() == winner.candidate();
    });
  };
  for (const node::PendingLot& lot : determined->pending) {
    if (lot.contest != *contest) continue;
    const bool fits =
        !winners.empty() && std::ranges::all_of(winners, [&](const v1::LotWinner& winner) {
          return is_among(lot, winner);
        });
    if (!fits) continue;
    if (winners.size() != lot.places) {
      return refuse(contest->contest.str() + ": " + std::to_string(lot.places) +
                    " are drawn, not " + std::to_string(winners.size()));
    }
    v1::Body body;
    body.mutable_lot()->set_contest(contest->contest.str());
    body.mutable_lot()->set_round(contest->round);
    body.mutable_lot()->set_context(lot.context.str());
    for (const v1::LotWinner& winner : winners) *body.mutable_lot()->add_winners() = winner;
    return keep(trust::Kind::kLot, body, *of, "lot recorded for " + contest->contest.str());
  }
  return refuse(contest->contest.str() + ": no lot is pending among these");
}

Result<std::string> Desk::sign_protocol(std::string_view rest) {
  const auto kind = parse_kind(take_word(rest));
  if (!kind) return refuse("sign tabulation|collective|final CONTEST ROUND");
  const auto contest = take_contest(rest);
  if (!contest) return std::unexpected(contest.error());
  const node::TerritorialPlace place{{licence_.certificate->subject.unit, *contest}, *kind};
  if (slice(*contest) == nullptr) {
    return refuse(contest->contest.str() + " is not in the definition here");
  }
  const std::string name =
      std::string(node::territorial_kind_name(*kind)) + " of " + place.place.str();
  if (projection().territorial().final_at(place) != nullptr) {
    return refuse(name + ": signed already, and final");
  }
  auto drawn = projection().territorial().draft(place);
  if (!drawn) return std::unexpected(std::move(drawn.error()).within(name));
  v1::Body body;
  *body.mutable_territorial() = std::move(*drawn);
  const StatementId statement = trust::statement_of(model::serialise(body));
  for (const auto& known : projection().territorial().bodies(place)) {
    if (known.statement != statement) continue;
    return refuse(name + ": signed already, and " +
                  std::string(node::territorial_state_name(known.state)));
  }
  const auto code = model::ControlCode::of(statement).printed();
  return keep(trust::Kind::kTerritorial, body, *slice(*contest),
              "signed " + name + ", control code " + code);
}

Result<std::string> Desk::explain(std::string_view rest) const {
  const auto contest = take_contest(rest);
  if (!contest) return std::unexpected(contest.error());
  const auto determined = projection().territorial().determination(*contest);
  if (!determined) return std::unexpected(determined.error());
  return determined->explanation + contest->contest.str() + ": " +
         std::to_string(determined->pending.size()) + " lots to be drawn";
}

std::string Desk::queue() const {
  std::string text;
  std::size_t waiting = 0;
  const auto line = [&](const std::string& what) {
    text += "  " + what + "\n";
    ++waiting;
  };
  const model::Definition* definition = projection().definition();
  if (definition == nullptr) return "0 waiting; no definition is here yet";
  const model::UnitIndex own = definition->units().find(licence_.certificate->subject.unit);
  for (const model::PlaceId& place : projection().places()) {
    const model::Slice* of = slice(place.contest);
    const v1::Precinct* precinct = of == nullptr ? nullptr : of->precinct(place.unit);
    if (precinct == nullptr) continue;
    const model::UnitIndex parent =
        definition->units().find(*model::UnitId::parse(precinct->parent()));
    if (trust::confirming_unit(definition->units(), of->kind(), parent) != own) continue;
    for (const auto& body : projection().place(place)) {
      const node::State state = body.effect.state;
      const bool done = state == node::State::kEffective && body.effect.confirmed;
      const bool over = !node::counts(state) && state != node::State::kInConflict;
      if (done || (over && !body.effect.needs_decision)) continue;
      line(place.str() + " revision " + std::to_string(body.revision) + ": " +
           std::string(state == node::State::kEffective ? "to be confirmed"
                                                        : node::state_name(state)) +
           warnings_of(projection(), place));
    }
  }
  for (const node::TerritorialPlace& place : projection().territorial().places()) {
    for (const auto& body : projection().territorial().bodies(place)) {
      if (body.state != node::TerritorialState::kNotFinal &&
          body.state != node::TerritorialState::kInConflict &&
          body.state != node::TerritorialState::kWaiting) {
        continue;
      }
      line(std::string(node::territorial_kind_name(place.kind)) + " of " + place.place.str() +
           ": " + std::string(node::territorial_state_name(body.state)) + ", " +
           body.reasons.front());
    }
  }
  return text + std::to_string(waiting) + " waiting";
}

// ---- commands ----

Result<std::string> Desk::run(std::string_view line) {
  std::string_view rest = line;
  const std::string_view command = take_word(rest);
  if (command == "help") return std::string(kHelp);
  if (projection().tally() == nullptr) return refuse("no definition is here yet");
  if (command == "confirm") return confirm(rest);
  if (command == "approve") return approve(rest);
  if (command == "return") return send_back(rest);
  if (command == "annul") return annul(rest);
  if (command == "settle") return settle(rest);
  if (command == "lot") return lot(rest);
  if (command == "sign") return sign_protocol(rest);
  if (command == "explain") return explain(rest);
  if (command == "queue") return queue();
  return refuse("\"" + printable(command) + "\" is no command; they are: " + std::string(kHelp));
}

void Desk::take(std::string_view line) {
  if (broken_) return;
  // What is decided about one place twice, and what adds others up, must see the first decision.
  std::string_view rest = line;
  const std::string_view command = take_word(rest);
  std::optional<model::PlaceId> place;
  const std::string_view second = take_word(rest);
  if (const auto of = named(second)) place = of->place;
  const bool alone = !place || decided_.contains(*place);
  // Tabulations, and collective protocols, do not depend on each other.
  const std::string kind = command == "sign" && second != "final" ? std::string(second) : "";
  if (alone && !pending_.empty() && (kind.empty() || kind != pending_kind_)) {
    auto answers = flush();
    if (!answers) {
      broken_ = std::move(answers.error());
      return;
    }
    answers_ = std::move(*answers);
  }
  const std::size_t kept = pending_.size();
  pending_kind_ = kept == 0 || pending_kind_ == kind ? kind : "";
  auto answer = run(line);
  if (answer) {
    answers_.push_back({true, std::move(*answer)});
    if (pending_.size() > kept && place) decided_.insert(*place);
  } else {
    answers_.push_back({false, std::move(answer.error().message)});
  }
}

Result<std::vector<DeskAnswer>> Desk::flush() {
  if (broken_) return std::unexpected(*broken_);
  if (!pending_.empty()) {
    std::vector<Bytes> records;
    for (const Pending& one : pending_) records.push_back(one.record);
    const auto batches = node::batches_of_records(records, {licence_.certificate->der},
                                                  identity_.node, wall_clock_ms());
    const auto delivered =
        deliver(tier_, settings_, identity_, open_store_, *certificates_, batches);
    if (!delivered) return std::unexpected(delivered.error());
    // An answer is ok only when the node says so.
    for (const Pending& one : pending_) unanswered(answers_[one.answer]);
    auto next = pending_.cbegin();
    for (std::size_t i = 0; i < delivered->receipts.size(); ++i) {
      const auto answer = answer_to(batches[i], delivered->receipts[i]);
      if (!answer) return std::unexpected(answer.error());
      if (!answer->refused.empty()) {
        return fail(ErrorCode::kNotAuthorised, "the node refuses: " + answer->refused);
      }
      for (const auto& outcome : answer->outcomes) {
        take_outcome(outcome, answers_[next->answer]);
        ++next;
      }
    }
    pending_.clear();
    decided_.clear();
  }
  if (auto loaded = reload(); !loaded) return std::unexpected(std::move(loaded.error()));
  return std::exchange(answers_, {});
}

}  // namespace urna::daemon
