#include "common/daemon/identity.h"

#include <chrono>
#include <ctime>

#include "common/daemon/terminal.h"
#include "common/service/files.h"

namespace urna::daemon {

namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;

Result<std::string> read_pem(const std::filesystem::path& file, std::string_view what) {
  auto bytes = service::read_file(file, kPemBytesMax);
  if (!bytes)
    return std::unexpected(std::move(bytes.error()).within("cannot read the " + std::string(what)));
  return std::move(*bytes);
}

bool is_encrypted(std::string_view pem) { return pem.find("ENCRYPTED PRIVATE KEY") != pem.npos; }

Result<std::optional<std::string>> password_for(const IdentitySettings& settings,
                                                std::string_view pem) {
  if (!is_encrypted(pem)) return std::optional<std::string>();
  if (!settings.password_file) {
    auto asked = read_password("Password for " + settings.key.string());
    if (!asked) return std::unexpected(std::move(asked.error()));
    return std::optional(std::move(*asked));
  }
  auto text = read_pem(*settings.password_file, "password file");
  if (!text) return std::unexpected(std::move(text.error()));
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return std::optional(std::move(*text));
}

struct KeyAndCertificate {
  trust::Anchors anchors;
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;
  std::string certificate_pem;
};

Result<KeyAndCertificate> load(const IdentitySettings& settings) {
  const auto anchors_pem = read_pem(settings.anchors, "anchors");
  if (!anchors_pem) return std::unexpected(anchors_pem.error());
  auto anchors = trust::Anchors::from_pem(*anchors_pem);
  if (!anchors)
    return std::unexpected(std::move(anchors.error()).within(settings.anchors.string()));
  auto certificate_pem = read_pem(settings.certificate, "certificate");
  if (!certificate_pem) return std::unexpected(std::move(certificate_pem.error()));
  const auto der = trust::pem_to_der(*certificate_pem);
  auto certificate = der ? anchors->verify(*der) : std::unexpected(der.error());
  if (!certificate) {
    return std::unexpected(std::move(certificate.error()).within(settings.certificate.string()));
  }
  const auto key_pem = read_pem(settings.key, "key");
  if (!key_pem) return std::unexpected(key_pem.error());
  const auto password = password_for(settings, *key_pem);
  if (!password) return std::unexpected(password.error());
  auto key = trust::PrivateKey::from_pem(*key_pem, *password);
  if (!key) return std::unexpected(std::move(key.error()).within(settings.key.string()));
  constexpr std::string_view kProbe = "urna key and certificate belong together";
  if (!(*certificate)->key->verify({kProbe}, key->sign({kProbe}))) {
    return fail(ErrorCode::kInvalidArgument,
                settings.key.string() + " is not the key of " + settings.certificate.string());
  }
  return KeyAndCertificate{std::move(*anchors), std::move(*key), std::move(*certificate),
                           std::move(*certificate_pem)};
}

}  // namespace

Result<LoadedIdentity> load_identity(const IdentitySettings& settings,
                                     const std::string& software) {
  auto loaded = load(settings);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  if (!trust::is_node(loaded->certificate->subject.role)) {
    return fail(ErrorCode::kNotAuthorised,
                settings.certificate.string() + " is the licence of a " +
                    std::string(trust::role_name(loaded->certificate->subject.role)) +
                    ", not the certificate of a node");
  }
  auto plain = loaded->key.to_pem(std::nullopt);
  if (!plain) return std::unexpected(std::move(plain.error()));
  uplink::TlsIdentity tls{std::move(*plain), std::move(loaded->certificate_pem),
                          loaded->anchors.tls_roots_pem()};
  return LoadedIdentity{std::move(loaded->anchors),
                        {std::move(loaded->key), std::move(loaded->certificate), software},
                        std::move(tls)};
}

namespace {

std::string time_text(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text;
}

}  // namespace

std::optional<std::string> validity_problem(const std::string& name,
                                            const trust::Certificate& certificate,
                                            std::uint64_t now_ms) {
  const auto now = static_cast<std::int64_t>(now_ms);
  if (certificate.valid_at(now)) return std::nullopt;
  return name + (now < certificate.not_before_ms
                     ? " is not valid before " + time_text(certificate.not_before_ms)
                     : " expired on " + time_text(certificate.not_after_ms));
}

Result<LoadedLicence> load_licence(const IdentitySettings& settings) {
  auto loaded = load(settings);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  if (!trust::is_licence(loaded->certificate->subject.role)) {
    return fail(ErrorCode::kNotAuthorised, settings.certificate.string() + " is not a licence");
  }
  return LoadedLicence{std::move(loaded->key), std::move(loaded->certificate)};
}

}  // namespace urna::daemon
