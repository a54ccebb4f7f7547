#include "tests/sim/twins.h"

#include <algorithm>

namespace urna {

namespace {

// The engine asks from deep inside, where nobody could hand the choice in without production code
// carrying it along: so it stands here, in a library that only the simulation links.
std::optional<node::Twin> chosen;

}  // namespace

bool node::broken(Twin twin) { return chosen == twin; }

namespace sim {

namespace {

using node::Twin;

constexpr TwinInfo kTwins[] = {
    {Twin::kReceiptBeforeSync, "receipt-before-sync", '1', "answers although the commit failed"},
    {Twin::kHalfABatch, "half-a-batch", '1',
     "writes entries in one commit and what they need in the next"},
    {Twin::kAnyReceiptIsTheCentres, "any-receipt-is-the-centres", '1',
     "takes any upstream's receipt for word that a record is in the centre's log"},
    {Twin::kDuplicateAfterRestart, "duplicate-after-restart", '2',
     "takes in once more what was in the log before it started"},
    {Twin::kTallyCountsSuperseded, "tally-counts-superseded", '3',
     "adds up a body that a revision or a settlement replaced"},
    {Twin::kTallyConfirmsUnapproved, "tally-confirms-unapproved", '3',
     "counts a confirmed protocol as confirmed while a blocking warning waits for approval"},
    {Twin::kNoNewLogId, "no-new-log-id", '4',
     "goes on under its log id after a restore, whatever its peers remember"},
    {Twin::kUnknownIdBelieved, "unknown-id-believed", '4',
     "takes a log id it never had for an older one of its own"},
    {Twin::kRefusalAsProof, "refusal-as-proof", '4',
     "keeps a receipt that refuses as what the upstream's log was last"},
    {Twin::kFollowersShownWrongRoot, "followers-shown-wrong-root", '4',
     "shows followers the size they have read to with the root of the whole log"},
    {Twin::kFirstComeFirstCounted, "first-come-first-counted", '5',
     "lets the body that came first count when several claim a place"},
    {Twin::kReturnRevived, "return-revived", '5', "revives a returned body by a confirmation"},
    {Twin::kConfirmedPushedOut, "confirmed-pushed-out", '5',
     "lets a second body push out a confirmed one"},
    {Twin::kRevocationIgnored, "revocation-ignored", '5',
     "lets unconfirmed protocols of a revoked licence count"},
    {Twin::kSumsBelieved, "sums-believed", '5',
     "believes the figures of a territorial protocol without working them out"},
    {Twin::kCursorSkipsDeferred, "cursor-skips-deferred", '6',
     "moves its cursor past records the upstream deferred"},
    {Twin::kCursorSkipsRefused, "cursor-skips-refused", '6',
     "moves its cursor past a batch the upstream refused"},
    {Twin::kNothingGivenBack, "nothing-given-back", '6',
     "never gives a peer that begins anew what once came from it"},
    {Twin::kFollowerBelieved, "follower-believed", '6',
     "goes on from a follower's position though it remembers another log"},
    {Twin::kLatePartsKept, "late-parts-kept", '6',
     "keeps parts of a definition back from followers that were given its manifest before"},
};

}  // namespace

std::span<const TwinInfo> all_twins() { return kTwins; }

const TwinInfo* find_twin(std::string_view name) {
  const auto* found = std::ranges::find(kTwins, name, &TwinInfo::name);
  return found == std::end(kTwins) ? nullptr : found;
}

void choose_twin(std::optional<Twin> twin) { chosen = twin; }

}  // namespace sim

}  // namespace urna
