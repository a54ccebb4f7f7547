#include "common/trust/role.h"

#include "common/base/check.h"

namespace urna::trust {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kNationalCommission: return "national-commission";
    case Role::kCommissioner: return "commissioner";
    case Role::kCommissionerPlenipotentiary: return "commissioner-plenipotentiary";
    case Role::kCommissionerCoordinator: return "commissioner-coordinator";
    case Role::kPlenipotentiary: return "plenipotentiary";
    case Role::kOperator: return "operator";
    case Role::kGminaCoordinator: return "gmina-coordinator";
    case Role::kPrecinctOperator: return "precinct-operator";
    case Role::kChair: return "chair";
    case Role::kAuditor: return "auditor";
    case Role::kCentralNode: return "central-node";
    case Role::kTerritorialNode: return "territorial-node";
    case Role::kPrecinctNode: return "precinct-node";
    case Role::kNodeAuthority: return "node-authority";
    case Role::kLicenceAuthority: return "licence-authority";
  }
  URNA_CHECK(false);
}

std::optional<Role> parse_role(std::string_view name) {
  for (const Role role : kAllRoles) {
    if (role_name(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace urna::trust
