#include "tests/drill/hall.h"

#include <algorithm>
#include <optional>
#include <set>
#include <thread>

#include "common/base/clock.h"
#include "common/journal/sqlite_store.h"
#include "common/model/control_code.h"
#include "common/node/transfer_file.h"
#include "common/trust/record.h"
#include "common/uplink/send.h"
#include "tests/drill/fields.h"

namespace urna::drill {

namespace {

constexpr std::string_view kSoftware = "urna-drill 0.1.0";
constexpr std::chrono::minutes kSendPatience{10};

std::string_view take_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(space == rest.npos ? rest.size() : space + 1);
  return word;
}

// Commands of one kind can be decided together; those of the next must see the first ones in the
// journal. Lots may call for further ones, so each stands alone.
enum class Phase { kDecide, kAddUp, kLot, kDetermine };
Phase phase_of(std::string_view command) {
  if (command.starts_with("lot ")) return Phase::kLot;
  if (command.starts_with("sign final ")) return Phase::kDetermine;
  return command.starts_with("sign ") ? Phase::kAddUp : Phase::kDecide;
}

std::unexpected<Error> not_yet(std::string why) {
  return fail(ErrorCode::kUnavailable, std::move(why));
}

void set_place(v1::Place& to, const model::PlaceId& place) {
  to.set_unit(place.unit.str());
  to.set_contest(place.contest.contest.str());
  to.set_round(place.contest.round);
}

Result<model::ContestRound> take_contest(std::string_view& rest) {
  const auto contest = model::ContestId::parse(take_word(rest));
  std::uint32_t round = 0;
  if (!contest || !read_number(take_word(rest), round)) {
    return fail(ErrorCode::kInvalidArgument, "no contest and round");
  }
  return model::ContestRound{*contest, round};
}

node::TerritorialKind kind_of(std::string_view word) {
  if (word == "final") return v1::TerritorialProtocol::KIND_FINAL;
  return word == "collective" ? v1::TerritorialProtocol::KIND_COLLECTIVE
                              : v1::TerritorialProtocol::KIND_DISTRICT_TABULATION;
}

}  // namespace

struct Hall::Person {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;
  std::vector<std::string> commands;
  std::size_t done = 0;  // of the commands
  std::string refusal;   // of the first that is not done; empty when it was not tried
};

struct Hall::Decision {
  Person* person = nullptr;
  Bytes record;
  std::string refusal;  // empty: taken in
};

Hall::Hall(HallOptions options, node::NodeIdentity identity, std::string key_pem)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      key_pem_(std::move(key_pem)),
      certificates_(options_.anchors) {}

Result<std::unique_ptr<Hall>> Hall::open(HallOptions options) {
  auto certificate = options.anchors.verify(options.node.certificate_der);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  auto key_pem = options.node.key.to_pem(std::nullopt);
  if (!key_pem) return std::unexpected(std::move(key_pem.error()));
  auto key = trust::PrivateKey::from_pem(*key_pem, std::nullopt);
  if (!key) return std::unexpected(std::move(key.error()));
  auto store = journal::SqliteStore::open_read_only(options.journal);
  if (!store) return std::unexpected(std::move(store.error()));
  std::unique_ptr<Hall> hall(new Hall(
      std::move(options), {std::move(*key), *certificate, std::string(kSoftware)}, *key_pem));
  hall->store_ = std::move(*store);
  return hall;
}

Result<void> Hall::reload() {
  node::CoreConfig config;
  config.election = identity_.certificate->subject.election;
  config.unit = identity_.certificate->subject.unit;
  engine_.reset();  // before the next is built: each holds the whole journal's meaning
  auto engine = node::Engine::open(std::move(config), *store_, certificates_, identity_,
                                   node::system_random());
  if (!engine) return std::unexpected(std::move(engine.error()));
  engine_ = std::move(*engine);
  by_code_.clear();
  for (const model::PlaceId& place : projection().places()) {
    for (const auto& body : projection().place(place)) {
      by_code_[model::ControlCode::of(body.statement).digits()] = {place, body.statement};
    }
  }
  return {};
}

Result<v1::Body> Hall::confirmation(std::string_view rest) const {
  const auto code = model::ControlCode::parse(take_word(rest));
  const auto found = code ? by_code_.find(code->digits()) : by_code_.end();
  if (found == by_code_.end()) return not_yet("no protocol with this code is here");
  v1::Body body;
  v1::Confirmation& confirmation = *body.mutable_confirmation();
  set_place(*confirmation.mutable_place(), found->second.place);
  confirmation.set_statement(found->second.statement.str());
  confirmation.set_control_code(code->digits());
  confirmation.set_reason(std::string(rest));
  return body;
}

Result<v1::Body> Hall::approval(std::string_view rest) const {
  const auto code = model::ControlCode::parse(take_word(rest));
  const auto found = code ? by_code_.find(code->digits()) : by_code_.end();
  if (found == by_code_.end()) return not_yet("no protocol with this code is here");
  v1::Body body;
  v1::Approval& approval = *body.mutable_approval();
  set_place(*approval.mutable_place(), found->second.place);
  approval.set_statement(found->second.statement.str());
  for (const std::string_view blocking : fields_of(take_word(rest))) {
    approval.add_codes(std::string(blocking));
  }
  approval.set_reason(std::string(rest));
  return body;
}

Result<v1::Body> Hall::lot(std::string_view rest) const {
  const auto contest = take_contest(rest);
  if (!contest) return std::unexpected(contest.error());
  const auto determined = projection().territorial().determination(*contest);
  if (!determined) return std::unexpected(determined.error());
  v1::Body body;
  v1::Lot& lot = *body.mutable_lot();
  lot.set_contest(contest->contest.str());
  lot.set_round(contest->round);
  std::set<std::pair<std::string, std::uint32_t>> winners;
  while (!rest.empty()) {
    const std::string_view word = take_word(rest);
    const std::size_t slash = word.find('/');
    std::uint32_t candidate = 0;
    if (slash != word.npos && !read_number(word.substr(slash + 1), candidate)) {
      return fail(ErrorCode::kInvalidArgument, "no winner: " + std::string(word));
    }
    v1::LotWinner& winner = *lot.add_winners();
    winner.set_option(std::string(word.substr(0, slash)));
    winner.set_candidate(candidate);
    winners.emplace(winner.option(), candidate);
  }
  for (const node::PendingLot& pending : determined->pending) {
    std::size_t among = 0;
    for (const v1::LotWinner& one : pending.among) {
      among += winners.contains({one.option(), one.candidate()});
    }
    if (pending.contest != *contest || among != winners.size()) continue;
    lot.set_context(pending.context.str());
    return body;
  }
  return not_yet("no lot is pending among these");
}

Result<v1::Body> Hall::protocol(std::string_view rest, const model::UnitId& unit) const {
  const std::string_view word = take_word(rest);
  const auto contest = take_contest(rest);
  if (!contest) return std::unexpected(contest.error());
  auto draft = projection().territorial().draft({{unit, *contest}, kind_of(word)});
  if (!draft) return std::unexpected(std::move(draft.error()));
  v1::Body body;
  *body.mutable_territorial() = std::move(*draft);
  return body;
}

Result<v1::Body> Hall::body_of(std::string_view command, const model::UnitId& unit) const {
  std::string_view rest = command;
  const std::string_view word = take_word(rest);
  if (word == "confirm") return confirmation(rest);
  if (word == "approve") return approval(rest);
  if (word == "lot") return lot(rest);
  if (word == "sign") return protocol(rest, unit);
  return fail(ErrorCode::kInvalidArgument, "not decided in a hall");
}

void Hall::decide(Person& person, std::vector<Decision>& decisions) {
  const model::UnitId& unit = person.certificate->subject.unit;
  const trust::Signer signer{person.key, *person.certificate, std::string(kSoftware)};
  std::optional<Phase> phase;
  for (std::size_t at = person.done; at < person.commands.size(); ++at) {
    const std::string& command = person.commands[at];
    const Phase own = phase_of(command);
    if (phase && (own != *phase || own == Phase::kLot)) return;
    phase = own;
    const auto body = body_of(command, unit);
    if (!body) {
      person.refusal = body.error().message;
      return;
    }
    decisions.push_back(
        {&person,
         trust::sign_record(signer, *body, projection().definition()->id().view(), wall_clock_ms()),
         {}});
  }
}

Result<void> Hall::deliver(std::vector<Decision>& decisions) {
  const uplink::TlsIdentity tls{key_pem_, trust::der_to_pem(options_.node.certificate_der),
                                options_.anchors.tls_roots_pem()};
  for (std::size_t begin = 0; begin < decisions.size(); begin += node::kBatchRecordsMax) {
    const std::size_t end = std::min(begin + node::kBatchRecordsMax, decisions.size());
    std::vector<Bytes> records;
    std::set<Bytes> licences;
    for (std::size_t i = begin; i < end; ++i) {
      records.push_back(std::move(decisions[i].record));
      licences.insert(Bytes(decisions[i].person->certificate->der));
    }
    const auto receipts =
        uplink::send_batches(options_.server, options_.anchors.election(), tls,
                             node::batches_of_records(records, {licences.begin(), licences.end()},
                                                      identity_, wall_clock_ms()),
                             kSendPatience);
    if (!receipts) return std::unexpected(receipts.error());
    std::size_t at = begin;
    for (const v1::SignedReceipt& sealed : *receipts) {
      const auto receipt = node::open_receipt(sealed, options_.server.unit.str(), certificates_);
      if (!receipt) return std::unexpected(receipt.error());
      if (!receipt->refused().empty()) {
        return fail(ErrorCode::kNotAuthorised, "the node refuses: " + receipt->refused());
      }
      for (const v1::Outcome& outcome : receipt->outcomes()) {
        if (at == end) return fail(ErrorCode::kMalformed, "more outcomes than decisions");
        std::string& refusal = decisions[at++].refusal;
        if (outcome.has_refused()) refusal = outcome.refused().code();
        if (outcome.has_deferred()) refusal = "something it names is not here yet";
      }
    }
    if (at != end) return fail(ErrorCode::kMalformed, "decisions without an outcome");
  }
  return {};
}

// In the order of the commands; what stands behind a refused one waits with it.
std::size_t Hall::settle(const std::vector<Decision>& decisions,
                         const std::function<void(std::string_view)>& on_ok) {
  std::size_t taken = 0;
  std::set<const Person*> stopped;
  for (const Decision& one : decisions) {
    if (stopped.contains(one.person)) continue;
    if (!one.refusal.empty()) {
      one.person->refusal = one.refusal;
      stopped.insert(one.person);
      continue;
    }
    on_ok(one.person->commands[one.person->done++]);
    ++taken;
  }
  return taken;
}

std::string Hall::fault_in(std::string_view command, const model::UnitId& unit) const {
  std::string_view rest = command;
  const std::string_view word = take_word(rest);
  if (word == "confirm") {
    const auto code = model::ControlCode::parse(take_word(rest));
    const auto found = code ? by_code_.find(code->digits()) : by_code_.end();
    if (found == by_code_.end()) return "its protocol is gone";
    for (const auto& body : projection().place(found->second.place)) {
      if (body.statement != found->second.statement) continue;
      if (body.effect.confirmed && body.effect.state == node::State::kEffective) return {};
    }
    return "its protocol does not stand as confirmed";
  }
  if (word != "sign") return {};
  const auto kind = kind_of(take_word(rest));
  const auto contest = take_contest(rest);
  if (!contest) return contest.error().message;
  const bool final = projection().territorial().final_at({{unit, *contest}, kind}) != nullptr;
  return final ? std::string() : "signed, and not final";
}

Result<std::vector<std::string>> Hall::work(std::vector<HallDesk> desks,
                                            const std::function<void(std::string_view)>& on_ok,
                                            const std::function<bool()>& stopping) {
  std::vector<Person> persons;
  for (HallDesk& desk : desks) {
    auto certificate = options_.anchors.verify(desk.licence.certificate_der);
    if (!certificate) return std::unexpected(std::move(certificate.error()));
    persons.push_back(
        {std::move(desk.licence.key), std::move(*certificate), std::move(desk.commands), 0, {}});
  }
  const auto is_left = [](const Person& one) { return one.done < one.commands.size(); };
  auto moved = std::chrono::steady_clock::now();
  for (;;) {
    if (auto loaded = reload(); !loaded) return std::unexpected(std::move(loaded.error()));
    if (std::ranges::none_of(persons, is_left)) break;
    std::vector<Decision> decisions;
    for (Person& person : persons) {
      person.refusal.clear();
      decide(person, decisions);
    }
    if (auto delivered = deliver(decisions); !delivered) {
      return std::unexpected(std::move(delivered.error()));
    }
    if (settle(decisions, on_ok) > 0) {
      moved = std::chrono::steady_clock::now();
    } else if (stopping() || std::chrono::steady_clock::now() - moved > options_.patience) {
      break;
    } else {
      std::this_thread::sleep_for(options_.pause);
    }
  }
  std::vector<std::string> wrong;
  for (const Person& person : persons) {
    for (std::size_t i = 0; i < person.done; ++i) {
      const std::string fault = fault_in(person.commands[i], person.certificate->subject.unit);
      if (!fault.empty()) wrong.push_back(person.commands[i] + ": " + fault);
    }
    if (is_left(person)) wrong.push_back(person.commands[person.done] + ": " + person.refusal);
  }
  return wrong;
}

}  // namespace urna::drill
