// The three stores behind one face, for the suite that runs on all of them.
#pragma once

#include <memory>
#include <string>

#include "common/journal/store.h"

namespace urna::journal {

// One place where a store can be opened again and again; empty at first.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Result<std::unique_ptr<Store>> open(CrashHook hook = {}) = 0;
  // False when a store ends with its object.
  virtual bool persistent() const { return true; }
};

// "memory", "sqlite" or "postgres". Skips the running test, by returning nullptr, when there is no
// PostgreSQL and CI is not set.
std::unique_ptr<Backend> make_backend(const std::string& name);

}  // namespace urna::journal
