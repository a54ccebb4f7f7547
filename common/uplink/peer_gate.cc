#include "common/uplink/peer_gate.h"

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/trust/sha256.h"

namespace urna::uplink {

namespace {

std::string described(const trust::Certificate& peer) {
  return peer.subject.unit.str() + " (" + std::string(trust::role_name(peer.subject.role)) +
         ", key " + peer.id.hex() + ")";
}

PeerRefusal refusal_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kWrongElection: return PeerRefusal::kWrongElection;
    case ErrorCode::kNotAuthorised: return PeerRefusal::kWrongRole;
    default: return PeerRefusal::kUntrusted;
  }
}

}  // namespace

std::string_view peer_refusal_name(PeerRefusal refusal) {
  switch (refusal) {
    case PeerRefusal::kNoCertificate: return "no_certificate";
    case PeerRefusal::kUntrusted: return "untrusted";
    case PeerRefusal::kWrongElection: return "wrong_election";
    case PeerRefusal::kWrongRole: return "wrong_role";
    case PeerRefusal::kNotValidNow: return "not_valid_now";
    case PeerRefusal::kRevoked: return "revoked";
    case PeerRefusal::kTooManyStreams: return "too_many_streams";
    case PeerRefusal::kTooManyConnections: return "too_many_connections";
    case PeerRefusal::kNoHandshake: return "no_handshake";
    case PeerRefusal::kSilent: return "silent";
    case PeerRefusal::kBadMessage: return "bad_message";
  }
  return "untrusted";
}

Result<PeerGate::Peer> PeerGate::look(std::string_view certificate_pem) {
  if (certificates_ == nullptr) return fail(ErrorCode::kUnavailable, "this server is stopping");
  if (certificate_pem.empty()) {
    tell(PeerRefusal::kNoCertificate, "", "a peer shows no certificate");
    return fail(ErrorCode::kUntrusted, "the peer shows no certificate");
  }
  const auto der = trust::pem_to_der(certificate_pem);
  if (!der) return std::unexpected(der.error());
  const auto verdict = certificates_->add(*der);
  if (!*verdict) {
    const Error& error = verdict->error();
    tell(refusal_of(error.code), "",
         "a peer with key " + trust::key_id_of(*der).hex() + ": " + error.message);
    return std::unexpected(error);
  }
  const Peer& peer = **verdict;
  if (!trust::is_node(peer->subject.role)) {
    tell(PeerRefusal::kWrongRole, peer->id.str(),
         "refused " + described(*peer) + ": not the certificate of a node");
    return fail(ErrorCode::kNotAuthorised, "the peer shows the certificate of a " +
                                               std::string(trust::role_name(peer->subject.role)) +
                                               ", not of a node");
  }
  if (!peer->valid_at(static_cast<std::int64_t>(wall_clock_ms()))) {
    tell(PeerRefusal::kNotValidNow, peer->id.str(),
         "refused " + described(*peer) + ": its certificate is expired or not valid yet");
    return fail(ErrorCode::kUntrusted, "the certificate of this node is expired or not valid yet");
  }
  return peer;
}

Result<void> PeerGate::connection(std::string_view certificate_pem) {
  ++handshakes_;
  const std::shared_lock lock(life_);
  const auto peer = look(certificate_pem);
  if (!peer) return std::unexpected(peer.error());
  return {};
}

Result<PeerGate::Peer> PeerGate::call(std::string_view certificate_pem) {
  const std::shared_lock lock(life_);
  auto peer = look(certificate_pem);
  if (!peer || !node_->is_revoked((*peer)->id, (*peer)->subject.unit.str())) return peer;
  tell(PeerRefusal::kRevoked, (*peer)->id.str(),
       "refused " + described(**peer) + ": its certificate is revoked");
  return fail(ErrorCode::kNotAuthorised, "the certificate of this node is revoked");
}

void PeerGate::refused(PeerRefusal why, const trust::Certificate& peer, const std::string& text) {
  const std::shared_lock lock(life_);
  tell(why, peer.id.str(), described(peer) + ": " + text);
}

void PeerGate::refused(PeerRefusal why, const std::string& text, std::uint64_t times) {
  const std::shared_lock lock(life_);
  tell(why, "", text, times);
}

void PeerGate::close() {
  const std::unique_lock lock(life_);
  node_ = nullptr;
  certificates_ = nullptr;
  hooks_ = {};
}

void PeerGate::tell(PeerRefusal why, std::string_view peer, const std::string& text,
                    std::uint64_t times) {
  const std::string_view code = peer_refusal_name(why);
  if (hooks_.refused) hooks_.refused(code, times);
  std::optional<std::string> line;
  {
    const std::lock_guard lock(log_mutex_);
    line = log_.note(code, peer, text, wall_clock_ms());
  }
  if (line && hooks_.event) hooks_.event("peer_" + std::string(code), *line);
}

}  // namespace urna::uplink
