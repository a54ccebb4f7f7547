#include "common/daemon/import.h"

#include <chrono>
#include <iostream>
#include <map>

#include "common/base/clock.h"
#include "common/daemon/identity.h"
#include "common/model/strict.h"
#include "common/node/engine.h"
#include "common/node/transfer_file.h"
#include "common/service/data_lock.h"
#include "common/service/files.h"
#include "common/service/version.h"
#include "common/uplink/send.h"

namespace urna::daemon {

namespace {

constexpr std::chrono::minutes kSendTimeout{10};

using Receipts = std::vector<v1::SignedReceipt>;

Result<Receipts> give_to_server(const NodeSettings& settings, const LoadedIdentity& identity,
                                const std::vector<v1::SignedBatch>& batches) {
  std::string address = settings.uplink.listen;
  if (settings.uplink.address_file) {
    const auto text = service::read_file(*settings.uplink.address_file, 4'096);
    if (!text) return std::unexpected(text.error());
    address = text->substr(0, text->find('\n'));
  }
  if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
  const trust::Subject& self = identity.node.certificate->subject;
  return uplink::send_batches({self.unit, address}, self.election, identity.tls, batches,
                              kSendTimeout);
}

Result<Receipts> give_to_journal(const Tier& tier, const NodeSettings& settings,
                                 const LoadedIdentity& identity, const Tier::OpenStore& open_store,
                                 trust::CertificateBook& certificates,
                                 const std::vector<v1::SignedBatch>& batches) {
  auto store = open_store();
  if (!store) return std::unexpected(std::move(store.error()));
  node::CoreConfig config;
  config.election = identity.node.certificate->subject.election;
  config.unit = identity.node.certificate->subject.unit;
  config.is_centre = tier.is_centre;
  config.retry_ms = settings.retry_ms;
  auto engine = node::Engine::open(std::move(config), **store, certificates, identity.node,
                                   node::system_random());
  if (!engine) return std::unexpected(std::move(engine.error()));
  Receipts receipts;
  for (const v1::SignedBatch& batch : batches) {
    node::Engine::Output output = (*engine)->import_batch(batch, wall_clock_ms());
    if (output.failure) return std::unexpected(std::move(*output.failure));
    for (auto& [session, receipt] : output.receipts) receipts.push_back(std::move(receipt));
  }
  return receipts;
}

// Counts outcomes and prints them; an error when something did not come in.
Result<void> print_outcomes(const Receipts& receipts) {
  std::map<std::string, std::uint64_t> counts;
  std::uint64_t number = 0;
  for (const v1::SignedReceipt& sealed : receipts) {
    v1::Receipt receipt;
    if (!receipt.ParseFromString(sealed.payload())) {
      return fail(ErrorCode::kMalformed, "the server's receipt does not decode");
    }
    if (!receipt.refused().empty()) {
      return fail(ErrorCode::kNotAuthorised, "a batch was refused: " + receipt.refused());
    }
    for (const v1::Outcome& outcome : receipt.outcomes()) {
      ++number;
      if (outcome.has_refused()) {
        ++counts["refused"];
        std::cerr << "record " << number << " refused: " << outcome.refused().code() << " "
                  << outcome.refused().detail();
        for (const v1::Finding& finding : outcome.refused().findings())
          std::cerr << " " << finding.code();
        std::cerr << "\n";
      } else if (outcome.has_deferred()) {
        ++counts["waiting"];
      } else {
        ++counts[outcome.has_duplicate_of() ? "duplicates" : "admitted"];
      }
    }
  }
  std::cout << number << " records: " << counts["admitted"] << " admitted, " << counts["duplicates"]
            << " already here, " << counts["refused"] << " refused, " << counts["waiting"]
            << " waiting for a definition\n";
  if (counts["refused"] > 0) return fail(ErrorCode::kInvalidArgument, "some records were refused");
  if (counts["waiting"] > 0) {
    return fail(
        ErrorCode::kNotFound,
        "some records name a definition that is not here yet; import the definition, then the "
        "file again");
  }
  return {};
}

}  // namespace

Result<void> import_file(const Tier& tier, const NodeSettings& settings,
                         const Tier::OpenStore& open_store, const std::filesystem::path& file) {
  const auto bytes = service::read_file(file, node::kTransferFileBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  trust::CertificateBook certificates(identity->anchors);
  const auto batches = node::batches_of_file(*bytes, certificates, identity->node, wall_clock_ms());
  if (!batches) {
    Error error = batches.error();
    return std::unexpected(std::move(error).within(file.string()));
  }
  const auto lock = service::DataLock::take(settings.data);
  if (!lock && lock.error().code != ErrorCode::kLocked) return std::unexpected(lock.error());
  const auto receipts =
      lock ? give_to_journal(tier, settings, *identity, open_store, certificates, *batches)
           : give_to_server(settings, *identity, *batches);
  if (!receipts) return std::unexpected(receipts.error());
  return print_outcomes(*receipts);
}

}  // namespace urna::daemon
