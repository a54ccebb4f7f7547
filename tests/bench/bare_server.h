// The ceiling for the centre: a server of the same Submit stream that verifies each record's
// signature, inserts the record into PostgreSQL, answers when it is durable, and does nothing else.
//
// Built to be fast: batches are decoded and verified on all cores, one writer commits everything
// that waits in one transaction, receipts are not signed. Nothing is parsed, judged, added up or
// logged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/trust/certificate.h"
#include "common/uplink/credentials.h"

namespace urna::bench {

struct BareOptions {
  std::string listen;  // "127.0.0.1:0"
  uplink::TlsIdentity tls;
  trust::Anchors anchors;
  std::string database;  // for libpq
  // Take the key out of a certificate without verifying who issued it.
  bool trust_certificates = false;
};

class BareServer {
 public:
  // kUnavailable: the database or the address.
  static Result<std::unique_ptr<BareServer>> start(const BareOptions& options);
  // Ends every stream.
  ~BareServer();

  const std::string& address() const;

 private:
  struct Impl;
  explicit BareServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The hidden subcommand `bare`: serves until SIGTERM, with the centre's own files. Writes its
// address to a file. The exit status.
struct BareArguments {
  std::filesystem::path folder;  // as drill::files_of() wants it
  std::string unit;
  std::string database;
  std::filesystem::path address_file;
  bool trust_certificates = false;
};
int run_bare_server(const BareArguments& arguments);

}  // namespace urna::bench
