#include "tests/drill/keyring.h"

#include <nlohmann/json.hpp>

#include "common/service/files.h"

namespace urna::drill {

namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;
constexpr std::int64_t kDayMs = 86'400'000;

trust::Validity validity_around(std::uint64_t now_ms) {
  const auto now = static_cast<std::int64_t>(now_ms);
  return {now - kDayMs, now + 365 * kDayMs};
}

}  // namespace

Result<Keyring::Pair> Keyring::to_pair(const trust::Identity& identity) {
  auto pem = identity.key.to_pem(std::nullopt);
  if (!pem) return std::unexpected(std::move(pem.error()));
  return Pair{std::move(*pem), trust::der_to_pem(identity.certificate_der)};
}

Result<trust::Identity> Keyring::from_pair(const Pair& pair) {
  auto key = trust::PrivateKey::from_pem(pair.key_pem, std::nullopt);
  if (!key) return std::unexpected(std::move(key.error()));
  auto der = trust::pem_to_der(pair.certificate_pem);
  if (!der) return std::unexpected(std::move(der.error()));
  return trust::Identity{std::move(*key), std::move(*der)};
}

Result<Keyring> Keyring::open(const std::filesystem::path& file, const model::ElectionId& election,
                              const model::UnitId& root_unit, std::uint64_t now_ms) {
  Keyring keyring;
  keyring.election_ = election;
  keyring.made_at_ms_ = now_ms;
  for (const trust::Role role : {trust::Role::kNodeAuthority, trust::Role::kLicenceAuthority}) {
    keyring.authority_uri_[role] = trust::subject_uri({election, root_unit, role});
  }
  const auto text = service::read_file(file, kFileBytesMax);
  const bool fresh = !text && text.error().code == ErrorCode::kNotFound;
  if (!text && !fresh) return std::unexpected(text.error());
  auto ready = fresh ? keyring.make_authorities(root_unit) : keyring.read(*text);
  if (!ready) return std::unexpected(std::move(ready.error()).within(file.string()));
  for (const std::string& uri :
       {std::string("root"), keyring.authority_uri_[trust::Role::kNodeAuthority],
        keyring.authority_uri_[trust::Role::kLicenceAuthority]}) {
    keyring.anchors_pem_ += keyring.pairs_[uri].certificate_pem;
  }
  for (const auto& [role, uri] : keyring.authority_uri_) {
    auto authority = from_pair(keyring.pairs_[uri]);
    if (!authority) return std::unexpected(std::move(authority.error()).within(file.string()));
    keyring.authority_.emplace(role, std::move(*authority));
  }
  return keyring;
}

Result<void> Keyring::make_authorities(const model::UnitId& root_unit) {
  const trust::Validity validity = validity_around(made_at_ms_);
  auto root = trust::make_root("Urna drill root", validity);
  if (!root) return std::unexpected(std::move(root.error()));
  auto pair = to_pair(*root);
  if (!pair) return std::unexpected(std::move(pair.error()));
  pairs_["root"] = std::move(*pair);
  for (const auto& [role, uri] : authority_uri_) {
    auto authority = trust::make_authority(*root, {election_, root_unit, role}, validity);
    if (!authority) return std::unexpected(std::move(authority.error()));
    auto made = to_pair(*authority);
    if (!made) return std::unexpected(std::move(made.error()));
    pairs_[uri] = std::move(*made);
  }
  return {};
}

Result<void> Keyring::read(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("keys") || !json["keys"].is_object()) {
    return fail(ErrorCode::kMalformed, "not a drill's keys");
  }
  if (json.value("election", "") != election_.str()) {
    return fail(ErrorCode::kWrongElection,
                "the keys are of election " + json.value("election", ""));
  }
  made_at_ms_ = json.value("made_at_ms", std::uint64_t{0});
  for (const auto& [uri, pair] : json["keys"].items()) {
    pairs_[uri] = {pair.value("key", ""), pair.value("certificate", "")};
  }
  return {};
}

std::optional<Keyring::Pair> Keyring::kept(const std::string& uri) const {
  const std::lock_guard lock(*mutex_);
  const auto found = pairs_.find(uri);
  return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

Result<trust::Identity> Keyring::issue(const trust::Subject& subject, const std::string& uri) {
  const trust::Role role =
      trust::is_node(subject.role) ? trust::Role::kNodeAuthority : trust::Role::kLicenceAuthority;
  auto issued = trust::issue_identity(authority_.at(role), subject, validity_around(made_at_ms_));
  if (!issued) return std::unexpected(std::move(issued.error()));
  auto pair = to_pair(*issued);
  if (!pair) return std::unexpected(std::move(pair.error()));
  {
    const std::lock_guard lock(*mutex_);
    const auto [known, fresh] = pairs_.try_emplace(uri, std::move(*pair));
    if (fresh) return issued;
  }
  return from_pair(*kept(uri));  // somebody was quicker
}

Result<trust::Identity> Keyring::identity(const trust::Subject& subject) {
  const std::string uri = trust::subject_uri(subject);
  if (const auto pair = kept(uri)) return from_pair(*pair);
  return issue(subject, uri);
}

Result<void> Keyring::make(const trust::Subject& subject) {
  const std::string uri = trust::subject_uri(subject);
  if (kept(uri)) return {};
  auto issued = issue(subject, uri);
  return issued ? Result<void>() : std::unexpected(std::move(issued.error()));
}

Result<void> Keyring::save(const std::filesystem::path& file) const {
  nlohmann::json json;
  json["election"] = election_.str();
  json["made_at_ms"] = made_at_ms_;
  for (const auto& [uri, pair] : pairs_) {
    json["keys"][uri] = {{"key", pair.key_pem}, {"certificate", pair.certificate_pem}};
  }
  return service::write_file_atomically(file, json.dump(), 0600);
}

}  // namespace urna::drill
