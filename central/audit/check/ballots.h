// Forms made ready for the ballots met in a file: which options, which of them struck off.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/audit/check/precinct_type.h"
#include "common/model/definition.h"
#include "common/validation/form.h"

namespace urna::audit {

struct BallotCandidate {
  std::uint32_t position = 0;
  bool struck = false;
};
struct BallotOption {
  std::string code;
  bool struck = false;
  std::vector<BallotCandidate> candidates;
};

// What a file tells of a precinct, which some rules ask for.
enum class PostalVoting { kUnknown, kYes, kNo };

// The name under which a ballot knows a precinct of this kind; for validation::check.
const model::UnitId& precinct_kind(PrecinctType type, PostalVoting postal);

// One form with the options of one ballot.
struct Ballot {
  std::shared_ptr<const model::Slice> slice;
  validation::CompiledForm form;
};

// Ballots of one form, made when first met and kept: few ballots serve many protocols.
class Ballots {
 public:
  // Beyond this all are dropped and made anew, so that a file of ever new ballots costs time and
  // not memory.
  static constexpr std::size_t kKeptMax = 256;

  explicit Ballots(v1::Form form);
  const v1::Form& form() const { return form_; }

  // The ballot with these options; valid until the next call. kInvalidArgument when the form takes
  // no candidates and there are some, or codes or positions repeat.
  Result<const Ballot*> with(const std::vector<BallotOption>& options);

 private:
  Result<Ballot> make(const std::vector<BallotOption>& options) const;

  v1::Form form_;
  std::string form_bytes_;
  std::unordered_map<std::string, Ballot> kept_;
};

}  // namespace urna::audit
