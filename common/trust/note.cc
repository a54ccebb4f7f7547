#include "common/trust/note.h"

#include <algorithm>

#include "common/base/base64.h"
#include "common/base/check.h"
#include "common/trust/openssl.h"
#include "common/trust/sha256.h"

namespace urna::trust {

namespace {

constexpr char kEd25519 = 1;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kHashBytes = 4;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space
constexpr std::string_view kPrivate = "PRIVATE+KEY+";

bool is_key_name(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](unsigned char c) {
    return c <= ' ' || c == '+' || c >= 0x7f;
  });
}

Bytes key_hash(std::string_view name, std::string_view public_key) {
  const auto digest = sha256({name, "\n", {&kEd25519, 1}, public_key});
  return Bytes(reinterpret_cast<const char*>(digest.data()), kHashBytes);
}

// "<name>+<hash>+<base64 of type and 32 bytes>"
struct KeyParts {
  std::string name;
  Bytes hash;
  Bytes key;
};
std::optional<KeyParts> split_key(std::string_view text) {
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos || text.size() < first + 10 || text[first + 9] != '+') {
    return std::nullopt;
  }
  const std::string_view hex = text.substr(first + 1, 2 * kHashBytes);
  const auto hash = from_hex(hex);
  const auto typed_key = from_base64(text.substr(first + 10));
  if (!is_key_name(text.substr(0, first)) || !hash || to_hex(*hash) != hex || !typed_key) {
    return std::nullopt;
  }
  if (typed_key->size() != 1 + kKeyBytes || typed_key->front() != kEd25519) return std::nullopt;
  return KeyParts{std::string(text.substr(0, first)), *hash, typed_key->substr(1)};
}

std::string typed(std::string_view key) { return to_base64(kEd25519 + std::string(key)); }

ossl::PkeyPtr private_key(std::string_view seed) {
  return ossl::PkeyPtr(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, ossl::data_of(seed), seed.size()));
}

Bytes public_key_of(std::string_view seed) {
  const ossl::PkeyPtr key = private_key(seed);
  Bytes raw(kKeyBytes, '\0');
  std::size_t size = raw.size();
  URNA_CHECK(key != nullptr &&
             EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()),
                                         &size) == 1 &&
             size == kKeyBytes);
  return raw;
}

Bytes sign_ed25519(std::string_view seed, std::string_view text) {
  const ossl::PkeyPtr key = private_key(seed);
  const ossl::MdCtxPtr context(EVP_MD_CTX_new());
  Bytes signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  URNA_CHECK(key != nullptr && context != nullptr);
  URNA_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  URNA_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                            &size, ossl::data_of(text), text.size()) == 1);
  return signature;
}

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && std::ranges::none_of(text, [](unsigned char c) {
           return (c < ' ' && c != '\n') || c == 0x7f;
         });
}

struct SignatureLine {
  std::string_view name;
  Bytes hash;
  Bytes signature;
};
std::optional<SignatureLine> parse_line(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto raw = from_base64(line.substr(space + 1));
  if (!raw || raw->size() <= kHashBytes) return std::nullopt;
  return SignatureLine{line.substr(0, space), raw->substr(0, kHashBytes), raw->substr(kHashBytes)};
}

// All lines of the signature block; nullopt when one of them is not a signature or they are too
// many.
std::optional<std::vector<SignatureLine>> parse_lines(std::string_view block) {
  std::vector<SignatureLine> lines;
  while (!block.empty()) {
    const std::size_t end = block.find('\n');
    if (end == std::string_view::npos || lines.size() == kNoteSignaturesMax) return std::nullopt;
    auto line = parse_line(block.substr(0, end));
    if (!line) return std::nullopt;
    lines.push_back(*std::move(line));
    block.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

NoteVerifier::NoteVerifier(std::string name, Bytes public_key)
    : name_(std::move(name)),
      public_key_(std::move(public_key)),
      key_hash_(key_hash(name_, public_key_)) {}

Result<NoteVerifier> NoteVerifier::parse(std::string_view vkey) {
  auto parts = split_key(vkey);
  if (!parts) return fail(ErrorCode::kMalformed, "not a note's verifier key");
  NoteVerifier verifier(std::move(parts->name), std::move(parts->key));
  if (verifier.key_hash_ != parts->hash) {
    return fail(ErrorCode::kMalformed, "verifier key of " + verifier.name_ + ": wrong hash");
  }
  return verifier;
}

std::string NoteVerifier::vkey() const {
  return name_ + "+" + to_hex(key_hash_) + "+" + typed(public_key_);
}

bool NoteVerifier::verify(std::string_view text, std::string_view signature) const {
  const ossl::ErrorScope scope;
  const ossl::PkeyPtr key(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, ossl::data_of(public_key_), public_key_.size()));
  const ossl::MdCtxPtr context(EVP_MD_CTX_new());
  return key != nullptr && context != nullptr && signature.size() == kSignatureBytes &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), ossl::data_of(signature), signature.size(),
                          ossl::data_of(text), text.size()) == 1;
}

NoteSigner::NoteSigner(NoteVerifier verifier, Bytes seed)
    : verifier_(std::move(verifier)), seed_(std::move(seed)) {}
NoteSigner::~NoteSigner() { OPENSSL_cleanse(seed_.data(), seed_.size()); }
NoteSigner::NoteSigner(NoteSigner&& other) noexcept
    : verifier_(std::move(other.verifier_)), seed_(other.seed_) {
  OPENSSL_cleanse(other.seed_.data(), other.seed_.size());
  other.seed_.clear();
}

Result<NoteSigner> NoteSigner::generate(std::string_view name) {
  const ossl::ErrorScope scope;
  if (!is_key_name(name)) {
    return fail(ErrorCode::kInvalidArgument, "a note signer's name has no spaces and no '+'");
  }
  Bytes seed(kKeyBytes, '\0');
  URNA_CHECK(RAND_priv_bytes(reinterpret_cast<unsigned char*>(seed.data()),
                             static_cast<int>(seed.size())) == 1);
  NoteVerifier verifier(std::string(name), public_key_of(seed));
  return NoteSigner(std::move(verifier), std::move(seed));
}

Result<NoteSigner> NoteSigner::parse(std::string_view skey) {
  const ossl::ErrorScope scope;
  auto parts = skey.starts_with(kPrivate) ? split_key(skey.substr(kPrivate.size())) : std::nullopt;
  if (!parts) return fail(ErrorCode::kMalformed, "not a note's signing key");
  NoteVerifier verifier(std::move(parts->name), public_key_of(parts->key));
  if (verifier.key_hash_ != parts->hash) {
    return fail(ErrorCode::kMalformed, "signing key of " + verifier.name() + ": wrong hash");
  }
  return NoteSigner(std::move(verifier), std::move(parts->key));
}

std::string NoteSigner::skey() const {
  return std::string(kPrivate) + verifier_.name_ + "+" + to_hex(verifier_.key_hash_) + "+" +
         typed(seed_);
}

Result<std::string> sign_note(std::string_view text, std::span<const NoteSigner* const> signers) {
  const ossl::ErrorScope scope;
  if (!is_note_text(text)) {
    return fail(ErrorCode::kInvalidArgument, "a note's text is lines, each ended by a newline");
  }
  std::string note = std::string(text) + "\n";
  for (const NoteSigner* signer : signers) {
    const NoteVerifier& verifier = signer->verifier_;
    note.append(kDash).append(verifier.name_).append(" ");
    note.append(to_base64(verifier.key_hash_ + sign_ed25519(signer->seed_, text))).append("\n");
  }
  return note;
}

Result<VerifiedNote> verify_note(std::string_view note, std::span<const NoteVerifier> verifiers) {
  if (note.size() > kNoteBytesMax) return fail(ErrorCode::kTooLarge, "note: too large");
  // The last empty line: the text may hold empty lines of its own.
  const std::size_t split = note.rfind("\n\n");
  if (split == std::string_view::npos) return fail(ErrorCode::kMalformed, "note: no signatures");
  const std::string_view text = note.substr(0, split + 1);
  const auto lines = parse_lines(note.substr(split + 2));
  if (!is_note_text(text) || !lines) return fail(ErrorCode::kMalformed, "note: does not decode");
  VerifiedNote verified{std::string(text), {}};
  for (const SignatureLine& line : *lines) {
    const auto known = std::ranges::find_if(verifiers, [&](const NoteVerifier& verifier) {
      return verifier.name_ == line.name && verifier.key_hash_ == line.hash;
    });
    if (known == verifiers.end()) continue;
    if (!known->verify(text, line.signature)) {
      return fail(ErrorCode::kUntrusted, "note: the signature of " + known->name_ + " is false");
    }
    if (std::ranges::find(verified.signers, known->name_) == verified.signers.end()) {
      verified.signers.push_back(known->name_);
    }
  }
  if (verified.signers.empty()) {
    return fail(ErrorCode::kUntrusted, "note: no signature by a known key");
  }
  return verified;
}

}  // namespace urna::trust
