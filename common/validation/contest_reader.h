// Decodes the contests of a definition. A country has tens of thousands of them and a dozen forms:
// what contests share is decoded once and kept once.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/model/definition.h"
#include "common/validation/form.h"

namespace urna::validation {

// One thread. What it returns outlives it.
class ContestReader {
 public:
  struct Part {
    Digest digest;
    std::string_view bytes;
  };
  struct Contest {
    std::shared_ptr<const model::Slice> slice;
    CompiledForm form;
  };

  // The caller has checked every digest. Errors as model::Slice::parse and CompiledForm::compile.
  Result<Contest> read(const Part& slice, const Part& form, const Part& reference);

 private:
  std::unordered_map<Digest, std::shared_ptr<const model::DecodedForm>> forms_;
  std::unordered_map<Digest, std::shared_ptr<const model::DecodedReference>> references_;
  // The different programs a form has come to: they depend on a contest's options.
  std::unordered_map<Digest, std::vector<std::shared_ptr<const Program>>> programs_;
};

}  // namespace urna::validation
