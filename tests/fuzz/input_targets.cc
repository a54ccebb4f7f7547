// What people, files and peers hand over besides records: certificates and keys, requests to
// follow, notes, a desk's lines, descriptions, another program's status.
#include <fstream>
#include <iterator>

#include "central/ca/definition_input.h"
#include "central/ca/index.h"
#include "common/base/check.h"
#include "common/daemon/desk_words.h"
#include "common/daemon/record_text.h"
#include "common/daemon/status_client.h"
#include "common/daemon/status_figures.h"
#include "common/daemon/terminal.h"
#include "common/journal/checkpoint.h"
#include "common/journal/memory_store.h"
#include "common/model/control_code.h"
#include "common/model/strict.h"
#include "common/node/engine.h"
#include "common/node/transfer_file.h"
#include "common/node/wire_limits.h"
#include "common/trust/note.h"
#include "tests/fuzz/targets.h"
#include "urna/v1/transfer.pb.h"

namespace urna::fuzz {

namespace {

std::string kept(const std::string& name) {
  std::ifstream in(URNA_SOURCE_DIR "/tests/fuzz/corpus/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The anchors the kept corpora were signed under, so that good inputs go all the way.
const trust::Anchors& anchors() {
  static const auto instance = trust::Anchors::from_pem(kept("trust.pem"));
  URNA_CHECK(instance.has_value());
  return *instance;
}

// A centre with the kept definition, for those who ask to follow it.
class Centre {
 public:
  Centre() {
    auto key = trust::PrivateKey::generate();
    URNA_CHECK(key.has_value());
    trust::Certificate certificate;
    certificate.subject = {anchors().election(), *model::UnitId::parse("PL"),
                           trust::Role::kCentralNode};
    identity_.emplace(node::NodeIdentity{
        std::move(*key), std::make_shared<const trust::Certificate>(certificate), "fuzz"});
    auto engine = node::Engine::open({anchors().election(), *model::UnitId::parse("PL"), true},
                                     store_, certificates_, *identity_, node::system_random());
    URNA_CHECK(engine.has_value());
    engine_ = std::move(*engine);
    const auto definition = node::read_definition(kept("definition/small"), certificates_);
    URNA_CHECK(definition.has_value());
    const auto output = engine_->submit(1, definition->manifest_record, definition->blobs, 1);
    URNA_CHECK(output.outcomes.at(0).outcome.has_admitted_at());
  }
  node::Engine& engine() { return *engine_; }

 private:
  journal::MemoryStore store_{LogId{{1}}};
  trust::CertificateBook certificates_{anchors()};
  std::optional<node::NodeIdentity> identity_;
  std::unique_ptr<node::Engine> engine_;
};

}  // namespace

void certificate(std::string_view bytes) {
  static_cast<void>(anchors().verify(bytes));
  static_cast<void>(anchors().verify_again(bytes));
}

void pem(std::string_view bytes) {
  static_cast<void>(trust::pem_to_der(bytes));
  static_cast<void>(trust::Anchors::from_pem(bytes));
  static_cast<void>(trust::PrivateKey::from_pem(bytes, std::nullopt));
}

void record_file(std::string_view bytes) {
  const auto file = node::read_record(bytes);
  if (!file) return;
  trust::CertificateBook book(anchors());
  const auto local = node::open_local(file->record, {file->certificate}, book);
  if (const auto* opened = std::get_if<trust::OpenedRecord>(&local.opened)) {
    static_cast<void>(daemon::describe_record(*opened));
  }
}

void follow(std::string_view bytes) {
  static Centre centre;
  // The first byte chooses who asks.
  if (bytes.empty()) return;
  constexpr const char* kFollowers[] = {"140101", "140101-1", "146200", "140000"};
  const std::string follower = kFollowers[static_cast<unsigned char>(bytes.front()) % 4];
  bytes.remove_prefix(1);
  if (!node::check_wire(bytes, *v1::FollowRequest::descriptor(),
                        {{v1::FollowRequest::kWantedFieldNumber, node::kWantedMax}},
                        node::kWantedMax + 16, "request to follow")) {
    return;
  }
  v1::FollowRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const node::SessionId session = 7;
  static_cast<void>(centre.engine().open_follow(session, follower, request, 1));
  static_cast<void>(centre.engine().sent(session, 2));
  centre.engine().closed(session);
}

void note(std::string_view bytes) {
  static const auto signer = trust::NoteSigner::generate("fuzz");
  static_cast<void>(journal::parse_checkpoint(bytes));
  static_cast<void>(trust::NoteVerifier::parse(bytes));
  static_cast<void>(trust::NoteSigner::parse(bytes));
  const std::vector<trust::NoteVerifier> known{signer->verifier()};
  static_cast<void>(trust::verify_note(bytes, known));
  // Signed, it says what was signed.
  const trust::NoteSigner* signers[] = {&*signer};
  if (const auto made = trust::sign_note(bytes, signers)) {
    const auto read = trust::verify_note(*made, known);
    URNA_CHECK(read.has_value() && read->text == bytes);
    static_cast<void>(journal::parse_checkpoint(read->text));
  }
}

void desk_line(std::string_view bytes) {
  std::string_view rest = bytes;
  static_cast<void>(daemon::take_word(rest));
  std::string_view words = rest;
  const std::string_view code = daemon::take_word(words);
  if (const auto parsed = model::ControlCode::parse(code)) {
    URNA_CHECK(model::ControlCode::parse(parsed->printed()).has_value());
  }
  static_cast<void>(daemon::split(daemon::take_word(words), ','));
  static_cast<void>(daemon::parse_kind(code));
  if (daemon::take_contest(rest)) {
    while (!rest.empty()) static_cast<void>(daemon::parse_winner(daemon::take_word(rest)));
  }
  // What is repeated to a terminal obeys nothing: one line of printable characters.
  for (const char c : daemon::printable(bytes)) URNA_CHECK(static_cast<unsigned char>(c) >= 0x20);
}

void description(std::string_view bytes) {
  static_cast<void>(ca::read_description(bytes, "fuzz.json", *model::ElectionId::parse("fuzz")));
}

void ca_index(std::string_view bytes) {
  const auto index = ca::Index::parse(bytes);
  if (!index) return;
  URNA_CHECK(index->text() == bytes);
  for (const ca::Index::Entry& entry : index->entries()) {
    URNA_CHECK(index->find(entry.issued.key_id) == &entry);
    static_cast<void>(entry.state(entry.issued.period.from));
  }
}

void status_json(std::string_view bytes) {
  static_cast<void>(daemon::definition_of_status(bytes));
  static_cast<void>(daemon::figures_of_status(bytes));
}

}  // namespace urna::fuzz
