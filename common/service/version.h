// The version of this build, from the project's CMakeLists.txt.
#pragma once

#include <string>
#include <string_view>

namespace urna::service {

// "0.1.0"
std::string_view version();

// What a program calls itself in headers of records, status reports and logs: "urna-central 0.1.0".
std::string software_name(std::string_view program);

}  // namespace urna::service
