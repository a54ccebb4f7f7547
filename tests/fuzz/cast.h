// Who in the kept election has a kept key. Test keys: they are worth nothing anywhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/trust/role.h"

namespace urna::fuzz {

// Who signs records; the first four bits of an input choose one.
struct Signs {
  trust::Role role;
  const char* unit;
};
inline constexpr Signs kSigners[] = {
    {trust::Role::kChair, "140101-1"},         {trust::Role::kChair, "140101-2"},
    {trust::Role::kPlenipotentiary, "140101"}, {trust::Role::kPlenipotentiary, "140100"},
    {trust::Role::kPlenipotentiary, "140000"}, {trust::Role::kPlenipotentiary, "146200"},
    {trust::Role::kCommissioner, "KW-1"},      {trust::Role::kNationalCommission, "PL"},
};
// Nodes whose keys are kept. The town is the second.
inline constexpr const char* kNodes[] = {"PL", "140101", "140101-1"};
inline constexpr const char* kTown = "140101";

// Where the key and certificate of a signer or node are kept: "keys/140101-1.chair".
inline std::string name_of_keys(std::string_view unit, std::string_view role) {
  return "keys/" + std::string(unit) + "." + std::string(role);
}

// Noon of the kept election's day, milliseconds.
inline constexpr std::uint64_t kAtMs = 1'416'139'200'000;

}  // namespace urna::fuzz
