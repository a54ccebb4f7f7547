// Roles a certificate can name. A certificate names exactly one role and one unit.
#pragma once

#include <optional>
#include <string_view>

namespace urna::trust {

enum class Role {
  // Licences: persons who sign.
  kNationalCommission,           // "national-commission"
  kCommissioner,                 // "commissioner"
  kCommissionerPlenipotentiary,  // "commissioner-plenipotentiary"
  kCommissionerCoordinator,      // "commissioner-coordinator"
  kPlenipotentiary,              // "plenipotentiary": of a territorial commission
  kOperator,                     // "operator": territorial data entry
  kGminaCoordinator,             // "gmina-coordinator"
  kPrecinctOperator,             // "precinct-operator"
  kChair,                        // "chair": of a precinct commission
  kAuditor,                      // "auditor"
  // Nodes: programs that carry logs.
  kCentralNode,      // "central-node"
  kTerritorialNode,  // "territorial-node"
  kPrecinctNode,     // "precinct-node"
  // Issuing authorities of one election.
  kNodeAuthority,     // "node-authority"
  kLicenceAuthority,  // "licence-authority"
};

inline constexpr Role kAllRoles[] = {Role::kNationalCommission,
                                     Role::kCommissioner,
                                     Role::kCommissionerPlenipotentiary,
                                     Role::kCommissionerCoordinator,
                                     Role::kPlenipotentiary,
                                     Role::kOperator,
                                     Role::kGminaCoordinator,
                                     Role::kPrecinctOperator,
                                     Role::kChair,
                                     Role::kAuditor,
                                     Role::kCentralNode,
                                     Role::kTerritorialNode,
                                     Role::kPrecinctNode,
                                     Role::kNodeAuthority,
                                     Role::kLicenceAuthority};

std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view name);
constexpr bool is_node(Role role) {
  return role == Role::kCentralNode || role == Role::kTerritorialNode ||
         role == Role::kPrecinctNode;
}
constexpr bool is_authority(Role role) {
  return role == Role::kNodeAuthority || role == Role::kLicenceAuthority;
}
constexpr bool is_licence(Role role) { return !is_node(role) && !is_authority(role); }

}  // namespace urna::trust
