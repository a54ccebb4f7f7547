#include "common/daemon/runoff.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <system_error>

#include "common/base/check.h"
#include "common/daemon/description.h"
#include "common/daemon/identity.h"
#include "common/daemon/journal_engine.h"
#include "common/daemon/terminal.h"
#include "common/service/files.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

using model::ContestRound;

constexpr std::string_view kForm = "mayor-2014";
constexpr std::string_view kSingleForm = "mayor-single-2014";
// As the ballot prints it.
constexpr std::string_view kNoName = "NIE";

using Withdrawn = std::map<ContestRound, std::vector<std::string>>;

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::kInvalidArgument, std::move(what));
}

Result<Withdrawn> read_withdrawn(const std::vector<std::string>& named,
                                 const std::vector<ContestRound>& contests) {
  Withdrawn withdrawn;
  for (const std::string& one : named) {
    const std::size_t sign = one.find('=');
    const auto contest = model::ContestId::parse(std::string_view(one).substr(0, sign));
    if (sign == one.npos || !contest) {
      return wrong("--withdrawn '" + one + "': write CONTEST=OPTION");
    }
    const ContestRound key{*contest, 1};
    if (std::ranges::find(contests, key) == contests.end()) {
      return wrong("--withdrawn '" + one + "': the definition has no such mayor's contest");
    }
    withdrawn[key].push_back(one.substr(sign + 1));
  }
  return withdrawn;
}

// What round one of a contest says.
struct Verdict {
  enum Kind { kUndecided, kNeedsNone, kRunoff } kind = kUndecided;
  std::string why;            // undecided, or a remark
  node::RunoffBallot ballot;  // kRunoff
};

std::string codes_of(const std::vector<v1::LotWinner>& among) {
  std::string codes;
  for (const v1::LotWinner& one : among) codes += (codes.empty() ? "" : ", ") + one.option();
  return codes;
}

Verdict lot_pending(const node::PendingLot& lot) {
  return {Verdict::kUndecided,
          "a lot decides among " + codes_of(lot.among) + " (" + lot.kind + ")",
          {}};
}

// Why there is no final protocol that holds.
Verdict not_final(const node::Projection& projection, const node::TerritorialPlace& place) {
  const node::TerritorialBook& book = projection.territorial();
  const auto determined = book.determination(place.place.contest);
  if (!determined) return {Verdict::kUndecided, determined.error().message, {}};
  if (!determined->pending.empty()) return lot_pending(determined->pending.front());
  Verdict verdict{Verdict::kUndecided, "its final protocol is not signed", {}};
  for (const auto& body : book.bodies(place)) {
    verdict.why = "its final protocol is " + std::string(territorial_state_name(body.state));
    if (!body.reasons.empty()) verdict.why += ", " + body.reasons.front();
  }
  return verdict;
}

Result<Verdict> judge(const node::Projection& projection, const ContestRound& contest,
                      const std::vector<std::string>& withdrawn) {
  const node::TerritorialPlace place{{projection.tally()->slice(contest).area(), contest},
                                     v1::TerritorialProtocol::KIND_FINAL};
  const v1::TerritorialProtocol* final_one = projection.territorial().final_at(place);
  if (final_one == nullptr) return not_final(projection, place);
  const auto has = [&](std::string_view outcome) {
    return std::ranges::any_of(final_one->outcomes(),
                               [&](const auto& one) { return one.outcome() == outcome; });
  };
  if (!has("runoff")) {
    if (!withdrawn.empty()) {
      return wrong("--withdrawn: " + contest.contest.str() + " needs no runoff");
    }
    return Verdict{Verdict::kNeedsNone, has("elected") ? "" : "the council elects", {}};
  }
  auto ballot = projection.territorial().runoff(contest, withdrawn);
  if (!ballot) return std::unexpected(std::move(ballot.error()).within("--withdrawn"));
  if (!ballot->pending.empty()) return lot_pending(ballot->pending.front());
  if (ballot->council_elects) {
    return Verdict{Verdict::kNeedsNone, "nobody is left, the council elects", {}};
  }
  return Verdict{Verdict::kRunoff, "", std::move(*ballot)};
}

// Round two's contest, from round one's.
DescriptionJson second_round(DescriptionJson contest, const node::RunoffBallot& ballot) {
  DescriptionJson options = DescriptionJson::array();
  for (DescriptionJson& option : contest["options"]) {
    if (std::ranges::find(ballot.options, option["code"].get<std::string>()) !=
        ballot.options.end()) {
      options.push_back(std::move(option));
    }
  }
  URNA_CHECK(options.size() == ballot.options.size());
  if (ballot.yes_no) {
    options.front()["code"] = model::kYesOption;
    options.push_back({{"code", model::kNoOption}, {"name", kNoName}});
  }
  contest["round"] = 2;
  contest["form"] = ballot.yes_no ? kSingleForm : kForm;
  contest["options"] = std::move(options);
  return contest;
}

std::string note_of(const DescriptionJson& contest, const node::RunoffBallot& ballot) {
  std::string names;
  for (const DescriptionJson& option : contest["options"]) {
    names += (names.empty() ? "" : " and ") + option["code"].get<std::string>() + " (" +
             printable(option["name"].get<std::string>()) + ")";
  }
  return (ballot.yes_no ? "a vote between " : "runoff between ") + names + ", " +
         std::to_string(ballot.days_after_first_round) + " days after round one";
}

class Composer {
 public:
  explicit Composer(const node::Projection& projection) : projection_(projection) {}

  Result<RunoffDescription> compose(const RunoffOrder& order) {
    auto json = describe_definition(projection_);
    if (!json) return std::unexpected(std::move(json.error()));
    std::vector<ContestRound> mayors;
    for (const ContestRound& key : projection_.tally()->contests()) {
      if (is_first_round(key)) mayors.push_back(key);
    }
    if (mayors.empty()) {
      return fail(ErrorCode::kNotFound, "the definition has no mayor's contest of round one");
    }
    const auto withdrawn = read_withdrawn(order.withdrawn, mayors);
    if (!withdrawn) return std::unexpected(withdrawn.error());
    for (const ContestRound& key : mayors) {
      const auto gone = withdrawn->find(key);
      auto verdict = judge(projection_, key,
                           gone == withdrawn->end() ? std::vector<std::string>() : gone->second);
      if (!verdict) return std::unexpected(std::move(verdict.error()));
      verdicts_.emplace(key, std::move(*verdict));
    }
    (*json)["version"] = projection_.definition()->version() + 1;
    (*json)["date"] = format_day(order.date);
    (*json)["contests"] = with_second_rounds(std::move((*json)["contests"]));
    made_.text = json->dump(1) + "\n";
    return std::move(made_);
  }

 private:
  bool is_first_round(const ContestRound& key) const {
    return key.round == 1 && projection_.tally()->slice(key).kind() == v1::CONTEST_KIND_MAYOR;
  }
  void note(const ContestRound& contest, const std::string& what) {
    made_.notes.push_back(contest.contest.str() + ": " + what);
  }

  static ContestRound key_of(const DescriptionJson& contest) {
    return {*model::ContestId::parse(contest["id"].get<std::string>()),
            contest["round"].get<std::uint32_t>()};
  }

  // Contests come ascending by name and round.
  DescriptionJson with_second_rounds(DescriptionJson contests) {
    DescriptionJson all = DescriptionJson::array();
    for (std::size_t i = 0; i < contests.size(); ++i) {
      const ContestRound key = key_of(contests[i]);
      all.push_back(std::move(contests[i]));
      const auto verdict = verdicts_.find(key);
      if (verdict == verdicts_.end()) continue;
      const bool there =
          i + 1 < contests.size() && key_of(contests[i + 1]) == ContestRound{key.contest, 2};
      const DescriptionJson* second = there ? &contests[i + 1] : nullptr;
      auto chosen = choose(key, verdict->second, all.back(), second);
      if (chosen) all.push_back(std::move(*chosen));
      if (there) ++i;
    }
    return all;
  }

  // The second round's contest under this verdict; `first` is round one's, `there` what the
  // definition in force has, if anything.
  std::optional<DescriptionJson> choose(const ContestRound& key, const Verdict& verdict,
                                        const DescriptionJson& first,
                                        const DescriptionJson* there) {
    const auto kept = there == nullptr ? std::nullopt : std::optional(*there);
    switch (verdict.kind) {
      case Verdict::kUndecided:
        ++made_.undecided;
        note(key, "not decided: " + verdict.why);
        return kept;
      case Verdict::kNeedsNone:
        if (!verdict.why.empty()) note(key, verdict.why);
        if (kept) {
          ++made_.changed;
          note(key, "its round 2 is left out: round one needs none");
        }
        return std::nullopt;
      case Verdict::kRunoff: break;
    }
    ++made_.runoffs;
    DescriptionJson derived = second_round(first, verdict.ballot);
    note(key, note_of(derived, verdict.ballot));
    if (kept && (*kept)["options"] == derived["options"] && (*kept)["form"] == derived["form"]) {
      return kept;
    }
    ++made_.changed;
    if (kept) note(key, "its round 2 is replaced: others stood in it");
    return derived;
  }

  const node::Projection& projection_;
  std::map<ContestRound, Verdict> verdicts_;
  RunoffDescription made_;
};

Result<void> check_whole(const RunoffDescription& made, bool partial) {
  if (made.undecided > 0 && !partial) {
    return fail(ErrorCode::kUnavailable,
                std::to_string(made.undecided) +
                    " contests of round one are not decided; --partial goes on without them");
  }
  if (made.changed > 0) return {};
  return fail(ErrorCode::kNotFound, made.runoffs == 0
                                        ? "no mayor's contest needs a runoff: nothing to define"
                                        : "the definition in force has every runoff already");
}

}  // namespace

Result<RunoffDescription> describe_runoff(const node::Projection& projection,
                                          const RunoffOrder& order) {
  return Composer(projection).compose(order);
}

Result<void> write_runoff(const Tier& tier, const NodeSettings& settings,
                          const Tier::OpenStore& read_store, const RunoffOrder& order, bool partial,
                          const std::optional<std::filesystem::path>& output) {
  std::error_code unknown;
  if (output && std::filesystem::exists(*output, unknown)) {
    return fail(ErrorCode::kAlreadyExists, output->string() + " is there already");
  }
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto store = read_store();
  if (!store) return std::unexpected(std::move(store.error()));
  trust::CertificateBook certificates(identity->anchors);
  auto engine = open_engine(tier, identity->node, **store, certificates);
  if (!engine) return std::unexpected(std::move(engine.error()));
  const auto made = describe_runoff((*engine)->core().projection(), order);
  if (!made) return std::unexpected(made.error());
  for (const std::string& note : made->notes) complain(tier.program, "note: " + note);
  if (auto good = check_whole(*made, partial); !good) return good;
  if (output) return service::write_file_atomically(*output, made->text);
  std::cout << made->text << std::flush;
  return std::cout ? Result<void>() : fail(ErrorCode::kNoSpace, "the output cannot be written");
}

}  // namespace urna::daemon
