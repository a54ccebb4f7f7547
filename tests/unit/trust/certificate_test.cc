#include "common/trust/certificate.h"

#include <gtest/gtest.h>

#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"
#include "tests/unit/trust/world.h"

namespace urna::trust {
namespace {

const Authorities& authorities() {
  static const Authorities kAuthorities;
  return kAuthorities;
}

ErrorCode verdict(const Anchors& anchors, std::string_view der) {
  const auto verified = anchors.verify(der);
  EXPECT_FALSE(verified.has_value());
  return verified ? ErrorCode::kInternal : verified.error().code;
}

TEST(Certificate, OfAnotherElectionIsRefusedByName) {
  const Authorities other("pl-2018");
  const auto chair = other.leaf(subject("140101-1", Role::kChair, "pl-2018"));
  const auto refused = authorities().anchors().verify(chair.certificate_der);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kWrongElection);
  EXPECT_NE(refused.error().message.find("pl-2018"), std::string::npos);
}

TEST(Certificate, OfAForeignAuthorityOfTheSameNameIsUntrusted) {
  const Authorities impostor;
  const auto chair = impostor.leaf(subject("140101-1", Role::kChair));
  EXPECT_EQ(verdict(authorities().anchors(), chair.certificate_der), ErrorCode::kUntrusted);
}

// Somebody put it into the node's store: what it signed there is read, what it signs now is not
// taken.
TEST(CertificateBook, OneThatWasRestoredIsVerifiedBeforeItIsUsedForAnythingNew) {
  CertificateBook book(authorities().anchors());
  const Authorities impostor;
  const Bytes forged = impostor.leaf(subject("140101-1", Role::kChair)).certificate_der;
  const Bytes real = authorities().leaf(subject("140101-1", Role::kChair)).certificate_der;
  for (const Bytes& der : {forged, real}) {
    EXPECT_TRUE(book.restore(der)->has_value());
    ASSERT_NE(book.stored().find(key_id_of(der)), nullptr);
    EXPECT_TRUE(book.stored().find(key_id_of(der))->has_value());
  }
  for (int times = 0; times < 2; ++times) {
    ASSERT_NE(book.find(key_id_of(forged)), nullptr);
    EXPECT_EQ(book.find(key_id_of(forged))->error().code, ErrorCode::kUntrusted);
    EXPECT_EQ(book.add(forged)->error().code, ErrorCode::kUntrusted);
    ASSERT_NE(book.find(key_id_of(real)), nullptr);
    EXPECT_TRUE(book.find(key_id_of(real))->has_value());
    EXPECT_TRUE(book.add(real)->has_value());
  }
  EXPECT_EQ(book.find(KeyId{}), nullptr);
}

TEST(Certificate, AuthorityIssuesOnlyItsOwnRolesOfItsOwnElection) {
  const auto key = PrivateKey::generate().value();
  const auto code = [&](const Identity& authority, const Subject& subject) {
    const auto issued = issue(authority, subject, key.public_der(), kValidity);
    return issued ? std::string("issued") : std::string(error_code_name(issued.error().code));
  };
  const auto& [root, nodes, licences] = authorities();
  EXPECT_EQ(code(nodes, subject("140101-1", Role::kChair)), "not_authorised");
  EXPECT_EQ(code(licences, subject("140101", Role::kTerritorialNode)), "not_authorised");
  EXPECT_EQ(code(licences, subject("PL", Role::kLicenceAuthority)), "not_authorised");
  EXPECT_EQ(code(licences, subject("140101-1", Role::kChair, "pl-2018")), "not_authorised");
  EXPECT_EQ(code(root, subject("140101-1", Role::kChair)), "malformed");
  EXPECT_EQ(code(licences, subject("140101-1", Role::kChair)), "issued");
}

TEST(Certificate, SignedByTheWrongAuthorityOfTheRightElectionIsNotAuthorised) {
  // Roles exchanged: the licence key bears the name of the node authority, and so issues nodes.
  const Authorities& a = authorities();
  const Identity posing{
      PrivateKey::from_pem(a.licence_authority.key.to_pem(std::nullopt).value(), std::nullopt)
          .value(),
      a.node_authority.certificate_der};
  const auto node = issue_identity(posing, subject("140101", Role::kTerritorialNode), kValidity);
  EXPECT_EQ(verdict(a.anchors(), node->certificate_der), ErrorCode::kUntrusted);
}

TEST(Certificate, AuthoritiesAndRootAreNoLeaves) {
  const Authorities& a = authorities();
  EXPECT_EQ(verdict(a.anchors(), a.node_authority.certificate_der), ErrorCode::kNotAuthorised);
  EXPECT_EQ(verdict(a.anchors(), a.licence_authority.certificate_der), ErrorCode::kNotAuthorised);
  EXPECT_EQ(verdict(a.anchors(), a.root.certificate_der), ErrorCode::kMalformed);
}

TEST(Certificate, EveryFlippedBitIsRefused) {
  for (const Role role : {Role::kChair, Role::kPrecinctNode}) {
    const Bytes der = authorities().leaf(subject("140101-1", role)).certificate_der;
    const Anchors anchors = authorities().anchors();
    ASSERT_TRUE(anchors.verify(der).has_value());
    for (std::size_t at = 0; at < der.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        Bytes bad = der;
        bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
        EXPECT_FALSE(anchors.verify(bad).has_value()) << "byte " << at << " bit " << bit;
      }
    }
  }
}

TEST(Certificate, TruncatedAtAnyByteOrWithOneMoreIsMalformed) {
  const Bytes der = authorities().leaf(subject("140101-1", Role::kChair)).certificate_der;
  const Anchors anchors = authorities().anchors();
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_EQ(verdict(anchors, der.substr(0, size)), ErrorCode::kMalformed);
  }
  EXPECT_EQ(verdict(anchors, der + '\0'), ErrorCode::kMalformed);
}

// Order of P-256 (FIPS 186-4, D.1.2.3).
constexpr std::string_view kOrder =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

// order - s, both 32 bytes big-endian.
Bytes twin_of(std::string_view s) {
  const Bytes order = from_hex(kOrder).value();
  Bytes twin(32, '\0');
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    int digit = static_cast<unsigned char>(order[at]) - static_cast<unsigned char>(s[at]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    twin[at] = static_cast<char>(digit + 256 * borrow);
  }
  return twin;
}

std::string shape(std::string_view bytes, std::size_t at, std::size_t size) {
  return to_hex(bytes.substr(at, size));
}

// A second DER of one certificate would have a key id of its own, which no revocation names. The
// high twin of its signature is such a DER, and verifies: low s is what forbids it.
TEST(Certificate, TheHighTwinOfItsSignatureIsRefused) {
  const Anchors anchors = authorities().anchors();
  for (int tries = 0; tries < 200; ++tries) {
    const Bytes der = authorities().leaf(subject("140101-1", Role::kChair)).certificate_der;
    // With r and s of 32 bytes each: 03 47 00 30 45 02 21 00 r 02 20 s, or 03 46 00 30 44 02 20 r …
    const std::size_t s_at = der.size() - 32;
    if (shape(der, s_at - 2, 2) != "0220") continue;
    const bool long_r = shape(der, s_at - 42, 8) == "0347003045022100" ||
                        shape(der, s_at - 2 - 32 - 8, 8) == "0348003045022100";
    const std::size_t head_bytes = long_r ? 8 : 7;
    const std::size_t head_at = s_at - 2 - 32 - head_bytes;
    if (shape(der, head_at, 1) != "03" || shape(der, head_at + 2, 2) != "0030") continue;
    // s becomes 33 bytes (its twin's first bit is set), so four lengths grow by one.
    Bytes twin = der.substr(0, s_at - 1) + '\x21' + '\0' + twin_of(der.substr(s_at));
    const auto grow = [&](std::size_t at) { twin[at] = static_cast<char>(twin[at] + 1); };
    grow(head_at + 1);
    grow(head_at + 4);
    ASSERT_EQ(shape(der, 0, 2), "3082");
    grow(3);
    ASSERT_NE(twin[3], '\0');
    // It decodes, and is refused for its signature.
    EXPECT_EQ(verdict(anchors, twin), ErrorCode::kUntrusted);
    return;
  }
  FAIL() << "no certificate of the expected shape in 200";
}

// The signature's bits could be said to end one earlier when the last of them is 0: the same
// signature, another DER.
TEST(Certificate, ASignatureWithUnusedBitsIsRefused) {
  const Anchors anchors = authorities().anchors();
  for (int tries = 0; tries < 200; ++tries) {
    Bytes der = authorities().leaf(subject("140101-1", Role::kChair)).certificate_der;
    if ((der.back() & 1) != 0) continue;
    // 03 size 00 signature
    const auto head = [&](std::size_t size) { return der.size() - size - 2; };
    std::size_t size = 64;
    while (size < 80 &&
           (der[head(size)] != '\x03' || der[head(size) + 1] != static_cast<char>(size))) {
      ++size;
    }
    ASSERT_LT(size, 80u);
    ASSERT_EQ(der[head(size) + 2], '\0');
    der[head(size) + 2] = '\x01';
    EXPECT_EQ(verdict(anchors, der), ErrorCode::kMalformed);
    return;
  }
  FAIL() << "no certificate whose signature ends in a 0 bit in 200";
}

// DER: an element with its tag and length.
Bytes element(char tag, const Bytes& contents) {
  Bytes length;
  for (std::size_t rest = contents.size(); rest > 0; rest >>= 8) {
    length.insert(length.begin(), static_cast<char>(rest & 0xff));
  }
  if (contents.size() < 0x80) return tag + length + contents;
  return tag + Bytes(1, static_cast<char>(0x80 | length.size())) + length + contents;
}

Bytes number(Bytes bytes) {
  while (bytes.size() > 1 && bytes[0] == 0 && (bytes[1] & 0x80) == 0) bytes.erase(0, 1);
  if ((bytes[0] & 0x80) != 0) bytes.insert(bytes.begin(), '\0');
  return element('\x02', bytes);
}

// The certificate with `from` made `to` (of the same length) in what is signed, and signed again.
Bytes changed(const Bytes& der, const Identity& issuer, std::string_view from,
              std::string_view to) {
  // 30 82 LLLL (30 82 LLLL …)(algorithm)(signature)
  EXPECT_EQ(shape(der, 4, 2), "3082");
  const std::size_t size = 4 + static_cast<unsigned char>(der[6]) * std::size_t{256} +
                           static_cast<unsigned char>(der[7]);
  Bytes signed_part = der.substr(4, size);
  const Bytes old = from_hex(from).value();
  const std::size_t at = signed_part.find(old);
  EXPECT_NE(at, Bytes::npos) << from;
  signed_part.replace(at, old.size(), from_hex(to).value());
  const Bytes algorithm = from_hex("300a06082a8648ce3d040302").value();
  const Bytes signature = issuer.key.sign({signed_part});
  const Bytes numbers =
      element('\x30', number(signature.substr(0, 32)) + number(signature.substr(32)));
  return element('\x30', signed_part + algorithm + element('\x03', Bytes(1, '\0') + numbers));
}

constexpr std::string_view kServerAuth = "06082b06010505070301";
constexpr std::string_view kClientAuth = "06082b06010505070302";
constexpr std::string_view kDocumentSigning = "06082b06010505070324";
constexpr std::string_view kExtendedKeyUsage = "0603551d25";
constexpr std::string_view kUnknownExtension = "0603551d63";

TEST(Certificate, OneThatIsNotRestrictedToThePurposeOfItsRoleIsUntrusted) {
  const Authorities& a = authorities();
  const Bytes chair = a.leaf(subject("140101-1", Role::kChair)).certificate_der;
  const Bytes node = a.leaf(subject("140101", Role::kTerritorialNode)).certificate_der;
  // Only signed again, both still hold: what follows is refused for what it changes.
  const auto same = [](const Bytes& der, const Identity& issuer, std::string_view part) {
    return changed(der, issuer, part, part);
  };
  EXPECT_TRUE(a.anchors().verify(same(chair, a.licence_authority, kDocumentSigning)).has_value());
  EXPECT_TRUE(a.anchors().verify(same(node, a.node_authority, kClientAuth)).has_value());
  const Bytes bad[] = {
      changed(chair, a.licence_authority, kDocumentSigning, kClientAuth),
      changed(chair, a.licence_authority, kExtendedKeyUsage, kUnknownExtension),
      changed(node, a.node_authority, kServerAuth, kDocumentSigning),
      changed(node, a.node_authority, kClientAuth, kServerAuth),
      changed(node, a.node_authority, kExtendedKeyUsage, kUnknownExtension),
  };
  for (const Bytes& der : bad) EXPECT_EQ(verdict(a.anchors(), der), ErrorCode::kUntrusted);
}

TEST(Anchors, AnAuthorityThatIsNotRestrictedToItsPurposeIsUntrusted) {
  const Authorities& a = authorities();
  const std::string root = der_to_pem(a.root.certificate_der);
  const std::string nodes = der_to_pem(a.node_authority.certificate_der);
  const Bytes& licences = a.licence_authority.certificate_der;
  const auto with = [&](std::string_view from, std::string_view to) {
    return Anchors::from_pem(root + nodes + der_to_pem(changed(licences, a.root, from, to)));
  };
  EXPECT_TRUE(with(kDocumentSigning, kDocumentSigning).has_value());
  EXPECT_EQ(with(kDocumentSigning, kClientAuth).error().code, ErrorCode::kUntrusted);
  EXPECT_EQ(with(kExtendedKeyUsage, kUnknownExtension).error().code, ErrorCode::kUntrusted);
}

TEST(Certificate, SaysWhatItWasIssuedFor) {
  const Subject chair = subject("140101-1", Role::kChair);
  const Identity identity = authorities().leaf(chair);
  const auto certificate = authorities().anchors().verify(identity.certificate_der).value();
  EXPECT_EQ(certificate->subject, chair);
  EXPECT_EQ(certificate->id, key_id_of(identity.certificate_der));
  EXPECT_EQ(certificate->der, identity.certificate_der);
  EXPECT_FALSE(certificate->valid_at(kFromMs - 1));
  EXPECT_TRUE(certificate->valid_at(kFromMs));
  EXPECT_TRUE(certificate->valid_at(kUntilMs));
  EXPECT_FALSE(certificate->valid_at(kUntilMs + 1));
  EXPECT_TRUE(certificate->key->verify({"x"}, identity.key.sign({"x"})));
}

TEST(Certificate, EveryRoleButAnAuthorityVerifies) {
  for (const Role role : kAllRoles) {
    EXPECT_EQ(parse_role(role_name(role)), role);
    if (is_authority(role)) continue;
    const bool of_the_top = role == Role::kNationalCommission || role == Role::kCentralNode;
    const Identity leaf = authorities().leaf(subject(of_the_top ? "PL" : "140101", role));
    EXPECT_TRUE(authorities().anchors().verify(leaf.certificate_der).has_value())
        << role_name(role);
  }
  EXPECT_EQ(parse_role("Chair"), std::nullopt);
}

TEST(Certificate, ValidityThatEndsBeforeItBeginsIsRefused) {
  EXPECT_EQ(make_root("r", {kUntilMs, kFromMs}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_root("", kValidity).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_root(std::string(65, 'r'), kValidity).error().code, ErrorCode::kInvalidArgument);
}

TEST(SubjectUri, OtherShapesAreRefused) {
  for (const char* uri :
       {"", "urna:", "urna:a:b", "urna:a:b:chair:", "urna:a:b:chair:x", "urn:a:b:chair",
        "urna::b:chair", "urna:a::chair", "urna:a:b:boss", "URNA:a:b:chair", "urna:a b:c:chair",
        " urna:a:b:chair", "urna:a:b:chair "}) {
    EXPECT_EQ(parse_subject_uri(uri), std::nullopt) << uri;
  }
  EXPECT_EQ(parse_subject_uri("urna:pl-2014:146502:territorial-node"),
            subject("146502", Role::kTerritorialNode));
  EXPECT_EQ(subject_uri(subject("146502", Role::kTerritorialNode)),
            "urna:pl-2014:146502:territorial-node");
  EXPECT_EQ(dns_name_of(election_id("PL_2014.x"), unit_id("146502-711")),
            "n-146502-711.pl-2014-x.urna.internal");
}

TEST(Anchors, AnyOrderOfTheThreeIsTaken) {
  const Authorities& a = authorities();
  const std::string root = der_to_pem(a.root.certificate_der);
  const std::string nodes = der_to_pem(a.node_authority.certificate_der);
  const std::string licences = der_to_pem(a.licence_authority.certificate_der);
  for (const std::string& pem : {licences + root + nodes, nodes + licences + root}) {
    const auto anchors = Anchors::from_pem(pem);
    ASSERT_TRUE(anchors.has_value()) << anchors.error().message;
    EXPECT_EQ(anchors->election().str(), "pl-2014");
    EXPECT_EQ(anchors->tls_roots_pem(), root + nodes);
  }
}

TEST(Anchors, AnythingButARootAndItsTwoAuthoritiesIsRefused) {
  const Authorities& a = authorities();
  const Authorities other;
  const Authorities later("pl-2018");
  const std::string root = der_to_pem(a.root.certificate_der);
  const std::string nodes = der_to_pem(a.node_authority.certificate_der);
  const std::string licences = der_to_pem(a.licence_authority.certificate_der);
  const std::string chair = der_to_pem(a.leaf(subject("140101-1", Role::kChair)).certificate_der);
  const Identity stranger =
      make_authority(a.root, subject("PL", Role::kLicenceAuthority, "pl-2018"), kValidity).value();
  const struct {
    std::string pem;
    ErrorCode code;
  } cases[] = {
      {"", ErrorCode::kMalformed},
      {root + nodes, ErrorCode::kMalformed},
      {root + nodes + licences + chair, ErrorCode::kMalformed},
      {root + nodes + nodes, ErrorCode::kMalformed},
      {root + root + nodes, ErrorCode::kMalformed},
      {root + nodes + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
       ErrorCode::kMalformed},
      {root + nodes + chair, ErrorCode::kUntrusted},
      {der_to_pem(other.root.certificate_der) + nodes + licences, ErrorCode::kUntrusted},
      {root + nodes + der_to_pem(stranger.certificate_der), ErrorCode::kWrongElection},
  };
  for (const auto& [pem, code] : cases) {
    const auto anchors = Anchors::from_pem(pem);
    ASSERT_FALSE(anchors.has_value());
    EXPECT_EQ(anchors.error().code, code) << anchors.error().message;
  }
}

TEST(Pem, CertificateGoesThereAndBack) {
  const Bytes& der = authorities().root.certificate_der;
  EXPECT_EQ(pem_to_der(der_to_pem(der)).value(), der);
  EXPECT_EQ(pem_to_der("nothing").error().code, ErrorCode::kMalformed);
}

// A definition is judged by the national licence's own unit: that unit cannot be chosen.
TEST(Anchors, OnlyTheNationalUnitHasTheNationalCommissionAndTheCentre) {
  const Authorities authorities;
  const Anchors anchors = authorities.anchors();
  for (const Role role : {Role::kNationalCommission, Role::kCentralNode}) {
    EXPECT_TRUE(anchors.verify(authorities.leaf(subject("PL", role)).certificate_der).has_value());
    for (const char* unit : {"140101-1", "140000"}) {
      const auto refused = anchors.verify(authorities.leaf(subject(unit, role)).certificate_der);
      ASSERT_FALSE(refused.has_value()) << unit;
      EXPECT_EQ(refused.error().code, ErrorCode::kNotAuthorised);
    }
  }
}

}  // namespace
}  // namespace urna::trust
