#include "precinct/references.h"

#include <algorithm>

namespace urna::precinct {

namespace {

using node::State;
using Bodies = std::vector<Session::PlaceStatus>;

// It counts, or would once something else is settled.
bool claims(State state) {
  return state != State::kReturned && state != State::kSuperseded && state != State::kAnnulled;
}

// "set "revision": 2 and "supersedes": "4f…" in the file"
std::string how_to_correct(const Session::PlaceStatus& body) {
  return "set \"revision\": " + std::to_string(body.revision + 1) + " and \"supersedes\": \"" +
         body.statement.hex() + "\" in the file";
}

References wrong(std::string what) { return {std::move(what), {}}; }

References first_of_place(const Bodies& bodies) {
  const Session::PlaceStatus* body = newest(bodies);
  if (body == nullptr) return {};
  const std::string here = "the journal has a protocol of this place, " + describe(*body) + "; ";
  if (body->state == State::kReturned)
    return wrong(here + "to correct it, " + how_to_correct(*body));
  return wrong(here +
               "a second one beside it would put both in conflict and neither would count. To "
               "correct it, have it returned by the commission that confirms it and " +
               how_to_correct(*body));
}

References later_revision(const v1::Protocol& protocol, const Bodies& bodies) {
  const auto id = StatementId::from_bytes(protocol.supersedes());
  const auto found = std::ranges::find_if(
      bodies, [&](const Session::PlaceStatus& body) { return body.statement == id; });
  if (found == bodies.end()) {
    const Session::PlaceStatus* body = newest(bodies);
    if (body != nullptr) {
      return wrong(
          "the journal has no protocol of this place with the statement that "
          "\"supersedes\" names; it has " +
          describe(*body));
    }
    return {"", {"the protocol it supersedes is not in this journal: it waits until that one is"}};
  }
  if (protocol.revision() != found->revision + 1) {
    return wrong("\"revision\" must be " + std::to_string(found->revision + 1) +
                 ", one more than that of the protocol it supersedes");
  }
  if (found->state == State::kAnnulled) {
    return wrong("the protocol it supersedes was annulled; no revision can follow it");
  }
  const auto beside = std::ranges::find_if(bodies, [&](const Session::PlaceStatus& body) {
    return body.statement != id && claims(body.state);
  });
  const bool pushes_in = found->state == State::kReturned || found->state == State::kSuperseded;
  if (pushes_in && beside != bodies.end()) {
    return wrong("another protocol of this place stands, " + describe(*beside) +
                 "; both would be in conflict and neither would count. Have it returned and " +
                 how_to_correct(*beside));
  }
  if (pushes_in) return {};
  return {"",
          {"the protocol it supersedes has not been returned: this one waits until it is, and the "
           "other counts meanwhile"}};
}

}  // namespace

const Session::PlaceStatus* newest(const Bodies& bodies) {
  const Session::PlaceStatus* best = nullptr;
  for (const Session::PlaceStatus& body : bodies) {
    if (body.state == State::kAnnulled || body.state == State::kSuperseded) continue;
    const auto rank = [](const Session::PlaceStatus& of) {
      return std::pair(claims(of.state), of.revision);
    };
    if (best == nullptr || rank(*best) < rank(body)) best = &body;
  }
  return best;
}

std::string describe(const Session::PlaceStatus& body) {
  std::string text = "revision " + std::to_string(body.revision) + ", statement " +
                     body.statement.hex() + ": " + std::string(node::state_name(body.state));
  if (!body.reason.empty()) text += " (" + std::string(body.reason) + ")";
  if (body.in_centre) text += ", in the centre's log";
  return text;
}

References check_references(const v1::Protocol& protocol, const StatementId& statement,
                            const Bodies& bodies) {
  if (protocol.revision() == 1 && !protocol.supersedes().empty()) {
    return wrong(
        "revision 1 supersedes nothing: \"revision\" must be one more than that of the "
        "protocol that \"supersedes\" names");
  }
  if (protocol.revision() != 1 && protocol.supersedes().empty()) {
    return wrong("revision " + std::to_string(protocol.revision()) +
                 " must name what it corrects: \"supersedes\" is missing; `urna-precinct status` "
                 "shows the statement ids");
  }
  const bool here = std::ranges::any_of(
      bodies, [&](const Session::PlaceStatus& body) { return body.statement == statement; });
  if (here) return {};
  return protocol.revision() == 1 ? first_of_place(bodies) : later_revision(protocol, bodies);
}

}  // namespace urna::precinct
