// What an authority has issued and revoked: DIR/index.jsonl, one JSON object per line, lines only
// ever added.
//
//   {"event":"issued","at":"2026-11-22T05:19:51Z","key_id":"9f…","role":"chair",
//    "unit":"146502-711","from":"2026-11-22","to":"2027-11-22"}
//   {"event":"revoked","at":"…","key_id":"9f…","reason":"lost","by":"1c…","record":"77…"}
//
// `by` is the key id of the licence that signed the revocation, `record` the record's id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/ca/calendar.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/model/ids.h"

namespace urna::ca {

// The role of the root, which no certificate names.
inline constexpr std::string_view kRootRole = "root";

struct Issued {
  KeyId key_id;
  std::string role;  // as of trust::role_name, or kRootRole
  model::UnitId unit;
  Period period;
};

struct Revoked {
  KeyId key_id;
  std::string reason;
  KeyId by;
  RecordId record;
};

// "not yet valid", "valid", "expired", "revoked"; a revoked one stays so whatever the day.
enum class State { kNotYetValid, kValid, kExpired, kRevoked };
std::string_view state_name(State state);

// What a reason must be to stand in the index, and in a record.
bool is_utf8(const std::string& text);

// In memory; whoever holds it writes text() back. Not safe for several threads.
class Index {
 public:
  struct Entry {
    Issued issued;
    std::optional<std::string> revoked_because;

    State state(Day today) const;
  };

  // kCorrupt, naming the line, for anything but what this class writes.
  static Result<Index> parse(std::string_view text);

  const std::vector<Entry>& entries() const { return entries_; }
  // nullptr when it was not issued here. Valid until the next change.
  const Entry* find(const KeyId& key_id) const;

  // The key id must be new.
  void add(const Issued& issued, std::chrono::sys_seconds at);
  // The key id must be here. Once more is allowed: the newer reason is shown.
  void add(const Revoked& revoked, std::chrono::sys_seconds at);

  const std::string& text() const { return text_; }

 private:
  Result<void> take_line(std::string_view line);
  Entry* entry(const KeyId& key_id);
  void keep(const Issued& issued);

  std::vector<Entry> entries_;
  std::unordered_map<KeyId, std::size_t> by_key_id_;
  std::string text_;
};

}  // namespace urna::ca
