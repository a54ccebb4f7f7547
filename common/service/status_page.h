// The status page, embedded in the binary.
#pragma once

#include <string_view>

namespace urna::service {

std::string_view status_html();
std::string_view status_css();
std::string_view status_js();

}  // namespace urna::service
