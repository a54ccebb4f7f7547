#include "precinct/command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "common/daemon/command_line.h"
#include "common/daemon/terminal.h"
#include "common/daemon/upkeep.h"
#include "common/service/files.h"
#include "common/service/signals.h"
#include "common/service/version.h"
#include "common/uplink/quiet.h"
#include "precinct/blank.h"
#include "precinct/installation.h"
#include "precinct/references.h"
#include "precinct/signing.h"

namespace urna::precinct {

namespace {

constexpr std::chrono::milliseconds kTick{200};

struct Arguments {
  std::filesystem::path config;
  SignOrder order;
  std::filesystem::path medium;
  std::string contest;
  std::uint32_t round = 1;
  int wait_s = 30;
  bool offline = false;
  daemon::UpkeepArguments upkeep;
};

using Outcome = Result<ExitStatus>;

std::string name_of(const model::ContestRound& contest) {
  return contest.contest.str() + "/" + std::to_string(contest.round);
}

// A record refused above stays refused: somebody has to look at it.
Outcome tell_refusals(const Installation& installation, const Session::Progress& progress) {
  for (const auto& [position, code] : progress.refused_above) {
    std::cout << installation.session->record_text(position)
              << ": refused above: " << daemon::printable(code) << "\n";
  }
  if (progress.refused_above.empty()) return kDone;
  return fail(ErrorCode::kConflict, "the server above refused " +
                                        std::to_string(progress.refused_above.size()) + " of " +
                                        std::to_string(progress.size) +
                                        " records; they do not count there, ask its operator why");
}

// Waits for receipts and says how far it came. A signal ends the wait at once.
Outcome send_and_report(Installation& installation, int wait_s, service::ShutdownSignals& signals) {
  if (installation.settings.upstreams.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the configuration names no [[upstream]] to send to");
  }
  Session& session = *installation.session;
  connect(installation, /*follow=*/false);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
  bool settled = false;
  bool stopped = false;
  // Ticks in between: what had to wait above is tried again.
  do {
    session.tick();
    settled = session.wait_settled(kTick);
    stopped = signals.wait_for(std::chrono::milliseconds(0)).has_value();
  } while (!settled && !stopped && std::chrono::steady_clock::now() < deadline);
  const Session::Progress progress = session.progress();
  const auto connection = session.connection();
  session.disconnect();
  std::cout << progress.settled << " of " << progress.size << " records have a receipt\n";
  auto refusals = tell_refusals(installation, progress);
  if (!refusals || settled) return refusals;
  const std::string why = connection && !connection->last_error.empty() && !progress.answered
                              ? ": " + connection->last_error
                              : "";
  return fail(
      ErrorCode::kUnavailable,
      (stopped ? "stopped before everything was sent"
               : (progress.answered ? "not everything was sent in " : "no upstream answered in ") +
                     std::to_string(wait_s) + " s") +
          why + "; nothing is lost, run `urna-precinct sync` again or export to a medium");
}

Outcome sign(const Arguments& arguments, service::ShutdownSignals& signals) {
  auto installation = open_installation(arguments.config, Access::kWork);
  if (!installation) return std::unexpected(std::move(installation.error()));
  auto status = sign_file(*installation, arguments.order);
  if (!status || *status != kDone) return status;
  if (arguments.offline || installation->settings.upstreams.empty()) return kDone;
  return send_and_report(*installation, arguments.wait_s, signals);
}

Outcome sync(const Arguments& arguments, service::ShutdownSignals& signals) {
  auto installation = open_installation(arguments.config, Access::kWork);
  if (!installation) return std::unexpected(std::move(installation.error()));
  return send_and_report(*installation, arguments.wait_s, signals);
}

Outcome run(const Arguments& arguments, service::ShutdownSignals& signals) {
  auto installation = open_installation(arguments.config, Access::kWork);
  if (!installation) return std::unexpected(std::move(installation.error()));
  connect(*installation, /*follow=*/true);
  while (!signals.wait_for(kTick)) installation->session->tick();
  installation->session->disconnect();
  return kDone;
}

Outcome check(Installation& installation, const Arguments& arguments) {
  return check_file(*installation.session, arguments.order.file);
}

Outcome export_to(Installation& installation, const Arguments& arguments) {
  const auto medium = installation.session->export_medium();
  if (!medium) return std::unexpected(medium.error());
  auto written = service::write_file_atomically(arguments.medium, *medium);
  if (!written) return std::unexpected(std::move(written.error()));
  std::cout << installation.session->progress().size << " records, " << medium->size()
            << " bytes in " << arguments.medium.string() << "\n";
  return kDone;
}

Outcome status(Installation& installation, const Arguments&) {
  const Session& session = *installation.session;
  const Session::Progress progress = session.progress();
  const auto definition = session.definition();
  std::cout << "precinct " << session.unit().str() << " of election " << installation.election.str()
            << "\n"
            << (definition ? "definition " + daemon::describe(*definition) + ", is in force"
                           : "no definition is here yet")
            << "\n"
            << progress.size << " records in the journal, " << progress.settled
            << " with a receipt\n";
  for (const Session::PlaceStatus& body : session.places()) {
    std::cout << name_of(body.place.contest) << " " << describe(body) << "\n";
  }
  return tell_refusals(installation, progress);
}

Outcome contests(Installation& installation, const Arguments&) {
  const Session& session = *installation.session;
  if (!session.definition()) return fail(ErrorCode::kNotFound, "no definition is here yet");
  for (const auto& slice : session.contests()) {
    const auto bodies = session.place({session.unit(), slice->key()});
    const Session::PlaceStatus* body = newest(bodies);
    std::cout << daemon::printable(describe_contest(*slice)) << "; "
              << (body == nullptr ? "no protocol yet" : node::state_name(body->state)) << "\n";
  }
  return kDone;
}

Outcome blank(Installation& installation, const Arguments& arguments) {
  const Session& session = *installation.session;
  const auto contest = model::ContestId::parse(arguments.contest);
  if (!contest) {
    return fail(ErrorCode::kInvalidArgument, "'" + arguments.contest + "' is no contest");
  }
  const auto basis = session.basis({*contest, arguments.round});
  if (!basis) {
    return std::unexpected(
        Error{basis.error().code, basis.error().message + "; see `urna-precinct contests`"});
  }
  const auto bodies = session.place({session.unit(), basis->slice->key()});
  std::cout << blank_protocol(*basis->slice, session.unit(), newest(bodies));
  return kDone;
}

void add_commands(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", service::software_name(kProgram));
  app.require_subcommand(1);
  app.footer(
      "check, contests, blank, status, export, fsck and backup change nothing and work beside "
      "`run`; the others do not.\n"
      "Exit status: 0 success, 1 failure, 2 wrong usage (both one line on stderr), 3 figures break "
      "rules of\n"
      "the form, 4 the licence may not sign this, 5 the licence is revoked, 6 the place has a "
      "protocol that\n"
      "this one does not rightly supersede. Protocol files, blanks and what to do when:\n"
      "docs/operator.md. Every configuration key is explained in "
      "deploy/examples/urna-precinct.toml.");
  const auto with_config = [&](CLI::App* added) {
    added->add_option("-c,--config", arguments.config, "configuration file (TOML)")
        ->required()
        ->check(CLI::ExistingFile);
    return added;
  };
  const auto command = [&](const char* name, const char* what) {
    return with_config(app.add_subcommand(name, what));
  };
  const auto file_option = [&](CLI::App* added) {
    added->add_option("FILE", arguments.order.file, "protocol as JSON")->required();
  };
  command("contests", "List this precinct's contests");
  CLI::App* template_of =
      command("blank", "Write an empty protocol of a contest, as JSON to fill in, to stdout");
  template_of->add_option("CONTEST", arguments.contest, "as `contests` lists it")->required();
  template_of->add_option("--round", arguments.round, "1, or 2 for the second vote")
      ->capture_default_str();
  file_option(command("check", "Say what is wrong with a protocol file; changes nothing"));
  CLI::App* signing =
      command("sign", "Check a protocol, sign it with a licence, journal and send it");
  file_option(signing);
  signing->add_option("--licence", arguments.order.licence, "PREFIX of PREFIX.crt and PREFIX.key")
      ->required();
  signing->add_option("--password-file", arguments.order.password_file,
                      "file with the licence's password (default: ask on the terminal)");
  signing->add_flag("--offline", arguments.offline, "do not send now");
  CLI::App* sending = command("sync", "Send what has no receipt yet");
  for (CLI::App* one : {signing, sending}) {
    one->add_option("--wait", arguments.wait_s, "seconds to wait for receipts")
        ->capture_default_str();
  }
  command("run", "Stay connected: send, and follow what concerns this precinct, until stopped");
  command("export", "Write the journal to a removable medium")
      ->add_option("FILE", arguments.medium, "file to write")
      ->required();
  command("status",
          "Say what the journal holds, with statement ids, and how far it was sent; fails while a "
          "record is refused above");
  daemon::add_upkeep_commands(app, arguments.upkeep, with_config);
}

Outcome look_after(const CLI::App& app, const Arguments& arguments) {
  const auto settings = read_settings(arguments.config);
  if (!settings) return std::unexpected(settings.error());
  daemon::Tier tier;
  tier.program = std::string(kProgram);
  tier.role = trust::Role::kPrecinctNode;
  const auto stores = daemon::Tier::sqlite_stores(settings->data / daemon::kJournalFile);
  return daemon::run_upkeep(app, tier, *settings, stores, arguments.upkeep) == 0 ? kDone : kFailed;
}

Outcome carry_out(const CLI::App& app, const Arguments& arguments) {
  auto signals = service::ShutdownSignals::create();
  if (!signals) return std::unexpected(signals.error());
  if (app.got_subcommand("sign")) return sign(arguments, *signals);
  if (app.got_subcommand("sync")) return sync(arguments, *signals);
  if (app.got_subcommand("run")) return run(arguments, *signals);
  if (daemon::is_upkeep(app)) return look_after(app, arguments);
  auto installation = open_installation(arguments.config, Access::kLook);
  if (!installation) return std::unexpected(std::move(installation.error()));
  if (app.got_subcommand("check")) return check(*installation, arguments);
  if (app.got_subcommand("contests")) return contests(*installation, arguments);
  if (app.got_subcommand("blank")) return blank(*installation, arguments);
  if (app.got_subcommand("export")) return export_to(*installation, arguments);
  return status(*installation, arguments);
}

}  // namespace

int run_precinct_program(int argc, char** argv) {
  uplink::quieten_libraries();
  CLI::App app{
      "A precinct commission's program: checks protocols, signs them with the chair's licence, "
      "keeps them\n"
      "in a journal and sends them to the territorial commission, or writes them to a medium.",
      std::string(kProgram)};
  Arguments arguments;
  add_commands(app, arguments);
  if (const auto ended = daemon::parse_command_line(app, argc, argv)) return *ended;
  const auto outcome = carry_out(app, arguments);
  if (outcome) return *outcome;
  daemon::complain(kProgram, outcome.error().message);
  return kFailed;
}

}  // namespace urna::precinct
