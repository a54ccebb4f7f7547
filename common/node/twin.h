// Deliberate faults of the engine. The simulation must catch each of them: that is the proof that
// it would see such a fault if it were there. In every program that serves an election broken() is
// the constant false. Only the copy of this module that urna-sim links (URNA_TWINS) asks which twin
// was chosen.
//
// What each breaks is told in tests/sim/twins.cc.
#pragma once

namespace urna::node {

enum class Twin {
  kReceiptBeforeSync,
  kHalfABatch,
  kAnyReceiptIsTheCentres,
  kDuplicateAfterRestart,
  kTallyCountsSuperseded,
  kTallyConfirmsUnapproved,
  kNoNewLogId,
  kUnknownIdBelieved,
  kRefusalAsProof,
  kFollowersShownWrongRoot,
  kFirstComeFirstCounted,
  kReturnRevived,
  kConfirmedPushedOut,
  kRevocationIgnored,
  kSumsBelieved,
  kCursorSkipsDeferred,
  kCursorSkipsRefused,
  kNothingGivenBack,
  kFollowerBelieved,
  kLatePartsKept,
};

#ifdef URNA_TWINS
// True for the twin chosen before the simulation began; see tests/sim/twins.h.
bool broken(Twin twin);
#else
constexpr bool broken(Twin) { return false; }
#endif

}  // namespace urna::node
