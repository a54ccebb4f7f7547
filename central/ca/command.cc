#include "central/ca/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "central/ca/definition.h"
#include "central/ca/fitness.h"
#include "central/ca/folder.h"
#include "central/ca/revoke.h"
#include "common/daemon/command_line.h"
#include "common/daemon/terminal.h"
#include "common/service/version.h"
#include "common/trust/role.h"

namespace urna::ca {

namespace {

constexpr std::string_view kProgram = "urna-ca";
constexpr int kRootYears = 10;
constexpr int kAuthorityYears = 3;
constexpr int kIssuedYears = 1;

struct Arguments {
  std::string dir, election, root_unit, unit, role, out;
  std::string from, to, root_to;
  PasswordFile password_file, root_password_file, new_password_file;
  bool unencrypted = false;
  std::string key_id, reason, by, manifest;
  std::string description, replaces, definition;
  bool again = false;
};

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}
Day today() { return std::chrono::floor<std::chrono::days>(now()); }

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

// ---- reading arguments ----

Result<Day> day_or(const std::string& text, const char* option, Day otherwise) {
  if (text.empty()) return otherwise;
  const auto day = parse_day(text);
  if (!day) return wrong(std::string(option) + " " + text + " is no day; write it as 2026-11-22");
  return *day;
}

template <class Id>
Result<Id> name_of(const std::string& text, const char* option) {
  auto name = Id::parse(text);
  if (name) return *std::move(name);
  return wrong(std::string(option) + " '" + text +
               "' is no name: 1 to 40 letters, digits, '.', '_', '-', a letter or digit first");
}

template <class Id>
Result<Id> hash_of(const std::string& text, const char* option) {
  const auto bytes = from_hex(text);
  auto id = bytes ? Id::from_bytes(*bytes) : std::nullopt;
  if (!id) return wrong(std::string(option) + " must be 64 hexadecimal digits");
  return *id;
}

std::string names_of(bool (*wanted)(trust::Role)) {
  std::string names;
  for (const trust::Role role : trust::kAllRoles) {
    if (!wanted(role)) continue;
    names += (names.empty() ? "" : ", ") + std::string(trust::role_name(role));
  }
  return names;
}

bool is_node(trust::Role role) { return trust::is_node(role); }
bool is_licence(trust::Role role) { return trust::is_licence(role); }

Result<trust::Role> role_of(const std::string& text, bool (*wanted)(trust::Role)) {
  const auto role = trust::parse_role(text);
  if (role && wanted(*role)) return *role;
  return wrong("--role '" + text + "' is none of: " + names_of(wanted));
}

// ---- commands ----

// The passwords of the keys that init makes.
Result<void> set_passwords(const Arguments& arguments, NewFolder& wanted) {
  if (arguments.unencrypted) return {};
  const std::filesystem::path dir = arguments.dir;
  const PasswordFile& root_file =
      arguments.root_password_file ? arguments.root_password_file : arguments.password_file;
  auto root = new_password(dir / "root.key", root_file);
  if (!root) return std::unexpected(std::move(root.error()));
  wanted.root_password = *std::move(root);
  auto authorities = new_password(dir / "*-authority.key", arguments.password_file);
  if (!authorities) return std::unexpected(std::move(authorities.error()));
  wanted.authorities_password = *std::move(authorities);
  return {};
}

Result<NewFolder> read_new_folder(const Arguments& arguments) {
  const auto election = name_of<model::ElectionId>(arguments.election, "--election");
  if (!election) return std::unexpected(election.error());
  const auto unit = name_of<model::UnitId>(arguments.root_unit, "--root-unit");
  if (!unit) return std::unexpected(unit.error());
  const auto from = day_or(arguments.from, "--from", today());
  if (!from) return std::unexpected(from.error());
  const auto to = day_or(arguments.to, "--to", years_after(*from, kAuthorityYears));
  if (!to) return std::unexpected(to.error());
  const auto root_to =
      day_or(arguments.root_to, "--root-to", std::max(*to, years_after(*from, kRootYears)));
  if (!root_to) return std::unexpected(root_to.error());
  return NewFolder{*election, *unit, {*from, *root_to}, {*from, *to}, {}, {}};
}

Result<void> init(const Arguments& arguments) {
  auto wanted = read_new_folder(arguments);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const std::filesystem::path dir = arguments.dir;
  // Before any password is asked for.
  if (auto good = must_be_new(dir / "trust.pem"); !good) return good;
  if (auto good = set_passwords(arguments, *wanted); !good) return good;
  if (auto made = Folder::create(dir, *wanted, now()); !made) return made;
  std::cout << "Made the authorities of " << arguments.election << ", valid to "
            << format_day(wanted->authorities.to) << ".\n"
            << "Every node is given " << (dir / "trust.pem").string() << ".\n"
            << "Take " << (dir / "root.key").string()
            << " offline now: nothing here needs it again.\n";
  return {};
}

void print(const Index::Entry& entry) {
  const Issued& issued = entry.issued;
  std::printf("%s  %-28s  %-20s  %s  %s  %s\n", issued.key_id.hex().c_str(), issued.role.c_str(),
              issued.unit.str().c_str(), format_day(issued.period.from).c_str(),
              format_day(issued.period.to).c_str(),
              std::string(state_name(entry.state(today()))).c_str());
}

Result<Folder::Order> read_order(const Arguments& arguments, bool (*wanted)(trust::Role),
                                 const Folder& folder) {
  const auto role = role_of(arguments.role, wanted);
  if (!role) return std::unexpected(role.error());
  const auto unit = name_of<model::UnitId>(arguments.unit, "--unit");
  if (!unit) return std::unexpected(unit.error());
  const auto authority = folder.authority_period(*role);
  if (!authority) return std::unexpected(authority.error());
  const auto from = day_or(arguments.from, "--from", std::max(today(), authority->from));
  if (!from) return std::unexpected(from.error());
  const auto to =
      day_or(arguments.to, "--to", std::min(years_after(*from, kIssuedYears), authority->to));
  if (!to) return std::unexpected(to.error());
  return Folder::Order{*role, *unit, {*from, *to}, {}, arguments.out};
}

Result<void> check_unit(const Arguments& arguments, const Folder& folder,
                        const Folder::Order& order) {
  const auto root = folder.root_unit();
  if (!root) return std::unexpected(root.error());
  if (arguments.definition.empty()) return check_fitness(order.role, order.unit, *root, nullptr);
  trust::CertificateBook certificates(folder.anchors());
  const auto definition = daemon::read_definition_file(arguments.definition, certificates);
  if (!definition) return std::unexpected(definition.error());
  return check_fitness(order.role, order.unit, *root, &*definition);
}

Result<void> issue(const Arguments& arguments, bool (*wanted)(trust::Role)) {
  auto folder = Folder::open(arguments.dir);
  if (!folder) return std::unexpected(std::move(folder.error()));
  auto order = read_order(arguments, wanted, *folder);
  if (!order) return std::unexpected(std::move(order.error()));
  if (auto good = folder->check(*order); !good) return good;
  if (auto good = check_unit(arguments, *folder, *order); !good) return good;
  const auto authority =
      existing_password(folder->authority_key_file(order->role), arguments.password_file);
  if (!authority) return std::unexpected(authority.error());
  if (!arguments.unencrypted) {
    auto password = new_password(key_file(order->prefix), arguments.new_password_file);
    if (!password) return std::unexpected(std::move(password.error()));
    order->password = *std::move(password);
  }
  const auto issued = folder->issue(*order, *authority, now());
  if (!issued) return std::unexpected(issued.error());
  print({*issued, std::nullopt});
  return {};
}

Result<void> list(const Arguments& arguments) {
  const auto folder = Folder::open(arguments.dir);
  if (!folder) return std::unexpected(folder.error());
  std::printf("%-64s  %-28s  %-20s  %-10s  %-10s  %s\n", "key id", "role", "unit", "from", "to",
              "state");
  for (const Index::Entry& entry : folder->index().entries()) print(entry);
  return {};
}

Result<void> end_certificate(const Arguments& arguments) {
  const auto key_id = hash_of<KeyId>(arguments.key_id, "--key-id");
  if (!key_id) return std::unexpected(key_id.error());
  const auto manifest = hash_of<StatementId>(arguments.manifest, "--manifest");
  if (!manifest) return std::unexpected(manifest.error());
  auto folder = Folder::open(arguments.dir);
  if (!folder) return std::unexpected(std::move(folder.error()));
  const Revocation wanted{*key_id, arguments.reason, *manifest, arguments.out, arguments.again};
  if (auto good = check_revocation(*folder, wanted); !good) return good;
  const auto licence = daemon::load_licence({folder->trust_file(), certificate_file(arguments.by),
                                             key_file(arguments.by), arguments.password_file});
  if (!licence) return std::unexpected(licence.error());
  const auto record = revoke(*folder, wanted, *licence, now());
  if (!record) return std::unexpected(record.error());
  std::cout << "Record " << record->hex() << " in " << arguments.out
            << "; it takes effect once 'urna-central import' has taken it in.\n";
  return {};
}

// What the new version means for contests that have protocols already.
void print(const Succession& succession) {
  std::cout << "Against version " << succession.version << ": " << succession.added
            << " contests new, " << succession.changed.size() << " changed, "
            << succession.left_out.size() << " left out.\n";
  const auto list = [](const std::vector<model::ContestRound>& contests, const char* what) {
    for (const model::ContestRound& one : contests) {
      std::cout << "  " << one.contest.str() << ", round " << one.round << ", " << what << "\n";
    }
  };
  list(succession.changed, "is changed: its protocols that are not confirmed are returned");
  list(succession.left_out,
       "is left out: it has no totals, and its protocols that are not confirmed are returned");
}

Result<void> define(const Arguments& arguments) {
  const auto folder = Folder::open(arguments.dir);
  if (!folder) return std::unexpected(folder.error());
  DefinitionOrder order{arguments.description, arguments.out, std::nullopt};
  if (!arguments.replaces.empty()) order.replaces = arguments.replaces;
  const auto prepared = prepare_definition(*folder, order);
  if (!prepared) return std::unexpected(prepared.error());
  const DescribedElection& described = prepared->described;
  const auto licence = daemon::load_licence({folder->trust_file(), certificate_file(arguments.by),
                                             key_file(arguments.by), arguments.password_file});
  if (!licence) return std::unexpected(licence.error());
  const auto made = sign_definition(*folder, order, described, *licence, now());
  if (!made) return std::unexpected(made.error());
  std::cout << "Definition " << daemon::describe(*made) << ", in " << arguments.out << ": "
            << described.units << " units, " << described.precincts << " precincts, "
            << described.manifest.slices_size() << " contests.\n";
  if (prepared->succession) print(*prepared->succession);
  return {};
}

// ---- command line ----

void add_validity(CLI::App* command, Arguments& arguments, const std::string& length) {
  command->add_option("--from", arguments.from, "first day of validity, YYYY-MM-DD (UTC); today");
  command->add_option("--to", arguments.to, "last day of validity; " + length);
}

CLI::App* add_command(CLI::App& app, Arguments& arguments, const char* name, const char* help) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--dir", arguments.dir, "folder of the authorities")->required();
  return command;
}

void add_init(CLI::App& app, Arguments& arguments) {
  CLI::App* command =
      add_command(app, arguments, "init", "Make the root and both authorities of one election");
  command->add_option("--election", arguments.election, "id of the election or rehearsal")
      ->required();
  command->add_option("--root-unit", arguments.root_unit, "the unit at the top, e.g. PL")
      ->required();
  add_validity(command, arguments, "3 years after the first");
  command->add_option("--root-to", arguments.root_to,
                      "last day of the root; 10 years after the first");
  auto* plain = command->add_flag("--unencrypted", arguments.unencrypted,
                                  "keys without password: for rehearsals and tests");
  command
      ->add_option("--password-file", arguments.password_file,
                   "file with the new keys' password; asked for when missing")
      ->excludes(plain);
  command
      ->add_option("--root-password-file", arguments.root_password_file,
                   "another one for the root's key")
      ->excludes(plain);
}

void add_issue(CLI::App& app, Arguments& arguments, const char* name, const char* help,
               const std::string& roles) {
  CLI::App* command = add_command(app, arguments, name, help);
  command->add_option("--unit", arguments.unit, "unit or precinct, e.g. 146502 or 146502-711")
      ->required();
  command->add_option("--role", arguments.role, "one of: " + roles)->required();
  command->add_option("--out", arguments.out, "prefix: writes PREFIX.key and PREFIX.crt")
      ->required();
  command->add_option("--definition", arguments.definition,
                      "definition file that the unit and its kind are looked up in; without it, "
                      "only what the unit's id tells is checked");
  add_validity(command, arguments, "1 year after the first, or the authority's own last day");
  command->add_option("--password-file", arguments.password_file,
                      "file with the authority's password; asked for when missing");
  auto* plain = command->add_flag("--unencrypted", arguments.unencrypted,
                                  "new key without password: for rehearsals and tests");
  command
      ->add_option("--new-password-file", arguments.new_password_file,
                   "file with the new key's password; asked for when missing")
      ->excludes(plain);
}

void add_revoke(CLI::App& app, Arguments& arguments) {
  CLI::App* command =
      add_command(app, arguments, "revoke",
                  "End a certificate: write a signed record for the centre to import");
  command->add_option("--key-id", arguments.key_id, "the certificate's, as 'list' shows it")
      ->required();
  command->add_option("--reason", arguments.reason, "one line, public")->required();
  command
      ->add_option("--by", arguments.by, "prefix of the licence that signs: PREFIX.key, PREFIX.crt")
      ->required();
  command
      ->add_option("--manifest", arguments.manifest,
                   "statement id of the definition in force, 64 hexadecimal digits: on the status "
                   "page (\"definition\" in /api/status.json), and told by 'import', by "
                   "'urna-precinct status' and by 'urna-ca definition' that made it")
      ->required();
  command->add_option("--out", arguments.out, "the record's file")->required();
  command->add_option("--password-file", arguments.password_file,
                      "file with the licence's password; asked for when missing");
  command->add_flag("--again", arguments.again,
                    "also when revoked already: the first file was lost or refused");
}

void add_definition(CLI::App& app, Arguments& arguments) {
  CLI::App* command = add_command(app, arguments, "definition",
                                  "Make the signed definition of the election from a description");
  command
      ->add_option("--from", arguments.description,
                   "the description: JSON as docs/operator.md explains it")
      ->required();
  command
      ->add_option("--by", arguments.by,
                   "prefix of the national commission's licence: PREFIX.key, PREFIX.crt")
      ->required();
  command->add_option("--replaces", arguments.replaces,
                      "the definition file this one replaces; for version 2 and later");
  command->add_option("--out", arguments.out, "the definition file to write")->required();
  command->add_option("--password-file", arguments.password_file,
                      "file with the licence's password; asked for when missing");
}

void add_commands(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", service::software_name(kProgram));
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 success, 1 failure, 2 wrong usage, both with one line on stderr.\n"
      "docs/operator.md has a whole election, from init to the first protocol.\n"
      "Passwords come from files or are asked for, never from the command line.");
  add_init(app, arguments);
  add_issue(app, arguments, "issue-node", "Make a node's key and certificate", names_of(is_node));
  add_issue(app, arguments, "issue-licence", "Make a person's key and licence",
            names_of(is_licence));
  add_command(app, arguments, "list", "Show what was issued: key id, role, unit, validity, state");
  add_definition(app, arguments);
  add_revoke(app, arguments);
}

Result<void> run(const CLI::App& app, const Arguments& arguments) {
  if (app.got_subcommand("init")) return init(arguments);
  if (app.got_subcommand("issue-node")) return issue(arguments, is_node);
  if (app.got_subcommand("issue-licence")) return issue(arguments, is_licence);
  if (app.got_subcommand("list")) return list(arguments);
  if (app.got_subcommand("definition")) return define(arguments);
  return end_certificate(arguments);
}

}  // namespace

int run_ca_program(int argc, char** argv) {
  CLI::App app{
      "Makes the authorities of one election and its definition, issues certificates of nodes and "
      "licences of persons, and revokes them",
      std::string(kProgram)};
  Arguments arguments;
  add_commands(app, arguments);
  if (const auto ended = daemon::parse_command_line(app, argc, argv)) return *ended;
  const auto done = run(app, arguments);
  if (done) return 0;
  daemon::complain(kProgram, done.error().message);
  return 1;
}

}  // namespace urna::ca
