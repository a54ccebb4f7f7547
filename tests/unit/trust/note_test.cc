#include "common/trust/note.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace urna::trust {
namespace {

// The worked example in the documentation of Go's golang.org/x/mod/sumdb/note.
constexpr std::string_view kSkey =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view kVkey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

Result<VerifiedNote> check(std::string_view note) {
  const NoteVerifier verifiers[] = {NoteVerifier::parse(kVkey).value()};
  return verify_note(note, verifiers);
}

TEST(Note, EveryFlippedBitIsRefused) {
  ASSERT_TRUE(check(kNote).has_value());
  for (std::size_t at = 0; at < kNote.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad(kNote);
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(check(bad).has_value()) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(Note, CutShortAnywhereIsRefused) {
  for (std::size_t size = 0; size < kNote.size(); ++size) {
    EXPECT_FALSE(check(kNote.substr(0, size)).has_value()) << size;
  }
  EXPECT_EQ(check(std::string(kNoteBytesMax + 1, '\n')).error().code, ErrorCode::kTooLarge);
}

TEST(Note, WithoutAKnownSignatureIsUntrusted) {
  const auto other = NoteSigner::generate("other").value();
  const NoteVerifier verifiers[] = {other.verifier()};
  EXPECT_EQ(verify_note(kNote, verifiers).error().code, ErrorCode::kUntrusted);
  EXPECT_EQ(verify_note(kNote, {}).error().code, ErrorCode::kUntrusted);
}

TEST(Note, TextWithoutLastNewlineOrWithControlCharactersIsNotSigned) {
  const auto signer = NoteSigner::generate("n").value();
  const NoteSigner* const signers[] = {&signer};
  for (const std::string text : {"", "no newline", "bell\a\n", "carriage\r\n"}) {
    EXPECT_EQ(sign_note(text, signers).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Note, KeysOfOtherShapesAreRefused) {
  EXPECT_FALSE(NoteVerifier::parse("").has_value());
  EXPECT_FALSE(NoteVerifier::parse(kSkey).has_value());
  EXPECT_FALSE(NoteSigner::parse(kVkey).has_value());
  std::string wrong_hash(kVkey);
  wrong_hash[13] = 'd';
  EXPECT_FALSE(NoteVerifier::parse(wrong_hash).has_value());
  EXPECT_FALSE(NoteSigner::generate("a b").has_value());
  EXPECT_FALSE(NoteSigner::generate("a+b").has_value());
  EXPECT_FALSE(NoteSigner::generate("").has_value());
}

// Ed25519 is deterministic: signing gives the very bytes of the example.
TEST(Note, ExampleOfTheFormatIsSignedAndVerified) {
  const auto signer = NoteSigner::parse(kSkey).value();
  EXPECT_EQ(signer.skey(), kSkey);
  EXPECT_EQ(signer.verifier().vkey(), kVkey);
  const NoteSigner* const signers[] = {&signer};
  EXPECT_EQ(sign_note(kText, signers).value(), kNote);
  const auto verified = check(kNote).value();
  EXPECT_EQ(verified.text, kText);
  EXPECT_EQ(verified.signers, std::vector<std::string>{"PeterNeumann"});
}

TEST(Note, UnknownCosignersAreSkippedAndKnownOnesNamed) {
  const auto centre = NoteSigner::generate("centre").value();
  const auto node = NoteSigner::generate("node-146502").value();
  const auto stranger = NoteSigner::generate("stranger").value();
  const NoteSigner* const signers[] = {&centre, &stranger, &node, &node};
  const std::string note = sign_note("a\n\nb\n", signers).value();
  const NoteVerifier verifiers[] = {node.verifier(), centre.verifier()};
  const auto verified = verify_note(note, verifiers).value();
  EXPECT_EQ(verified.text, "a\n\nb\n");
  EXPECT_EQ(verified.signers, (std::vector<std::string>{"centre", "node-146502"}));
}

}  // namespace
}  // namespace urna::trust
