// The folder of one election's authorities.
//
//   DIR/trust.pem                 root and both authorities: what every node is given
//   DIR/root.key, root.crt        to be taken offline; nothing here needs the key again
//   DIR/node-authority.key, .crt
//   DIR/licence-authority.key, .crt
//   DIR/index.jsonl               what was issued and revoked (index.h)
//   DIR/lock                      one process at a time
//
// Keys are PKCS#8 in PEM, encrypted with scrypt when there is a password, readable by their owner
// alone. No file is ever written over, but for the index, which only grows.
#pragma once

#include <filesystem>
#include <string>

#include "central/ca/calendar.h"
#include "central/ca/index.h"
#include "central/ca/password.h"
#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/service/data_lock.h"
#include "common/trust/certificate.h"

namespace urna::ca {

struct NewFolder {
  model::ElectionId election;
  model::UnitId root_unit;  // the national unit, for which both authorities are made
  Period root;
  Period authorities;
  Password root_password;  // none: the key is not encrypted
  Password authorities_password;
};

// PREFIX.key or PREFIX.crt.
std::filesystem::path key_file(const std::filesystem::path& prefix);
std::filesystem::path certificate_file(const std::filesystem::path& prefix);

// kAlreadyExists, naming the file, when it is there.
Result<void> must_be_new(const std::filesystem::path& file);

// Writes a file that must not be there yet, with the permission given.
Result<void> write_new_file(const std::filesystem::path& file, std::string_view bytes,
                            unsigned mode);

class Folder {
 public:
  // Makes root, authorities and an index that names the three. Makes `folder` when needed.
  // kAlreadyExists when any of its files is there; after any failure none of them is left.
  static Result<void> create(const std::filesystem::path& folder, const NewFolder& wanted,
                             std::chrono::sys_seconds now);

  // kNotFound when it was never made here, kLocked when another process uses it, kCorrupt.
  static Result<Folder> open(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path trust_file() const { return path_ / "trust.pem"; }
  const trust::Anchors& anchors() const { return anchors_; }
  const Index& index() const { return index_; }

  // The authority that issues certificates of `role`, a node's or a licence's.
  std::filesystem::path authority_key_file(trust::Role role) const;
  // The index's entry of that authority; its certificates cannot outlive it.
  Result<Period> authority_period(trust::Role role) const;

  // The national unit, for which both authorities were made.
  Result<model::UnitId> root_unit() const;

  struct Order {
    trust::Role role;
    model::UnitId unit;
    Period period;
    Password password;  // of the new key
    std::filesystem::path prefix;
  };
  // What can be said about an order before any password is known.
  Result<void> check(const Order& order) const;
  // A new key and its certificate as PREFIX.key and PREFIX.crt. The index names it before any of
  // the two files is written: what was not recorded could not be revoked. kAlreadyExists;
  // kInvalidArgument: the period begins before its authority's or ends after it; kUntrusted: a
  // wrong password, or a key that is not the one in trust.pem.
  Result<Issued> issue(const Order& order, const Password& authority_password,
                       std::chrono::sys_seconds now);

  Result<void> mark_revoked(const Revoked& revoked, std::chrono::sys_seconds now);

 private:
  Folder(std::filesystem::path path, service::DataLock lock, trust::Anchors anchors, Index index);
  Result<trust::Identity> load_authority(trust::Role role, const Password& password) const;
  Result<void> save_index() const;

  std::filesystem::path path_;
  service::DataLock lock_;
  trust::Anchors anchors_;
  Index index_;
};

}  // namespace urna::ca
