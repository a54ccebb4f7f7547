#include "central/ca/index.h"

#include <nlohmann/json.hpp>

#include "common/base/check.h"
#include "common/trust/role.h"

namespace urna::ca {

namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Error> corrupt(std::string why) {
  return fail(ErrorCode::kCorrupt, std::move(why));
}

// The member's text; empty when it is missing or not text, which no member may be.
std::string text_of(const Json& line, const char* member) {
  const auto found = line.find(member);
  return found == line.end() || !found->is_string() ? "" : found->get<std::string>();
}

template <class Id>
std::optional<Id> id_of(const Json& line, const char* member) {
  const auto bytes = from_hex(text_of(line, member));
  return bytes ? Id::from_bytes(*bytes) : std::nullopt;
}

Result<Issued> read_issued(const Json& line) {
  const auto key_id = id_of<KeyId>(line, "key_id");
  const auto unit = model::UnitId::parse(text_of(line, "unit"));
  const auto from = parse_day(text_of(line, "from"));
  const auto to = parse_day(text_of(line, "to"));
  const std::string role = text_of(line, "role");
  if (!key_id || !unit || !from || !to || (role != kRootRole && !trust::parse_role(role))) {
    return corrupt("not a certificate's entry");
  }
  return Issued{*key_id, role, *unit, {*from, *to}};
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::kNotYetValid: return "not yet valid";
    case State::kValid: return "valid";
    case State::kExpired: return "expired";
    case State::kRevoked: return "revoked";
  }
  return "";
}

State Index::Entry::state(Day today) const {
  if (revoked_because) return State::kRevoked;
  if (today < issued.period.from) return State::kNotYetValid;
  return today > issued.period.to ? State::kExpired : State::kValid;
}

bool is_utf8(const std::string& text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::exception&) {
    return false;
  }
}

Result<Index> Index::parse(std::string_view text) {
  Index index;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    auto taken = end == text.npos ? corrupt("the line does not end") : index.take_line(line);
    if (!taken) {
      return std::unexpected(std::move(taken.error()).within("line " + std::to_string(number)));
    }
    index.text_.append(line).push_back('\n');
    text.remove_prefix(end + 1);
  }
  return index;
}

Result<void> Index::take_line(std::string_view line) {
  const Json read = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!read.is_object()) return corrupt("not a JSON object");
  const std::string event = text_of(read, "event");
  if (event == "issued") {
    auto issued = read_issued(read);
    if (!issued) return std::unexpected(std::move(issued.error()));
    if (find(issued->key_id) != nullptr) return corrupt("issued twice");
    keep(*issued);
    return {};
  }
  if (event != "revoked") return corrupt("neither issued nor revoked");
  const auto key_id = id_of<KeyId>(read, "key_id");
  Entry* revoked = key_id ? entry(*key_id) : nullptr;
  if (revoked == nullptr) return corrupt("revokes what was not issued");
  revoked->revoked_because = text_of(read, "reason");
  return {};
}

const Index::Entry* Index::find(const KeyId& key_id) const {
  return const_cast<Index*>(this)->entry(key_id);
}

Index::Entry* Index::entry(const KeyId& key_id) {
  const auto found = by_key_id_.find(key_id);
  return found == by_key_id_.end() ? nullptr : &entries_[found->second];
}

void Index::keep(const Issued& issued) {
  by_key_id_.emplace(issued.key_id, entries_.size());
  entries_.push_back({issued, std::nullopt});
}

void Index::add(const Issued& issued, std::chrono::sys_seconds at) {
  URNA_CHECK(find(issued.key_id) == nullptr);
  const Json line = {{"event", "issued"},
                     {"at", format_time(at)},
                     {"key_id", issued.key_id.hex()},
                     {"role", issued.role},
                     {"unit", issued.unit.str()},
                     {"from", format_day(issued.period.from)},
                     {"to", format_day(issued.period.to)}};
  keep(issued);
  text_ += line.dump() + "\n";
}

void Index::add(const Revoked& revoked, std::chrono::sys_seconds at) {
  Entry* found = entry(revoked.key_id);
  URNA_CHECK(found != nullptr);
  const Json line = {
      {"event", "revoked"},       {"at", format_time(at)},  {"key_id", revoked.key_id.hex()},
      {"reason", revoked.reason}, {"by", revoked.by.hex()}, {"record", revoked.record.hex()}};
  found->revoked_because = revoked.reason;
  text_ += line.dump() + "\n";
}

}  // namespace urna::ca
