// All keys of a drill: root, authorities, nodes and licences, made once and kept in one file, so
// that a second replay signs with the same ones. Unencrypted: for drills only.
//
// identity() and make() may be called from several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/trust/certificate.h"

namespace urna::drill {

class Keyring {
 public:
  // Reads `file`, or makes the root and the two authorities when it is not there. `now_ms` becomes
  // the time everything of this drill is signed at. kWrongElection when the file is of another
  // election.
  static Result<Keyring> open(const std::filesystem::path& file, const model::ElectionId& election,
                              const model::UnitId& root_unit, std::uint64_t now_ms);

  // The identity of this subject: the one kept, or a new one.
  Result<trust::Identity> identity(const trust::Subject& subject);
  // Makes it when it is not kept yet.
  Result<void> make(const trust::Subject& subject);
  // Root and authorities in PEM.
  const std::string& anchors_pem() const { return anchors_pem_; }
  std::uint64_t made_at_ms() const { return made_at_ms_; }
  Result<void> save(const std::filesystem::path& file) const;

 private:
  struct Pair {
    std::string key_pem;
    std::string certificate_pem;
  };
  Keyring() : mutex_(std::make_unique<std::mutex>()) {}
  static Result<Pair> to_pair(const trust::Identity& identity);
  static Result<trust::Identity> from_pair(const Pair& pair);
  Result<void> make_authorities(const model::UnitId& root_unit);
  Result<void> read(const std::string& text);
  std::optional<Pair> kept(const std::string& uri) const;
  Result<trust::Identity> issue(const trust::Subject& subject, const std::string& uri);

  model::ElectionId election_;
  std::uint64_t made_at_ms_ = 0;
  std::unique_ptr<std::mutex> mutex_;                 // guards pairs_
  std::unordered_map<std::string, Pair> pairs_;       // by subject URI; "root" for the root
  std::map<trust::Role, trust::Identity> authority_;  // once the keyring is open
  std::string anchors_pem_;
  std::map<trust::Role, std::string> authority_uri_;
};

}  // namespace urna::drill
