#include "tests/fuzz/targets.h"

#include <fstream>
#include <iterator>

#include "common/base/check.h"
#include "common/daemon/node_settings.h"
#include "common/model/strict.h"
#include "common/node/projection.h"
#include "common/node/seal.h"
#include "common/node/transfer_file.h"
#include "common/node/wire_limits.h"
#include "common/service/config.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"
#include "common/validation/check.h"
#include "precinct/protocol_file.h"

namespace urna::fuzz {

namespace {

// The anchors the kept corpora were signed under, so that good inputs go all the way.
trust::CertificateBook& book() {
  static trust::CertificateBook instance = [] {
    std::ifstream in(URNA_SOURCE_DIR "/tests/fuzz/corpus/trust.pem");
    const std::string pem{std::istreambuf_iterator<char>(in), {}};
    const auto anchors = trust::Anchors::from_pem(pem);
    URNA_CHECK(anchors.has_value());
    return trust::CertificateBook(*anchors);
  }();
  return instance;
}

}  // namespace

void record(std::string_view bytes) {
  static_cast<void>(trust::open_record(bytes, book()));
  static_cast<void>(trust::reopen_record(bytes, book()));
  static_cast<void>(trust::envelope_ids(bytes));
}

void batch(std::string_view bytes) {
  static_cast<void>(node::check_envelope(bytes, 1'000, "message"));
  v1::SignedBatch sealed;
  if (!sealed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  static_cast<void>(node::open_batch(sealed, {}, book(), node::run_in_turn));
}

void receipt(std::string_view bytes) {
  v1::SignedReceipt sealed;
  if (!sealed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  static_cast<void>(node::open_receipt(sealed, "PL", book()));
}

void medium(std::string_view bytes) { static_cast<void>(node::read_medium(bytes, book())); }

void definition(std::string_view bytes) { static_cast<void>(node::read_definition(bytes, book())); }

void slice(std::string_view bytes) {
  // Two lengths, then slice, form, and a protocol as the rest.
  if (bytes.size() < 4) return;
  const auto length = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) << 8 |
           static_cast<unsigned char>(bytes[at + 1]);
  };
  const std::string_view rest = bytes.substr(4);
  const std::string_view slice_bytes = rest.substr(0, length(0));
  const std::string_view form_bytes = rest.substr(slice_bytes.size()).substr(0, length(2));
  const std::string_view protocol_bytes = rest.substr(slice_bytes.size() + form_bytes.size());
  static_cast<void>(model::Units::parse(bytes));
  const auto parsed =
      model::Slice::parse(trust::digest_of(slice_bytes), slice_bytes, form_bytes, {});
  if (!parsed) return;
  const auto form = validation::CompiledForm::compile(**parsed);
  v1::Protocol protocol;
  if (!form ||
      !protocol.ParseFromArray(protocol_bytes.data(), static_cast<int>(protocol_bytes.size()))) {
    return;
  }
  const auto unit = model::UnitId::parse(protocol.place().unit());
  static_cast<void>(validation::check_shape(**parsed, protocol));
  for (const auto completeness :
       {validation::Completeness::kPartial, validation::Completeness::kFinal}) {
    static_cast<void>(
        validation::check(*form, protocol, unit.value_or(model::UnitId()), completeness));
  }
}

namespace {

// What a node of the kept definition knows.
struct Knowing {
  node::DefinitionBook book{::urna::fuzz::book().anchors().election()};
  std::optional<node::Admissible> manifest;

  Knowing() {
    std::ifstream in(URNA_SOURCE_DIR "/tests/fuzz/corpus/definition/small", std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    auto definition = node::read_definition(file, ::urna::fuzz::book());
    URNA_CHECK(definition.has_value());
    for (const Bytes& part : definition->blobs) book.restore(trust::digest_of(part), part);
    auto verdict = node::judge(std::move(definition->manifest), book);
    manifest = std::move(std::get<node::Admissible>(verdict));
    book.add(manifest->definition, node::signer_of(manifest->record));
  }
};

}  // namespace

void territorial(std::string_view bytes) {
  static Knowing knowing;
  trust::OpenedRecord record;
  auto body = std::make_shared<v1::Body>();
  if (!model::parse_strict(bytes, *body->mutable_territorial(), "territorial protocol")) return;
  record.kind = trust::Kind::kTerritorial;
  record.statement = trust::statement_of(model::serialise(*body));
  record.body = body;
  auto header = std::make_shared<v1::Header>();
  header->set_election(knowing.book.election().str());
  header->set_manifest(knowing.manifest->definition->id().str());
  record.header = std::move(header);
  // Whoever signed it may, so that every body is judged by its content.
  const auto unit = model::UnitId::parse(record.body->territorial().place().unit());
  if (!unit) return;
  trust::Certificate certificate;
  certificate.subject = {knowing.book.election(), *unit, trust::Role::kPlenipotentiary};
  record.certificate = std::make_shared<const trust::Certificate>(certificate);
  auto verdict = node::judge(std::move(record), knowing.book);
  const auto* admissible = std::get_if<node::Admissible>(&verdict);
  if (admissible == nullptr) return;
  node::Projection projection(knowing.book);
  projection.apply(*knowing.manifest);
  projection.apply(*admissible);
  for (const node::TerritorialPlace& place : projection.territorial().places()) {
    static_cast<void>(projection.territorial().bodies(place));
    static_cast<void>(projection.territorial().draft(place));
  }
}

void config(std::string_view bytes) {
  for (const bool listens : {true, false}) {
    auto parsed = service::Config::parse(bytes, "/fuzz/urna.toml");
    if (!parsed) return;
    static_cast<void>(daemon::read_node_settings(parsed->root(), listens));
    static_cast<void>(parsed->finish());
  }
}

void protocol_file(std::string_view bytes) {
  static const auto slice = [] {
    v1::Form form;
    form.set_id("fuzz");
    form.add_points()->set_code("p1");
    v1::Slice data;
    data.set_contest("c");
    data.set_round(1);
    data.set_kind(v1::CONTEST_KIND_MAYOR);
    data.set_area("PL");
    data.set_form(std::string(32, 'f'));
    data.set_reference(std::string(32, 'r'));
    v1::Option& option = *data.add_options();
    option.set_code("1");
    option.add_candidates()->set_position(1);
    const std::string slice_bytes = data.SerializeAsString();
    return *model::Slice::parse(trust::digest_of(slice_bytes), slice_bytes,
                                form.SerializeAsString(), {});
  }();
  static_cast<void>(precinct::contest_of_protocol_file(bytes));
  static_cast<void>(precinct::parse_protocol_file(bytes, *model::UnitId::parse("1-1"), *slice));
}

}  // namespace urna::fuzz
