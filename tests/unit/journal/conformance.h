// The fixture of the conformance suite: one store of each kind, opened empty.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/unit/journal/backend.h"
#include "tests/unit/journal/sample.h"

namespace urna::journal {

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    backend_ = make_backend(GetParam());
    if (backend_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not here";
    open();
  }

  void open(CrashHook hook = {}) {
    store_.reset();
    auto opened = backend_->open(std::move(hook));
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  // Opens the store anew, where it outlives its object.
  void reopen() {
    if (backend_->persistent()) open();
  }

  std::uint64_t size(LogKind log = LogKind::kElection) { return store_->size(log).value(); }

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Store> store_;
};

inline std::string name_of(const testing::TestParamInfo<std::string>& info) { return info.param; }

}  // namespace urna::journal
