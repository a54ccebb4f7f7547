#include "precinct/command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "common/daemon/identity.h"
#include "common/daemon/terminal.h"
#include "common/journal/sqlite_store.h"
#include "common/service/data_lock.h"
#include "common/service/files.h"
#include "common/service/signals.h"
#include "common/service/version.h"
#include "common/uplink/quiet.h"
#include "precinct/protocol_file.h"
#include "precinct/session.h"

namespace urna::precinct {

namespace {

constexpr std::size_t kProtocolFileBytesMax = 1 << 20;
constexpr int kBrokenRules = 3;
constexpr std::string_view kProgram = "urna-precinct";

struct Arguments {
  std::filesystem::path config;
  std::filesystem::path file;
  std::filesystem::path licence;  // prefix of PREFIX.crt and PREFIX.key
  std::filesystem::path password_file;
  int wait_s = 30;
  bool offline = false;
};

// An open installation: locked, loaded, with the configured definition taken in.
struct Installation {
  daemon::NodeSettings settings;
  service::DataLock lock;
  uplink::TlsIdentity tls;
  model::ElectionId election;
  std::unique_ptr<node::ThreadPool> pool;
  std::unique_ptr<Session> session;
};

Result<void> take_definition(Session& session, const trust::Anchors& anchors,
                             const std::filesystem::path& file) {
  trust::CertificateBook certificates(anchors);
  const auto definition = daemon::read_definition_file(file, certificates);
  if (!definition) return std::unexpected(definition.error());
  auto taken = session.load_definition(*definition);
  if (!taken) return std::unexpected(std::move(taken.error()).within(file.string()));
  if (taken->older()) {
    daemon::complain(kProgram, "warning: " + file.string() + ": " + daemon::describe(*taken));
  }
  return {};
}

Result<daemon::NodeSettings> read_settings(const std::filesystem::path& file) {
  auto config = service::Config::load(file);
  if (!config) return std::unexpected(std::move(config.error()));
  daemon::NodeSettings settings = daemon::read_node_settings(config->root(), /*listens=*/false);
  if (auto good = config->finish(); !good) return std::unexpected(std::move(good.error()));
  return settings;
}

Result<Installation> open_installation(const Arguments& arguments) {
  auto settings = read_settings(arguments.config);
  if (!settings) return std::unexpected(std::move(settings.error()));
  auto identity =
      daemon::load_identity(settings->identity, service::software_name("urna-precinct"));
  if (!identity) return std::unexpected(std::move(identity.error()));
  const trust::Subject subject = identity->node.certificate->subject;
  if (subject.role != trust::Role::kPrecinctNode) {
    return fail(ErrorCode::kNotAuthorised, settings->identity.certificate.string() +
                                               " is not the certificate of a precinct node");
  }
  auto lock = service::DataLock::take(settings->data);
  if (!lock) return std::unexpected(std::move(lock.error()));
  journal::SqliteStore::Options store_options;
  store_options.path = settings->data / "journal.db";
  auto store = journal::SqliteStore::open(store_options);
  if (!store) return std::unexpected(std::move(store.error()));

  Installation installation{std::move(*settings),
                            std::move(*lock),
                            identity->tls,
                            subject.election,
                            std::make_unique<node::ThreadPool>(2),
                            nullptr};
  SessionOptions options{identity->anchors, std::move(identity->node), std::move(*store), nullptr};
  options.on_event = [](std::string_view code, const std::string& text) {
    std::cerr << "urna-precinct: " << code << ": " << text << "\n";
  };
  auto session = Session::open(std::move(options), *installation.pool);
  if (!session) return std::unexpected(std::move(session.error()));
  installation.session = std::move(*session);
  if (installation.settings.definition) {
    auto taken = take_definition(*installation.session, identity->anchors,
                                 *installation.settings.definition);
    if (!taken) return std::unexpected(std::move(taken.error()));
  }
  return installation;
}

void connect(Installation& installation, bool follow) {
  uplink::ClientOptions options;
  options.upstreams = installation.settings.upstreams;
  options.election = installation.election;
  options.follow = follow;
  options.failover_ms = installation.settings.failover_ms;
  options.on_event = [](const std::string& text) {
    std::cerr << "urna-precinct: " << text << "\n";
  };
  installation.session->connect(std::move(options), installation.tls);
}

// Prints what is wrong, in Polish and English, errors first.
void print_findings(const std::vector<validation::Finding>& findings, const model::Slice& slice) {
  for (const validation::Finding& finding : findings) {
    std::cout << finding.code << " "
              << (finding.severity == v1::SEVERITY_ERROR              ? "error"
                  : finding.severity == v1::SEVERITY_BLOCKING_WARNING ? "blocking warning"
                                                                      : "warning")
              << " (";
    for (std::size_t i = 0; i < finding.points.size(); ++i) {
      std::cout << (i > 0 ? ", " : "") << finding.points[i];
    }
    std::cout << ")\n";
    for (const v1::FormRule& rule : slice.form().rules()) {
      if (rule.code() != finding.code) continue;
      std::cout << "  " << rule.message_pl() << "\n  " << rule.message_en() << "\n";
    }
  }
}

struct Typed {
  Session::Basis basis;
  v1::Protocol protocol;
};

Result<Typed> read_protocol(const Session& session, const std::filesystem::path& file) {
  const auto text = service::read_file(file, kProtocolFileBytesMax);
  if (!text) return std::unexpected(text.error());
  const auto contest = contest_of_protocol_file(*text);
  if (!contest) return std::unexpected(contest.error());
  auto basis = session.basis(*contest);
  if (!basis) return std::unexpected(std::move(basis.error()));
  auto protocol = parse_protocol_file(*text, session.unit(), *basis->slice);
  if (!protocol) return std::unexpected(std::move(protocol.error()));
  return Typed{std::move(*basis), std::move(*protocol)};
}

Result<int> check(const Arguments& arguments) {
  auto installation = open_installation(arguments);
  if (!installation) return std::unexpected(std::move(installation.error()));
  const auto typed = read_protocol(*installation->session, arguments.file);
  if (!typed) return std::unexpected(typed.error());
  const auto findings =
      installation->session->check(typed->protocol, validation::Completeness::kFinal);
  if (!findings) return std::unexpected(findings.error());
  print_findings(*findings, *typed->basis.slice);
  if (findings->empty()) std::cout << "no findings\n";
  return validation::has_errors(*findings) ? kBrokenRules : 0;
}

// Waits for receipts and says how far it came.
Result<int> send_and_report(Installation& installation, int wait_s) {
  if (installation.settings.upstreams.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the configuration names no [[upstream]] to send to");
  }
  connect(installation, /*follow=*/false);
  // Ticks in between: what had to wait above is tried again.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
  bool settled = false;
  do {
    installation.session->tick();
    settled = installation.session->wait_settled(std::chrono::milliseconds(200));
  } while (!settled && std::chrono::steady_clock::now() < deadline);
  const Session::Progress progress = installation.session->progress();
  const auto connection = installation.session->connection();
  installation.session->disconnect();
  std::cout << progress.settled << " of " << progress.size << " records have a receipt\n";
  for (const auto& [position, code] : progress.refused_above) {
    std::cout << "record " << position << " was refused above: " << code << "\n";
  }
  if (settled) return progress.refused_above.empty() ? 0 : 1;
  return fail(
      ErrorCode::kUnavailable,
      "not everything was sent in " + std::to_string(wait_s) + " s" +
          (connection && !connection->last_error.empty() ? ": " + connection->last_error : "") +
          "; nothing is lost, run `urna-precinct sync` again or export to a medium");
}

Result<int> sign(const Arguments& arguments) {
  auto installation = open_installation(arguments);
  if (!installation) return std::unexpected(std::move(installation.error()));
  const auto typed = read_protocol(*installation->session, arguments.file);
  if (!typed) return std::unexpected(typed.error());
  daemon::IdentitySettings paths = installation->settings.identity;
  paths.certificate = arguments.licence.string() + ".crt";
  paths.key = arguments.licence.string() + ".key";
  paths.password_file.reset();
  if (!arguments.password_file.empty()) paths.password_file = arguments.password_file;
  const auto licence = daemon::load_licence(paths);
  if (!licence) return std::unexpected(licence.error());
  v1::Body body;
  *body.mutable_protocol() = typed->protocol;
  const trust::Signer signer{licence->key, *licence->certificate,
                             service::software_name("urna-precinct")};
  const auto outcome = installation->session->submit(signer, body);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->has_refused()) {
    std::cerr << "urna-precinct: not signed into the journal: " << outcome->refused().code() << ": "
              << outcome->refused().detail() << "\n";
    const auto findings =
        installation->session->check(typed->protocol, validation::Completeness::kFinal);
    if (findings) print_findings(*findings, *typed->basis.slice);
    return kBrokenRules;
  }
  std::cout << (outcome->has_duplicate_of() ? "already in the journal" : "in the journal") << "\n";
  if (arguments.offline || installation->settings.upstreams.empty()) return 0;
  return send_and_report(*installation, arguments.wait_s);
}

Result<int> sync(const Arguments& arguments) {
  auto installation = open_installation(arguments);
  if (!installation) return std::unexpected(std::move(installation.error()));
  return send_and_report(*installation, arguments.wait_s);
}

Result<int> run(const Arguments& arguments, service::ShutdownSignals& signals) {
  auto installation = open_installation(arguments);
  if (!installation) return std::unexpected(std::move(installation.error()));
  connect(*installation, /*follow=*/true);
  while (!signals.wait_for(std::chrono::milliseconds(200))) installation->session->tick();
  installation->session->disconnect();
  return 0;
}

Result<int> export_to(const Arguments& arguments) {
  auto installation = open_installation(arguments);
  if (!installation) return std::unexpected(std::move(installation.error()));
  const auto medium = installation->session->export_medium();
  if (!medium) return std::unexpected(medium.error());
  auto written = service::write_file_atomically(arguments.file, *medium);
  if (!written) return std::unexpected(std::move(written.error()));
  std::cout << installation->session->progress().size << " records, " << medium->size()
            << " bytes in " << arguments.file.string() << "\n";
  return 0;
}

Result<int> status(const Arguments& arguments) {
  auto installation = open_installation(arguments);
  if (!installation) return std::unexpected(std::move(installation.error()));
  const Session::Progress progress = installation->session->progress();
  std::cout << "precinct " << installation->session->unit().str() << " of election "
            << installation->election.str() << "\n"
            << progress.size << " records in the journal, " << progress.settled
            << " with a receipt\n";
  for (const Session::PlaceStatus& place : installation->session->places()) {
    std::cout << place.place.contest.contest.str() << "/" << place.place.contest.round
              << " revision " << place.revision << ": " << place.state
              << (place.in_centre ? ", in the centre's log" : "") << "\n";
  }
  return 0;
}

}  // namespace

int run_precinct_program(int argc, char** argv) {
  uplink::quieten_libraries();
  CLI::App app{
      "A precinct commission's program: checks protocols, signs them with the chair's licence, "
      "keeps them\n"
      "in a journal and sends them to the territorial commission, or writes them to a medium.",
      "urna-precinct"};
  app.set_version_flag("--version", service::software_name("urna-precinct"));
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 success, 1 failure (one line on stderr), 2 wrong usage, 3 the protocol "
      "breaks rules of its form.\nEvery configuration key is explained in "
      "deploy/examples/urna-precinct.toml.");
  Arguments arguments;
  const auto command = [&](const char* name, const char* what) {
    CLI::App* added = app.add_subcommand(name, what);
    added->add_option("-c,--config", arguments.config, "configuration file (TOML)")
        ->required()
        ->check(CLI::ExistingFile);
    return added;
  };
  command("check", "Say what is wrong with a protocol file; changes nothing")
      ->add_option("FILE", arguments.file, "protocol as JSON")
      ->required();
  CLI::App* signing =
      command("sign", "Check a protocol, sign it with a licence, journal and send it");
  signing->add_option("FILE", arguments.file, "protocol as JSON")->required();
  signing->add_option("--licence", arguments.licence, "PREFIX of PREFIX.crt and PREFIX.key")
      ->required();
  signing->add_option("--password-file", arguments.password_file,
                      "file with the licence's password (default: ask on the terminal)");
  signing->add_flag("--offline", arguments.offline, "do not send now");
  CLI::App* sending = command("sync", "Send what has no receipt yet");
  for (CLI::App* one : {signing, sending}) {
    one->add_option("--wait", arguments.wait_s, "seconds to wait for receipts")
        ->capture_default_str();
  }
  command("run", "Stay connected: send, and follow what concerns this precinct, until stopped");
  command("export", "Write the journal to a removable medium")
      ->add_option("FILE", arguments.file, "file to write")
      ->required();
  command("status", "Say what the journal holds and how far it was sent");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  auto signals = service::ShutdownSignals::create();
  const auto outcome = [&]() -> Result<int> {
    if (!signals) return std::unexpected(signals.error());
    if (app.got_subcommand("check")) return check(arguments);
    if (app.got_subcommand("sign")) return sign(arguments);
    if (app.got_subcommand("sync")) return sync(arguments);
    if (app.got_subcommand("run")) return run(arguments, *signals);
    if (app.got_subcommand("export")) return export_to(arguments);
    return status(arguments);
  }();
  if (outcome) return *outcome;
  std::cerr << "urna-precinct: " << outcome.error().message << "\n";
  return 1;
}

}  // namespace urna::precinct
