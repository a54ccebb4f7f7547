#include "tests/integration/programs/scene.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/base/check.h"
#include "common/journal/sqlite_store.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "common/trust/sha256.h"
#include "tests/support/loopback.h"

namespace urna::tests {

namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;

std::string wait_for_file(drill::Child& child, const std::filesystem::path& file) {
  std::string text;
  const bool came = eventually([&] {
    const auto read = service::read_file(file, kFileBytesMax);
    if (read) text = read->substr(0, read->find('\n'));
    return read.has_value() || !child.running();
  });
  if (!came || text.empty()) {
    std::ifstream log(file.parent_path() / "output");
    ADD_FAILURE() << "it does not listen: " << log.rdbuf();
  }
  return text;
}

}  // namespace

std::filesystem::path program_path(const std::string& program) {
  return drill::own_folder().parent_path() / "bin" / program;
}

Ran run_program(const std::string& program, const std::vector<std::string>& arguments) {
  const test::TemporaryFolder folder;
  std::vector<std::string> command{
      program.find('/') == program.npos ? program_path(program).string() : program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto finished = drill::run_program(command, folder.path() / "errors");
  URNA_CHECK(finished.has_value());
  const auto errors = service::read_file(folder.path() / "errors", kFileBytesMax);
  return {finished->status, finished->output, errors.value_or("")};
}

testing::AssertionResult says_in_one_line(const Ran& ran, const std::string& part) {
  const bool one_line = std::ranges::count(ran.errors, '\n') == 1;
  if (ran.status == 1 && one_line && ran.errors.starts_with("urna-") &&
      ran.errors.find(part) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << "status " << ran.status << ", \"" << part << "\" expected in one line, said:\n"
         << ran.errors << ran.output;
}

Scene::Scene() {
  write("trust.pem", election_.anchors_pem());
  write("definition.urna", definition_bytes(election_));
}

std::filesystem::path Scene::write(const std::string& name, const std::string& bytes) const {
  const std::filesystem::path file = root() / name;
  std::filesystem::create_directories(file.parent_path());
  URNA_CHECK(service::write_file_atomically(file, bytes).has_value());
  return file;
}

std::string Scene::definition_bytes(SmallElection& of) const {
  v1::DefinitionFile file;
  file.set_manifest(of.current().record);
  file.add_blobs(of.national().certificate->der);
  for (const Bytes& part : of.current().parts) file.add_blobs(part);
  return node::write_definition(file);
}

std::filesystem::path Scene::install(const std::string& unit, const Install& setup) {
  const uplink::TlsIdentity own = tls_of(election_, election_.node(unit));
  write(unit + "/node.crt", own.certificate_pem);
  write(unit + "/node.key", own.key_pem);
  std::ostringstream toml;
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  toml << "data = \"data\"\n" << setup.extra_root;
  if (setup.definition) toml << "definition = \"../definition.urna\"\n";
  toml << "\n[identity]\nanchors = \"../trust.pem\"\n"
       << "certificate = " << quoted(setup.certificate.empty() ? "node.crt" : setup.certificate)
       << "\nkey = " << quoted(setup.key.empty() ? "node.key" : setup.key) << "\n";
  if (unit.find('-') == unit.npos) {
    toml << "\n[uplink]\nlisten = \"127.0.0.1:0\"\naddress_file = \"uplink.address\"\n"
         << "\n[http]\nlisten = \"127.0.0.1:0\"\naddress_file = \"http.address\"\n";
  }
  toml << "\n[log]\nlevel = \"warning\"\n";
  for (const uplink::Upstream& upstream : setup.upstreams) {
    toml << "\n[[upstream]]\nunit = \"" << upstream.unit.str() << "\"\naddress = \""
         << upstream.address << "\"\n";
  }
  toml << "\n" << setup.extra;
  return write(unit + "/urna.toml", toml.str());
}

std::filesystem::path Scene::licence(const Holder& holder) {
  const uplink::TlsIdentity pem = tls_of(election_, holder);
  const std::string name = "licence-" + holder.id().hex().substr(0, 8);
  write(name + ".crt", pem.certificate_pem);
  write(name + ".key", pem.key_pem);
  return root() / name;
}

std::filesystem::path Scene::protocol_file(const v1::Body& body) {
  const v1::Protocol& protocol = body.protocol();
  const std::string& contest = protocol.place().contest();
  const v1::Slice slice = election_.slice_data(contest);
  nlohmann::json json;
  json["contest"] = contest;
  json["round"] = 1;
  for (const Bytes& part : election_.current().parts) {
    v1::Form form;
    if (trust::digest_of(part).view() != slice.form() || !form.ParseFromString(part)) continue;
    for (int i = 0; i < form.points_size(); ++i) {
      json["points"][form.points(i).code()] = protocol.points(i) - 1;  // cells are figures + 1
    }
  }
  int at = 0;
  for (const v1::Option& option : slice.options()) {
    nlohmann::json votes;
    votes["total"] = protocol.votes(at++) - 1;
    for (const v1::Candidate& candidate : option.candidates()) {
      votes["candidates"][std::to_string(candidate.position())] = protocol.votes(at++) - 1;
    }
    json["votes"][option.code()] = votes;
  }
  for (const v1::Member& member : protocol.members()) {
    json["members"].push_back(
        {{"name", member.name()},
         {"function", member.function() == v1::MEMBER_FUNCTION_CHAIR    ? "chair"
                      : member.function() == v1::MEMBER_FUNCTION_DEPUTY ? "deputy"
                                                                        : "member"},
         {"signed", member.signed_()}});
  }
  json["seat"] = protocol.seat();
  json["revision"] = protocol.revision();
  json["supersedes"] = to_hex(protocol.supersedes());
  static int number = 0;
  return write("protocol-" + std::to_string(++number) + ".json", json.dump(1));
}

Served::Served(const std::string& program, Scene& scene, const std::string& unit)
    : unit_(unit), child_([&] {
        std::filesystem::remove(scene.folder_of(unit) / "uplink.address");
        std::filesystem::remove(scene.folder_of(unit) / "http.address");
        auto child = drill::Child::start({program_path(program).string(), "serve", "--config",
                                          (scene.folder_of(unit) / "urna.toml").string()},
                                         scene.folder_of(unit) / "output");
        URNA_CHECK(child.has_value());
        return std::move(*child);
      }()) {
  address_ = wait_for_file(child_, scene.folder_of(unit) / "uplink.address");
  http_address_ = wait_for_file(child_, scene.folder_of(unit) / "http.address");
}

std::pair<int, std::string> Served::get(const std::string& path) const {
  const int connected = test::connect_to(http_address_);
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
  if (connected < 0 || send(connected, request.data(), request.size(), MSG_NOSIGNAL) < 0)
    return {0, ""};
  std::string answer;
  char buffer[4'096];
  for (ssize_t got; (got = recv(connected, buffer, sizeof buffer, 0)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  close(connected);
  const std::size_t body = answer.find("\r\n\r\n");
  if (answer.size() < 12 || body == answer.npos) return {0, answer};
  return {std::stoi(answer.substr(9, 3)), answer.substr(body + 4)};
}

std::vector<RecordId> log_of(const std::filesystem::path& journal) {
  std::vector<RecordId> ids;
  const auto store = journal::SqliteStore::open_read_only(journal);
  if (!store) {
    ADD_FAILURE() << store.error().message;
    return ids;
  }
  for (;;) {
    const auto entries = (*store)->read_election(ids.size(), 1'000, 1 << 26);
    if (!entries) ADD_FAILURE() << entries.error().message;
    if (!entries || entries->empty()) return ids;
    for (const journal::StoredEntry& entry : *entries) ids.push_back(entry.entry.id);
  }
}

}  // namespace urna::tests
