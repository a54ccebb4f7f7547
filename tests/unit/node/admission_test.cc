// Every way a record is not admitted: refused with each code, or deferred for each thing missing.
#include "common/node/admission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "tests/unit/node/judging.h"

namespace urna::tests {
namespace {

using trust::RefusalCode;
using trust::Role;

constexpr const char* kPrecinct = "140101-1";
constexpr const char* kContest = "council-140101";

// Key generation is what costs here: one election for all tests, never changed by them.
SmallElection& shared() {
  static SmallElection election;
  return election;
}

struct ReadyJudge : Judge {
  ReadyJudge() : Judge(shared()) { takes(shared().first()); }
};

Bytes rewrite(const Bytes& record, const std::function<void(v1::SignedRecord&)>& change) {
  v1::SignedRecord envelope;
  EXPECT_TRUE(envelope.ParseFromString(record));
  change(envelope);
  return model::serialise(envelope);
}

// Signs a payload whose header was changed after it was filled in.
Bytes sign_with_header(const Holder& holder, const v1::Body& body,
                       const std::function<void(v1::Header&)>& change) {
  v1::Payload payload;
  v1::Header& header = *payload.mutable_header();
  header.set_format_version(1);
  header.set_election(shared().id());
  header.set_unit(holder.certificate->subject.unit.str());
  header.set_key_id(holder.id().str());
  header.set_manifest(shared().first().statement.str());
  header.set_signed_at_ms(kElectionDayMs);
  change(header);
  payload.set_body(model::serialise(body));
  v1::SignedRecord record;
  record.set_payload_type(std::string(trust::payload_type(trust::Kind::kProtocol)));
  record.set_payload(model::serialise(payload));
  record.set_key_id(holder.id().str());
  record.set_signature(holder.key.sign(
      {trust::pae_prefix(record.payload_type(), record.payload()), record.payload()}));
  return model::serialise(record);
}

v1::Body right() { return shared().protocol(kPrecinct, kContest); }

v1::Body changed(const std::function<void(v1::Protocol&)>& change) {
  v1::Body body = right();
  change(*body.mutable_protocol());
  return body;
}

// One ballot paper less than were received: W1.
v1::Body with_unused_missing() {
  return changed([](auto& p) {
    const auto p3 = static_cast<int>(point_at(shared(), kContest, "p3"));
    p.set_points(p3, p.points(p3) - 1);
  });
}

Bytes by_chair(const v1::Body& body) { return shared().sign(shared().chair(kPrecinct), body); }

Bytes manifest_with(const std::function<void(v1::Manifest&)>& change, const Holder& signer) {
  v1::Body body;
  *body.mutable_manifest() = shared().first().manifest;
  change(*body.mutable_manifest());
  return trust::sign_record({signer.key, *signer.certificate, "urna-test 0"}, body, "",
                            kElectionDayMs);
}

struct Case {
  const char* name;
  RefusalCode code;
  std::function<Bytes()> record;
};

std::vector<Case> opening_cases() {
  return {
      {"bytes that do not decode", RefusalCode::kMalformed, [] { return Bytes("\xff\xff\xff"); }},
      {"more than 256 KiB", RefusalCode::kTooLarge,
       [] { return Bytes(trust::kRecordBytesMax + 1, 'x'); }},
      {"a type nobody knows", RefusalCode::kUnknownType,
       [] {
         return rewrite(by_chair(right()),
                        [](auto& r) { r.set_payload_type("application/vnd.urna.v1.wish"); });
       }},
      {"a later format", RefusalCode::kUnsupportedVersion,
       [] {
         return sign_with_header(shared().chair(kPrecinct), right(),
                                 [](auto& h) { h.set_format_version(2); });
       }},
      {"a signature of something else", RefusalCode::kBadSignature,
       [] {
         return rewrite(by_chair(right()), [](auto& r) { r.mutable_signature()->at(10) ^= 1; });
       }},
      {"another key in the header", RefusalCode::kKeyMismatch,
       [] {
         return sign_with_header(shared().chair(kPrecinct), right(),
                                 [](auto& h) { h.set_key_id(shared().national().id().str()); });
       }},
      {"a node's certificate", RefusalCode::kCertificateUntrusted,
       [] { return shared().sign(shared().node(kPrecinct), right()); }},
      {"a licence expired at signing", RefusalCode::kCertificateNotValid,
       [] {
         const auto after =
             static_cast<std::uint64_t>(SmallElection::season().not_after_ms) + 1'000;
         return shared().sign(shared().chair(kPrecinct), right(), after);
       }},
      {"a licence not yet valid at signing", RefusalCode::kCertificateNotValid,
       [] {
         const auto before =
             static_cast<std::uint64_t>(SmallElection::season().not_before_ms) - 1'000;
         return shared().sign(shared().chair(kPrecinct), right(), before);
       }},
      {"another election in the header", RefusalCode::kWrongElection,
       [] {
         return sign_with_header(shared().chair(kPrecinct), right(),
                                 [](auto& h) { h.set_election("other-2014"); });
       }},
      {"another unit in the header", RefusalCode::kWrongUnit,
       [] {
         return sign_with_header(shared().chair(kPrecinct), right(),
                                 [](auto& h) { h.set_unit("140101-2"); });
       }},
  };
}

std::vector<Case> judging_cases() {
  const Holder& national = shared().national();
  return {
      {"a place that is no name", RefusalCode::kMalformed,
       [] { return by_chair(changed([](auto& p) { p.mutable_place()->set_unit("a b"); })); }},
      {"a round that does not exist", RefusalCode::kMalformed,
       [] { return by_chair(changed([](auto& p) { p.mutable_place()->set_round(3); })); }},
      {"a point too few", RefusalCode::kMalformed,
       [] { return by_chair(changed([](auto& p) { p.mutable_points()->RemoveLast(); })); }},
      {"a figure above 999,999,999", RefusalCode::kMalformed,
       [] { return by_chair(changed([](auto& p) { p.set_points(0, 1'000'000'001); })); }},
      {"a manifest of version 0", RefusalCode::kMalformed,
       [&national] { return manifest_with([](auto& m) { m.set_version(0); }, national); }},
      {"a manifest without a unit table", RefusalCode::kMalformed,
       [&national] { return manifest_with([](auto& m) { m.clear_units(); }, national); }},
      {"a manifest of another election", RefusalCode::kWrongElection,
       [&national] { return manifest_with([](auto& m) { m.set_election("other"); }, national); }},
      {"a manifest signed by a commissioner", RefusalCode::kNotAuthorised,
       [] { return manifest_with([](auto& m) { m.set_version(9); }, shared().commissioner()); }},
      {"a revocation without a key", RefusalCode::kMalformed,
       [&national] {
         v1::Body body = SmallElection::revocation(shared().chair(kPrecinct));
         body.mutable_revocation()->clear_key_id();
         return shared().sign(national, body);
       }},
      {"a revocation signed by a chair", RefusalCode::kNotAuthorised,
       [] { return by_chair(SmallElection::revocation(shared().chair("140101-2"))); }},
      {"the chair of another precinct", RefusalCode::kNotAuthorised,
       [] { return shared().sign(shared().chair("140101-2"), right()); }},
      {"the precinct's operator", RefusalCode::kNotAuthorised,
       [] { return shared().sign(shared().person(Role::kPrecinctOperator, kPrecinct), right()); }},
      {"a chair who confirms", RefusalCode::kNotAuthorised,
       [] { return by_chair(SmallElection::confirmation(right())); }},
      {"a contest outside the definition", RefusalCode::kUnknownContest,
       [] {
         return by_chair(changed([](auto& p) { p.mutable_place()->set_contest("mayor-x"); }));
       }},
      {"a round outside the definition", RefusalCode::kUnknownContest,
       [] { return by_chair(changed([](auto& p) { p.mutable_place()->set_round(2); })); }},
      {"a precinct outside the contest", RefusalCode::kUnknownPlace,
       [] {
         return shared().sign(shared().chair("140102-1"),
                              changed([](auto& p) { p.mutable_place()->set_unit("140102-1"); }));
       }},
      {"the slice of another contest", RefusalCode::kWrongSlice,
       [] {
         return by_chair(changed(
             [](auto& p) { p.set_slice(trust::digest_of(shared().slice("mayor-140101")).str()); }));
       }},
      {"a sum that is wrong", RefusalCode::kChecksFailed,
       [] {
         return by_chair(changed([](auto& p) {
           const auto p12 = static_cast<int>(point_at(shared(), kContest, "p12"));
           p.set_points(p12, p.points(p12) + 1);
         }));
       }},
      {"revision 0", RefusalCode::kBadReference,
       [] { return by_chair(changed([](auto& p) { p.set_revision(0); })); }},
      {"a first body that supersedes one", RefusalCode::kBadReference,
       [] { return by_chair(changed([](auto& p) { p.set_supersedes(Bytes(32, 'x')); })); }},
      {"a second body that supersedes none", RefusalCode::kBadReference,
       [] { return by_chair(changed([](auto& p) { p.set_revision(2); })); }},
      {"a predecessor of 31 bytes", RefusalCode::kBadReference,
       [] {
         return by_chair(changed([](auto& p) {
           p.set_revision(2);
           p.set_supersedes(Bytes(31, 'x'));
         }));
       }},
      {"a confirmation of nothing", RefusalCode::kBadReference,
       [] {
         v1::Body body = SmallElection::confirmation(right());
         body.mutable_confirmation()->clear_statement();
         return shared().sign(shared().commission("140101"), body);
       }},
      {"a confirmation without the code on the paper", RefusalCode::kBadControlCode,
       [] {
         v1::Body body = SmallElection::confirmation(right());
         body.mutable_confirmation()->clear_control_code();
         return shared().sign(shared().commission("140101"), body);
       }},
      {"a confirmation with the code of another protocol", RefusalCode::kBadControlCode,
       [] {
         v1::Body body = SmallElection::confirmation(right());
         body.mutable_confirmation()->set_statement(Bytes(32, 'x'));
         return shared().sign(shared().commission("140101"), body);
       }},
      {"a warning that nobody explains", RefusalCode::kUnexplainedWarning,
       [] { return by_chair(with_unused_missing()); }},
      {"a settlement that sets aside what it chose", RefusalCode::kBadReference,
       [] {
         return shared().sign(shared().commission("140101"),
                              SmallElection::settlement(right(), {right()}));
       }},
  };
}

TEST(Admission, EveryCaseIsRefusedWithItsCode) {
  ReadyJudge judge;
  for (const Holder* holder :
       {&shared().chair(kPrecinct), &shared().chair("140101-2"), &shared().chair("140102-1"),
        &shared().node(kPrecinct), &shared().commission("140101"), &shared().commissioner(),
        &shared().person(Role::kPrecinctOperator, kPrecinct)}) {
    judge.knows(*holder);
  }
  // Known as the sender's batch brings it: the book itself keeps only certificates that verify.
  for (const auto& cases : {opening_cases(), judging_cases()}) {
    for (const Case& one : cases) {
      EXPECT_EQ(judge.verdict(one.record()), trust::refusal_code_name(one.code)) << one.name;
    }
  }
}

TEST(Admission, TheCasesLeaveNoCodeOut) {
  std::set<RefusalCode> seen;
  for (const auto& cases : {opening_cases(), judging_cases()}) {
    for (const Case& one : cases) seen.insert(one.code);
  }
  for (const RefusalCode code : trust::kAllRefusalCodes) {
    EXPECT_TRUE(seen.contains(code)) << trust::refusal_code_name(code);
  }
}

TEST(Admission, ANodeOfAnotherElectionRefusesEverything) {
  Judge judge(shared(), "other-2014");
  judge.knows(shared().national());
  judge.knows(shared().chair(kPrecinct));
  EXPECT_EQ(judge.verdict(by_chair(right())), "wrong_election");
  EXPECT_EQ(judge.verdict(shared().first().record), "wrong_election");
}

TEST(Admission, ALicenceOfAnotherElectionIsRefusedByTheAnchors) {
  SmallElection other("other-2014");
  ReadyJudge judge;
  EXPECT_FALSE(judge.certificates().add(other.chair(kPrecinct).certificate->der)->has_value());
}

TEST(Admission, AFindingNamesTheRuleThatIsBroken) {
  ReadyJudge judge;
  judge.knows(shared().chair(kPrecinct));
  const node::Verdict verdict = judge.judge(by_chair(changed([](auto& p) {
    const auto p12 = static_cast<int>(point_at(shared(), kContest, "p12"));
    p.set_points(p12, p.points(p12) + 1);
  })));
  const auto* no = std::get_if<node::NotAdmissible>(&verdict);
  ASSERT_NE(no, nullptr);
  // p12 stands in E3 (p10 = p11 + p12) and E4 (p12 = Σ lists).
  ASSERT_EQ(no->findings.size(), 2u);
  EXPECT_EQ(no->findings[0].code, "E3");
  EXPECT_EQ(no->findings[1].code, "E4");
}

TEST(Admission, AnExplainedWarningIsAdmittedWithItsFinding) {
  ReadyJudge judge;
  judge.knows(shared().chair(kPrecinct));
  v1::Body body = with_unused_missing();
  v1::Explanation& explanation = *body.mutable_protocol()->add_explanations();
  explanation.set_code("W1");
  explanation.set_text("one ballot was torn");
  const node::Verdict verdict = judge.judge(by_chair(body));
  const auto* yes = std::get_if<node::Admissible>(&verdict);
  ASSERT_NE(yes, nullptr) << judge.verdict(by_chair(body));
  ASSERT_EQ(yes->findings.size(), 1u);
  EXPECT_EQ(yes->findings[0].code, "W1");
}

TEST(Admission, ABlockingWarningIsAdmittedWithItsFinding) {
  ReadyJudge judge;
  judge.knows(shared().chair(kPrecinct));
  const node::Verdict verdict = judge.judge(by_chair(shared().questionable(kPrecinct, kContest)));
  const auto* yes = std::get_if<node::Admissible>(&verdict);
  ASSERT_NE(yes, nullptr);
  ASSERT_EQ(yes->findings.size(), 1u);
  EXPECT_EQ(yes->findings[0].code, "B1");
}

TEST(Admission, ARightProtocolOfEveryPlaceIsAdmittedWithoutFindings) {
  ReadyJudge judge;
  for (const auto& [contest, precinct] : shared().places()) {
    judge.knows(shared().chair(precinct));
    const node::Verdict verdict =
        judge.judge(shared().sign(shared().chair(precinct), shared().protocol(precinct, contest)));
    const auto* yes = std::get_if<node::Admissible>(&verdict);
    ASSERT_NE(yes, nullptr) << contest << ' ' << precinct << ' '
                            << judge.verdict(by_chair(right()));
    EXPECT_TRUE(yes->findings.empty())
        << contest << ' ' << precinct << ' ' << yes->findings[0].code;
  }
}

// ---- deferral ----

TEST(Deferral, ARecordWaitsForItsCertificate) {
  ReadyJudge judge;
  const Holder& chair = shared().chair(kPrecinct);
  EXPECT_EQ(judge.missing(by_chair(right())), std::vector{Digest{chair.id().bytes}});
  judge.knows(chair);
  EXPECT_EQ(judge.verdict(by_chair(right())), "admitted");
}

TEST(Deferral, ARecordWaitsForItsManifest) {
  Judge judge(shared());
  judge.knows(shared().chair(kPrecinct));
  EXPECT_EQ(judge.missing(by_chair(right())),
            std::vector{Digest{shared().first().statement.bytes}});
  judge.takes(shared().first());
  EXPECT_EQ(judge.verdict(by_chair(right())), "admitted");
}

TEST(Deferral, AManifestWaitsForItsUnitTable) {
  Judge judge(shared());
  judge.knows(shared().national());
  const Digest units = *Digest::from_bytes(shared().first().manifest.units());
  EXPECT_EQ(judge.missing(shared().first().record), std::vector{units});
  judge.takes(shared().first());
  EXPECT_EQ(judge.verdict(shared().first().record), "admitted");
}

TEST(Deferral, AProtocolWaitsForSliceThenFormThenReferenceFigures) {
  ReadyJudge judge;
  judge.knows(shared().chair(kPrecinct));
  const v1::Slice slice = shared().slice_data(kContest);
  const Digest own = trust::digest_of(shared().slice(kContest));
  const Digest form = *Digest::from_bytes(slice.form());
  const Digest reference = *Digest::from_bytes(slice.reference());
  const auto restore = [&](const Digest& digest) {
    for (const journal::StoredBlob& blob : shared().first().blobs()) {
      if (blob.digest == digest) judge.book().restore(digest, blob.bytes);
    }
  };
  for (const Digest& digest : {own, form, reference}) judge.book().forget(digest);
  const Bytes record = by_chair(right());
  EXPECT_EQ(judge.missing(record), std::vector{own});
  restore(own);
  EXPECT_EQ(judge.missing(record), (std::vector{form, reference}));
  restore(form);
  EXPECT_EQ(judge.missing(record), std::vector{reference});
  restore(reference);
  EXPECT_EQ(judge.verdict(record), "admitted");
}

// A unit table that came with a refused manifest is not kept, so it is not here for the next one.
TEST(Deferral, AUnitTableOfARefusedManifestIsAskedForAgain) {
  Judge judge(shared());
  judge.knows(shared().national());
  judge.knows(shared().commissioner());
  const Bytes refused = manifest_with([](auto& m) { m.set_version(7); }, shared().commissioner());
  for (const journal::StoredBlob& blob : shared().first().blobs()) {
    judge.book().offer(blob.digest, blob.bytes);
  }
  EXPECT_EQ(judge.verdict(refused), "not_authorised");
  EXPECT_TRUE(judge.book().settle_offered().empty());
  EXPECT_EQ(judge.verdict(shared().first().record), "deferred");
}

TEST(DefinitionBook, KeepsOnlyPartsThatAManifestNames) {
  Judge judge(shared());
  const journal::StoredBlob stranger{trust::digest_of("stranger"), "stranger"};
  judge.book().offer(stranger.digest, stranger.bytes);
  EXPECT_NE(judge.book().part(stranger.digest), nullptr);
  EXPECT_TRUE(judge.book().settle_offered().empty());
  EXPECT_EQ(judge.book().part(stranger.digest), nullptr);
}

// Gone through one by one, as the rule says it.
std::vector<Digest> parts_by_the_rule(node::DefinitionBook& book,
                                      const model::Definition& definition,
                                      const model::UnitId& unit) {
  std::vector<Digest> wanted{*Digest::from_bytes(definition.data().units())};
  const auto add = [&](const Digest& part) {
    if (std::ranges::find(wanted, part) == wanted.end()) wanted.push_back(part);
  };
  for (const auto& [key, digest] : book.slices_here(definition)) {
    const auto loaded = book.slice(digest);
    if (!loaded) continue;
    const model::Slice& slice = *(*loaded)->slice;
    const bool concerns =
        book.lies_under(slice.area(), unit) ||
        std::ranges::any_of(slice.data().precincts(), [&](const v1::Precinct& precinct) {
          return book.lies_under(*model::UnitId::parse(precinct.unit()), unit);
        });
    if (!concerns) continue;
    add(digest);
    add(*Digest::from_bytes(slice.data().form()));
    add(*Digest::from_bytes(slice.data().reference()));
  }
  return wanted;
}

// Whatever came, changed or was taken back since somebody asked last.
TEST(DefinitionBook, EachUnitsPartsAreThoseOfTheRuleAfterEveryChange) {
  SmallElection election;
  Judge judge(election);
  node::DefinitionBook& book = judge.book();
  std::vector<StatementId> known;
  std::size_t concerned = 0;
  const auto compare = [&](const char* when) {
    SCOPED_TRACE(when);
    for (const StatementId& id : known) {
      const auto definition = book.find(id);
      if (definition == nullptr) continue;
      for (const char* unit :
           {"PL", "140000", "140100", "140101", "140102", "146200", "KW-1", "140101-1", "140101-3",
            "140102-2", "146200-1", "140101-9", "149999"}) {
        const auto parts = book.parts_for(*definition, *model::UnitId::parse(unit));
        EXPECT_EQ(parts, parts_by_the_rule(book, *definition, *model::UnitId::parse(unit))) << unit;
        concerned += parts.size() - 1;
      }
    }
  };
  const auto take = [&](const Version& version, std::size_t parts) {
    judge.knows(election.national());
    const auto blobs = version.blobs();
    for (std::size_t i = 0; i < parts; ++i) {
      book.restore(blobs[i].digest, blobs[i].bytes);
      compare("a part is restored");
    }
    const node::Verdict verdict = judge.judge(version.record);
    const auto& yes = std::get<node::Admissible>(verdict);
    book.add(yes.definition, node::signer_of(yes.record));
    known.push_back(yes.definition->id());
    return node::signer_of(yes.record);
  };
  const Version first = election.first();
  take(first, 1);
  compare("the unit table alone");
  EXPECT_EQ(concerned, 0u);
  for (const journal::StoredBlob& part : first.blobs()) {
    book.offer(part.digest, part.bytes);
    compare("a part is offered");
    book.settle_offered();
    compare("and kept");
  }
  EXPECT_GT(concerned, 0u);
  const Digest council = trust::digest_of(election.slice("council-140101"));
  const Version second = election.change_slice("council-140101");
  take(second, second.blobs().size());
  compare("a second version");
  const Digest changed = trust::digest_of(election.slice("council-140101"));
  for (const Digest& part : {council, changed}) {
    book.forget(part);
    compare("a part is forgotten");
  }
  for (const journal::StoredBlob& part : second.blobs()) {
    book.restore(part.digest, part.bytes);
    compare("a part is back");
  }
  const Version third = election.move_unit("140102", "140000");
  const auto signer = take(third, third.blobs().size());
  compare("a third version");
  book.remove(known.back());
  compare("taken back");
  book.revoke(signer);
  compare("all are revoked");
}

// ---- the same answer whatever else is known ----

TEST(Admission, TheAnswerDoesNotDependOnWhatElseTheBookHolds) {
  SmallElection election;
  Judge small(election);
  small.takes(election.first());
  const Bytes protocol = election.sign_by_chair(election.protocol(kPrecinct, kContest));
  const v1::Body stale = election.protocol(kPrecinct, kContest, 120);
  Judge large(election);
  large.takes(election.first());
  large.takes(election.change_slice(kContest));
  large.takes(election.change_slice("mayor-140101"));
  for (Judge* judge : {&small, &large}) judge->knows(election.chair(kPrecinct));
  // Admitted under the manifest it names, though a newer one has another slice.
  EXPECT_EQ(small.verdict(protocol), "admitted");
  EXPECT_EQ(large.verdict(protocol), "admitted");
  // Under the newest manifest the old slice is the wrong one.
  EXPECT_EQ(large.verdict(election.sign(election.chair(kPrecinct), stale)), "wrong_slice");
}

}  // namespace
}  // namespace urna::tests
