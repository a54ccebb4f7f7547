#include "common/daemon/delivery.h"

#include <chrono>

#include "common/base/clock.h"
#include "common/daemon/journal_engine.h"
#include "common/daemon/status_client.h"
#include "common/service/data_lock.h"
#include "common/service/files.h"
#include "common/uplink/send.h"

namespace urna::daemon {

namespace {

constexpr std::chrono::minutes kSendTimeout{10};

Result<Delivered> give_to_server(const NodeSettings& settings, const LoadedIdentity& identity,
                                 const std::vector<v1::SignedBatch>& batches) {
  std::string address = settings.uplink.listen;
  if (settings.uplink.address_file) {
    const auto text = service::read_file(*settings.uplink.address_file, 4'096);
    if (!text) return std::unexpected(text.error());
    address = text->substr(0, text->find('\n'));
  }
  if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
  const trust::Subject& self = identity.node.certificate->subject;
  auto receipts = uplink::send_batches({self.unit, address}, self.election, identity.tls, batches,
                                       kSendTimeout);
  if (!receipts) return std::unexpected(std::move(receipts.error()));
  return Delivered{std::move(*receipts), ask_in_force(settings)};
}

Result<Delivered> give_to_journal(const Tier& tier, const LoadedIdentity& identity,
                                  const Tier::OpenStore& open_store,
                                  trust::CertificateBook& certificates,
                                  const std::vector<v1::SignedBatch>& batches) {
  auto store = open_store();
  if (!store) return std::unexpected(std::move(store.error()));
  auto engine = open_engine(tier, identity.node, **store, certificates);
  if (!engine) return std::unexpected(std::move(engine.error()));
  Delivered given;
  for (const v1::SignedBatch& batch : batches) {
    node::Engine::Output output = (*engine)->import_batch(batch, wall_clock_ms());
    if (output.failure) return std::unexpected(std::move(*output.failure));
    for (auto& [session, receipt] : output.receipts) given.receipts.push_back(std::move(receipt));
  }
  given.in_force = in_force((*engine)->core());
  return given;
}

}  // namespace

Result<Delivered> deliver(const Tier& tier, const NodeSettings& settings,
                          const LoadedIdentity& identity, const Tier::OpenStore& open_store,
                          trust::CertificateBook& certificates,
                          const std::vector<v1::SignedBatch>& batches) {
  const auto lock = service::DataLock::take(settings.data);
  if (!lock && lock.error().code != ErrorCode::kLocked) return std::unexpected(lock.error());
  return lock ? give_to_journal(tier, identity, open_store, certificates, batches)
              : give_to_server(settings, identity, batches);
}

Result<BatchAnswer> answer_to(const v1::SignedBatch& batch, const v1::SignedReceipt& receipt) {
  BatchAnswer answer;
  v1::Receipt opened;
  if (!answer.batch.ParseFromString(batch.payload()) ||
      !opened.ParseFromString(receipt.payload())) {
    return fail(ErrorCode::kMalformed, "the server's receipt does not decode");
  }
  answer.refused = opened.refused();
  answer.outcomes.resize(static_cast<std::size_t>(answer.batch.entries_size()));
  for (int i = 0; i < opened.outcomes_size() && i < answer.batch.entries_size(); ++i) {
    if (opened.outcomes(i).result_case() == v1::Outcome::RESULT_NOT_SET) continue;
    answer.outcomes[static_cast<std::size_t>(i)] = opened.outcomes(i);
  }
  return answer;
}

}  // namespace urna::daemon
