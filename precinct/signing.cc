#include "precinct/signing.h"

#include <algorithm>
#include <iostream>

#include "common/base/clock.h"
#include "common/daemon/terminal.h"
#include "common/model/strict.h"
#include "common/service/files.h"
#include "common/service/version.h"
#include "common/trust/sha256.h"
#include "precinct/protocol_file.h"
#include "precinct/references.h"

namespace urna::precinct {

namespace {

constexpr std::size_t kProtocolFileBytesMax = 1 << 20;

struct Typed {
  Session::Basis basis;
  v1::Body body;
  model::PlaceId place;
  StatementId statement;

  const v1::Protocol& protocol() const { return body.protocol(); }
};

Result<Typed> read_protocol(const Session& session, const std::filesystem::path& file) {
  const auto text = service::read_file(file, kProtocolFileBytesMax);
  if (!text) return std::unexpected(text.error());
  const auto contest = contest_of_protocol_file(*text);
  if (!contest) return std::unexpected(Error(contest.error()).within(file.string()));
  auto basis = session.basis(*contest);
  if (!basis) return std::unexpected(std::move(basis.error()).within(file.string()));
  auto protocol = parse_protocol_file(*text, session.unit(), *basis->slice);
  if (!protocol) return std::unexpected(std::move(protocol.error()).within(file.string()));
  Typed typed{std::move(*basis), {}, {session.unit(), *contest}, {}};
  *typed.body.mutable_protocol() = std::move(*protocol);
  typed.statement = trust::statement_of(model::serialise(typed.body));
  return typed;
}

// What has to be done about a finding.
std::string advice(const validation::Finding& finding, const v1::Protocol& protocol) {
  if (finding.severity == v1::SEVERITY_BLOCKING_WARNING) {
    return "blocking warning: counts once the commission above approves it";
  }
  if (finding.severity != v1::SEVERITY_WARNING) return "error";
  const bool explained =
      std::ranges::any_of(protocol.explanations(),
                          [&](const v1::Explanation& each) { return each.code() == finding.code; });
  return explained ? "warning, explained"
                   : "warning, needs an explanation: the file has none under \"explanations\": \"" +
                         finding.code + "\"";
}

// In Polish and English, errors first.
void print_findings(const std::vector<validation::Finding>& findings, const Typed& typed) {
  for (const validation::Finding& finding : findings) {
    std::string points;
    for (const std::string& point : finding.points) points += (points.empty() ? "" : ", ") + point;
    std::cout << finding.code << " (" << points << ") " << advice(finding, typed.protocol())
              << "\n";
    for (const v1::FormRule& rule : typed.basis.slice->form().rules()) {
      if (rule.code() != finding.code) continue;
      std::cout << "  " << daemon::printable(rule.message_pl()) << "\n  "
                << daemon::printable(rule.message_en()) << "\n";
    }
  }
}

// Everything about the file that can be told before it is signed. `said` is set when something was
// found that does not stop it.
Result<ExitStatus> examine(const Session& session, const Typed& typed, bool& said) {
  const auto findings = session.check(typed.protocol(), validation::Completeness::kFinal);
  if (!findings) return std::unexpected(findings.error());
  print_findings(*findings, typed);
  said = !findings->empty();
  const References references =
      check_references(typed.protocol(), typed.statement, session.place(typed.place));
  if (!references.error.empty()) daemon::complain(kProgram, references.error);
  for (const std::string& note : references.notes) std::cout << "note: " << note << "\n";
  said = said || !references.notes.empty();
  if (validation::has_errors(*findings)) {
    daemon::complain(kProgram, "the figures break rules of the form");
    return kBrokenRules;
  }
  if (!references.error.empty()) return kWrongReference;
  auto shape = validation::check_shape(*typed.basis.slice, typed.protocol());
  if (!shape) return std::unexpected(std::move(shape.error()));
  return kDone;
}

ExitStatus complain_of(ExitStatus status, const std::string& what) {
  daemon::complain(kProgram, what);
  return status;
}

Result<daemon::LoadedLicence> load(const Installation& installation, const SignOrder& order) {
  daemon::IdentitySettings paths = installation.settings.identity;
  paths.certificate = order.licence.string() + ".crt";
  paths.key = order.licence.string() + ".key";
  paths.password_file.reset();
  if (!order.password_file.empty()) paths.password_file = order.password_file;
  return daemon::load_licence(paths);
}

ExitStatus check_licence(const Session& session, const Typed& typed,
                         const trust::Certificate& licence, const std::string& name) {
  if (const auto problem = daemon::validity_problem(name, licence, wall_clock_ms())) {
    return complain_of(kWrongLicence, *problem + "; nothing was signed");
  }
  if (!session.may_sign(licence, typed.body, *typed.basis.slice)) {
    return complain_of(kWrongLicence, name + " is the licence of a " +
                                          std::string(trust::role_name(licence.subject.role)) +
                                          " of " + licence.subject.unit.str() +
                                          " and may not sign this protocol; the " + "chair of " +
                                          session.unit().str() + " signs it");
  }
  if (session.is_revoked(licence)) {
    return complain_of(kRevokedLicence,
                       name +
                           " is revoked: what it signs would be returned at once; nothing was "
                           "signed");
  }
  return kDone;
}

ExitStatus refused(const v1::Refusal& refusal) {
  daemon::complain(kProgram,
                   "not signed into the journal: " + refusal.code() + ": " + refusal.detail());
  const std::string& code = refusal.code();
  if (code == "checks_failed") return kBrokenRules;
  if (code == "not_authorised" || code.starts_with("certificate_")) return kWrongLicence;
  return code == "bad_reference" ? kWrongReference : kFailed;
}

// What the place's bodies count for now that one more is there.
ExitStatus tell_place(const Session& session, const Typed& typed) {
  ExitStatus status = kDone;
  for (const Session::PlaceStatus& body : session.place(typed.place)) {
    std::cout << typed.place.contest.contest.str() << "/" << typed.place.contest.round << " "
              << describe(body) << "\n";
    if (body.statement != typed.statement) continue;
    if (body.state == node::State::kReturned) {
      status =
          complain_of(kRevokedLicence, "signed, and returned at once: " + std::string(body.reason));
    } else if (body.state == node::State::kInConflict) {
      status = complain_of(kWrongReference,
                           "signed, and in conflict with another protocol of the "
                           "place that came meanwhile: neither counts");
    }
  }
  return status;
}

}  // namespace

Result<ExitStatus> check_file(Session& session, const std::filesystem::path& file) {
  const auto typed = read_protocol(session, file);
  if (!typed) return std::unexpected(typed.error());
  bool said = false;
  auto status = examine(session, *typed, said);
  if (status && *status == kDone && !said) std::cout << "no findings\n";
  return status;
}

Result<ExitStatus> sign_file(Installation& installation, const SignOrder& order) {
  Session& session = *installation.session;
  const auto typed = read_protocol(session, order.file);
  if (!typed) return std::unexpected(typed.error());
  bool said = false;
  const auto examined = examine(session, *typed, said);
  if (!examined || *examined != kDone) return examined;
  const auto licence = load(installation, order);
  if (!licence) {
    const bool wrong = licence.error().code == ErrorCode::kNotAuthorised ||
                       licence.error().code == ErrorCode::kWrongElection;
    if (wrong) return complain_of(kWrongLicence, licence.error().message);
    return std::unexpected(licence.error());
  }
  const ExitStatus allowed =
      check_licence(session, *typed, *licence->certificate, order.licence.string() + ".crt");
  if (allowed != kDone) return allowed;
  const trust::Signer signer{licence->key, *licence->certificate, service::software_name(kProgram)};
  const auto outcome = session.submit(signer, typed->body);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->has_refused()) return refused(outcome->refused());
  if (outcome->has_deferred()) {
    return fail(ErrorCode::kNotFound,
                "not signed into the journal: a part of the definition is "
                "missing; import the definition again");
  }
  std::cout << (outcome->has_duplicate_of() ? "already in the journal" : "in the journal") << "\n";
  return tell_place(session, *typed);
}

}  // namespace urna::precinct
