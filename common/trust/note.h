// Signed notes: how a checkpoint is published so that the tools of transparency logs can check it.
// Source: C2SP signed-note and tlog-checkpoint (c2sp.org).
//
//   <text, ending in a newline>
//   <an empty line>
//   — <name> <base64 of: 4 bytes of key hash, then the signature>        one line per signer
//
// A key hash is the first four bytes of SHA-256(name ‖ 0x0a ‖ type ‖ public key); only type 1,
// Ed25519 over the text, is made or verified here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"

namespace urna::trust {

// A longer note is refused before it is read.
inline constexpr std::size_t kNoteBytesMax = 1'000'000;
inline constexpr std::size_t kNoteSignaturesMax = 100;

class NoteSigner;

// A name and an Ed25519 key that verifies. Immutable; safe to share between threads.
class NoteVerifier {
 public:
  // "<name>+<key hash, 8 hexadecimal digits>+<base64 of type and key>", the form in which such keys
  // are published. kMalformed when it is not, or when the hash does not match.
  static Result<NoteVerifier> parse(std::string_view vkey);

  const std::string& name() const { return name_; }
  std::string vkey() const;

 private:
  friend class NoteSigner;
  friend Result<struct VerifiedNote> verify_note(std::string_view, std::span<const NoteVerifier>);
  friend Result<std::string> sign_note(std::string_view, std::span<const NoteSigner* const>);
  NoteVerifier(std::string name, Bytes public_key);
  bool verify(std::string_view text, std::string_view signature) const;

  std::string name_;
  Bytes public_key_;  // 32 bytes
  Bytes key_hash_;    // 4 bytes
};

// A name and an Ed25519 key that signs. Not copyable; the key is wiped when it goes. Safe to use
// from several threads.
class NoteSigner {
 public:
  ~NoteSigner();
  NoteSigner(NoteSigner&& other) noexcept;
  NoteSigner& operator=(NoteSigner&&) = delete;

  // A new key from the system's random source. A name is not empty and holds neither space nor '+':
  // kInvalidArgument.
  static Result<NoteSigner> generate(std::string_view name);
  // "PRIVATE+KEY+<name>+<key hash>+<base64 of type and seed>", as other tools write it.
  static Result<NoteSigner> parse(std::string_view skey);

  std::string skey() const;
  const NoteVerifier& verifier() const { return verifier_; }

 private:
  friend Result<std::string> sign_note(std::string_view, std::span<const NoteSigner* const>);
  NoteSigner(NoteVerifier verifier, Bytes seed);

  NoteVerifier verifier_;
  Bytes seed_;  // 32 bytes
};

// The note of `text` with one signature line per signer, in their order. kInvalidArgument when the
// text is empty, does not end in a newline, or holds a control character other than newline.
Result<std::string> sign_note(std::string_view text, std::span<const NoteSigner* const> signers);

struct VerifiedNote {
  std::string text;
  // Names of those of the given verifiers that signed, in the note's order, each once.
  std::vector<std::string> signers;
};

// Signatures of unknown keys are skipped, as the format demands: cosigners come and go. A false
// signature of a known key, or no signature of any, makes the note kUntrusted. kMalformed,
// kTooLarge.
Result<VerifiedNote> verify_note(std::string_view note, std::span<const NoteVerifier> verifiers);

}  // namespace urna::trust
