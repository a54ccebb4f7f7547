#include "common/trust/record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <set>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "tests/unit/trust/world.h"

namespace urna::trust {
namespace {

// A chair, certificates in a cache, and records of that chair to spoil.
struct Desk {
  Authorities authorities;
  Verdicts cache{authorities.anchors()};
  Identity chair = authorities.leaf(subject("140101-1", Role::kChair));
  std::shared_ptr<const Certificate> certificate = cache.add(chair.certificate_der)->value();
  Bytes manifest = Bytes(32, 'm');
  v1::Body body = body_of(Kind::kProtocol, "140101-1");

  Signer signer() const { return {chair.key, *certificate, "test 1"}; }
  Bytes golden() const {
    return sign_record(signer(), body, manifest, static_cast<std::uint64_t>(kSignedMs));
  }
  v1::SignedRecord envelope() const {
    v1::SignedRecord record;
    record.ParseFromString(golden());
    return record;
  }
  // Signs whatever payload bytes are given, as a careless or hostile holder of the key could.
  Bytes seal(const Bytes& payload, std::string_view type = payload_type(Kind::kProtocol)) const {
    v1::SignedRecord record = envelope();
    record.set_payload_type(std::string(type));
    record.set_payload(payload);
    record.set_signature(chair.key.sign({pae_prefix(type, payload), payload}));
    return model::serialise(record);
  }
  Bytes with_payload(const std::function<void(v1::Payload&)>& change) const {
    v1::Payload payload;
    payload.ParseFromString(envelope().payload());
    change(payload);
    return seal(model::serialise(payload));
  }
};

const Desk& desk() {
  static const Desk kDesk;
  return kDesk;
}

std::string answer(const Bytes& bytes, const CertificateSource& certificates = desk().cache) {
  const Opened opened = open_record(bytes, certificates);
  if (const auto* refused = std::get_if<Refused>(&opened)) {
    return std::string(refusal_code_name(refused->code));
  }
  return std::holds_alternative<MissingCertificate>(opened) ? "missing" : "opened";
}

Bytes signed_by(const Identity& identity, const Certificate& certificate) {
  return sign_record({identity.key, certificate, "test 1"}, desk().body, desk().manifest,
                     static_cast<std::uint64_t>(kSignedMs));
}

// A certificate source that knows one verdict.
struct OneVerdict : CertificateSource {
  std::shared_ptr<const Verdicts::Verdict> verdict;
  std::shared_ptr<const Verdicts::Verdict> find(const KeyId&) const override { return verdict; }
};

// A manifest of so many contests.
Bytes manifest_of(std::size_t contests, const Signer& signer) {
  v1::Body body = body_of(Kind::kManifest, "PL");
  for (std::size_t i = 0; i < contests; ++i) {
    v1::SliceRef& ref = *body.mutable_manifest()->add_slices();
    ref.set_contest("gmina-council-" + std::to_string(1'000'000 + i));
    ref.set_round(1);
    ref.set_slice(std::string(32, 's'));
    ref.set_group("gmina-council");
  }
  return sign_record(signer, body, "", static_cast<std::uint64_t>(kSignedMs));
}

TEST(OpenRecord, AManifestMayNameEveryContestOfACountry) {
  const Desk& d = desk();
  const Identity national = d.authorities.leaf(subject("PL", Role::kNationalCommission));
  static Verdicts cache(d.authorities.anchors());
  const Signer signer{national.key, *cache.add(national.certificate_der)->value(), "test 1"};
  const Bytes large = manifest_of(60'000, signer);
  EXPECT_GT(large.size(), 10 * kRecordBytesMax);
  EXPECT_EQ(answer(large, cache), "opened");
  EXPECT_TRUE(envelope_ids(large).has_value());
  const Bytes too_large = manifest_of(90'000, signer);
  ASSERT_GT(too_large.size(), kManifestBytesMax);
  EXPECT_EQ(answer(too_large, cache), "too_large");
  EXPECT_FALSE(envelope_ids(too_large).has_value());
}

// Whoever may be heard by a node could ask it for hundreds of megabytes otherwise.
TEST(OpenRecord, OnlyANationalCommissionsManifestMayBeLong) {
  const Bytes chairs = manifest_of(60'000, desk().signer());
  ASSERT_GT(chairs.size(), kRecordBytesMax);
  EXPECT_EQ(answer(chairs), "too_large");
  EXPECT_EQ(answer(manifest_of(1'000, desk().signer())), "opened");
}

TEST(OpenRecord, ALongRecordThatIsNotNearlyAllPayloadIsNotEvenParsed) {
  v1::SignedRecord record = desk().envelope();
  record.set_payload_type(std::string(payload_type(Kind::kManifest)));
  Bytes unknown;
  while (unknown.size() <= kRecordBytesMax) unknown += "\x28\x01";  // field 5, which there is not
  for (const Bytes& long_record :
       {model::serialise(record) + unknown,
        model::serialise(record).substr(0, 2 + record.payload_type().size()) + unknown}) {
    EXPECT_EQ(answer(long_record), "malformed");
    EXPECT_FALSE(envelope_ids(long_record).has_value());
  }
}

TEST(OpenRecord, EveryRefusalItCanGiveHasItsCode) {
  const Desk& d = desk();
  static Verdicts cache(d.authorities.anchors());
  cache.add(d.chair.certificate_der);
  const Identity node = d.authorities.leaf(subject("140101-1", Role::kPrecinctNode));
  const auto node_certificate = cache.add(node.certificate_der)->value();
  const Authorities impostor;
  const Identity forged = impostor.leaf(subject("140101-1", Role::kChair));
  const auto forged_certificate = impostor.anchors().verify(forged.certificate_der).value();
  cache.add(forged.certificate_der);
  const Authorities later("pl-2018");
  const Identity elsewhere = later.leaf(subject("140101-1", Role::kChair, "pl-2018"));
  const auto elsewhere_certificate = later.anchors().verify(elsewhere.certificate_der).value();
  cache.add(elsewhere.certificate_der);

  const auto header = [&](const std::function<void(v1::Header&)>& change) {
    return d.with_payload([&](v1::Payload& payload) { change(*payload.mutable_header()); });
  };
  const auto envelope = [&](const std::function<void(v1::SignedRecord&)>& change) {
    v1::SignedRecord record = d.envelope();
    change(record);
    return model::serialise(record);
  };
  const Bytes unknown_field = "\xa2\x06\x01x";  // field 100, one byte
  const Bytes payload = d.envelope().payload();

  const struct {
    const char* what;
    Bytes record;
    const char* code;
  } cases[] = {
      {"nothing", "", "malformed"},
      {"noise", "noise", "malformed"},
      {"cut short", d.golden().substr(0, d.golden().size() - 1), "malformed"},
      {"an unknown field in the envelope", d.golden() + unknown_field, "malformed"},
      {"a field of the envelope twice", d.golden() + d.golden(), "malformed"},
      {"a key id of 31 bytes", envelope([](auto& r) { r.set_key_id(std::string(31, 'k')); }),
       "malformed"},
      {"a payload that does not decode", d.seal("noise"), "malformed"},
      {"an unknown field in the payload", d.seal(payload + unknown_field), "malformed"},
      {"an unknown field in the body",
       d.with_payload([&](auto& p) { p.set_body(p.body() + unknown_field); }), "malformed"},
      {"a body that does not decode", d.with_payload([](auto& p) { p.set_body("noise"); }),
       "malformed"},
      {"no body", d.with_payload([](auto& p) { p.clear_body(); }), "malformed"},
      {"an unknown value of an enumeration", d.with_payload([&](auto& p) {
         v1::Body odd = d.body;
         odd.mutable_protocol()->set_origin(static_cast<v1::EntryOrigin>(7));
         p.set_body(model::serialise(odd));
       }),
       "malformed"},
      {"another kind than its type says", d.seal(payload, payload_type(Kind::kTurnout)),
       "malformed"},
      {"no manifest", header([](auto& h) { h.clear_manifest(); }), "malformed"},
      {"a manifest that names another",
       sign_record(d.signer(), body_of(Kind::kManifest, "PL"), d.manifest,
                   static_cast<std::uint64_t>(kSignedMs)),
       "malformed"},
      {"a record over the limit",
       envelope([](auto& r) { r.set_payload(std::string(kRecordBytesMax, 'p')); }), "too_large"},
      {"a type of no record", d.seal(payload, kBatchType), "unknown_type"},
      {"no type", d.seal(payload, ""), "unknown_type"},
      {"no version", header([](auto& h) { h.clear_format_version(); }), "unsupported_version"},
      {"a later version with a field of its own", d.with_payload([&](auto& p) {
         p.mutable_header()->set_format_version(2);
         p.GetReflection()->MutableUnknownFields(&p)->AddVarint(100, 1);
       }),
       "unsupported_version"},
      {"no header", d.with_payload([](auto& p) { p.clear_header(); }), "unsupported_version"},
      {"another's signature",
       envelope([&](auto& r) { r.set_signature(node.key.sign({r.payload()})); }), "bad_signature"},
      {"no signature", envelope([](auto& r) { r.clear_signature(); }), "bad_signature"},
      {"a signature over the payload without its type",
       envelope([&](auto& r) { r.set_signature(d.chair.key.sign({r.payload()})); }),
       "bad_signature"},
      {"another key id in the header", header([](auto& h) { h.set_key_id(std::string(32, 'k')); }),
       "key_mismatch"},
      {"a node's certificate", signed_by(node, *node_certificate), "certificate_untrusted"},
      {"a forged certificate", signed_by(forged, *forged_certificate), "certificate_untrusted"},
      {"a certificate of another election", signed_by(elsewhere, *elsewhere_certificate),
       "wrong_election"},
      {"another election in the header", header([](auto& h) { h.set_election("pl-2018"); }),
       "wrong_election"},
      {"another unit in the header", header([](auto& h) { h.set_unit("140101-2"); }), "wrong_unit"},
      {"signed before the certificate began",
       header([](auto& h) { h.set_signed_at_ms(kFromMs - 1); }), "certificate_not_valid"},
      {"signed after it ended", header([](auto& h) { h.set_signed_at_ms(kUntilMs + 1); }),
       "certificate_not_valid"},
      {"signed beyond all time", header([](auto& h) { h.set_signed_at_ms(~std::uint64_t{0}); }),
       "certificate_not_valid"},
      {"nothing spoiled", d.golden(), "opened"},
      {"signed as it began", header([](auto& h) { h.set_signed_at_ms(kFromMs); }), "opened"},
      {"signed as it ended", header([](auto& h) { h.set_signed_at_ms(kUntilMs); }), "opened"},
  };
  for (const auto& [what, record, code] : cases) {
    EXPECT_EQ(answer(record, cache), code) << what;
  }
}

TEST(OpenRecord, WithoutItsCertificateIsMissingNotRefused) {
  const Verdicts empty(desk().authorities.anchors());
  const Opened opened = open_record(desk().golden(), empty);
  ASSERT_TRUE(std::holds_alternative<MissingCertificate>(opened));
  EXPECT_EQ(std::get<MissingCertificate>(opened).key_id, desk().certificate->id);
}

// Whatever is flipped, the answer is a refusal or, when the key id itself was hit, that this
// certificate is not known; never an opened record.
TEST(OpenRecord, EveryFlippedBitIsRefused) {
  const Bytes golden = desk().golden();
  ASSERT_EQ(answer(golden), "opened");
  for (std::size_t at = 0; at < golden.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad = golden;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_NE(answer(bad), "opened") << "byte " << at << " bit " << bit;
      // Even if every key id led to the right certificate:
      OneVerdict lenient;
      lenient.verdict = desk().cache.find(desk().certificate->id);
      const std::string code = answer(bad, lenient);
      EXPECT_TRUE(code != "opened" && code != "missing") << code << ", byte " << at;
    }
  }
}

TEST(OpenRecord, AnotherEncodingOfTheSameEnvelopeIsRefused) {
  const v1::SignedRecord record = desk().envelope();
  v1::SignedRecord type_only;
  type_only.set_payload_type(record.payload_type());
  v1::SignedRecord rest = record;
  rest.clear_payload_type();
  // Fields in another order decode to the same message.
  const Bytes reordered = model::serialise(rest) + model::serialise(type_only);
  v1::SignedRecord decoded;
  ASSERT_TRUE(decoded.ParseFromString(reordered));
  ASSERT_EQ(model::serialise(decoded), desk().golden().substr(0, 0) + model::serialise(record));
  EXPECT_EQ(answer(reordered), "malformed");
  EXPECT_FALSE(envelope_ids(reordered).has_value());
}

TEST(OpenRecord, TellsWhatTheSignerWrote) {
  const Desk& d = desk();
  const Bytes golden = d.golden();
  const Opened opened = open_record(golden, d.cache);
  const auto& record = std::get<OpenedRecord>(opened);
  EXPECT_EQ(record.bytes, golden);
  EXPECT_EQ(record.kind, Kind::kProtocol);
  EXPECT_EQ(record.certificate->subject, subject("140101-1", Role::kChair));
  EXPECT_EQ(record.header->software(), "test 1");
  EXPECT_EQ(record.header->signed_at_ms(), static_cast<std::uint64_t>(kSignedMs));
  EXPECT_EQ(record.header->manifest(), d.manifest);
  EXPECT_EQ(record.statement, statement_of(model::serialise(d.body)));
  EXPECT_EQ(model::serialise(*record.body), model::serialise(d.body));
  const auto ids = envelope_ids(golden);
  ASSERT_TRUE(ids.has_value());
  EXPECT_EQ(ids->record, record.id);
  EXPECT_EQ(ids->key, d.certificate->id);
}

TEST(OpenRecord, SignedTwiceIsOneRecordWithTwoSignatures) {
  const Bytes first = desk().golden();
  const Bytes second = desk().golden();
  EXPECT_NE(first, second);
  EXPECT_EQ(envelope_ids(first)->record, envelope_ids(second)->record);
}

TEST(OpenRecord, AnotherEncodingOfABodyIsRefusedThoughItIsSigned) {
  // `revision` before `place` inside the protocol: protobuf takes it, and it is not how Urna writes
  // it.
  const Bytes odd = Bytes("\x1a\x09\x10\x01\x0a\x05\x0a\x03", 8) + "abc";
  v1::Body body;
  ASSERT_TRUE(body.ParseFromString(odd));
  const Bytes exact = model::serialise(body);
  ASSERT_NE(exact, odd);
  const auto sign = [](const Bytes& bytes) {
    return sign_frozen(desk().signer(), Kind::kProtocol, bytes, desk().manifest,
                       static_cast<std::uint64_t>(kSignedMs));
  };
  const Opened refused = open_record(sign(odd), desk().cache);
  ASSERT_TRUE(std::holds_alternative<Refused>(refused));
  EXPECT_EQ(std::get<Refused>(refused).code, RefusalCode::kMalformed);
  const Opened opened = open_record(sign(exact), desk().cache);
  ASSERT_TRUE(std::holds_alternative<OpenedRecord>(opened));
  EXPECT_EQ(std::get<OpenedRecord>(opened).statement, statement_of(exact));
}

TEST(ReopenRecord, ReadsWhatWasStoredAndNamesWhatIsDamaged) {
  const Desk& d = desk();
  EXPECT_TRUE(reopen_record(d.golden(), d.cache).has_value());
  EXPECT_EQ(reopen_record("noise", d.cache).error().code, ErrorCode::kCorrupt);
  const Verdicts empty(d.authorities.anchors());
  EXPECT_EQ(reopen_record(d.golden(), empty).error().code, ErrorCode::kNotFound);
}

// DSSE protocol description, test vector: type "http://example.com/HelloWorld", "hello world".
TEST(Pae, VectorOfTheSpecificationHolds) {
  EXPECT_EQ(pae_prefix("http://example.com/HelloWorld", "hello world") + "hello world",
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(RefusalCodes, HaveDistinctNames) {
  std::set<std::string_view> names;
  for (const RefusalCode code : kAllRefusalCodes) names.insert(refusal_code_name(code));
  EXPECT_EQ(names.size(), std::size(kAllRefusalCodes));
}

TEST(Kinds, HaveTheNumbersOfTheBody) {
  for (const Kind kind : kAllKinds) {
    EXPECT_EQ(static_cast<int>(body_of(kind, "140101").kind_case()), static_cast<int>(kind));
    EXPECT_EQ(payload_type(kind), "application/vnd.urna.v1." + std::string(kind_name(kind)));
  }
}

RC_GTEST_PROP(OpenRecord, AnyBytesAreAnswered, (std::string bytes)) {
  RC_ASSERT(answer(bytes) != "opened");
}

}  // namespace
}  // namespace urna::trust
