#include "common/daemon/import.h"

#include <iostream>
#include <map>

#include "common/base/clock.h"
#include "common/daemon/definition_file.h"
#include "common/daemon/delivery.h"
#include "common/daemon/identity.h"
#include "common/daemon/record_text.h"
#include "common/daemon/terminal.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

// Why a whole batch is refused, for a person: the codes of docs/formats.md.
std::string reason_of(const std::string& code, const std::string& unit) {
  if (code == "not_authorised") return "the sender does not lie under " + unit;
  if (code == "revoked") return "the sender's certificate is revoked";
  if (code == "wrong_election") return "it is of another election";
  if (code == "certificate_untrusted") return "the sender's certificate does not verify";
  if (code == "bad_signature") return "its signature does not hold";
  if (code == "wrong_sender") return "it names another sender than the one that signed it";
  if (code == "too_large") return "it is over the limits";
  return "it does not decode";
}

// Reads the receipts beside the batches they answer, and tells every record's outcome.
class Teller {
 public:
  Teller(const std::filesystem::path& file, const model::UnitId& unit,
         const trust::CertificateBook& certificates)
      : file_(file.string()), unit_(unit.str()), certificates_(certificates) {}

  Result<void> tell(const v1::SignedBatch& batch, const v1::SignedReceipt& sealed) {
    const auto answer = answer_to(batch, sealed);
    if (!answer) return std::unexpected(answer.error());
    const v1::Batch& sent = answer->batch;
    if (!answer->refused.empty()) {
      ++batches_refused_;
      if (first_refusal_.empty()) {
        first_refusal_ = "batch " + std::to_string(sent.sequence()) + ", sent by " + sent.sender() +
                         ", was refused: " + answer->refused + ", " +
                         reason_of(answer->refused, unit_);
      }
      return {};
    }
    for (int i = 0; i < sent.entries_size(); ++i) {
      tell(sent.entries(i).record(), answer->outcomes[static_cast<std::size_t>(i)]);
    }
    return {};
  }

  // After the last batch: the sums, and an error when something did not come in.
  Result<void> sum_up() {
    std::cout << number_ << " records: " << counts_["admitted"] << " admitted, "
              << counts_["already here"] << " already here, " << counts_["refused"] << " refused, "
              << counts_["waiting"] << " waiting for a definition"
              << (counts_[kUnanswered] == 0
                      ? ""
                      : ", " + std::to_string(counts_[kUnanswered]) + " not answered")
              << "\n";
    if (batches_refused_ > 0) {
      return fail(
          ErrorCode::kNotAuthorised,
          file_ + ": " + first_refusal_ +
              (batches_refused_ > 1 ? "; " + std::to_string(batches_refused_) + " batches in all"
                                    : ""));
    }
    if (counts_["refused"] > 0) {
      return fail(ErrorCode::kInvalidArgument, file_ + ": some records were refused");
    }
    if (counts_["waiting"] > 0) {
      return fail(ErrorCode::kNotFound,
                  file_ +
                      ": some records name a definition that is not here yet; import the "
                      "definition, then the file again; if it stays so, import it at the "
                      "commission above");
    }
    if (counts_[kUnanswered] > 0) {
      return fail(ErrorCode::kUnavailable,
                  file_ + ": the server left some records unanswered; import the file again");
    }
    return {};
  }

  bool all_came_in() {
    return counts_["refused"] == 0 && counts_[kUnanswered] == 0 && batches_refused_ == 0;
  }

 private:
  static constexpr const char* kUnanswered = "not answered";

  void tell(const Bytes& bytes, const std::optional<v1::Outcome>& outcome) {
    ++number_;
    const auto record = trust::reopen_record(bytes, certificates_);
    const std::string name =
        record ? describe_record(*record) : "record " + std::to_string(number_);
    if (outcome && outcome->has_refused()) {
      ++counts_["refused"];
      std::string text =
          name + ": refused: " + outcome->refused().code() + " " + outcome->refused().detail();
      for (const v1::Finding& finding : outcome->refused().findings()) text += " " + finding.code();
      std::cerr << printable(text) << "\n";
      return;
    }
    const char* what = !outcome                      ? kUnanswered
                       : outcome->has_deferred()     ? "waiting"
                       : outcome->has_duplicate_of() ? "already here"
                                                     : "admitted";
    ++counts_[what];
    std::cout << name << ": " << what << "\n";
  }

  const std::string file_;
  const std::string unit_;
  const trust::CertificateBook& certificates_;
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t number_ = 0;
  std::uint64_t batches_refused_ = 0;
  std::string first_refusal_;
};

// Of a definition file: whether what it says is in force now.
void tell_definition(const DefinitionVersion& file, const std::optional<DefinitionVersion>& held) {
  std::cout << "definition " << describe(file) << ": ";
  if (!held) {
    std::cout << "taken in; which one is in force stands in the running server's log\n";
  } else if (*held == file) {
    std::cout << "in force\n";
  } else if (file.version < held->version) {
    std::cout << "older than version " << held->version
              << " held here; kept, not in force; in force is " << describe(*held) << "\n";
  } else {
    std::cout << "kept, not in force; in force is " << describe(*held) << "\n";
  }
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
  std::optional<DefinitionVersion> definition;
  if (bytes->starts_with(node::kDefinitionMagic)) {
    if (const auto opened = node::read_definition(*bytes, certificates)) {
      definition = {opened->manifest.body->manifest().version(), opened->manifest.statement};
    }
  }
  const auto given = deliver(tier, settings, *identity, open_store, certificates, *batches);
  if (!given) return std::unexpected(given.error());
  Teller teller(file, identity->node.certificate->subject.unit, certificates);
  for (std::size_t i = 0; i < given->receipts.size() && i < batches->size(); ++i) {
    if (auto told = teller.tell((*batches)[i], given->receipts[i]); !told) return told;
  }
  const auto outcome = teller.sum_up();
  if (definition && teller.all_came_in()) tell_definition(*definition, given->in_force);
  return outcome;
}

}  // namespace urna::daemon
