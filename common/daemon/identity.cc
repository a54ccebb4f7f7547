#include "common/daemon/identity.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

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

// Asks on the terminal, without showing what is typed.
Result<std::string> ask_password(const std::filesystem::path& key) {
  if (isatty(STDIN_FILENO) == 0) {
    return fail(
        ErrorCode::kInvalidArgument,
        key.string() + " is encrypted; name a password file, there is no terminal to ask on");
  }
  std::cerr << "Password for " << key.string() << ": ";
  termios before{};
  tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSANOW, &silent);
  std::string password;
  std::getline(std::cin, password);
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  std::cerr << "\n";
  return password;
}

Result<std::optional<std::string>> password_for(const IdentitySettings& settings,
                                                std::string_view pem) {
  if (!is_encrypted(pem)) return std::optional<std::string>();
  if (!settings.password_file) {
    auto asked = ask_password(settings.key);
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

Result<LoadedLicence> load_licence(const IdentitySettings& settings) {
  auto loaded = load(settings);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  if (!trust::is_licence(loaded->certificate->subject.role)) {
    return fail(ErrorCode::kNotAuthorised, settings.certificate.string() + " is not a licence");
  }
  return LoadedLicence{std::move(loaded->key), std::move(loaded->certificate)};
}

}  // namespace urna::daemon
